/** A grappe with deposits, sealed through the API as a porteur's program would. */
import type { z } from 'zod'
import type { boardAnswer, receivedAnswer, sealAnswer } from '../../schema/contracts/api.ts'
import { API_PATHS, fill } from '../../schema/urls.ts'
import { checkSeals } from '../../server/steps/dossier/check-seal.ts'
import type { ApiClient, TestApp } from './app.ts'
import { form, pdf } from './files.ts'

export type SealBody = z.infer<typeof sealAnswer>
type Board = z.infer<typeof boardAnswer>
export type Receipt = z.infer<typeof receivedAnswer>

/** The recorded pieces of a grappe that are owed by its ESMS, in the board's order. */
export async function esmsPieces(porteur: ApiClient, grappeId: string): Promise<Board['pieces']> {
  const board = await porteur.call<Board>('GET', fill(API_PATHS.board, { grappe: grappeId }))
  return board.body.pieces.filter(({ scope }) => scope === 'esms')
}

export async function depositOn(
  porteur: ApiClient,
  grappeId: string,
  pieceId: string | null,
  bytes: Buffer,
): Promise<Receipt> {
  const receipt = await porteur.upload<Receipt>(
    fill(API_PATHS.versions, { grappe: grappeId, piece: pieceId ?? '' }),
    form([{ name: 'pièce.pdf', bytes }]),
  )
  if (receipt.status !== 201) throw new Error(`deposit: ${receipt.status} ${receipt.raw}`)
  return receipt.body
}

/** One PDF on each piece of each ESMS. */
export async function depositEverywhere(porteur: ApiClient, grappeId: string): Promise<Receipt[]> {
  const receipts: Receipt[] = []
  for (const { pieceId, code } of await esmsPieces(porteur, grappeId)) {
    receipts.push(await depositOn(porteur, grappeId, pieceId, await pdf(`${code} ${pieceId}`)))
  }
  return receipts
}

/** Seals, reads every file again as the job would, and tells how the version stands. */
export async function sealVersion(
  test: Pick<TestApp, 'context'>,
  porteur: ApiClient,
  grappeId: string,
): Promise<SealBody> {
  const sealed = await porteur.call<SealBody>('POST', fill(API_PATHS.seals, { grappe: grappeId }), {
    incomplet: true,
  })
  if (sealed.status !== 202) throw new Error(`seal: ${sealed.status} ${sealed.raw}`)
  await checkSeals(test.context)
  return await readVersion(porteur, grappeId, sealed.body.version)
}

export async function readVersion(porteur: ApiClient, grappeId: string, number: number): Promise<SealBody> {
  const at = { grappe: grappeId, number: String(number) }
  return (await porteur.call<SealBody>('GET', fill(API_PATHS.seal, at))).body
}
