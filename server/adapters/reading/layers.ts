/** Layers (optional content, ISO 32000-1, 8.11) of one piece, as its document shows them at first. */
import { PDFArray, type PDFContext, PDFDict, PDFName, type PDFObject, PDFRef } from '@cantoo/pdf-lib'
import { type SourcePdf, UnfaithfulCopy } from './source-pdf.ts'

export interface Layers {
  all: PDFRef[]
  hidden: Set<PDFRef>
  /** What changes them by itself, on screen or on paper. */
  automatic: PDFObject[]
}

const key = (name: string) => PDFName.of(name)

/** @throws UnfaithfulCopy when one configuration for all pieces could not say the same. */
export function readLayers({ context, catalog }: SourcePdf): Layers {
  const properties = catalog.lookup(key('OCProperties'))
  if (!(properties instanceof PDFDict)) return { all: [], hidden: new Set(), automatic: [] }
  const config = properties.lookup(key('D'))
  const all = refsIn(properties.lookup(key('OCGs')))
  if (!(config instanceof PDFDict)) return { all, hidden: new Set(), automatic: [] }
  const intent = config.lookup(key('Intent'))?.toString() ?? '/View'
  const base = config.lookup(key('BaseState'))?.toString()
  const isHiddenAtFirst = base === '/OFF'
  if (intent !== '/View' || (isHiddenAtFirst && hasUnlisted(context, all)))
    throw new UnfaithfulCopy('calques')
  const hidden = new Set(isHiddenAtFirst ? all : [])
  const on = refsIn(config.lookup(key('ON')))
  const off = refsIn(config.lookup(key('OFF')))
  // Readers do not agree on what is both.
  if (on.some(ref => off.includes(ref))) throw new UnfaithfulCopy('calques')
  for (const ref of on) hidden.delete(ref)
  for (const ref of off) hidden.add(ref)
  const automatic = config.lookup(key('AS'))
  return { all, hidden, automatic: automatic instanceof PDFArray ? automatic.asArray() : [] }
}

function refsIn(array: PDFObject | undefined): PDFRef[] {
  return array instanceof PDFArray ? array.asArray().filter(item => item instanceof PDFRef) : []
}

function hasUnlisted(context: PDFContext, all: readonly PDFRef[]): boolean {
  const listed = new Set(all)
  return context
    .enumerateIndirectObjects()
    .some(([ref, object]) => object instanceof PDFDict && isLayer(object) && !listed.has(ref))
}

const isLayer = (dict: PDFDict) => dict.get(key('Type')) === key('OCG')
