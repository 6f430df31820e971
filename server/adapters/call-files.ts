/** Calls and example groupings, kept as YAML files under `templates/`. */
import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import { stringify } from 'yaml'
import { readCallTemplate, readDraftCall } from '../../schema/contracts/call.ts'
import { type Example, readExample } from '../../schema/contracts/example.ts'
import type { CallTemplate } from '../domain/call.ts'
import type { CallYaml } from '../steps/ports.ts'
import { MAX_YAML_BYTES, parseYaml, tooLarge } from './yaml-file.ts'

/** French sentences: file, line when known, path and what to write instead. */
type Refused = { ok: false; problems: readonly string[] }

export type CallFileResult = { ok: true; call: CallTemplate; unknownKeys: readonly string[] } | Refused
type ExampleFileResult = { ok: true; example: Example } | Refused

/**
 * Reads the text of a call file. `fileName` names it in messages, and its code must be the name without
 * extension.
 */
export function parseCallText(text: string, fileName: string): CallFileResult {
  const result = parseYaml(text, fileName, readCallTemplate)
  return result.ok ? named(result, result.call.code, fileName) : result
}

/** Reads the text of an example, under the same conditions. */
function parseExampleText(text: string, fileName: string): ExampleFileResult {
  const result = parseYaml(text, fileName, readExample)
  return result.ok ? named(result, result.example.code, fileName) : result
}

/** A file that names itself otherwise would be found under one name and stored under another. */
function named<R>(result: R, code: string, fileName: string): R | Refused {
  const expected = basename(fileName, extname(fileName))
  if (code === expected) return result
  const problem = `${fileName}, code : écrivez ${expected}, le nom du fichier sans son extension.`
  return { ok: false, problems: [problem] }
}

/** Reads one file; throws, with its cause, when it cannot be read at all. */
async function readOne<R>(path: string, parse: (text: string, fileName: string) => R): Promise<R | Refused> {
  const fileName = basename(path)
  try {
    // Checked before reading: a person may name any file.
    if ((await stat(path)).size > MAX_YAML_BYTES) return { ok: false, problems: [tooLarge(fileName)] }
    return parse(await readFile(path, 'utf8'), fileName)
  } catch (cause) {
    throw new Error(`Cannot read ${path}`, { cause })
  }
}

const KEYS = [
  ...['code', 'title', 'fictional', 'summary', 'provenance', 'region', 'regionProvenance', 'timeZone'],
  ...['windows', 'rules', 'money', 'limitsProvenance', 'pieces', 'recommendations', 'submission', 'followUp'],
  'retention',
]

/** Calls written on screen, as the text of a call file. */
export const callYaml: CallYaml = {
  read(text) {
    const result = parseYaml(text, 'appel.yaml', readDraftCall)
    return result.ok ? { ok: true, call: result.call, unknownKeys: result.unknownKeys } : result
  },
  write(call) {
    const { length } = KEYS
    // Keys of a newer version come last.
    const rank = (key: string) => (KEYS.includes(key) ? KEYS.indexOf(key) : length)
    const ordered = Object.entries(call).toSorted(([a], [b]) => rank(a) - rank(b))
    // By the older version of YAML too, a day or a category stays between quotes.
    return stringify(Object.fromEntries(ordered), { compat: 'yaml-1.1', lineWidth: 110 })
  },
}

/** Reads one call file; throws, with its cause, when it cannot be read at all. */
export function readCallFile(path: string): Promise<CallFileResult> {
  return readOne(path, parseCallText)
}

/** Every `.yaml` file of the folder, in the order of their names. */
async function readAll<R>(
  folder: string,
  parse: (text: string, fileName: string) => R,
): Promise<(R | Refused)[]> {
  const names = (await readdir(folder)).filter(name => name.endsWith('.yaml')).sort()
  return Promise.all(names.map(name => readOne(join(folder, name), parse)))
}

/**
 * Reads every call of the folder. A refused file is told, never skipped in silence; the others can still
 * serve.
 */
export async function readCallFiles(folder: string): Promise<{ calls: CallTemplate[]; problems: string[] }> {
  const results = await readAll(folder, parseCallText)
  return {
    calls: results.flatMap(result => (result.ok ? [result.call] : [])),
    problems: results.flatMap(result => (result.ok ? [] : result.problems)),
  }
}

/** Reads every example of the folder, under the same conditions. */
export async function readExampleFiles(folder: string): Promise<{ examples: Example[]; problems: string[] }> {
  const results = await readAll(folder, parseExampleText)
  return {
    examples: results.flatMap(result => (result.ok ? [result.example] : [])),
    problems: results.flatMap(result => (result.ok ? [] : result.problems)),
  }
}
