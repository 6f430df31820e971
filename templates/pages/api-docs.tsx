/** The API, for whoever writes a program: what can be asked, with what, and what comes back. */
import type { JSX } from 'preact'
import { urlTo } from '../../schema/urls.ts'
import { type Frame, Layout } from './layout.tsx'

const PROBLEM = (
  <>
    « problème » (RFC 9457, <code>application/problem+json</code>)
  </>
)

export interface ApiField {
  /** With its path, such as `files[].name`. */
  name: string
  type: string
  required: boolean
  description: string | null
}

export interface ApiOperation {
  /** Unique in the page. */
  id: string
  tag: string
  method: string
  path: string
  summary: string
  description: string | null
  parameters: readonly ApiField[]
  body: { mediaType: string; fields: readonly ApiField[] } | null
  /** Those of 400 and above carry the fields told once on the page. */
  answers: readonly { status: number; description: string; fields: readonly ApiField[] }[]
  curl: string
}

interface ApiDocsProps {
  frame: Frame
  description: string
  operations: readonly ApiOperation[]
}

const STATUS_WORDS: Readonly<Record<number, string>> = {
  200: 'fait',
  201: 'créé',
  202: 'demande reçue',
  204: 'fait, sans contenu',
  304: 'rien n’a changé',
  400: 'envoi illisible ou interrompu',
  401: 'jeton absent, inconnu, expiré ou révoqué',
  404: 'introuvable, ou hors de la portée du jeton',
  409: 'impossible dans l’état actuel',
  410: 'lien expiré, révoqué ou déjà utilisé',
  422: 'saisie ou fichier à corriger',
  507: 'plus de place sur le serveur',
}

const anchorOf = (tag: string) => `groupe-${tag}`

export function ApiDocs({ frame, description, operations }: ApiDocsProps): JSX.Element {
  const tags = [...new Set(operations.map(({ tag }) => tag))]
  return (
    <Layout frame={frame} title="Documentation de l’API" wide>
      <h1>Documentation de l’API</h1>
      <p class="lead">{description}</p>
      <p>
        Le même contenu pour vos outils : <a href={urlTo('openApi')}>document OpenAPI 3.1 (JSON)</a>. Un
        porteur crée ses jetons sur la page <a href={urlTo('apiAccess')}>Accès API</a>.
      </p>
      <nav aria-label="Groupes d’opérations">
        <ul>
          {tags.map(tag => (
            <li key={tag}>
              <a href={`#${anchorOf(tag)}`}>{tag}</a>
            </li>
          ))}
        </ul>
      </nav>
      {tags.map(tag => (
        <section key={tag} aria-labelledby={anchorOf(tag)}>
          <h2 id={anchorOf(tag)}>{tag}</h2>
          {operations
            .filter(operation => operation.tag === tag)
            .map(operation => (
              <Operation key={operation.id} operation={operation} />
            ))}
        </section>
      ))}
      <section aria-labelledby="erreurs">
        <h2 id="erreurs">Erreurs</h2>
        <p>
          Toute réponse 400 et au-delà est un {PROBLEM} : <code>type</code>, <code>title</code>,{' '}
          <code>status</code>, et <code>detail</code>, qui dit en français quoi faire. S’y ajoutent{' '}
          <code>fields</code> (une phrase par champ à corriger) ou <code>files</code> (une phrase par fichier
          refusé).
        </p>
      </section>
    </Layout>
  )
}

function Operation({ operation }: { operation: ApiOperation }) {
  const { id, method, path, summary, description, parameters, body, answers, curl } = operation
  const of = `${method} ${path}`
  return (
    <details class="card operation" id={id}>
      <summary>
        <code>
          <strong>{method}</strong> {path}
        </code>{' '}
        {summary}
      </summary>
      {description === null ? null : <p>{description}</p>}
      {parameters.length === 0 ? null : (
        <Fields of={of} title="Paramètres de l’adresse" fields={parameters} />
      )}
      {body === null ? null : <Fields of={of} title={`Corps (${body.mediaType})`} fields={body.fields} />}
      <h3>Réponses</h3>
      <ul>
        {answers.map(({ status, description }) => (
          <li key={status}>
            <strong>{status}</strong> {STATUS_WORDS[status] ?? description}
          </li>
        ))}
      </ul>
      {answers
        .filter(({ fields }) => fields.length > 0)
        .map(({ status, fields }) => (
          <Fields key={status} of={of} title={`Contenu de la réponse ${status}`} fields={fields} />
        ))}
      <h3>Exemple</h3>
      <pre>
        <code>{curl}</code>
      </pre>
    </details>
  )
}

function Fields({ of, title, fields }: { of: string; title: string; fields: readonly ApiField[] }) {
  return (
    <>
      <h3>{title}</h3>
      <section class="scroll" tabindex={0} aria-label={`${title}, ${of}`}>
        <table class="data">
          <thead>
            <tr>
              <th scope="col">Nom</th>
              <th scope="col">Type</th>
              <th scope="col">Présence</th>
              <th scope="col">Sens</th>
            </tr>
          </thead>
          <tbody>
            {fields.map(({ name, type, required, description }) => (
              <tr key={name}>
                <th scope="row">
                  <code>{name}</code>
                </th>
                <td data-label="Type">{type}</td>
                <td data-label="Présence">{required ? 'toujours' : 'facultatif'}</td>
                <td data-label="Sens">{description ?? ''}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  )
}
