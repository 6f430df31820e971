/** Where one is signed in, for a person of a porteur, its administrators, or a reviewer. */
import type { JSX } from 'preact'
import { urlTo } from '../../schema/urls.ts'
import type { Instant } from '../../server/domain/call.ts'
import { Csrf } from './components.tsx'
import { moment } from './format.ts'
import { type Frame, Layout, type PorteurFrame } from './layout.tsx'
import { DataTable } from './porteur/data-table.tsx'

export interface ShownSession {
  id: string
  browser: string
  address: string | null
  openedAt: Instant
  seenAt: Instant
  isThis: boolean
}

interface SessionsProps {
  frame: Frame
  csrf: string
  /** Null for a reviewer. */
  porteur: PorteurFrame | null
  who: string | null
  title: string
  lead: string
  back: { url: string; label: string }
  /** Where its forms are sent: `session` for one, `fin` for the others or all. */
  action: string
  sessions: readonly ShownSession[]
  /** Whether whoever looks may end everything, not sessions alone. */
  administers?: boolean
}

/** Sessions belong to no call: the programme's own zone. */
const at = (instant: Instant) => moment(instant, 'Europe/Paris')

export function Sessions(props: SessionsProps): JSX.Element {
  const { frame, csrf, porteur, who, title, lead, back, action, sessions } = props
  const others = sessions.some(({ isThis }) => !isThis) && sessions.some(({ isThis }) => isThis)
  return (
    <Layout frame={frame} porteur={porteur} who={who} title={title} wide>
      <nav aria-label="Fil d’Ariane" class="crumbs">
        <a href={back.url}>{back.label}</a>
      </nav>
      <h1>{title}</h1>
      <p class="lead">{lead}</p>
      {sessions.length === 0 ? (
        <p>Aucune session n’est ouverte.</p>
      ) : (
        <DataTable
          label={title}
          columns={['Navigateur', 'Adresse', 'Ouverte', 'Vue en dernier', 'Fin']}
          rows={sessions.map(session => ({
            id: session.id,
            cells: [
              <>
                {session.browser}
                {session.isThis ? (
                  <>
                    {' '}
                    <span class="etat ouvert">celle-ci</span>
                  </>
                ) : null}
              </>,
              session.address ?? 'non gardée',
              at(session.openedAt),
              at(session.seenAt),
              <form method="post" action={action}>
                <Csrf token={csrf} />
                <input type="hidden" name="session" value={session.id} />
                <button
                  type="submit"
                  class="secondary"
                  aria-label={`Fermer la session ${session.browser}, ouverte le ${at(session.openedAt)}`}
                >
                  Fermer
                </button>
              </form>,
            ],
          }))}
        />
      )}
      {sessions.length < 2 ? null : (
        <form method="post" action={action}>
          <Csrf token={csrf} />
          <p class="actions">
            {others ? (
              <button type="submit" name="fin" value="autres">
                Fermer toutes les autres
              </button>
            ) : null}
            <button type="submit" class="danger" name="fin" value="toutes">
              Fermer toutes les sessions
            </button>
          </p>
        </form>
      )}
      {props.administers ? (
        <ul>
          <li>
            Un appareil perdu, une adresse compromise : <a href={urlTo('revokeAll')}>tout révoquer</a>,
            sessions, accès API et liens des membres et de l’ARS.
          </li>
          <li>
            Ce compte ne sert plus : <a href={urlTo('account')}>supprimer le compte</a>, avec ses grappes.
          </li>
        </ul>
      ) : null}
    </Layout>
  )
}
