/**
 * The deposit at the place that the call names, and what follows it: the steps ticked, the award, the dates
 * afterwards. The porteur's own record: nothing here is read by the ARS.
 */
import type { Call, Day, Instant, PieceDefinition, Provenance } from './call.ts'
import { dayOf } from './deadline.ts'
import { FOLLOW_UP_PREFIX, type OwnFollowUp } from './follow-up.ts'
import { currentVersion, type Piece } from './piece.ts'

/** What is ticked where the call names no place: the least that there is to say. */
const ONLY_STEP = 'Le dossier est déposé'

/** A step that was done. It holds the step's own sentence: the call's list may change afterwards. */
export interface DoneStep {
  step: string
  on: Day
  /** Such as the number that the place gave; null when there is none. */
  reference: string | null
  /** Who ticked it, as shown. */
  by: string
  at: Instant
}

export const OUTCOMES = ['retenue', 'en-partie', 'non-retenue'] as const
export type AwardOutcome = (typeof OUTCOMES)[number]

export const OUTCOME_WORDS: Readonly<Record<AwardOutcome, string>> = {
  retenue: 'retenue',
  'en-partie': 'retenue en partie',
  'non-retenue': 'non retenue',
}

export interface Award {
  outcome: AwardOutcome
  /** When it was told. */
  on: Day
  reference: string | null
  /** What is awarded; null when it is not told. */
  cents: number | null
}

/** A date after the deposit: the porteur's own, or what it noted of one that the call gives. */
export interface FollowUpNote {
  /** `appel-CODE` for one that the call gives. */
  id: string
  title: string
  /** Null when nobody knows it. */
  dueOn: Day | null
  /** Null as long as it is awaited. */
  doneOn: Day | null
  reference: string | null
  cents: number | null
}

export interface Submission {
  /** In the order in which they were ticked. */
  done: readonly DoneStep[]
  /** Null as long as it is not known. */
  award: Award | null
  dates: readonly FollowUpNote[]
  /** The porteur's own pieces to receive. */
  pieces: readonly OwnFollowUp[]
}

export const NO_SUBMISSION: Submission = { done: [], award: null, dates: [], pieces: [] }

/** As many dates, and as many pieces, as a porteur may add. */
export const MOST_OWN = 60

type Placed = Pick<Call, 'submission' | 'followUp'>

export const stepsOf = ({ submission }: Pick<Call, 'submission'>): readonly string[] =>
  submission?.steps ?? [ONLY_STEP]

export interface Checklist {
  steps: readonly { step: string; done: DoneStep | null }[]
  /** Ticked once, and not in the call's list any more. */
  former: readonly DoneStep[]
}

export function checklistOf(call: Pick<Call, 'submission'>, { done }: Submission): Checklist {
  const steps = stepsOf(call)
  return {
    steps: steps.map(step => ({ step, done: done.find(each => each.step === step) ?? null })),
    former: done.filter(({ step }) => !steps.includes(step)),
  }
}

/** Every step of the call is done: since when, and with which references; null while one is left. */
export function depositDone(
  call: Pick<Call, 'submission'>,
  submission: Submission,
): { on: Day; references: readonly string[] } | null {
  const done = checklistOf(call, submission).steps.map(each => each.done)
  const days = done.flatMap(each => each?.on ?? []).toSorted()
  const last = days.at(-1)
  if (last === undefined || days.length < done.length) return null
  return { on: last, references: [...new Set(done.flatMap(each => each?.reference ?? []))] }
}

/** A date after the deposit, as shown. */
export interface FollowUpShown extends FollowUpNote {
  /** Where the call has it from; null for one of the porteur's own. */
  provenance: Provenance | null
  /** Whether its day is the call's, which the porteur changes in its copy of the call only. */
  dayOfCall: boolean
  /** Noted of a date that the call gave once, and gives no more. */
  former: boolean
  /** Awaited past its day. */
  late: boolean
}

const idOfCall = (code: string) => `appel-${code}`
export const isOfCall = (id: string): boolean => id.startsWith('appel-')

/** The dates of the call and the porteur's own, by day; those without a day last. */
export function followUpsOf({ followUp }: Placed, { dates }: Submission, today: Day): FollowUpShown[] {
  const given = (followUp?.dates ?? []).map(({ code, title, dueOn, provenance }) => {
    const noted = dates.find(({ id }) => id === idOfCall(code))
    return {
      ...{ doneOn: null, reference: null, cents: null, ...noted },
      id: idOfCall(code),
      title,
      dueOn: dueOn ?? noted?.dueOn ?? null,
      provenance,
      dayOfCall: dueOn !== null,
      former: false,
    }
  })
  const others = dates
    .filter(({ id }) => !given.some(each => each.id === id))
    .map(each => ({ ...each, provenance: null, dayOfCall: false, former: isOfCall(each.id) }))
  const isLate = ({ dueOn, doneOn }: FollowUpNote) => doneOn === null && dueOn !== null && dueOn < today
  return byDay([...given, ...others].map(each => ({ ...each, late: isLate(each) })))
}

/** Those without a day last. */
export function byDay(all: readonly FollowUpShown[]): FollowUpShown[] {
  const whenOf = ({ dueOn, doneOn }: FollowUpShown) => dueOn ?? doneOn ?? '9999'
  return all.toSorted((a, b) => (whenOf(a) < whenOf(b) ? -1 : whenOf(a) > whenOf(b) ? 1 : 0))
}

/** The days of those that have one, as dates after the deposit: done once something is deposited. */
export function daysOfPieces(
  definitions: readonly PieceDefinition[],
  pieces: readonly Piece[],
  { today, timeZone }: { today: Day; timeZone: string },
): FollowUpShown[] {
  return definitions.flatMap(({ code, name, deadlineOn, provenance }) => {
    if (deadlineOn === null) return []
    const piece = pieces.find(each => each.code === code)
    const version = piece === undefined ? null : currentVersion(piece)
    const doneOn = version && dayOf(version.depositedAt, timeZone)
    return {
      id: code,
      title: `Pièce « ${name} »`,
      dueOn: deadlineOn,
      doneOn,
      reference: null,
      cents: null,
      provenance: provenance.kind === 'carrier' ? null : provenance,
      dayOfCall: true,
      former: false,
      late: doneOn === null && deadlineOn < today,
    }
  })
}

/** One thing noted. Null takes it back. */
export type SubmissionAct =
  | { kind: 'etape'; step: string; done: Pick<DoneStep, 'on' | 'reference'> | null }
  | { kind: 'resultat'; award: Award | null }
  /** `id` null adds one of the porteur's own. */
  | { kind: 'date'; id: string | null; date: Omit<FollowUpNote, 'id'> | null }
  /** `code` null adds one; one on which something was deposited is not taken back. */
  | { kind: 'piece'; code: string | null; piece: Omit<OwnFollowUp, 'code'> | null }

/** By field of the act, what is to be mended; none when the act can be done. */
export function flawsOf(
  call: Placed,
  submission: Submission,
  act: SubmissionAct,
  today: Day,
): Record<string, string> {
  const noFuture = (field: string, day: Day | null | undefined): Record<string, string> =>
    day != null && day > today ? { [field]: 'Ce jour est à venir : écrivez celui où ce fut fait.' } : {}
  switch (act.kind) {
    case 'etape': {
      const known = [...stepsOf(call), ...submission.done.map(({ step }) => step)]
      return {
        ...(known.includes(act.step) ? {} : { step: 'Cette étape n’est pas dans la liste de l’appel.' }),
        ...noFuture('on', act.done?.on),
      }
    }
    case 'resultat':
      return noFuture('on', act.award?.on)
    case 'date': {
      const own = submission.dates.filter(({ id }) => !isOfCall(id))
      const known = followUpsOf(call, submission, today).some(({ id }) => id === act.id)
      return {
        ...(act.id !== null && !known ? { id: 'Cette date n’est pas dans la liste.' } : {}),
        ...(act.id === null && own.length >= MOST_OWN
          ? { title: `Notez ${MOST_OWN} dates au plus : retirez-en une.` }
          : {}),
        ...noFuture('doneOn', act.date?.doneOn),
      }
    }
    case 'piece': {
      const { pieces } = submission
      if (act.code !== null) {
        const known = pieces.some(({ code }) => code === act.code)
        return known ? {} : { name: 'Cette pièce n’est pas des vôtres.' }
      }
      return pieces.length < MOST_OWN ? {} : { name: `Ajoutez ${MOST_OWN} pièces au plus : retirez-en une.` }
    }
  }
}

/** What is kept once the act is done. @param newId of a date or a piece that is added. */
export function withAct(
  call: Placed,
  submission: Submission,
  act: SubmissionAct,
  { by, at, newId }: { by: string; at: Instant; newId: string },
): Submission {
  switch (act.kind) {
    case 'etape': {
      const { step, done } = act
      const others = submission.done.filter(each => each.step !== step)
      return { ...submission, done: done === null ? others : [...others, { step, ...done, by, at }] }
    }
    case 'resultat':
      return { ...submission, award: act.award }
    case 'date': {
      const id = act.id ?? newId
      const others = submission.dates.filter(each => each.id !== id)
      if (act.date === null) return { ...submission, dates: others }
      const given = call.followUp?.dates.find(({ code }) => idOfCall(code) === id)
      // What the call says is not copied: it would outlive the call's own word.
      const said = given && { title: given.title, ...(given.dueOn === null ? {} : { dueOn: null }) }
      return { ...submission, dates: [...others, { ...act.date, ...said, id }] }
    }
    case 'piece': {
      const code = act.code ?? `${FOLLOW_UP_PREFIX}${newId}`
      const { pieces } = submission
      if (act.piece === null) return { ...submission, pieces: pieces.filter(each => each.code !== code) }
      const kept = { ...act.piece, code }
      return {
        ...submission,
        pieces:
          act.code === null ? [...pieces, kept] : pieces.map(each => (each.code === code ? kept : each)),
      }
    }
  }
}
