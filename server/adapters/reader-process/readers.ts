/** Whatever strangers send, and what reads it: in a process of its own, and loaded when first needed. */
import type { EnvelopeOrder } from '../../steps/ports.ts'
import type { RegistrySpool } from '../finess/registry-spool.ts'
import type { FillOrder } from '../own-models/fill-model.ts'
import type { PhotoOrder } from '../photos/develop.ts'

export const readers = {
  async file(path: string) {
    const { understandPath } = await import('../file-understanding/index.ts')
    return await understandPath(path)
  },
  async envelope(order: EnvelopeOrder) {
    const { openEnvelope } = await import('../envelopes/open-envelope.ts')
    return await openEnvelope(order)
  },
  async photo(order: PhotoOrder) {
    const { developPath } = await import('../photos/develop.ts')
    return await developPath(order)
  },
  async sheet(bytes: Uint8Array) {
    const { readMemberSheet } = await import('../member-sheet/member-sheet.ts')
    return await readMemberSheet(bytes)
  },
  async pastedCells(text: string) {
    const { readPastedCells } = await import('../member-sheet/member-sheet.ts')
    return readPastedCells(text)
  },
  async memberModel() {
    const { memberSheetModel } = await import('../member-sheet/member-sheet-model.ts')
    return await memberSheetModel()
  },
  async model(bytes: Uint8Array) {
    const { checkModel } = await import('../own-models/check-model.ts')
    return await checkModel(bytes)
  },
  async filledModel(order: FillOrder) {
    const { fillModel } = await import('../own-models/fill-model.ts')
    return await fillModel(order)
  },
  async registry(spool: RegistrySpool) {
    const { spoolRegistry } = await import('../finess/registry-spool.ts')
    return await spoolRegistry(spool)
  },
}

export type Readers = typeof readers
export type Kind = keyof Readers
export type Ordered<Of extends Kind> = Parameters<Readers[Of]>[0]
export type Answered<Of extends Kind> = Awaited<ReturnType<Readers[Of]>>
