/**
 * Of `npm run demo`: what passes between people beside the files. The porteur's own model of a mandate, the
 * letters sent to be signed then signed, a question of a member and its answer, and the identity card of the
 * group, answered on screen and deposited.
 */
import { Document, Packer, Paragraph } from 'docx'
import type { z } from 'zod'
import type {
  boardAnswer,
  formAnswer,
  keptAnswersAnswer,
  receivedAnswer,
  signingsAnswer,
} from '../schema/contracts/api.ts'
import { API_PATHS, fill } from '../schema/urls.ts'
import { MEDIA_TYPES } from '../server/domain/file-acceptance.ts'
import { type Api, DemoError, say } from './demo-api.ts'

type At = { grappe: string }

/** In the place of this server's: every mandate is then filled in from it. */
export async function bringOwnModel(porteur: Api, at: At): Promise<void> {
  const lines = [
    'Mandat donné au porteur (modèle du porteur)',
    '{og.nom}, représenté par {og.representant}, charge {porteur.nom} de déposer la candidature commune.',
    'Fait le …………………… Signature :',
  ]
  const document = new Document({ sections: [{ children: lines.map(line => new Paragraph(line)) }] })
  const file = new File([new Uint8Array(await Packer.toBuffer(document))], 'Mandat maison.docx', {
    type: MEDIA_TYPES.docx,
  })
  const form = new FormData()
  form.append('fichier', file)
  const where = { ...at, model: 'mandat-porteur' }
  const sent = await porteur.json<{ id: string; triedOn: string | null }>(
    'POST',
    fill(API_PATHS.model, where),
    form,
  )
  await porteur.send('POST', fill(API_PATHS.takeModel, where), { version: sent.id })
  say(`Modèle du porteur mis à la place du nôtre : « Mandat maison.docx », essayé sur ${sent.triedOn}`)
}

/** What the members have to sign: sent yesterday, signed today. */
export async function followSignatures(porteur: Api, at: At): Promise<void> {
  const path = fill(API_PATHS.signings, at)
  const pieces = (await porteur.json<z.infer<typeof signingsAnswer>>('GET', path)).map(({ piece }) => piece)
  if (pieces.length === 0) throw new DemoError('Aucune pièce de cet appel ne demande de signature.')
  const day = (ago: number) => new Date(Date.now() - ago * DAY_MS).toISOString().slice(0, 10)
  const signatory = 'le représentant légal'
  await porteur.send('POST', path, { pieces, step: 'envoyee', on: day(2), signatory })
  await porteur.send('POST', path, { pieces: pieces.slice(1), step: 'signee', on: day(1), signatory })
  say(`Signatures : ${pieces.length} pièces envoyées, ${pieces.length - 1} signées`)
}

/** How many of the pieces to sign came back. */
export async function countReturned(porteur: Api, at: At): Promise<void> {
  const all = await porteur.json<z.infer<typeof signingsAnswer>>('GET', fill(API_PATHS.signings, at))
  const returned = all.filter(({ step }) => step === 'rendue').length
  if (returned === 0) throw new DemoError('Aucune pièce à signer n’est rendue.')
  say(`Signatures : ${returned} pièces rendues sur ${all.length}`)
}

/** The dossier tells it: what is written of a piece is sealed with it. */
export async function exchangeMessages(porteur: Api, member: Api, at: At & { piece: string }): Promise<void> {
  const asked = 'Le devis de l’éditeur suffit-il, ou faut-il aussi la commande ?'
  const answered = 'Le devis suffit : une commande signée ne serait plus financée.'
  await member.send('POST', fill(API_PATHS.memberThread, { piece: at.piece }), { text: asked })
  await porteur.send('POST', fill(API_PATHS.thread, at), { text: answered })
  say('Messages : une question d’un membre, une réponse du porteur')
}

const CARD = {
  name: 'Fiche d’identité du groupement',
  explanation: 'Les dix rubriques qui présentent le groupement.',
  scope: 'grappe',
  condition: null,
  required: false,
  formats: ['pdf', 'docx'],
  maxFileMb: 20,
  severalFiles: false,
  signatory: null,
  deadlineOn: null,
}

const RUBRICS: Readonly<Record<string, string>> = {
  public: 'Enfants et adultes en situation de handicap (exemple fictif)',
  objet: 'Choisir et installer ensemble un même DUI',
  personnes: 'Un chef de projet à mi-temps, un référent par organisme',
  entree: 'Accord de tous les membres, par avenant',
  gouvernance: 'Un COPIL par mois, à l’unanimité ; un comité de suivi',
}

/** Asked for in the grappe's copy of the call, then answered, drawn and deposited by the server. */
export async function depositIdentityCard(porteur: Api, at: At): Promise<void> {
  const adaptation = {
    ...{ acte: 'ajouter', code: 'fiche-identite', basis: 'Demande de l’ARS (exemple fictif)', piece: CARD },
  }
  const path = fill(API_PATHS.adaptations, at)
  const { seen } = await porteur.json<{ seen: string }>('POST', path, adaptation)
  await porteur.send('POST', path, { ...adaptation, seen })
  const board = await porteur.json<z.infer<typeof boardAnswer>>('GET', fill(API_PATHS.board, at))
  const piece = board.pieces.find(({ code }) => code === 'fiche-identite')?.pieceId
  if (!piece) throw new DemoError('La fiche d’identité n’est pas demandée.')
  const form = fill(API_PATHS.pieceForm, { ...at, piece })
  const { fields } = await porteur.json<z.infer<typeof formAnswer>>('GET', form)
  const answers = fields.map(({ field, revision }) => ({
    field,
    seen: revision,
    value: RUBRICS[field] ?? '',
  }))
  const kept = await porteur.json<z.infer<typeof keptAnswersAnswer>>('PUT', form, { answers })
  if (kept.saved.length < fields.length) throw new DemoError('La fiche d’identité n’est pas remplie.')
  const { revision, answered, asked } = await porteur.json<z.infer<typeof formAnswer>>('GET', form)
  const deposit = fill(API_PATHS.depositPieceForm, { ...at, piece })
  const { version } = await porteur.json<z.infer<typeof receivedAnswer>>('POST', deposit, { seen: revision })
  await porteur.send('POST', fill(API_PATHS.decision, { ...at, piece }), {
    versionId: version.id,
    decision: 'acceptee',
  })
  say(`Fiche d’identité : ${answered} réponses sur ${asked}, déposée en PDF`)
}

const DAY_MS = 86_400_000
