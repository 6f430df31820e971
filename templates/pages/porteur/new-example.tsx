/** A grappe to try with: fictional members, told by the source documents, on the call of one's choice. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import { Csrf, ErrorSummary, FictionalTag, Field, type FieldError, Radios, Select } from '../components.tsx'
import { Layout, type PorteurFrame } from '../layout.tsx'

export interface OfferedExample {
  code: string
  title: string
  told: string
  madeUp: string
  esms: number
  ogs: number
}

interface NewExampleProps {
  frame: PorteurFrame
  /** Proposed id, so that a form sent twice creates one grappe. */
  id: string
  values: Readonly<Record<string, string>>
  errors: readonly FieldError[]
  calls: readonly { code: string; title: string }[]
  examples: readonly OfferedExample[]
}

export function NewExample({ frame, id, values, errors, calls, examples }: NewExampleProps): JSX.Element {
  return (
    <Layout frame={frame} porteur={frame} title="Essayer avec des membres fictifs">
      <ErrorSummary errors={errors} />
      <h1>Essayer avec des membres fictifs</h1>
      <p class="lead">
        Les exemples viennent de groupements décrits dans les documents du programme. Leurs établissements
        sont fictifs : ils servent à essayer, pas à candidater.
      </p>
      <form method="post" action={urlTo('newExample')} class="card" novalidate>
        <Csrf token={frame.csrf} />
        <input type="hidden" name="id" value={id} />
        <Field name="name" label="Nom de la grappe" value={values.name ?? 'Essai'} errors={errors} />
        <Radios
          name="example"
          legend="Membres de départ"
          value={values.example ?? ''}
          errors={errors}
          choices={examples.map(({ code, title, told, madeUp, esms, ogs }) => ({
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
          }))}
        />
        <Select
          name="call"
          label="Appel à projets"
          value={values.call ?? calls[0]?.code ?? ''}
          choices={calls.map(({ code, title }) => ({ value: code, label: title }))}
          errors={errors}
        />
        <p class="actions">
          <button type="submit">Créer la grappe d’essai</button>
          <a href={urlTo('newGrappe')}>Créer plutôt une vraie grappe</a>
        </p>
      </form>
    </Layout>
  )
}
