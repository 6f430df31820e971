import { describe, expect, it } from 'vitest'
import type { StoredFile, Version } from '../../server/domain/piece.ts'
import { type Signing, signingState } from '../../server/domain/signing.ts'

const ASKED = { signatory: 'Représentant légal' }

const noted = (notedAt: string, step: Signing['step'] = 'signee'): Signing => ({
  step,
  on: step === 'a-signer' ? null : '2026-06-01',
  signatory: null,
  notedBy: 'EHPAD',
  notedAt,
})

const file = (signature?: StoredFile['signature']): StoredFile => ({
  id: 'f',
  name: 'a.pdf',
  sha256: '',
  crc32: 0,
  size: 1,
  mediaType: 'application/pdf',
  role: 'document',
  pageCount: 1,
  width: null,
  height: null,
  scan: 'sain',
  virus: null,
  ...(signature === undefined ? {} : { signature }),
})

const version = (decision: Version['decision'], files: StoredFile[] = [file()]): Version => ({
  id: 'v',
  number: 1,
  depositedAt: '2026-06-02T08:00:00.000Z',
  depositedBy: 'EHPAD',
  decision,
  motive: null,
  decidedAt: decision === null ? null : '2026-06-03T08:00:00.000Z',
  review: null,
  files,
})

describe('where a signature stands', () => {
  it('is nothing where nobody signs', () => {
    expect(signingState({ signatory: null }, null, noted('2026-06-01T08:00:00.000Z'))).toBeNull()
  })

  it('starts over with a refusal: what was noted before told of what was refused', () => {
    const before = noted('2026-06-02T07:00:00.000Z')
    expect(signingState(ASKED, version('refusee'), before)).toMatchObject({ step: 'a-signer', noted: null })
    const after = noted('2026-06-04T08:00:00.000Z', 'envoyee')
    expect(signingState(ASKED, version('refusee'), after)).toMatchObject({ step: 'envoyee', noted: after })
  })

  it('keeps what was noted beside what came back, but for what was taken back', () => {
    const signed = noted('2026-06-02T07:00:00.000Z')
    expect(signingState(ASKED, version(null), signed)).toMatchObject({ step: 'rendue', noted: signed })
    const undone = noted('2026-06-02T07:00:00.000Z', 'a-signer')
    expect(signingState(ASKED, version('acceptee'), undone)).toMatchObject({ step: 'rendue', noted: null })
  })

  it('finds a signature in one of several files, and says none only when each could be read', () => {
    const found = (...files: StoredFile[]) => signingState(ASKED, version(null, files), null)?.found
    expect(found(file('aucune'), file('presente'), file())).toBe('presente')
    expect(found(file('aucune'), file('aucune'))).toBe('aucune')
    expect(found(file('aucune'), file())).toBeNull()
  })
})
