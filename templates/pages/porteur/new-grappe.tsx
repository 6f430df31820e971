/** A grappe answers one call: those that can be used today first, the others folded under their headings. */
import type { ComponentChildren, JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import type { Day, Provenance } from '../../../server/domain/call.ts'
import { formatDay, formatDaysLeft } from '../../../server/domain/deadline.ts'
import type { StatedMinimum } from '../../../server/domain/eligibility.ts'
import { callUrl } from '../calls/frame.tsx'
import {
  Csrf,
  ErrorSummary,
  FictionalTag,
  Field,
  type FieldError,
  provenanceSentence,
  Radios,
} from '../components.tsx'
import { count, list } from '../format.ts'
import { Layout, type PorteurFrame } from '../layout.tsx'

export interface OfferedCall {
  code: string
  title: string
  summary: string
  fictional: boolean
  /** As it would be for a grappe created today. */
  window: { opensOn: Day | null; closesOn: Day | null; provenance: Provenance }
  minimums: readonly StatedMinimum[]
  /** Who wrote it: this server ships it, the porteur itself, or an ARS. */
  origin: 'livre' | 'propre' | 'ars'
  today: Day
}

const isClosed = ({ window: { closesOn }, today }: OfferedCall) => closesOn !== null && closesOn < today

function windowWords(call: OfferedCall): string {
  const { opensOn, closesOn } = call.window
  const { today } = call
  if (opensOn === null && closesOn !== null && isClosed(call)) return `Clos depuis le ${formatDay(closesOn)}.`
  if (opensOn === null && closesOn === null) return 'Dates inconnues : vous les reporterez de votre ARS.'
  if (closesOn === null) {
    const opens = opensOn !== null && opensOn > today ? 'Ouvre' : 'Ouvert depuis'
    return `${opens} le ${formatDay(opensOn ?? today)}, clôture inconnue : vous la reporterez de votre ARS.`
  }
  if (opensOn === null) {
    return `Ouverture inconnue, clôture le ${formatDay(closesOn)} : ${formatDaysLeft(today, closesOn)}.`
  }
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

const ORIGIN_WORDS: Readonly<Record<OfferedCall['origin'], string>> = {
  livre: '',
  propre: 'Votre appel. ',
  ars: 'Publié par une ARS sur ce serveur. ',
}

function CallDetails({ call }: { call: OfferedCall }): JSX.Element {
  return (
    <>
      {ORIGIN_WORDS[call.origin]}
      {call.summary}
      <br />
      {windowWords(call)}
      <br />
      {call.minimums.map(minimumWords).join(' ')}
      {call.window.opensOn === null && call.window.closesOn === null ? null : (
        <>
          <br />
          {provenanceSentence(call.window.provenance)}
        </>
      )}
    </>
  )
}

export interface NewGrappeProps {
  frame: PorteurFrame
  /** Proposed id, so that a form sent twice creates one grappe. */
  id: string
  values: Readonly<Record<string, string>>
  errors: readonly FieldError[]
  calls: readonly OfferedCall[]
}

export function NewGrappe(props: NewGrappeProps): JSX.Element {
  const { frame, id, values, errors } = props
  return (
    <Layout frame={frame} porteur={frame} title="Créer une grappe">
      <ErrorSummary errors={errors} />
      <h1>Créer une grappe</h1>
      <p class="lead">
        Donnez-lui un nom et choisissez l’appel auquel elle répond : les règles, les pièces et les dates en
        viennent.
      </p>
      <form method="post" action={urlTo('newGrappe')} class="card" novalidate>
        <Csrf token={frame.csrf} />
        <input type="hidden" name="id" value={id} />
        <Field name="name" label="Nom de la grappe" value={values.name ?? ''} errors={errors} />
        <CallFields {...props} />
        <p class="actions">
          <button type="submit" name="suite" value="import">
            Créer et importer mes membres
          </button>
          <button type="submit" name="suite" value="saisie" class="secondary">
            Créer, et saisir mes membres
          </button>
          <a href={urlTo('grappes')}>Annuler</a>
        </p>
      </form>
      <p>
        Votre appel n’est pas là ? <a href={callUrl('porteur', 'list')}>Écrivez-le depuis son texte</a>
      </p>
      <p>
        Seulement pour voir ? <a href={urlTo('newExample')}>Essayer avec des membres fictifs</a>
      </p>
    </Layout>
  )
}

/** Whether somebody may answer it today cannot be said. */
const isUndated = ({ window: { closesOn } }: OfferedCall) => closesOn === null

const NO_CLOSING =
  'Il peut être ouvert ou clos : sa clôture n’est pas connue ici. Vous la reporterez de votre ARS.'

const NO_OPEN_CALL =
  'Aucun appel à la clôture connue n’est ouvert ni à venir ici. Le vôtre n’est pas là ? ' +
  'Écrivez-le depuis son texte, plus bas.'

/** The calls to choose from, and what a closed one asks besides. */
export function CallFields(props: NewGrappeProps): JSX.Element {
  const { values, errors, calls } = props
  const dated = calls.filter(call => !call.fictional && !isUndated(call))
  const undated = calls.filter(call => !call.fictional && isUndated(call))
  const open = dated.filter(call => !isClosed(call))
  const closed = dated.filter(isClosed)
  const fictional = calls.filter(call => call.fictional)
  const chosen = (group: readonly OfferedCall[]) => group.some(({ code }) => code === values.call)
  return (
    <>
      <Radios
        name="call"
        legend="Appel à projets ouvert ou à venir"
        value={values.call ?? ''}
        errors={errors}
        choices={open.map(call => ({
          value: call.code,
          label: call.title,
          hint: <CallDetails call={call} />,
        }))}
        {...(open.length === 0 ? { hint: NO_OPEN_CALL } : {})}
      />
      {undated.length === 0 ? null : (
        <CallChoices
          legend="Appel dont la clôture est inconnue"
          about={NO_CLOSING}
          calls={undated}
          chosen={values.call ?? ''}
          isFirst={open.length === 0}
        />
      )}
      {closed.length === 0 ? null : (
        <Folded
          summary={count(closed.length, 'appel clos', 'appels clos')}
          open={chosen(closed) || errors.some(({ field }) => field === 'cloture' || field === 'dapres')}
        >
          <CallChoices legend="Choisir un appel clos" calls={closed} chosen={values.call ?? ''} />
          <ClosedCall {...props} />
        </Folded>
      )}
      {fictional.length === 0 ? null : (
        <Folded summary="Appel fictif, pour essayer" open={chosen(fictional)}>
          <CallChoices legend="Choisir un appel fictif" calls={fictional} chosen={values.call ?? ''} />
        </Folded>
      )}
    </>
  )
}

const Folded = ({
  summary,
  open,
  children,
}: {
  summary: string
  open: boolean
  children: ComponentChildren
}) => (
  <details open={open}>
    <summary>{summary}</summary>
    {children}
  </details>
)

/** The same choice as the calls above, further down: one radio group, several headings. */
function CallChoices({
  legend,
  about,
  calls,
  chosen,
  isFirst = false,
}: {
  legend: string
  about?: string
  calls: readonly OfferedCall[]
  chosen: string
  /** Whether no call is offered above: the error summary leads to the first. */
  isFirst?: boolean
}) {
  return (
    <fieldset class="field">
      <legend>{legend}</legend>
      {about === undefined ? null : <p class="hint">{about}</p>}
      {calls.map((call, i) => {
        const id = isFirst && i === 0 ? 'call' : `call-${call.code}`
        return (
          <div class="choice" key={call.code}>
            <input
              type="radio"
              id={id}
              name="call"
              value={call.code}
              checked={call.code === chosen}
              aria-describedby={`${id}-detail`}
            />
            <label htmlFor={id}>
              {call.title} {call.fictional ? <FictionalTag /> : null}
            </label>
            <div class="hint" id={`${id}-detail`}>
              <CallDetails call={call} />
            </div>
          </div>
        )
      })}
    </fieldset>
  )
}

/** What follows from a closed call, and the two ways to use it all the same. */
function ClosedCall({ values, errors }: NewGrappeProps) {
  return (
    <>
      <p>
        <strong>Avec ses dates, chaque pièce obligatoire serait en retard dès la création</strong> et personne
        ne pourrait déposer. Donnez la nouvelle clôture si votre ARS en a fixé une, ou gardez la grappe pour
        mémoire.
      </p>
      <Field
        name="cloture"
        label="Nouvelle clôture"
        type="date"
        width="short"
        value={values.cloture ?? ''}
        errors={errors}
        optional
      />
      <Field
        name="dapres"
        label="D’après"
        hint="Le texte ou le message de l’ARS, et son jour. L’ARS le lira."
        value={values.dapres ?? ''}
        errors={errors}
        optional
      />
      <div class="choice">
        <input
          type="checkbox"
          id="archive"
          name="archive"
          value="oui"
          checked={values.archive === 'oui'}
          aria-describedby="archive-detail"
        />
        <label htmlFor="archive">Grappe d’archive, avec les dates d’alors</label>
        <div class="hint" id="archive-detail">
          Pour garder un dossier passé : personne ne peut y déposer, et aucune relance ne part.
        </div>
      </div>
    </>
  )
}
