/** Calls, with the Word models beside them, and example groupings, kept as files under `templates/`. */
import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import { stringify } from 'yaml'
import { readCallTemplate, readDraftCall } from '../../schema/contracts/call.ts'
import { type Example, readExample } from '../../schema/contracts/example.ts'
import type { CallModel, CallTemplate, PieceDefinition, PieceScope, TemplateDay } from '../domain/call.ts'
import { BYTES_PER_MB } from '../domain/file-acceptance.ts'
import { tagFlaws } from '../domain/kit/check-tags.ts'
import { flawWords } from '../domain/kit/flaw-words.ts'
import { MAX_MODEL_MB, type PlacedTags } from '../domain/kit/own-model.ts'
import { exampleValues } from '../domain/kit/tags.ts'
import type { CallYaml } from '../steps/ports.ts'
import { MAX_YAML_BYTES, parseYaml, tooLarge } from './yaml-file.ts'

/** A file that ships beside a call file, and what was read of it. */
export interface ShippedModel {
  fileName: string
  bytes: Buffer
  parts: readonly PlacedTags[]
}

/** French sentences: file, line when known, path and what to write instead. */
type Refused = { ok: false; problems: readonly string[] }

export type CallFileResult = { ok: true; call: CallTemplate; unknownKeys: readonly string[] } | Refused
type CallWithModels = Refused | (Extract<CallFileResult, { ok: true }> & { models: readonly ShippedModel[] })
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

/** Reads one call file and its models; throws, with its cause, when it cannot be read at all. */
export async function readCallFile(path: string): Promise<CallWithModels> {
  const result = await readOne(path, parseCallText)
  return result.ok ? await withModels(path, result) : result
}

/**
 * The models beside the file, checked as any model is: in this process, since whoever runs it put them there
 * and nobody is served yet.
 */
async function withModels(
  path: string,
  result: Extract<CallFileResult, { ok: true }>,
): Promise<CallWithModels> {
  const models: ShippedModel[] = []
  const problems: string[] = []
  const pieces: PieceDefinition<TemplateDay>[] = []
  for (const piece of result.call.pieces) {
    if (piece.model === undefined) {
      pieces.push(piece)
      continue
    }
    const read = await readModelOf(dirname(path), piece.model, piece.scope)
    const where = `${basename(path)}, pièce ${piece.code}, modèle ${piece.model.fileName}`
    problems.push(...read.flaws.map(flaw => `${where} : ${flaw}`))
    pieces.push({ ...piece, model: { ...piece.model, sha256: read.sha256 } })
    if (read.shipped !== null) models.push(read.shipped)
  }
  return problems.length > 0
    ? { ok: false, problems }
    : { ...result, call: { ...result.call, pieces }, models }
}

async function readModelOf(folder: string, model: CallModel, scope: PieceScope) {
  const { fileName, sha256: wanted } = model
  const refused = (...flaws: string[]) => ({ flaws, sha256: null, shipped: null })
  const path = join(folder, fileName)
  const size = (await stat(path).catch(() => null))?.size ?? null
  if (size === null) return refused('mettez ce fichier à côté de celui de l’appel, ou retirez le modèle.')
  if (size > MAX_MODEL_MB * BYTES_PER_MB) return refused(flawWords({ kind: 'too-large' }))
  const bytes = await readFile(path)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  if (wanted !== null && wanted !== sha256) {
    return refused(`ce n’est pas le fichier annoncé. Son empreinte est ${sha256}.`)
  }
  // With their libraries, which calls without a model do not need.
  const [{ checkModel }, { fillModel }] = await Promise.all([
    import('./own-models/check-model.ts'),
    import('./own-models/fill-model.ts'),
  ])
  const { flaws, filled: parts } = await checkModel(bytes)
  const found = [...flaws, ...tagFlaws(parts, scope)].map(flawWords)
  if (found.length > 0) return refused(...found)
  const filled = await fillModel({ model: bytes, values: exampleValues() })
  return filled === null
    ? refused(flawWords({ kind: 'unfillable' }))
    : { flaws: [], sha256, shipped: { fileName, bytes, parts } }
}

/** Every `.yaml` file of the folder, in the order of their names. */
async function readAll<R>(folder: string, read: (path: string) => Promise<R>): Promise<R[]> {
  const names = (await readdir(folder)).filter(name => name.endsWith('.yaml')).sort()
  return Promise.all(names.map(name => read(join(folder, name))))
}

/**
 * Reads every call of the folder. A refused file is told, never skipped in silence; the others can still
 * serve.
 */
export async function readCallFiles(
  folder: string,
): Promise<{ calls: CallTemplate[]; models: ShippedModel[]; problems: string[] }> {
  const results = await readAll(folder, readCallFile)
  return {
    calls: results.flatMap(result => (result.ok ? [result.call] : [])),
    models: results.flatMap(result => (result.ok ? result.models : [])),
    problems: results.flatMap(result => (result.ok ? [] : result.problems)),
  }
}

/** Reads every example of the folder, under the same conditions. */
export async function readExampleFiles(folder: string): Promise<{ examples: Example[]; problems: string[] }> {
  const results = await readAll(folder, path => readOne(path, parseExampleText))
  return {
    examples: results.flatMap(result => (result.ok ? [result.example] : [])),
    problems: results.flatMap(result => (result.ok ? [] : result.problems)),
  }
}
