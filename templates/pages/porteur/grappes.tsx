/** The porteur's grappes: where everything starts. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import type { Day, Instant } from '../../../server/domain/call.ts'
import { formatClosing, formatDay, formatDaysLeft } from '../../../server/domain/deadline.ts'
import { VERDICT_WORDS, type Verdict } from '../../../server/domain/eligibility.ts'
import { Empty, FictionalTag } from '../components.tsx'
import { count } from '../format.ts'
import { Layout, type PorteurFrame } from '../layout.tsx'
import { deletionDay } from './account.tsx'

export interface GrappeLine {
  id: string
  name: string
  call: { title: string; fictional: boolean; closesOn: Day | null }
  today: Day
  esms: number
  ogs: number
  verdict: Verdict['status']
  /** Since when it is put away; null while it is current. */
  archivedOn: Day | null
}

const closing = (closesOn: Day | null, today: Day) =>
  closesOn === null ? 'inconnue' : `${formatClosing(closesOn)} (${formatDaysLeft(today, closesOn)})`

export function Grappes({
  frame,
  grappes,
  deletesAt,
}: {
  frame: PorteurFrame
  grappes: readonly GrappeLine[]
  /** When the account is deleted; null while nobody asked for it. */
  deletesAt: Instant | null
}): JSX.Element {
  const current = grappes.filter(({ archivedOn }) => archivedOn === null)
  const archived = grappes.filter(({ archivedOn }) => archivedOn !== null)
  const create = (
    <a class="button" href={urlTo('newGrappe')}>
      Créer une grappe
    </a>
  )
  return (
    <Layout frame={frame} porteur={frame} title="Mes grappes">
      <h1>Mes grappes</h1>
      {deletesAt === null ? null : (
        <p class="notice">
          La suppression de ce compte est demandée : tout sera effacé le {deletionDay(deletesAt)}.{' '}
          <a href={urlTo('account')}>Voir la demande</a>
        </p>
      )}
      {grappes.length === 0 ? (
        <Empty title="Vous n’avez pas encore de grappe.">
          <p>
            Commencez par en créer une : vous choisissez l’appel à projets, puis vous ajoutez les organismes
            gestionnaires et leurs ESMS. Un exemple fictif peut servir de point de départ.
          </p>
          {create}
        </Empty>
      ) : (
        <>
          <p class="actions">{create}</p>
          {current.length === 0 ? <p>Aucune grappe en cours.</p> : null}
          {current.map(grappe => (
            <GrappeCard key={grappe.id} grappe={grappe} />
          ))}
          {current.length === 0 ? null : (
            <p class="muted">{count(current.length, 'grappe en cours', 'grappes en cours')}.</p>
          )}
          {archived.length === 0 ? null : (
            <details>
              <summary>Grappes archivées ({archived.length})</summary>
              {archived.map(grappe => (
                <GrappeCard key={grappe.id} grappe={grappe} />
              ))}
            </details>
          )}
        </>
      )}
    </Layout>
  )
}

function GrappeCard({ grappe }: { grappe: GrappeLine }) {
  const at = { grappe: grappe.id }
  const id = `grappe-${grappe.id}`
  return (
    <section class="card" aria-labelledby={id}>
      <h2 id={id}>
        <a href={urlTo('board', at)}>{grappe.name}</a> {grappe.call.fictional ? <FictionalTag /> : null}
      </h2>
      <dl class="facts">
        <dt>Appel</dt>
        <dd>{grappe.call.title}</dd>
        {grappe.archivedOn === null ? (
          <>
            <dt>Clôture</dt>
            <dd>{closing(grappe.call.closesOn, grappe.today)}</dd>
          </>
        ) : (
          <>
            <dt>Archivée</dt>
            <dd>le {formatDay(grappe.archivedOn)}</dd>
          </>
        )}
        <dt>Membres</dt>
        <dd>
          <a href={urlTo('members', at)}>
            {grappe.esms} ESMS, {grappe.ogs} OG
          </a>
        </dd>
        <dt>Éligibilité</dt>
        <dd>
          <a href={urlTo('eligibility', at)}>{VERDICT_WORDS[grappe.verdict]}</a>
        </dd>
      </dl>
      <p>
        <a href={urlTo('grappeSettings', at)} aria-label={`Réglages de ${grappe.name}`}>
          Réglages
        </a>
      </p>
    </section>
  )
}
