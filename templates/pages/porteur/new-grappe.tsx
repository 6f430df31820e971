/** A grappe answers one call; it may start from a grouping told in the source documents. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import type { Day, Provenance } from '../../../server/domain/call.ts'
import { formatDay, formatDaysLeft } from '../../../server/domain/deadline.ts'
import type { StatedMinimum } from '../../../server/domain/eligibility.ts'
import {
  Csrf,
  ErrorSummary,
  FictionalTag,
  Field,
  type FieldError,
  provenanceSentence,
  Radios,
} from '../components.tsx'
import { list } from '../format.ts'
import { Layout, type PorteurFrame } from '../layout.tsx'

export interface OfferedCall {
  code: string
  title: string
  summary: string
  fictional: boolean
  /** As it would be for a grappe created today. */
  window: { opensOn: Day | null; closesOn: Day | null; provenance: Provenance }
  minimums: readonly StatedMinimum[]
  today: Day
}

export interface OfferedExample {
  code: string
  title: string
  told: string
  madeUp: string
  esms: number
  ogs: number
}

function windowWords({ window: { opensOn, closesOn }, today }: OfferedCall): string {
  if (opensOn === null || closesOn === null) return 'Dates inconnues : aucune source ne les donne.'
  const left =
    opensOn > today
      ? 'pas encore ouvert'
      : closesOn < today
        ? 'cet appel est clos'
        : formatDaysLeft(today, closesOn)
  return `Du ${formatDay(opensOn)} au ${formatDay(closesOn)} : ${left}.`
}

function minimumWords({ title, threshold }: StatedMinimum): string {
  if (threshold === null) return `${title} : inconnu.`
  const exceptions = threshold.exceptions.map(({ places, minimum }) => `${minimum} pour ${list(places)}`)
  return `${title} : ${[threshold.minimum, ...exceptions].join(' ; ')}.`
}

function CallDetails({ call }: { call: OfferedCall }): JSX.Element {
  return (
    <>
      {call.summary}
      <br />
      {windowWords(call)}
      <br />
      {call.minimums.map(minimumWords).join(' ')}
      <br />
      {provenanceSentence(call.window.provenance)}
    </>
  )
}

interface NewGrappeProps {
  frame: PorteurFrame
  /** Proposed id, so that a form sent twice creates one grappe. */
  id: string
  values: Readonly<Record<string, string>>
  errors: readonly FieldError[]
  calls: readonly OfferedCall[]
  examples: readonly OfferedExample[]
}

export function NewGrappe({ frame, id, values, errors, calls, examples }: NewGrappeProps): JSX.Element {
  return (
    <Layout frame={frame} porteur={frame} title="Créer une grappe">
      <ErrorSummary errors={errors} />
      <h1>Créer une grappe</h1>
      <p class="lead">
        Donnez-lui un nom et choisissez l’appel auquel elle répond. Les règles suivront l’appel.
      </p>
      <form method="post" action={urlTo('newGrappe')} class="card" novalidate>
        <Csrf token={frame.csrf} />
        <input type="hidden" name="id" value={id} />
        <Field name="name" label="Nom de la grappe" value={values.name ?? ''} errors={errors} />
        <Radios
          name="call"
          legend="Appel à projets"
          value={values.call ?? ''}
          errors={errors}
          choices={calls.map(call => ({
            value: call.code,
            label: (
              <>
                {call.title} {call.fictional ? <FictionalTag /> : null}
              </>
            ),
            hint: <CallDetails call={call} />,
          }))}
        />
        <Radios
          name="example"
          legend="Membres de départ"
          value={values.example ?? ''}
          errors={errors}
          hint="Les exemples viennent de groupements décrits dans les documents du programme. Leurs établissements sont fictifs : ils servent à essayer, pas à candidater."
          choices={[
            { value: '', label: 'Aucun : je saisirai mes membres' },
            ...examples.map(({ code, title, told, madeUp, esms, ogs }) => ({
              value: code,
              label: (
                <>
                  Exemple {title} <FictionalTag />
                </>
              ),
              hint: (
                <>
                  {esms} ESMS, {ogs} OG.
                  <br />
                  Raconté par les documents : {told}
                  <br />
                  Inventé : {madeUp}
                </>
              ),
            })),
          ]}
        />
        <p class="actions">
          <button type="submit">Créer la grappe</button>
          <a href={urlTo('grappes')}>Annuler</a>
        </p>
      </form>
    </Layout>
  )
}
