/** What is written to a porteur without its asking: stopping it from the mail, and choosing it. */
import type { JSX } from 'preact'
import { urlTo } from '../../schema/urls.ts'
import { DIGEST_KINDS, type DigestKind } from '../../server/domain/mail.ts'
import { Csrf } from './components.tsx'
import { type Frame, Layout, type PorteurFrame } from './layout.tsx'

const WORDS: Readonly<Record<DigestKind, { name: string; hint: string }>> = {
  hebdomadaire: {
    name: 'Le résumé de la semaine',
    hint:
      'Le premier jour ouvré, pour chaque grappe en cours : ce qui est arrivé, ce qui manque, le temps ' +
      'qu’il reste.',
  },
  depots: {
    name: 'L’annonce des dépôts',
    hint: 'Quand des pièces viennent d’arriver, en un seul message une fois le calme revenu.',
  },
}

interface StopDigestProps {
  frame: Frame
  token: string
  /** Of whoever receives it. */
  email: string
  kind: DigestKind
  /** As it stands. */
  wanted: boolean
}

/** Opening the address changes nothing: mail scanners open it. */
export function StopDigest({ frame, token, email, kind, wanted }: StopDigestProps): JSX.Element {
  const { name, hint } = WORDS[kind]
  return (
    <Layout frame={frame} title={name}>
      <h1>{name}</h1>
      <p class="lead" role="status">
        <strong>{email}</strong> {wanted ? 'reçoit ce message.' : 'ne reçoit plus ce message.'}
      </p>
      <p>{hint}</p>
      <form method="post" action={urlTo('digestStop', { token })}>
        <input type="hidden" name="recevoir" value={wanted ? 'non' : 'oui'} />
        <button type="submit">{wanted ? 'Ne plus le recevoir' : 'Le recevoir de nouveau'}</button>
      </form>
      <p class="muted">
        Ce que vous demandez vous-même, comme un lien de connexion, et ce que les membres et l’ARS vous
        écrivent continuent d’arriver.
      </p>
    </Layout>
  )
}

interface DigestsProps {
  frame: PorteurFrame
  choices: Readonly<Record<DigestKind, boolean>>
}

export function DigestsPage({ frame, choices }: DigestsProps): JSX.Element {
  return (
    <Layout frame={frame} porteur={frame} title="Résumés par e-mail">
      <h1>Résumés par e-mail</h1>
      <p class="lead">
        Ce que le serveur écrit de lui-même à <strong>{frame.email}</strong>.
      </p>
      <form method="post" action={urlTo('digests')} class="card">
        <Csrf token={frame.csrf} />
        <fieldset>
          <legend>Recevoir</legend>
          {DIGEST_KINDS.map(kind => (
            <div class="choice" key={kind}>
              <input
                type="checkbox"
                id={kind}
                name={kind}
                value="oui"
                checked={choices[kind]}
                aria-describedby={`${kind}-aide`}
              />
              <label htmlFor={kind}>{WORDS[kind].name}</label>
              <p class="hint" id={`${kind}-aide`}>
                {WORDS[kind].hint}
              </p>
            </div>
          ))}
        </fieldset>
        <button type="submit">Enregistrer</button>
      </form>
    </Layout>
  )
}
