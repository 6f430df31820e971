/**
 * A call as people write it, in a file or on screen: days as text, and no provenance where the call's own
 * holds. `completeCall` makes a call of it, `writtenCall` writes it again.
 */
import type {
  Call,
  CallRetention,
  CallTemplate,
  CallWindow,
  FollowUpDate,
  Money,
  PieceDefinition,
  Provenance,
  Recommendation,
  RuleLine,
  SubmissionPlace,
  TemplateDay,
} from './call.ts'

/** Without a provenance of its own: the call's. */
export type Sourced<Value extends { provenance: Provenance }> = Omit<Value, 'provenance'> & {
  provenance?: Provenance | undefined
}

/** Days are `2023-09-15`, `J-30` or `J+45`. */
export interface WrittenCall
  extends Omit<
    Call<string>,
    | 'windows'
    | 'rules'
    | 'money'
    | 'limitsProvenance'
    | 'pieces'
    | 'recommendations'
    | 'submission'
    | 'followUp'
    | 'retention'
  > {
  windows: readonly Sourced<CallWindow<string>>[]
  rules: readonly Sourced<RuleLine>[]
  money: Sourced<Money> | null
  limitsProvenance?: Provenance | undefined
  pieces: readonly Sourced<PieceDefinition<string>>[]
  recommendations: readonly Sourced<Recommendation>[]
  submission?: Sourced<SubmissionPlace> | undefined
  retention?: Sourced<CallRetention> | undefined
  followUp?:
    | {
        dates: readonly Sourced<FollowUpDate<string>>[]
        pieces: readonly Sourced<PieceDefinition<string>>[]
      }
    | undefined
}

const RELATIVE = /^J[+-]\d{1,3}$/

/** Whether the day counts from the day on which a grappe is created. */
export const isRelativeDay = (day: string): boolean => RELATIVE.test(day)

const readDay = (day: string | null): TemplateDay | null =>
  day !== null && isRelativeDay(day) ? { daysFromCreation: Number(day.slice(1)) } : day

const writeDay = (day: TemplateDay | null): string | null =>
  day === null || typeof day === 'string'
    ? day
    : `J${day.daysFromCreation < 0 ? '-' : '+'}${Math.abs(day.daysFromCreation)}`

/** Said of what nobody has given a provenance yet, in a call that is being written. */
const NO_PROVENANCE: Provenance = { kind: 'hypothesis', reference: 'Provenance pas encore indiquée' }

/** Each value with its provenance, that of the call where it has none. */
export function completeCall(written: WrittenCall): CallTemplate {
  const sourced = <Value extends { provenance?: Provenance | undefined }>(
    value: Value,
  ): Value & { provenance: Provenance } => ({
    ...value,
    provenance: value.provenance ?? written.provenance ?? NO_PROVENANCE,
  })
  const { submission, followUp, retention, ...rest } = written
  return {
    ...rest,
    ...(submission === undefined ? {} : { submission: sourced(submission) }),
    ...(retention === undefined ? {} : { retention: sourced(retention) }),
    ...(followUp === undefined
      ? {}
      : {
          followUp: {
            ...followUp,
            dates: followUp.dates.map(date => ({ ...sourced(date), dueOn: readDay(date.dueOn) })),
            pieces: followUp.pieces.map(piece => ({
              ...sourced(piece),
              deadlineOn: readDay(piece.deadlineOn),
            })),
          },
        }),
    windows: written.windows.map(window => ({
      ...sourced(window),
      opensOn: readDay(window.opensOn),
      closesOn: readDay(window.closesOn),
    })),
    rules: written.rules.map(sourced),
    money: written.money && sourced(written.money),
    limitsProvenance: written.limitsProvenance ?? written.provenance ?? NO_PROVENANCE,
    pieces: written.pieces.map(piece => ({ ...sourced(piece), deadlineOn: readDay(piece.deadlineOn) })),
    recommendations: written.recommendations.map(sourced),
  }
}

/** The other way round: `completeCall(writtenCall(call))` is the call. */
export function writtenCall(call: CallTemplate): WrittenCall {
  const whole = JSON.stringify(call.provenance)
  const sourced = <Value extends { provenance: Provenance }>(value: Value): Sourced<Value> => {
    const { provenance, ...rest } = value
    return JSON.stringify(provenance) === whole ? rest : value
  }
  const { limitsProvenance, submission, followUp, retention, ...rest } = call
  return {
    ...rest,
    ...(submission === undefined ? {} : { submission: sourced(submission) }),
    ...(retention === undefined ? {} : { retention: sourced(retention) }),
    ...(followUp === undefined
      ? {}
      : {
          followUp: {
            ...followUp,
            dates: followUp.dates.map(date => ({ ...sourced(date), dueOn: writeDay(date.dueOn) })),
            pieces: followUp.pieces.map(piece => ({
              ...sourced(piece),
              deadlineOn: writeDay(piece.deadlineOn),
            })),
          },
        }),
    windows: call.windows.map(window => ({
      ...sourced(window),
      opensOn: writeDay(window.opensOn),
      closesOn: writeDay(window.closesOn),
    })),
    rules: call.rules.map(sourced),
    money: call.money && sourced(call.money),
    ...(JSON.stringify(limitsProvenance) === whole ? {} : { limitsProvenance }),
    pieces: call.pieces.map(piece => ({ ...sourced(piece), deadlineOn: writeDay(piece.deadlineOn) })),
    recommendations: call.recommendations.map(sourced),
  }
}
