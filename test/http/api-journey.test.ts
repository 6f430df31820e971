import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import type {
  boardAnswer,
  marginAnswer,
  pieceAnswer,
  receivedAnswer,
  verdictAnswer,
} from '../../schema/contracts/api.ts'
import { API_PATHS, fill } from '../../schema/urls.ts'
import { startApp, type TestApp } from '../support/app.ts'
import { form, pdf } from '../support/files.ts'
import { createTestGrappe } from '../support/grappe.ts'

type Board = z.infer<typeof boardAnswer>
type PieceBody = z.infer<typeof pieceAnswer>
type ReceiptBody = z.infer<typeof receivedAnswer>
type VerdictBody = z.infer<typeof verdictAnswer>

let test: TestApp
beforeAll(async () => {
  test = await startApp()
})
afterAll(() => test.close())

describe('a grappe from nothing to a dossier, through the API', () => {
  it('collects, controls and assembles', async () => {
    const porteur = await test.porteur()
    const { grappeId, esmsIds } = await createTestGrappe(porteur, 15)
    const at = { grappe: grappeId }

    const verdict = await porteur.call<VerdictBody>('GET', fill(API_PATHS.eligibility, at))
    expect(verdict.status).toBe(200)
    expect(
      verdict.body.criteria.filter(({ status }) => status === 'non-satisfait').map(({ reason }) => reason),
    ).toEqual([])

    const invited = await porteur.call<Array<{ address: string; mailed: boolean }>>(
      'POST',
      fill(API_PATHS.invitations, at),
      { esms: esmsIds[0] },
    )
    expect(invited.body[0]?.mailed).toBe(true)
    const member = test.bearer(invited.body[0]?.address.split('/').at(-1) ?? '')

    const expected = await member.call<{ pieces: PieceBody[] }>('GET', API_PATHS.memberPieces)
    expect(expected.status).toBe(200)
    const [piece] = expected.body.pieces
    if (piece === undefined) throw new Error('an ESMS is expected to owe a piece')

    const bytes = await pdf('État des lieux')
    const receipt = await member.upload<ReceiptBody>(
      fill(API_PATHS.memberVersions, { piece: piece.pieceId }),
      form([{ name: 'état des lieux.pdf', bytes }]),
    )
    expect(receipt.status).toBe(201)
    expect(receipt.body.version.files[0]).toMatchObject({
      name: 'état des lieux.pdf',
      size: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      mediaType: 'application/pdf',
    })

    const decided = await porteur.call('POST', fill(API_PATHS.decision, { ...at, piece: piece.pieceId }), {
      versionId: receipt.body.version.id,
      decision: 'refusee',
      motive: 'La signature manque.',
    })
    expect(decided.status).toBe(200)
    const seen = await member.call<PieceBody>('GET', fill(API_PATHS.memberPiece, { piece: piece.pieceId }))
    expect(seen.body).toMatchObject({ state: 'refusee', versions: [{ motive: 'La signature manque.' }] })

    const again = await member.upload<ReceiptBody>(
      fill(API_PATHS.memberVersions, { piece: piece.pieceId }),
      form([{ name: 'signé.pdf', bytes: await pdf('État des lieux signé') }]),
    )
    expect(again.body.version.number).toBe(2)
    await porteur.call('POST', fill(API_PATHS.decision, { ...at, piece: piece.pieceId }), {
      versionId: again.body.version.id,
      decision: 'acceptee',
    })

    const board = await porteur.call<Board>('GET', fill(API_PATHS.board, at))
    expect(board.body.pieces.find(({ pieceId }) => pieceId === piece.pieceId)?.state).toBe('acceptee')
    const unchanged = await porteur.call('GET', fill(API_PATHS.board, at), undefined, {
      'if-none-match': String(board.headers.etag),
    })
    expect(unchanged.status).toBe(304)

    const zip = await porteur.call('GET', fill(API_PATHS.dossierZip, at))
    expect(zip.status).toBe(200)
    expect(zip.headers['content-disposition']).toContain('INCOMPLET')
    expect(zip.raw.subarray(0, 2).toString()).toBe('PK')
    const xlsx = await porteur.call('GET', fill(API_PATHS.dossierXlsx, at))
    expect(xlsx.status).toBe(200)
  })

  it('notes declarations, and tells the margin and the verdict without a member', async () => {
    const porteur = await test.porteur('marge@exemple.fr')
    const { grappeId, esmsIds } = await createTestGrappe(porteur, 16, 'Marge')
    const at = { grappe: grappeId }
    const verdict = await porteur.call<VerdictBody>('GET', fill(API_PATHS.eligibility, at))
    const asked = verdict.body.criteria.find(({ reason }) => reason.includes('doivent encore confirmer'))
    const answers = esmsIds.map(esmsId => ({ esmsId, code: asked?.rule, answer: true }))
    const declared = await porteur.call('PUT', fill(API_PATHS.declarations, at), answers)
    expect([declared.status, declared.body]).toEqual([200, { changed: 16 }])
    const after = await porteur.call<VerdictBody>('GET', fill(API_PATHS.eligibility, at))
    expect(after.body.criteria.find(({ rule }) => rule === asked?.rule)?.status).toBe('satisfait')

    const margin = await porteur.call<z.infer<typeof marginAnswer>>('GET', fill(API_PATHS.margin, at))
    expect(margin.body).toMatchObject({ mayLeave: 1, without: null })
    const leaving = `${fill(API_PATHS.margin, at)}?sans=${esmsIds.slice(0, 2).join(',')}`
    const without = await porteur.call<z.infer<typeof marginAnswer>>('GET', leaving)
    expect(without.body.without?.criteria.find(({ rule }) => rule === 'minimum-esms')?.status).toBe(
      'non-satisfait',
    )
    const unknown = await porteur.call('PUT', fill(API_PATHS.declarations, at), [
      { ...answers[0], code: 'inconnue' },
    ])
    expect(unknown.status).toBe(404)
  })
})
