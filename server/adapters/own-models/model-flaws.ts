/** What a Word file holds that no model may: programs, other files, what is fetched by whoever opens it. */
import { Buffer } from 'node:buffer'
import { type XmlNode, xml } from 'easy-template-x'
import type { FileFlaw } from '../../domain/kit/own-model.ts'
import type { ModelParts } from './model-parts.ts'

const CONTENT_TYPES = '[Content_Types].xml'
const MACRO_PART = /(?:^|\/)(?:vbaProject\.bin|vbaData\.xml)$|^customUI\//i
const EMBEDDED_PART = /(?:^|\/)(?:embeddings|activeX)\/|\.(?:bin|ocx|exe|dll|docm|dotm)$/i
/** What Word keeps of printers is of no harm. */
const PRINTER_PART = /(?:^|\/)printerSettings\d*\.bin$/i
const SIGNED_PART = /^_xmlsignatures\//i
/** Of relationships: objects, other files, and pieces of HTML or RTF to be read by Word. */
const EMBEDDED_TYPE = /\/(?:oleObject|package|control|aFChunk|attachedToolbars|activeXControlBinary)$/i
const MACRO_TYPE = /\/(?:vbaProject|wordVbaData|keyMapCustomizations|ui\/(?:user)?extensibility)$/i
const HYPERLINK_TYPE = /\/hyperlink$/i
const ATTACHED_TYPE = /\/attachedTemplate$/i
const SAFE_ADDRESS = /^(?:https?:\/\/|mailto:|#)/i
/** Fields that read another file, or ask another program. */
const FETCHING_FIELD = /^\s*(?:INCLUDEPICTURE|INCLUDETEXT|INCLUDE|IMPORT|LINK|DDE|DDEAUTO|DATABASE|RD)\b/i
/** Of a drawing in the older markup: its picture by address. */
const FETCHED_SOURCE = /^\s*(?:\w{2,}:|\\\\|\/\/)/

export function fileFlaws(parts: ModelParts): FileFlaw[] {
  const flaws = [...parts.keys()].flatMap(flawsOfPath)
  const types = parts.get(CONTENT_TYPES)?.toString() ?? ''
  if (/macroEnabled/i.test(types)) flaws.push({ kind: 'macros' })
  else if (/wordprocessingml\.template\.main\+xml/i.test(types)) flaws.push({ kind: 'word-template' })
  for (const [path, bytes] of parts) {
    if (!/\.(?:xml|rels|vml)$/i.test(path)) continue
    const root = xmlOf(bytes)
    if (root === 'doctype') flaws.push({ kind: 'doctype', part: path })
    else if (root === null) flaws.push({ kind: 'damaged', part: path })
    else flaws.push(...(path.endsWith('.rels') ? relationshipFlaws(root) : contentFlaws(root)))
  }
  return [...new Map(flaws.map(flaw => [JSON.stringify(flaw), flaw])).values()]
}

function flawsOfPath(path: string): FileFlaw[] {
  if (MACRO_PART.test(path)) return [{ kind: 'macros' }]
  if (SIGNED_PART.test(path)) return [{ kind: 'signed' }]
  if (EMBEDDED_PART.test(path) && !PRINTER_PART.test(path)) return [{ kind: 'embedded', part: path }]
  return []
}

/** Null when it is no XML in UTF-8, which is all that Word and LibreOffice write. */
function xmlOf(bytes: Buffer): XmlNode | 'doctype' | null {
  if (bytes.includes(0)) return null
  const text = bytes.toString('utf8')
  if (/<!DOCTYPE|<!ENTITY/i.test(text)) return 'doctype'
  if (!Buffer.from(text).equals(bytes) || !isBalanced(text)) return null
  try {
    return xml.parser.parse(text.replace(/^\ufeff/, ''))
  } catch (error) {
    if (error instanceof RangeError) throw error
    return null
  }
}

const ASIDE = /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<!\[CDATA\[[\s\S]*?\]\]>/g
const ELEMENT = /<(\/?)([^\s/>"'=]+)(?:[^<>"']|"[^"]*"|'[^']*')*?(\/?)>/g

/** Each element closed in its turn: the parser guesses what is missing, and Word opens nothing like it. */
function isBalanced(text: string): boolean {
  const open: string[] = []
  for (const [, closes, name = '', isEmpty] of text.replace(ASIDE, '').matchAll(ELEMENT)) {
    if (closes && open.pop() !== name) return false
    if (!closes && !isEmpty) open.push(name)
  }
  return open.length === 0
}

function relationshipFlaws(root: XmlNode): FileFlaw[] {
  return (root.childNodes ?? []).flatMap((node): FileFlaw[] => {
    const { Type: type = '', Target: target = '', TargetMode: mode = '' } = attributesOf(node)
    if (MACRO_TYPE.test(type)) return [{ kind: 'macros' }]
    if (EMBEDDED_TYPE.test(type)) return [{ kind: 'embedded', part: target }]
    if (mode.toLowerCase() !== 'external') return []
    if (ATTACHED_TYPE.test(type)) return [{ kind: 'attached', target }]
    if (!HYPERLINK_TYPE.test(type)) return [{ kind: 'linked', target }]
    return SAFE_ADDRESS.test(target) ? [] : [{ kind: 'address', target }]
  })
}

const attributesOf = (node: XmlNode): Record<string, string> =>
  (node.nodeType === 'General' && node.attributes) || {}

function contentFlaws(root: XmlNode): FileFlaw[] {
  const flaws: FileFlaw[] = []
  /** What is written of the fields that are open, the innermost last. */
  const fields: string[] = []
  const told = (instruction: string) => {
    if (FETCHING_FIELD.test(instruction)) flaws.push({ kind: 'field', instruction })
  }
  for (const node of allNodes(root)) {
    const attributes = attributesOf(node)
    if (node.nodeName === 'w:fldSimple') told(attributes['w:instr'] ?? '')
    if (node.nodeName === 'w:fldChar') {
      const type = attributes['w:fldCharType']
      if (type === 'begin') fields.push('')
      else if (type === 'separate') told(fields.at(-1) ?? '')
      else if (type === 'end') told(fields.pop() ?? '')
    }
    if (node.nodeName === 'w:instrText' && fields.length > 0) {
      fields.push(`${fields.pop()}${(node.childNodes ?? []).map(textOf).join('')}`)
    }
    const { src = '' } = attributes
    if (node.nodeName.startsWith('v:') && FETCHED_SOURCE.test(src))
      flaws.push({ kind: 'linked', target: src })
  }
  return flaws
}

const textOf = (node: XmlNode): string => (node.nodeType === 'Text' ? node.textContent : '')

/** In the order of the document. */
export function* allNodes(root: XmlNode): Generator<XmlNode> {
  const waiting = [root]
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    yield node
    waiting.push(...(node.childNodes ?? []).toReversed())
  }
}
