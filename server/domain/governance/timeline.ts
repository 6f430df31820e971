/**
 * The four steps of a grappe, as the programme's Corse deck tells them, with what is done of each: nothing is
 * ticked by hand, everything is read from what the grappe holds.
 */
import type { Day, PieceDefinition } from '../call.ts'
import { formatDay } from '../deadline.ts'
import type { DossierPlan, DossierRow } from '../dossier-plan.ts'
import type { Verdict } from '../eligibility.ts'
import { type ModelCode, modelOfPiece } from '../kit/models.ts'
import type { PieceState } from '../piece.ts'
import { FACTOR_CODES, type GovernancePart, type GovernanceValues } from './governance.ts'
import { FORM_WORDS } from './words.ts'

/** Where something is done. */
export type TimelinePlace =
  | { kind: 'members' | 'eligibility' | 'board' | 'sharing' | 'dossier' | 'invitations' | 'submission' }
  | { kind: 'piece'; id: string }
  | { kind: 'governance'; part: GovernancePart }

export interface TimelineItem {
  label: string
  /** Null: not asked of this grappe. */
  isDone: boolean | null
  /** How far it is, in one phrase. */
  detail: string
  place: TimelinePlace
}

export interface TimelineStep {
  title: string
  /** Of what is asked, all of it. */
  isDone: boolean
  items: readonly TimelineItem[]
}

export interface TimelineFacts {
  plan: Pick<DossierPlan, 'rows' | 'complete' | 'gaps' | 'definitions'>
  /** Members still in. */
  esms: number
  ogs: number
  porteurName: string | null
  verdict: Verdict['status']
  hasKey: boolean
  governance: GovernanceValues
  /** The last version that was sealed; null before the first. */
  sealed: number | null
  /** Whether the ARS holds a link to read it. */
  isHanded: boolean
  /** Steps of the deposit that the porteur ticked, and the day of the last once all are. */
  deposit: { ticked: number; steps: number; doneOn: Day | null }
}

export function timelineOf(facts: TimelineFacts): TimelineStep[] {
  return [
    step('1. État des lieux et prérequis', [statesOfPlay(facts)]),
    step('2. Constitution de la grappe', membersItems(facts)),
    step('3. Cadrage', framingItems(facts)),
    step('4. Dépôt', depositItems(facts)),
  ]
}

function step(title: string, items: readonly TimelineItem[]): TimelineStep {
  return { title, items, isDone: items.every(({ isDone }) => isDone !== false) }
}

/** Expected pieces that this model answers, those that do not apply aside. */
function rowsOf({ rows, definitions }: TimelineFacts['plan'], model: ModelCode): DossierRow[] {
  const codes = definitions
    .filter((piece: PieceDefinition) => modelOfPiece(piece)?.code === model)
    .map(({ code }) => code)
  return rows.filter(({ code, state }) => codes.includes(code) && state !== 'non-applicable')
}

const counted = (count: number, word: string, many = `${word}s`): string =>
  `${count} ${count > 1 ? many : word}`

const PIECE_DETAILS: Readonly<Record<PieceState, string>> = {
  attendue: 'attendue',
  deposee: 'déposée, à contrôler',
  acceptee: 'acceptée',
  refusee: 'refusée, à déposer de nouveau',
  complement: 'complément demandé',
  'non-applicable': 'non applicable',
}

function pieceItem(facts: TimelineFacts, model: ModelCode, label: string): TimelineItem {
  const rows = rowsOf(facts.plan, model)
  const accepted = rows.filter(({ state }) => state === 'acceptee').length
  const waiting = rows.filter(({ state }) => state === 'deposee').length
  const [only] = rows
  const place: TimelinePlace =
    rows.length === 1 && only?.pieceId != null ? { kind: 'piece', id: only.pieceId } : { kind: 'board' }
  if (rows.length === 0) return { label, isDone: null, detail: 'l’appel n’en demande pas', place }
  if (only !== undefined && rows.length === 1) {
    return { label, isDone: only.state === 'acceptee', detail: PIECE_DETAILS[only.state], place }
  }
  const told = `${counted(accepted, 'accepté')} sur ${rows.length}`
  return {
    label,
    isDone: accepted === rows.length,
    detail: waiting === 0 ? told : `${told}, ${waiting} à contrôler`,
    place,
  }
}

const statesOfPlay = (facts: TimelineFacts) =>
  pieceItem(facts, 'etat-des-lieux', 'États des lieux de chaque ESMS')

const VERDICT_DETAILS: Readonly<Record<Verdict['status'], string>> = {
  eligible: 'grappe éligible',
  'non-eligible': 'grappe non éligible',
  'a-verifier': 'des règles sont à vérifier',
  'a-constituer': 'grappe à constituer',
}

const membersItems = ({ esms, ogs, porteurName, verdict }: TimelineFacts): TimelineItem[] => [
  {
    label: 'Membres',
    isDone: esms > 0,
    detail: `${esms} ESMS, ${ogs} OG`,
    place: { kind: 'members' },
  },
  {
    label: 'Organisme porteur',
    isDone: porteurName !== null,
    detail: porteurName ?? 'pas encore choisi',
    place: { kind: 'members' },
  },
  {
    label: 'Règles de l’appel',
    isDone: verdict === 'eligible',
    detail: VERDICT_DETAILS[verdict],
    place: { kind: 'eligibility' },
  },
]

function framingItems(facts: TimelineFacts): TimelineItem[] {
  const { forme, roles, copil, risques, facteurs } = facts.governance
  const kept = copil.filter(({ state }) => state !== 'annulee')
  const held = kept.filter(({ state }) => state === 'tenue').length
  const answered = risques.filter(({ owner, answer }) => owner !== null && answer !== null).length
  const assessed = FACTOR_CODES.filter(code => (facteurs[code]?.level ?? null) !== null).length
  const of = (part: GovernancePart): TimelinePlace => ({ kind: 'governance', part })
  return [
    {
      label: 'Forme de coopération',
      isDone: forme.form !== null,
      detail: forme.form === null ? 'pas encore choisie' : FORM_WORDS[forme.form].label,
      place: of('forme'),
    },
    pieceItem(facts, 'convention-partenariat', 'Convention entre les membres'),
    {
      label: 'Rôles',
      isDone: roles.some(({ kind }) => kind === 'chef-projet-si'),
      detail:
        roles.length === 0
          ? 'personne n’est noté'
          : `${counted(roles.length, 'personne')}${
              roles.some(({ kind }) => kind === 'chef-projet-si') ? '' : ', sans chef de projet SI'
            }`,
      place: of('roles'),
    },
    {
      label: 'COPIL',
      isDone: kept.length > 0,
      detail:
        kept.length === 0
          ? 'aucune réunion au calendrier'
          : `${counted(kept.length, 'réunion')}, dont ${counted(held, 'tenue')}`,
      place: of('copil'),
    },
    {
      label: 'Clé de répartition',
      isDone: facts.hasKey,
      detail: facts.hasKey ? 'écrite' : 'pas encore écrite',
      place: { kind: 'sharing' },
    },
    {
      label: 'Risques',
      isDone: risques.length > 0 && answered === risques.length,
      detail:
        risques.length === 0
          ? 'registre vide'
          : `${answered} sur ${risques.length} avec un responsable et une réponse`,
      place: of('risques'),
    },
    {
      label: 'Facteurs de réussite',
      isDone: assessed === FACTOR_CODES.length,
      detail: `${assessed} sur ${FACTOR_CODES.length} évalués`,
      place: of('facteurs'),
    },
  ]
}

function depositItems({ plan, sealed, isHanded, deposit }: TimelineFacts): TimelineItem[] {
  const lacking = plan.gaps.filter(({ required }) => required).length
  return [
    {
      label: 'Pièces du dossier',
      isDone: plan.complete,
      detail: plan.complete
        ? 'dossier complet'
        : lacking === 0
          ? 'des pièces sont à vérifier'
          : `${counted(lacking, 'pièce obligatoire', 'pièces obligatoires')} en manque`,
      place: { kind: 'board' },
    },
    {
      label: 'Dossier scellé',
      isDone: sealed !== null,
      detail: sealed === null ? 'aucune version scellée' : `version ${sealed}`,
      place: { kind: 'dossier' },
    },
    {
      label: 'Lien de lecture remis à l’ARS',
      isDone: isHanded,
      detail: isHanded ? 'remis' : 'pas encore remis',
      place: { kind: 'invitations' },
    },
    {
      label: 'Dépôt là où l’appel le demande',
      isDone: deposit.doneOn !== null,
      detail:
        deposit.doneOn === null
          ? `${counted(deposit.ticked, 'étape notée', 'étapes notées')} sur ${deposit.steps}`
          : `déposé le ${formatDay(deposit.doneOn)}`,
      place: { kind: 'submission' },
    },
  ]
}
