/** A person's passkeys: the list, and adding one. The same for a porteur and for a reviewer. */
import type { JSX } from 'preact'
import { fill, PASSKEY_PAGES, urlTo } from '../../schema/urls.ts'
import type { Instant } from '../../server/domain/call.ts'
import type { PasskeySide } from '../../server/domain/passkey.ts'
import { Csrf, Empty, ErrorSummary, Field, type FieldError } from './components.tsx'
import { moment } from './format.ts'
import { Layout, type PorteurFrame } from './layout.tsx'
import { PasskeyForm } from './passkey-form.tsx'

export interface ShownPasskey {
  id: string
  name: string
  createdAt: Instant
  lastUsedAt: Instant | null
}

interface PasskeysProps {
  /** `email`: the person's, on either side. */
  frame: PorteurFrame
  side: PasskeySide
  passkeys: readonly ShownPasskey[]
  /** Why none can be added; null when one can. */
  blocked: string | null
  /** As typed. */
  name: string
  errors: readonly FieldError[]
}

const shown = (instant: Instant) => moment(instant, 'Europe/Paris')

/** The frame of either side. */
const framed = (frame: PorteurFrame, side: PasskeySide) =>
  side === 'porteur' ? { frame, porteur: frame } : { frame, who: `ARS, ${frame.email}` }

export function Passkeys(props: PasskeysProps): JSX.Element {
  const { frame, side, passkeys, blocked, name, errors } = props
  return (
    <Layout {...framed(frame, side)} title="Clés d’accès" wide>
      <ErrorSummary errors={errors} />
      <h1>Clés d’accès</h1>
      <p class="lead">
        Une clé d’accès remplace le code à six chiffres reçu par e-mail quand un acte demande de confirmer que
        c’est vous : l’empreinte, le visage ou le code de votre appareil suffisent. Les codes restent
        possibles.
      </p>
      {side === 'ars' ? (
        <p>
          <a href={urlTo('arsDossiers')}>Tous mes dossiers</a>
        </p>
      ) : null}
      {blocked === null ? (
        <form class="card" method="post" action={PASSKEY_PAGES[side].list} novalidate>
          <h2>Ajouter une clé d’accès</h2>
          <Csrf token={frame.csrf} />
          <Field
            name="name"
            label="Nom de la clé"
            hint="Celui de l’appareil, pour la reconnaître. Un code vous est d’abord envoyé par e-mail."
            value={name}
            errors={errors}
          />
          <button type="submit">Continuer</button>
        </form>
      ) : (
        <p class="motive">{blocked}</p>
      )}
      <section>
        <h2 id="cles">Vos clés</h2>
        {passkeys.length === 0 ? (
          <Empty title="Aucune clé d’accès pour l’instant." />
        ) : (
          <section class="scroll" tabindex={0} aria-labelledby="cles">
            <table class="data">
              <thead>
                <tr>
                  <th scope="col">Nom</th>
                  <th scope="col">Ajoutée</th>
                  <th scope="col">Dernière utilisation</th>
                  <th scope="col">Retrait</th>
                </tr>
              </thead>
              <tbody>
                {passkeys.map(passkey => (
                  <tr key={passkey.id}>
                    <th scope="row">{passkey.name}</th>
                    <td data-label="Ajoutée">{shown(passkey.createdAt)}</td>
                    <td data-label="Dernière utilisation">
                      {passkey.lastUsedAt === null ? 'jamais' : shown(passkey.lastUsedAt)}
                    </td>
                    <td data-label="Retrait">
                      <Remove passkey={passkey} side={side} csrf={frame.csrf} />
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

interface RemoveProps {
  passkey: ShownPasskey
  side: PasskeySide
  csrf: string
}

function Remove({ passkey: { id, name }, side, csrf }: RemoveProps) {
  return (
    <details>
      <summary>
        Retirer<span class="visually-hidden"> la clé {name}</span>…
      </summary>
      <form method="post" action={fill(PASSKEY_PAGES[side].remove, { passkey: id })}>
        <Csrf token={csrf} />
        <p>Elle ne confirmera plus rien ici. Effacez-la aussi de votre appareil.</p>
        <button type="submit" class="danger">
          Retirer la clé
        </button>
      </form>
    </details>
  )
}

interface NewPasskeyProps {
  frame: PorteurFrame
  side: PasskeySide
  name: string
  /** What the browser is to answer, as JSON. */
  question: string
}

export function NewPasskey({ frame, side, name, question }: NewPasskeyProps): JSX.Element {
  return (
    <Layout {...framed(frame, side)} title="Créer la clé d’accès" scripts={['passkey']}>
      <h1>Créer la clé d’accès « {name} »</h1>
      <p data-passkey-without>
        Ce navigateur ne sait pas créer de clé d’accès, ou JavaScript y est coupé. Essayez avec un navigateur
        à jour ; les codes par e-mail restent.
      </p>
      <PasskeyForm
        action={PASSKEY_PAGES[side].add}
        act="create"
        question={question}
        button="Créer la clé sur cet appareil"
      >
        <Csrf token={frame.csrf} />
        <input type="hidden" name="name" value={name} />
        <p>
          Votre appareil vous demande votre empreinte, votre visage ou son code. Rien de cela ne le quitte.
        </p>
      </PasskeyForm>
      <p>
        <a href={PASSKEY_PAGES[side].list}>Annuler</a>
      </p>
    </Layout>
  )
}
