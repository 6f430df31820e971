/**
 * Fails on a function that no longer fits on a page; on a line wider than the formatter's width, which breaks
 * code and leaves comments and sentences as they are; and on a French sentence that a screen may break before
 * its punctuation.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import ts from 'typescript'

const MAX_FUNCTION_LINES = 80
const MAX_LINE_WIDTH: number = JSON.parse(readFileSync('biome.json', 'utf8')).formatter.lineWidth
/** A check that finds nothing to look at proves nothing. */
const LEAST_FILES = 350
const FOLDERS = ['server', 'templates', 'schema', 'scripts']

const isCode = (path: string) => /\.(ts|tsx|js)$/.test(path)
const isCounted = (path: string) => /^(server|templates)\//.test(path)

function longFunctions(path: string, source: string): string[] {
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true)
  const lineOf = (position: number) => file.getLineAndCharacterOfPosition(position).line
  const found: string[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body !== undefined) {
      const lines = lineOf(node.end) - lineOf(node.getStart()) + 1
      if (lines > MAX_FUNCTION_LINES && !isFlat(node.body)) {
        found.push(`${path}:${lineOf(node.getStart()) + 1}: a function of ${lines} lines`)
      }
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}

/** A list of routes or rows: nothing is decided in it. */
function isFlat(body: ts.Node): boolean {
  if (!ts.isBlock(body)) return false
  const deciding = (node: ts.Node): boolean =>
    ts.isIfStatement(node) || ts.isIterationStatement(node, false) || ts.isConditionalExpression(node)
      ? true
      : (ts.forEachChild(node, child => deciding(child) || undefined) ?? false)
  return !deciding(body)
}

function wideLines(path: string, source: string): string[] {
  return source
    .split('\n')
    .flatMap((line, index) =>
      [...line].length > MAX_LINE_WIDTH ? [`${path}:${index + 1}: ${[...line].length} characters`] : [],
    )
}

/** An ordinary space where French has a non-breaking one. */
const LOOSE_SPACE = /(?:^|\S)\u0020[;:!?»](?=\s|[.,)]|$)|«(?![\u00a0\u202f])|(?<![\u00a0\u202f])»/u

/** Lines of a terminal, alphabets, and what stands between addresses: not sentences of a page. */
const NO_SENTENCES = /^server\/[^/]+\.ts$|^scripts\/|text-encoding\.ts$|member-import\/(columns|contact)\.ts$/

function looseSpaces(path: string, source: string): string[] {
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true)
  const found: string[] = []
  const visit = (node: ts.Node): void => {
    if (LOOSE_SPACE.test(sentenceOf(node))) {
      const line = file.getLineAndCharacterOfPosition(node.getStart()).line + 1
      found.push(`${path}:${line}: an ordinary space where French has a non-breaking one`)
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}

/** What is read of a node by itself: a text, or that of an element with a letter for each value in it. */
function sentenceOf(node: ts.Node): string {
  if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)) {
    return node.text
  }
  if (!ts.isJsxElement(node) && !ts.isJsxFragment(node)) return ''
  const words = node.children.map(child => {
    if (ts.isJsxText(child)) return shownText(child.text)
    const text = ts.isJsxExpression(child) && child.expression
    return text && ts.isStringLiteral(text) ? text.text : 'x'
  })
  return words.join('')
}

/** As a browser is given it: the indentation of its lines is not shown. */
function shownText(text: string): string {
  const lines = text.split('\n')
  const kept = lines.map((line, index) => {
    const start = index === 0 ? line : line.replace(/^[\u0020\t]+/, '')
    return index === lines.length - 1 ? start : start.replace(/[\u0020\t]+$/, '')
  })
  return kept.filter(line => line !== '').join(' ')
}

const paths = execFileSync('git', ['ls-files', '-co', '--exclude-standard', ...FOLDERS], { encoding: 'utf8' })
  .split('\n')
  .filter(isCode)
const problems = paths.flatMap(path => {
  const source = readFileSync(path, 'utf8')
  return [
    ...(isCounted(path) ? longFunctions(path, source) : []),
    ...wideLines(path, source),
    ...(NO_SENTENCES.test(path) ? [] : looseSpaces(path, source)),
  ]
})
for (const problem of problems) process.stderr.write(`${problem}\n`)
process.stdout.write(`${problems.length} shapes to mend in ${paths.length} files.\n`)
if (problems.length > 0 || paths.length < LEAST_FILES) process.exitCode = 1
