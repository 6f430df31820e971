/** Tokens with which a porteur's programs call the API. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import type { Instant } from '../../../server/domain/call.ts'
import { ROLES, type Role } from '../../../server/domain/role.ts'
import { CopyField, Csrf, Empty, ErrorSummary, Field, type FieldError, Select } from '../components.tsx'
import { count, moment } from '../format.ts'
import { Layout, type PorteurFrame } from '../layout.tsx'

export interface IssuedToken {
  label: string
  token: string
}

interface ShownToken {
  id: string
  label: string
  scope: Role
  createdAt: Instant
  expiresAt: Instant
  lastUsedAt: Instant | null
  state: 'valable' | 'expire' | 'revoque'
  /** Links that it made, which end with it. */
  made: readonly { id: string; label: string; email: string | null }[]
}

interface ApiAccessProps {
  frame: PorteurFrame
  /** Oldest first. */
  tokens: readonly ShownToken[]
  /** What was typed, or what is proposed. */
  typed: Readonly<Record<string, string>>
  errors: readonly FieldError[]
  /** Just created: this is the only time that it is shown. */
  issued: IssuedToken | null
}

const SCOPE_WORDS: Readonly<Record<Role, string>> = {
  lire: 'lire',
  controler: 'lire, collecter et contrôler',
  administrer: 'tout ce que vous pouvez',
}

const STATE_WORDS = { valable: 'valable', expire: 'expiré', revoque: 'révoqué' } as const

/** A porteur's tokens belong to no call: the programme's own zone. */
const day = (instant: Instant) => moment(instant, 'Europe/Paris')

export function ApiAccess({ frame, tokens, typed, errors, issued }: ApiAccessProps): JSX.Element {
  return (
    <Layout frame={frame} porteur={frame} title="Accès API" wide scripts={['copy']}>
      <ErrorSummary errors={errors} />
      <h1>Accès API</h1>
      <p class="lead">
        Un accès laisse un de vos logiciels faire ce que vous faites ici. La{' '}
        <a href={urlTo('apiDocs')}>documentation de l’API</a> dit comment.
      </p>
      {issued === null ? null : (
        <section class="card" aria-labelledby="nouveau">
          <h2 id="nouveau">Accès « {issued.label} » créé</h2>
          <p>
            <strong>Copiez ce jeton maintenant : il ne sera plus montré.</strong> Gardez-le comme un mot de
            passe.
          </p>
          <CopyField id="jeton" label="Jeton" value={issued.token} />
        </section>
      )}

      <NewToken csrf={frame.csrf} typed={typed} errors={errors} />

      <section>
        <h2 id="acces">Vos accès</h2>
        {tokens.length === 0 ? (
          <Empty title="Aucun accès pour l’instant." />
        ) : (
          <section class="scroll" tabindex={0} aria-labelledby="acces">
            <table class="data">
              <thead>
                <tr>
                  <th scope="col">Nom</th>
                  <th scope="col">Permet de</th>
                  <th scope="col">État</th>
                  <th scope="col">Créé</th>
                  <th scope="col">Valable jusqu’au</th>
                  <th scope="col">Dernière utilisation</th>
                  <th scope="col">Révocation</th>
                </tr>
              </thead>
              <tbody>
                {tokens.map(token => (
                  <tr key={token.id}>
                    <th scope="row">{token.label}</th>
                    <td data-label="Permet de">{SCOPE_WORDS[token.scope]}</td>
                    <td data-label="État">{STATE_WORDS[token.state]}</td>
                    <td data-label="Créé">{day(token.createdAt)}</td>
                    <td data-label="Valable jusqu’au">{day(token.expiresAt)}</td>
                    <td data-label="Dernière utilisation">
                      {token.lastUsedAt === null ? 'jamais' : day(token.lastUsedAt)}
                    </td>
                    <td data-label="Révocation">
                      {token.state === 'valable' ? <Revoke token={token} csrf={frame.csrf} /> : '—'}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
        )}
      </section>
    </Layout>
  )
}

function NewToken({ csrf, typed, errors }: Pick<ApiAccessProps, 'typed' | 'errors'> & { csrf: string }) {
  return (
    <form class="card" method="post" action={urlTo('apiAccess')} novalidate>
      <h2>Créer un accès</h2>
      <Csrf token={csrf} />
      <Field
        name="label"
        label="Nom de l’accès"
        hint="Celui du logiciel qui s’en servira, pour le reconnaître plus tard."
        value={typed.label ?? ''}
        errors={errors}
      />
      <Select
        name="scope"
        label="Ce qu’il permet"
        hint="Jamais plus que votre propre rôle du moment."
        value={typed.scope ?? ''}
        choices={ROLES.map(value => ({ value, label: SCOPE_WORDS[value] }))}
        errors={errors}
      />
      <Field
        name="days"
        label="Valable combien de jours"
        hint="90 au plus. Un accès court, renouvelé, se perd avec moins de conséquences."
        type="number"
        value={typed.days ?? ''}
        errors={errors}
      />
      <button type="submit">Créer l’accès</button>
    </form>
  )
}

function Revoke({ token, csrf }: { token: ShownToken; csrf: string }) {
  return (
    <details>
      <summary>
        Révoquer<span class="visually-hidden"> l’accès {token.label}</span>…
      </summary>
      <form method="post" action={urlTo('apiAccessRevoke', { link: token.id })}>
        <Csrf token={csrf} />
        <p>Le logiciel qui s’en sert sera refusé aussitôt. Vous pourrez créer un autre accès.</p>
        <Made token={token} />
        <button type="submit" class="danger">
          Révoquer l’accès
        </button>
      </form>
    </details>
  )
}

/** What goes with it, and whether those who held it are given another link. */
function Made({ token: { id, made } }: { token: ShownToken }) {
  if (made.length === 0) return null
  return (
    <>
      <p>
        {count(made.length, 'lien fait par ce logiciel cesse', 'liens faits par ce logiciel cessent')} avec
        lui :
      </p>
      <ul>
        {made.map(({ id: linkId, label, email }) => (
          <li key={linkId}>{email === null || email === label ? label : `${label} (${email})`}</li>
        ))}
      </ul>
      <p class="choice">
        <input type="checkbox" id={`renouveler-${id}`} name="renouveler" value="oui" />
        <label htmlFor={`renouveler-${id}`}>
          Remplacer ces liens : leurs destinataires reçoivent le nouveau par e-mail. Ne cochez pas si l’un
          d’eux vous est inconnu.
        </label>
      </p>
    </>
  )
}
