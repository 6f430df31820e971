/** What the call does not say, which the porteur reports from the text that its ARS published. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import { DOMAINES, PROJETS } from '../../../server/domain/call.ts'
import { REGIONS } from '../../../server/domain/regions.ts'
import {
  type CallValue,
  exceptionWords,
  type ValueKind,
  valueWords,
} from '../../../server/domain/reported.ts'
import { Csrf, Empty, Field, type FieldError, ProvenanceTag, Select, TextArea } from '../components.tsx'
import type { PorteurFrame } from '../layout.tsx'
import type { GrappeTitle } from './grappe-nav.tsx'
import { GrappePage } from './grappe-page.tsx'
import { PROJET_WORDS } from './members.tsx'

interface CallValuesProps {
  frame: PorteurFrame
  grappe: GrappeTitle
  values: readonly CallValue[]
  /** What was typed in a refused form, whose value this is; ids are made from its path. */
  refused: { path: string; typed: Readonly<Record<string, string>>; errors: readonly FieldError[] } | null
}

/** The id of a value's own form, and of its fields, none of which is in another. */
export const valueField = (path: string, field: string): string => `${path.replaceAll('.', '-')}-${field}`

/** Choices of a value that is a list: the name of each box is the list's, a hyphen, then the choice. */
export const LISTS: Partial<Record<ValueKind, readonly (readonly [value: string, label: string])[]>> = {
  domaines: DOMAINES.map(each => [each, each]),
  projets: PROJETS.map(each => [each, PROJET_WORDS[each]]),
  guichets: [
    ['regional', 'régional'],
    ['national', 'national'],
  ],
}

export function CallValuesPage({ frame, grappe, values, refused }: CallValuesProps): JSX.Element {
  const at = { grappe: grappe.grappeId }
  // What nobody gives comes first: the rest is there to be changed, not to be done.
  const sorted = values.toSorted((a, b) => Number(a.value !== null) - Number(b.value !== null))
  const groups = [...new Set(sorted.map(({ group }) => group))]
  return (
    <GrappePage
      frame={frame}
      grappe={grappe}
      tab="eligibility"
      title="Valeurs de l’appel"
      errors={refused?.errors ?? []}
    >
      <p class="lead">
        Reportez ici ce que dit le texte publié par votre ARS. Chaque valeur est marquée comme reportée par
        vous, avec votre source : l’ARS lira les deux. Ce que cela change est dit avant. Un seuil que vous
        changez garde à côté celui de l’appel.
      </p>
      {values.length === 0 ? (
        <Empty title="L’appel dit tout">
          <p>
            <a href={urlTo('eligibility', at)}>Revenir à l’éligibilité</a>
          </p>
        </Empty>
      ) : null}
      {groups.map(group => (
        <section key={group} class="card">
          <h2>{group}</h2>
          {sorted
            .filter(each => each.group === group)
            .map((value, _, all) => (
              <OneValue
                key={value.path}
                frame={frame}
                grappe={grappe}
                value={value}
                alone={all.length === 1}
                refused={refused?.path === value.path ? refused : null}
              />
            ))}
        </section>
      ))}
    </GrappePage>
  )
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

function OneValue({
  frame,
  grappe,
  value,
  alone,
  refused,
}: Pick<CallValuesProps, 'frame' | 'grappe' | 'refused'> & { value: CallValue; alone: boolean }) {
  const at = { grappe: grappe.grappeId }
  const { path, kind, name, origin } = value
  const isReported = value.before !== undefined
  const isKnown = value.value !== null
  const title = capital(name)
  const known = (
    <p>
      <strong>{title} :</strong> {valueWords(kind, value.value)}{' '}
      <ProvenanceTag id={valueField(path, 'origine')} provenance={origin} />
    </p>
  )
  if (kind === 'day') {
    return (
      <>
        {known}
        <p>
          <a href={`${urlTo('deadlines', at)}#date-jour`}>
            {isReported ? 'Changer cette date' : 'Reporter cette date'}
          </a>
        </p>
      </>
    )
  }
  return (
    <>
      {isKnown ? known : null}
      {isReported ? (
        <form method="post" action={urlTo('takeValueBack', at)}>
          <Csrf token={frame.csrf} />
          <input type="hidden" name="path" value={path} />
          <button type="submit" class="secondary" aria-label={`Retirer ce report : ${name}`}>
            Retirer ce report (avant : {valueWords(kind, value.before)})
          </button>
        </form>
      ) : null}
      <details open={(alone && !isKnown) || refused !== null}>
        <summary>{isReported ? 'Corriger cette valeur' : isKnown ? 'Changer cette valeur' : title}</summary>
        <form method="post" action={urlTo('callValues', at)} novalidate>
          <Csrf token={frame.csrf} />
          <input type="hidden" name="path" value={path} />
          <ValueField value={value} title={title} refused={refused} />
          <Field
            name={valueField(path, 'basis')}
            label="D’après"
            hint="Le texte et sa page, ou le message de l’ARS et son jour. L’ARS le lira."
            value={refused?.typed[valueField(path, 'basis')] ?? ''}
            errors={refused?.errors ?? []}
          />
          <button type="submit" aria-label={`Voir ce que cela change : ${name}`}>
            Voir ce que cela change
          </button>
        </form>
      </details>
    </>
  )
}

/** The field of a value, by its kind; what is typed is read by `typedValue` of the page's handler. */
function ValueField({
  value: { path, kind, value },
  title,
  refused,
}: {
  value: CallValue
  title: string
  refused: CallValuesProps['refused']
}) {
  const name = valueField(path, 'value')
  const errors = refused?.errors ?? []
  const typed = refused?.typed
  const list = LISTS[kind]
  if (list !== undefined) {
    const error = errors.find(({ field }) => field === name)?.message
    const chosen = (Array.isArray(value) ? value : []) as readonly string[]
    return (
      <fieldset class={error === undefined ? 'field' : 'field invalid'} id={name}>
        <legend>{title}</legend>
        {error === undefined ? null : <p class="field-error">{error}</p>}
        {list.map(([each, label]) => (
          <div class="choice" key={each}>
            <input
              type="checkbox"
              id={`${name}-${each}`}
              name={`${name}-${each}`}
              value="oui"
              checked={typed === undefined ? chosen.includes(each) : typed[`${name}-${each}`] === 'oui'}
            />
            <label htmlFor={`${name}-${each}`}>{label}</label>
          </div>
        ))}
      </fieldset>
    )
  }
  const shown = typed?.[name] ?? (value === null ? '' : typedWords(kind, value))
  const field = { name, label: title, value: shown, errors }
  if (kind === 'region') {
    return (
      <Select {...field} empty="Choisissez" choices={REGIONS.map(each => ({ value: each, label: each }))} />
    )
  }
  if (kind === 'text') return <TextArea {...field} maxLength={500} />
  if (kind === 'couloirs') {
    return <TextArea {...field} hint="Un couloir par ligne, puis ses domaines : « MS1 : PA, PH, DOM »." />
  }
  if (kind === 'categories') {
    return <TextArea {...field} hint="Les codes FINESS de trois chiffres, séparés par des virgules." />
  }
  const exceptions = exceptionWords({ kind, value })
  const hint = exceptions === '' ? {} : { hint: `Les exceptions par territoire restent : ${exceptions}.` }
  return <Field {...field} {...hint} type="number" width="short" />
}

/** A value as it is typed. */
function typedWords(kind: ValueKind, value: unknown): string {
  switch (kind) {
    case 'couloirs':
      return (value as { code: string; domaines: string[] }[])
        .map(({ code, domaines }) => `${code} : ${domaines.join(', ')}`)
        .join('\n')
    case 'threshold':
      return String((value as { minimum: number }).minimum)
    case 'categories':
      return (value as string[]).join(', ')
    default:
      return String(value)
  }
}
