/** Calls kept as YAML files, by default those of `templates/calls/`. */
import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import { type Document, isNode, LineCounter, parseDocument } from 'yaml'
import { readCallTemplate } from '../../schema/contracts/call.ts'
import type { CallTemplate } from '../domain/call.ts'

/** The largest shipped call is under 20 kB. */
const MAX_CALL_FILE_BYTES = 200_000

/** Aliases spare repetition in a long call; more than this many is an alias bomb. */
const MAX_ALIASES = 100

export type CallFileResult =
  | { ok: true; call: CallTemplate }
  | {
      ok: false
      fileName: string
      /** French sentences: file, line when known, path and what to write instead. */
      problems: readonly string[]
    }

/** Reads the text of a call file. `fileName` names it in messages, and its code must be the name without extension. */
export function parseCallText(text: string, fileName: string): CallFileResult {
  const refuse = (...problems: string[]): CallFileResult => ({ ok: false, fileName, problems })
  if (Buffer.byteLength(text) > MAX_CALL_FILE_BYTES) return refuse(tooLarge(fileName))

  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  if (document.errors.length > 0) {
    return refuse(
      ...document.errors.map(
        error =>
          `${fileName}, ligne ${lines.linePos(error.pos[0]).line} : corrigez l’écriture YAML (alignement, guillemets, clé répétée) : ${error.message}`,
      ),
    )
  }
  let value: unknown
  try {
    value = document.toJS({ maxAliasCount: MAX_ALIASES })
  } catch {
    return refuse(
      `${fileName} : retirez des renvois YAML (&nom, *nom) : il y en a trop, ou l’un n’est pas défini.`,
    )
  }

  const result = readCallTemplate(value)
  if (!result.ok) {
    return refuse(
      ...result.problems.map(({ path, mend }) => {
        const line = lineOf(document, path, lines)
        const where = [fileName, line === null ? '' : `ligne ${line}`, path.join('.')]
          .filter(Boolean)
          .join(', ')
        return `${where} : ${mend}.`
      }),
    )
  }
  const expected = basename(fileName, extname(fileName))
  if (result.call.code !== expected) {
    return refuse(`${fileName}, code : écrivez « ${expected} », le nom du fichier sans son extension.`)
  }
  return result
}

/** Reads one call file; throws, with its cause, when the file cannot be read at all. */
export async function readCallFile(path: string): Promise<CallFileResult> {
  const fileName = basename(path)
  try {
    const { size } = await stat(path)
    if (size > MAX_CALL_FILE_BYTES) return { ok: false, fileName, problems: [tooLarge(fileName)] }
    return parseCallText(await readFile(path, 'utf8'), fileName)
  } catch (cause) {
    throw new Error(`Cannot read the call file ${path}`, { cause })
  }
}

/**
 * Reads every `.yaml` file of the folder, in the order of their names. A refused file is told, never skipped in
 * silence: the others can still be served.
 */
export async function readCallFiles(
  folder: string,
): Promise<{ calls: CallTemplate[]; refused: { fileName: string; problems: readonly string[] }[] }> {
  const names = (await readdir(folder)).filter(name => /\.ya?ml$/.test(name)).sort()
  const results = await Promise.all(names.map(name => readCallFile(join(folder, name))))
  return {
    calls: results.flatMap(result => (result.ok ? [result.call] : [])),
    refused: results.flatMap(result => (result.ok ? [] : [result])),
  }
}

function tooLarge(fileName: string): string {
  return `${fileName} : raccourcissez ce fichier, un appel tient en ${MAX_CALL_FILE_BYTES / 1000} ko.`
}

/** The line of the value at that path, or of the nearest parent that the file holds. */
function lineOf(document: Document, path: readonly (string | number)[], lines: LineCounter): number | null {
  for (let length = path.length; length >= 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true)
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line
  }
  return null
}
