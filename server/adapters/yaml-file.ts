/**
 * Small YAML files written by people: what is wrong is told with the file, the line, the path and the mend.
 */
import { type Document, isNode, LineCounter, parseDocument } from 'yaml'

/** One thing to mend; `path` is as in `['pieces', 0, 'formats']`. */
interface Problem {
  path: readonly (string | number)[]
  mend: string
}

/** Ten times the largest file shipped. */
export const MAX_YAML_BYTES = 200_000

/** Aliases spare repetition; more than this many is an alias bomb. */
const MAX_ALIASES = 100

/** Parses the text and hands it to `read`; problems come back as French sentences. */
export function parseYaml<Result extends { ok: true } | { ok: false; problems: readonly Problem[] }>(
  text: string,
  fileName: string,
  read: (value: unknown) => Result,
): Extract<Result, { ok: true }> | { ok: false; problems: readonly string[] } {
  const refuse = (...problems: string[]) => ({ ok: false as const, problems })
  if (Buffer.byteLength(text) > MAX_YAML_BYTES) return refuse(tooLarge(fileName))

  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  if (document.errors.length > 0) {
    return refuse(
      ...document.errors.map(({ pos, message }) => {
        const { line } = lines.linePos(pos[0])
        return (
          `${fileName}, ligne ${line} : corrigez l’écriture YAML (alignement, guillemets, clé ` +
          `répétée) : ${message}`
        )
      }),
    )
  }
  let value: unknown
  try {
    value = document.toJS({ maxAliasCount: MAX_ALIASES })
  } catch {
    return refuse(`${fileName} : retirez des renvois YAML (&nom, *nom), il y en a trop.`)
  }
  const result = read(value)
  if (result.ok) return result as Extract<Result, { ok: true }>
  return refuse(
    ...result.problems.map(({ path, mend }) => {
      const line = lineOf(document, path, lines)
      const where = [fileName, line === null ? '' : `ligne ${line}`, path.join('.')].filter(Boolean)
      return `${where.join(', ')} : ${mend}.`
    }),
  )
}

export function tooLarge(fileName: string): string {
  return `${fileName} : raccourcissez ce fichier, il doit tenir en ${MAX_YAML_BYTES / 1000} ko.`
}

/** The line of the value at that path, or of the nearest parent that the file holds. */
function lineOf(document: Document, path: readonly (string | number)[], lines: LineCounter): number | null {
  for (let length = path.length; length >= 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true)
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line
  }
  return null
}
