/** The models of the application kit: which letter or table is for whom, and which piece it answers. */
import type { CallModel, PieceDefinition, PieceScope } from '../call.ts'

export const MODEL_CODES = [
  'lettre-engagement-porteur',
  'lettre-engagement-membre',
  'mandat-porteur',
  'convention-partenariat',
  'fiche-identite',
  'etat-des-lieux',
  'tableau-montants',
  'repartition-activites',
  'note-cadrage',
  'presentation-grappe',
  'retour-experience',
] as const
export type ModelCode = (typeof MODEL_CODES)[number]

export interface DocumentModel {
  /** Of ours, or `appel.` then the code of a piece that none of ours answers. */
  code: string
  title: string
  scope: PieceScope
  /** To whom it goes and what it is for: one sentence. */
  purpose: string
  /** Codes of the pieces that it answers, in whatever call asks for them. */
  pieces: readonly string[]
  /** Not made for the OG that carries the grappe, where no piece of the call says whom it is asked of. */
  exceptPorteur?: true
  /** Made for members of home services only, where no piece of the call says whom it is asked of. */
  homeServices?: true
  /** What nobody has told this server, to be written in the document. */
  byHand: readonly string[]
  /** What the call brings in the place of ours, or where there is none of ours. */
  ofCall?: CallModel & { sha256: string }
}

interface OurModel extends DocumentModel {
  /** Also the name of its file in `templates/documents/`, without extension. */
  code: ModelCode
}

const SIGNING = 'le lieu, la date et la signature'

export const MODELS: readonly OurModel[] = [
  {
    code: 'lettre-engagement-porteur',
    title: 'Lettre d’engagement du porteur',
    scope: 'grappe',
    purpose: 'Signée par le représentant légal de l’OG porteur, envers les membres et l’ARS.',
    pieces: ['lettre-engagement-porteur'],
    byHand: [SIGNING],
  },
  {
    code: 'lettre-engagement-membre',
    title: 'Lettre d’engagement d’un membre',
    scope: 'og',
    purpose: 'Signée par le représentant légal de chaque autre OG, envers le porteur et la grappe.',
    pieces: ['lettre-engagement-membre'],
    exceptPorteur: true,
    byHand: ['la personne qui suit le projet', SIGNING],
  },
  {
    code: 'mandat-porteur',
    title: 'Mandat donné au porteur',
    scope: 'og',
    purpose: 'Signé par le représentant légal de chaque autre OG, qui charge le porteur de déposer pour lui.',
    pieces: ['mandat-porteur'],
    exceptPorteur: true,
    byHand: ['la durée et les limites du mandat', SIGNING],
  },
  {
    code: 'convention-partenariat',
    title: 'Convention de partenariat',
    scope: 'grappe',
    purpose:
      'Signée par les représentants légaux de tous les OG ; elle suit la forme de coopération choisie.',
    pieces: ['convention-membres'],
    byHand: ['les règles de vote', 'la durée et les préavis', SIGNING],
  },
  {
    code: 'fiche-identite',
    title: 'Fiche d’identité du groupement',
    scope: 'grappe',
    purpose: 'Les dix rubriques qui présentent le groupement à un nouveau membre ou à l’ARS.',
    // Whatever the porteur that adds it to its copy calls it.
    pieces: ['fiche-identite', 'fiche-d-identite', 'fiche-d-identite-du-groupement'],
    byHand: [],
  },
  {
    code: 'etat-des-lieux',
    title: 'État des lieux et prérequis',
    scope: 'esms',
    purpose: 'Rempli par chaque établissement ou service, sur son équipement et son organisation.',
    pieces: ['etat-des-lieux'],
    byHand: ['les réponses de l’établissement'],
  },
  {
    code: 'tableau-montants',
    title: 'Tableau des établissements et des montants',
    scope: 'og',
    purpose: 'Pour chaque OG, ses établissements et ce qu’il demande pour chacun.',
    pieces: ['tableau-etablissements-montants'],
    byHand: ['les montants demandés', 'les autres financements', SIGNING],
  },
  {
    code: 'repartition-activites',
    title: 'Répartition des activités à domicile',
    scope: 'esms',
    purpose: 'Pour chaque service à domicile, ce qui est essentiel à la vie et ce qui est du confort.',
    pieces: ['repartition-activites-domicile'],
    homeServices: true,
    byHand: ['les activités et leurs heures', SIGNING],
  },
  {
    code: 'note-cadrage',
    title: 'Note de cadrage',
    scope: 'grappe',
    purpose: 'Méthode, calendrier, rôles, comité de pilotage et risques, à partager entre les membres.',
    pieces: ['note-cadrage'],
    byHand: ['ce que le projet doit changer', 'qui fait chaque étape', 'la conduite du changement'],
  },
  {
    code: 'presentation-grappe',
    title: 'Présentation de la grappe',
    scope: 'grappe',
    purpose: 'Pour l’ARS : les membres, ce qu’ils demandent et le résultat des règles de l’appel.',
    pieces: ['presentation-grappe'],
    byHand: ['pourquoi les membres s’unissent'],
  },
  {
    code: 'retour-experience',
    title: 'Retour d’expérience',
    scope: 'grappe',
    purpose: 'À remplir ensemble après le dépôt, puis en fin de projet.',
    pieces: ['retour-experience'],
    byHand: ['tout ce que la grappe a appris'],
  },
]

export const isModelCode = (code: string): code is ModelCode =>
  (MODEL_CODES as readonly string[]).includes(code)

/** Which of ours answers a piece, whatever the call brings; null when none does. */
export const modelOfPiece = (piece: { code: string; scope: PieceScope }): OurModel | null =>
  MODELS.find(({ pieces, scope }) => scope === piece.scope && pieces.includes(piece.code)) ?? null

type AskedPiece = Pick<PieceDefinition, 'code' | 'scope' | 'name' | 'explanation' | 'model'>

/** The document to fill in for a piece; null when neither the call nor this server has one. */
export function documentOfPiece(piece: AskedPiece): DocumentModel | null {
  const ours = modelOfPiece(piece)
  const { fileName, sha256 = null } = piece.model ?? {}
  if (fileName === undefined || sha256 === null) return ours
  const brought = { byHand: [], ofCall: { fileName, sha256 } }
  if (ours !== null) return { ...ours, ...brought }
  const { code, name: title, explanation: purpose, scope } = piece
  return { code: `appel.${code}`, title, purpose, scope, pieces: [code], ...brought }
}

/** Every document that may be handed out under a call: ours or the call's in their place, then its others. */
export function documentModels(pieces: readonly AskedPiece[]): DocumentModel[] {
  const brought = pieces.flatMap(piece => (piece.model === undefined ? [] : (documentOfPiece(piece) ?? [])))
  const inPlace = MODELS.map(ours => brought.find(({ code }) => code === ours.code) ?? ours)
  return [...inPlace, ...brought.filter(({ code }) => !isModelCode(code))]
}
