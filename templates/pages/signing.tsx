/** Where the signature of a piece stands, and noting it: the same for its member and for the porteur. */
import type { JSX } from 'preact'
import type { Day } from '../../server/domain/call.ts'
import { formatDay } from '../../server/domain/deadline.ts'
import type { SigningState, SigningStep } from '../../server/domain/signing.ts'
import { Csrf, Field, type FieldError, Select } from './components.tsx'
import { moment } from './format.ts'

/** As a list shows them. */
export const SIGNING_WORDS: Readonly<Record<SigningState['step'], string>> = {
  'a-signer': 'à signer',
  envoyee: 'envoyée à la signature',
  signee: 'signée, à rendre',
  rendue: 'rendue',
}

const STEP_CHOICES: ReadonlyArray<{ value: SigningStep; label: string }> = [
  { value: 'envoyee', label: 'Envoyée à la signature' },
  { value: 'signee', label: 'Signée' },
  { value: 'a-signer', label: 'À signer (annule ce qui est noté)' },
]

/** What was noted, in one sentence; null when nothing holds. */
export function notedSentence({ noted }: SigningState, timeZone: string): string | null {
  if (noted === null || noted.on === null) return null
  const { step, on, signatory, notedBy, notedAt } = noted
  const sent = signatory === null ? '' : ` à ${signatory}`
  const signed = signatory === null ? '' : ` par ${signatory}`
  const said =
    step === 'envoyee'
      ? `Envoyée à la signature${sent} le ${formatDay(on)}`
      : `Signée${signed} le ${formatDay(on)}`
  return `${said}. Noté par ${notedBy}, le ${moment(notedAt, timeZone)}.`
}

/** What its bytes tell of the deposit, and what they cannot. */
export const FOUND_WORDS = {
  presente:
    'Signature électronique présente, non vérifiée : ni qui a signé, ni si le fichier a changé depuis.',
  aucune:
    'Aucune signature électronique dans le PDF. Une signature à la main, numérisée, est une image : ' +
    'elle se contrôle à l’œil.',
  unknown: 'Ce fichier ne permet pas de dire s’il porte une signature électronique : regardez-le.',
} as const

interface SigningProps {
  state: SigningState
  /** Who has to sign, as the call says it. */
  asked: string
  today: Day
  timeZone: string
  action: string
  /** Null for a link, whose address is the proof. */
  csrf: string | null
  /** Whether it may be noted now. */
  isOpen: boolean
}

export function SigningCard(props: SigningProps): JSX.Element {
  const { state, asked, timeZone, isOpen } = props
  const { returned, found } = state
  const noted = notedSentence(state, timeZone)
  return (
    <section class="card" aria-labelledby="signature">
      <h2 id="signature">Signature</h2>
      <p>
        Signataire demandé : {asked}. Où elle en est : <strong>{SIGNING_WORDS[state.step]}</strong>.
      </p>
      {noted === null ? null : <p>{noted}</p>}
      {returned === null ? null : (
        <>
          <p>
            Version {returned.number} rendue par {returned.depositedBy}, le{' '}
            {moment(returned.depositedAt, timeZone)}.
          </p>
          <p>{FOUND_WORDS[found ?? 'unknown']}</p>
        </>
      )}
      {isOpen ? (
        <details>
          <summary>Noter où en est la signature…</summary>
          <SigningForm {...props} values={{ step: '', on: props.today, signatory: '' }} errors={[]} />
        </details>
      ) : null}
    </section>
  )
}

export interface SigningValues {
  step: string
  on: string
  signatory: string
}

export function SigningFields({
  values,
  errors,
}: {
  values: SigningValues
  errors: readonly FieldError[]
}): JSX.Element {
  return (
    <>
      <Select
        name="step"
        label="Où en est la signature ?"
        value={values.step}
        choices={STEP_CHOICES}
        errors={errors}
        empty="Choisissez"
      />
      <Field
        name="on"
        label="Quel jour"
        type="date"
        value={values.on}
        errors={errors}
        hint="Le jour de l’envoi ou de la signature ; il n’est pas lu pour « À signer »."
        width="short"
      />
      <Field
        name="signatory"
        label="Qui signe"
        value={values.signatory}
        errors={errors}
        hint="Son nom, ou sa fonction."
        optional
      />
    </>
  )
}

export function SigningForm({
  action,
  csrf,
  values,
  errors,
}: Pick<SigningProps, 'action' | 'csrf'> & {
  values: SigningValues
  errors: readonly FieldError[]
}): JSX.Element {
  return (
    <form method="post" action={action}>
      {csrf === null ? null : <Csrf token={csrf} />}
      <SigningFields values={values} errors={errors} />
      <button type="submit" class="secondary">
        Noter
      </button>
    </form>
  )
}
