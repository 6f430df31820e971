/** The tags of a Word file, part by part: those that are filled in, and those that nothing would fill. */
import type { Buffer } from 'node:buffer'
import {
  DelimiterSearcher,
  Delimiters,
  Docx,
  type OpenXmlPart,
  TagDisposition,
  TagParser,
  type XmlNode,
  xml,
} from 'easy-template-x'
import type { ModelPlace, PlacedTags, TagFlaw } from '../../domain/kit/own-model.ts'
import type { ReadTag } from '../../domain/kit/print.ts'
import { allNodes } from './model-flaws.ts'
import type { ModelParts } from './model-parts.ts'

/** Boxes within tables within boxes; beyond, nobody wrote it. */
export const MOST_XML_DEPTH = 200

const ROLES = { Open: 'opens', Close: 'closes', SelfClosed: 'value' } as const

/** What looks like one of our tags, where a brace may stand for something else. */
const LIKE_A_TAG = /\{\s*([#/]?)\s*([\p{L}][\p{L}\d._-]*)\s*\}/gu

/** @throws what the library throws of a file whose parts it does not find. */
export async function readTags(
  file: Buffer,
  parts: ModelParts,
): Promise<{ filled: PlacedTags[]; flaws: TagFlaw[] }> {
  const docx = await Docx.load(file)
  const content = await docx.getContentParts()
  const filled: PlacedTags[] = []
  const flaws: TagFlaw[] = []
  for (const part of content) {
    const read = await tagsOfPart(part)
    filled.push({ place: read.place, tags: read.tags })
    flaws.push(...read.flaws)
  }
  const paths = new Set(content.map(({ path }) => path.replace(/^\//, '')))
  for (const [path, bytes] of parts) {
    if (!/^word\/.*\.xml$/i.test(path) || paths.has(path)) continue
    const place = placeOf(path)
    for (const { text } of paragraphsOf(xml.parser.parse(bytes.toString('utf8')))) {
      for (const [, mark = '', name = ''] of text.matchAll(LIKE_A_TAG)) {
        flaws.push({ kind: 'unfilled', tag: `${mark}${name}`, place })
      }
    }
  }
  return { filled, flaws }
}

async function tagsOfPart(part: OpenXmlPart): Promise<PlacedTags & { flaws: TagFlaw[] }> {
  const place = placeOf(part.path)
  const root = await part.xmlRoot()
  // Read before: the search for tags joins and splits what it finds.
  const paragraphs = paragraphsOf(root)
  try {
    const delimiters = new Delimiters()
    const marks = new DelimiterSearcher(delimiters, MOST_XML_DEPTH).findDelimiters(root)
    const tags = new TagParser(delimiters)
      .parse(marks)
      .map(({ name, disposition }): ReadTag => ({ name: name ?? '', role: ROLES[disposition] }))
    return { place, tags, flaws: [] }
  } catch (error) {
    if (error instanceof RangeError) throw error
    // It stops at the first brace that is alone: each paragraph is then looked at by itself.
    return { place, ...tagsOfParagraphs(paragraphs, place) }
  }
}

interface Paragraph {
  text: string
}

/** Their own text each, that of a box inside one aside. */
function paragraphsOf(root: XmlNode): Paragraph[] {
  const texts = new Map<XmlNode, string>()
  for (const node of allNodes(root)) {
    if (/^[wa]:p$/.test(node.nodeName)) texts.set(node, '')
    if (node.nodeType !== 'Text' || !/^[wa]:t$/.test(node.parentNode?.nodeName ?? '')) continue
    let around: XmlNode | undefined = node
    while (around !== undefined && !texts.has(around)) around = around.parentNode
    if (around !== undefined) texts.set(around, `${texts.get(around)}${node.textContent}`)
  }
  return [...texts.values()].map(text => ({ text }))
}

const MARKS = { '#': TagDisposition.Open, '/': TagDisposition.Close, '': TagDisposition.SelfClosed } as const

function tagsOfParagraphs(
  paragraphs: readonly Paragraph[],
  place: ModelPlace,
): { tags: ReadTag[]; flaws: TagFlaw[] } {
  const tags: ReadTag[] = []
  const flaws: TagFlaw[] = []
  const alone = (text: string) => flaws.push({ kind: 'brace', text, place })
  for (const { text } of paragraphs) {
    for (const [, mark = '', name = ''] of text.matchAll(/\{\s*([#/]?)\s*([^{}[\]]*)(?:\[[^\]]*\]\s*)?\}/g)) {
      tags.push({ name: name.trim(), role: ROLES[MARKS[mark as keyof typeof MARKS]] })
    }
    if (/[{}]/.test(text.replace(/\{[^{}]*\}/g, ''))) alone(text)
  }
  // Such as options of a list that are written wrong.
  if (flaws.length === 0) alone(paragraphs.find(({ text }) => /\{[^}]*\[/.test(text))?.text ?? '')
  return { tags, flaws }
}

function placeOf(path: string): ModelPlace {
  const name = path.split('/').at(-1) ?? ''
  if (/^document\d*\.xml$/i.test(name)) return 'body'
  const [, found = ''] =
    /^(header|footer|chart|footnote|endnote|comment)/i.exec(name) ??
    (/diagrams\//i.test(path) ? ['', 'drawing'] : [])
  return (found.toLowerCase() || 'other') as ModelPlace
}
