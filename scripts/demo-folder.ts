/**
 * The kit handed out to each OG, and what all but the last sent back by e-mail: 60 files, the prefilled
 * documents among them, sent together and filed where the server proposes. Of what it cannot tell, some are
 * filed by two choices and the rest stays out; the last OG's members deposit by themselves.
 */
import type { z } from 'zod'
import type { boardAnswer, filedAnswer, grappeAnswer, looseFilesAnswer } from '../schema/contracts/api.ts'
import { API_PATHS, fill } from '../schema/urls.ts'
import { fictionalPdf } from '../server/demonstration.ts'
import { type Api, DemoError, say } from './demo-api.ts'

type LooseFile = z.infer<typeof looseFilesAnswer>['fichiers'][number]

const FILES = 60

/** As members name what they send. */
const PIECES_OF_OG = [
  ...['RIB', 'Mandat signé', 'Conformité RGPD', 'Autodiagnostic MaturiN-SMS'],
  ...['Schéma directeur du système d’information', 'PSSI'],
]

/** So many of those that nothing tells of are filed by two choices. */
const CHOSEN = 3

export async function fileReceivedFolder(porteur: Api, grappe: z.infer<typeof grappeAnswer>): Promise<void> {
  const at = { grappe: grappe.id }
  const others: SentFile[] = []
  for (const { id, name } of grappe.ogs.slice(0, -1)) {
    const kit = await porteur.send('GET', fill(API_PATHS.ownerKitZip, { ...at, owner: id }))
    await send(porteur, at, [[`Documents remplis ${name}.zip`, await kit.arrayBuffer()]])
    for (const piece of PIECES_OF_OG) {
      others.push([`${piece} ${name}.pdf`, await pages(`${piece}, signé`, name)])
    }
  }
  const documents = (await listed(porteur, at)).length
  say(`Kit : ${documents} documents préremplis, rendus dans ${grappe.ogs.length - 1} archives`)
  for (let rank = 1; documents + others.length < FILES; rank++) {
    others.push([`scan${rank}.pdf`, await pages(`Numérisation ${rank}`, grappe.name)])
  }
  await send(porteur, at, others)

  const files = await listed(porteur, at)
  const sure = files.flatMap(({ id, place, doubt }) =>
    place !== null && doubt === null ? [{ id, pieceId: place.pieceId }] : [],
  )
  const filed = await porteur.json<z.infer<typeof filedAnswer>>('POST', fill(API_PATHS.fileLooseFiles, at), {
    fichiers: sure,
  })
  const made = filed.filter(({ version }) => version !== null).length
  if (made === 0) throw new DemoError('Aucun des fichiers rendus n’a trouvé sa pièce.')
  const chosen = await fileByHand(porteur, at)
  const left = await listed(porteur, at)
  for (const { id } of left) await porteur.send('DELETE', fill(API_PATHS.looseFile, { ...at, upload: id }))
  const told = `${made} pièces déposées d’après ce qui est reconnu, ${chosen} fichiers classés à la main`
  say(`${files.length} fichiers reçus : ${told}, ${left.length} laissés de côté`)
}

/** Opened and looked at: they are the editor's attestation. @returns how many. */
async function fileByHand(porteur: Api, at: { grappe: string }): Promise<number> {
  const board = await porteur.json<z.infer<typeof boardAnswer>>('GET', fill(API_PATHS.board, at))
  const pieceId = board.pieces.find(({ code }) => code === 'attestation-editeur')?.pieceId
  if (!pieceId) return 0
  const unknown = (await listed(porteur, at)).filter(({ place }) => place === null).slice(0, CHOSEN)
  const fichiers = unknown.map(({ id }) => ({ id, pieceId }))
  const filed = await porteur.json<z.infer<typeof filedAnswer>>('POST', fill(API_PATHS.fileLooseFiles, at), {
    fichiers,
  })
  return filed.flatMap(({ files }) => files).length
}

type SentFile = readonly [name: string, bytes: BlobPart]

const pages = async (title: string, owner: string) => new Uint8Array(await fictionalPdf(title, owner))

async function send(porteur: Api, at: { grappe: string }, files: readonly SentFile[]): Promise<void> {
  const form = new FormData()
  for (const [name, bytes] of files) form.append('fichiers', new File([bytes], name))
  await porteur.send('POST', fill(API_PATHS.looseFiles, at), form)
}

async function listed(porteur: Api, at: { grappe: string }): Promise<LooseFile[]> {
  const { fichiers } = await porteur.json<z.infer<typeof looseFilesAnswer>>(
    'GET',
    fill(API_PATHS.looseFiles, at),
  )
  return fichiers
}
