/** What the porteur follows for itself: the signatures, then the deposit and what comes after it. */
import type { DossierPlan } from '../../domain/dossier-plan.ts'
import type { FollowedSigning, SigningState } from '../../domain/signing.ts'
import type { SubmissionLine, SubmissionPart } from '../../domain/submission-lines.ts'
import { EUROS } from './sharing-columns.ts'
import { COLOURS, DAY, dayCell, INSTANT, NUMBER, SIGNATURE_WORDS, tableSheet } from './table.ts'
import type { Sheet } from './xlsx-writer.ts'

type Clock = (instant: string) => Date

const STEP_WORDS: Readonly<Record<SigningState['step'], string>> = {
  'a-signer': 'À signer',
  envoyee: 'Envoyée à la signature',
  signee: 'Signée, à rendre',
  rendue: 'Rendue',
}

/** Null where nobody has to sign anything, or where it is not for whoever reads. */
export function signaturesSheet(plan: DossierPlan, clock: Clock): Sheet | null {
  const followed = plan.signings ?? []
  if (followed.length === 0) return null
  const noted = ({ state }: FollowedSigning, step: 'envoyee' | 'signee') =>
    state.noted?.step === step ? dayCell(state.noted.on) : null
  return tableSheet(
    plan,
    'Signatures',
    followed,
    [
      { header: 'Pièce', width: 36, value: ({ pieceName }) => pieceName },
      { header: 'Membre', width: 34, value: ({ ownerName }) => ownerName },
      { header: 'Signataire demandé', width: 34, value: ({ signatory }) => signatory },
      { header: 'Où elle en est', width: 24, value: ({ state }) => STEP_WORDS[state.step] },
      { header: 'Envoyée le', width: 13, style: DAY, value: each => noted(each, 'envoyee') },
      { header: 'Signée le', width: 13, style: DAY, value: each => noted(each, 'signee') },
      { header: 'Qui signe', width: 30, value: ({ state }) => state.noted?.signatory ?? null },
      { header: 'Noté par', width: 30, value: ({ state }) => state.noted?.notedBy ?? null },
      {
        header: 'Noté le',
        width: 18,
        style: INSTANT,
        value: ({ state }) => state.noted && clock(state.noted.notedAt),
      },
      {
        header: 'Version rendue',
        width: 10,
        style: NUMBER,
        value: ({ state }) => state.returned?.number ?? null,
      },
      { header: 'Rendue par', width: 30, value: ({ state }) => state.returned?.depositedBy ?? null },
      {
        header: 'Rendue le',
        width: 18,
        style: INSTANT,
        value: ({ state }) => state.returned && clock(state.returned.depositedAt),
      },
      {
        header: 'Signature électronique',
        width: 24,
        value: ({ state }) => (state.returned === null ? null : SIGNATURE_WORDS[state.found ?? 'unknown']),
      },
    ],
    {
      frozenColumns: 2,
      pagesWide: 2,
      titleColumns: '$A:$B',
      colours: {
        D: [
          [STEP_WORDS.rendue, COLOURS.good],
          [STEP_WORDS.envoyee, COLOURS.waiting],
          [STEP_WORDS.signee, COLOURS.waiting],
          [STEP_WORDS['a-signer'], COLOURS.late],
        ],
      },
    },
  )
}

const PART_WORDS: Readonly<Record<SubmissionPart, string>> = {
  etape: 'Étape du dépôt',
  resultat: 'Résultat',
  date: 'Date d’après le dépôt',
  piece: 'Pièce reçue',
}

/** Null before anything is done or dated, or where it is not for whoever reads. */
export function submissionSheet(plan: DossierPlan): Sheet | null {
  const lines = plan.submission ?? []
  if (lines.length === 0) return null
  return tableSheet(
    plan,
    'Dépôt et suites',
    lines,
    [
      { header: 'Partie', width: 22, value: ({ part }) => PART_WORDS[part] },
      { header: 'Quoi', width: 60, value: ({ title }) => title },
      { header: 'État', width: 14, value: stateWords },
      { header: 'Attendu le', width: 13, style: DAY, value: ({ dueOn }) => dayCell(dueOn) },
      { header: 'Fait le', width: 13, style: DAY, value: ({ doneOn }) => dayCell(doneOn) },
      { header: 'Référence', width: 30, value: ({ reference }) => reference },
      {
        header: 'Montant',
        width: 16,
        style: EUROS,
        value: ({ cents }) => (cents === null ? null : cents / 100),
      },
      { header: 'Par', width: 34, value: ({ by }) => by },
    ],
    {
      colours: {
        C: [
          ['fait', COLOURS.good],
          ['en retard', COLOURS.late],
          ['à faire', COLOURS.idle],
          ['attendu', COLOURS.idle],
        ],
      },
    },
  )
}

const stateWords = ({ part, doneOn, late }: SubmissionLine): string =>
  doneOn !== null ? 'fait' : late ? 'en retard' : part === 'etape' ? 'à faire' : 'attendu'
