/** The porteur's grappes: where everything starts. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import type { Day } from '../../../server/domain/call.ts'
import { formatClosing, formatDaysLeft } from '../../../server/domain/deadline.ts'
import type { Verdict } from '../../../server/domain/eligibility.ts'
import { Empty, FictionalTag } from '../components.tsx'
import { count } from '../format.ts'
import { Layout, type PorteurFrame } from '../layout.tsx'
import { VERDICT_WORDS } from './verdict.tsx'

export interface GrappeLine {
  id: string
  name: string
  call: { title: string; fictional: boolean; closesOn: Day | null }
  today: Day
  esms: number
  ogs: number
  verdict: Verdict['status']
}

const closing = (closesOn: Day | null, today: Day) =>
  closesOn === null ? 'inconnue' : `${formatClosing(closesOn)} (${formatDaysLeft(today, closesOn)})`

export function Grappes({
  frame,
  grappes,
}: {
  frame: PorteurFrame
  grappes: readonly GrappeLine[]
}): JSX.Element {
  const create = (
    <a class="button" href={urlTo('newGrappe')}>
      Créer une grappe
    </a>
  )
  return (
    <Layout frame={frame} porteur={frame} title="Mes grappes">
      <h1>Mes grappes</h1>
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
          {grappes.map(grappe => (
            <section key={grappe.id} class="card" aria-labelledby={`grappe-${grappe.id}`}>
              <h2 id={`grappe-${grappe.id}`}>
                <a href={urlTo('board', { grappe: grappe.id })}>{grappe.name}</a>{' '}
                {grappe.call.fictional ? <FictionalTag /> : null}
              </h2>
              <dl class="facts">
                <dt>Appel</dt>
                <dd>{grappe.call.title}</dd>
                <dt>Clôture</dt>
                <dd>{closing(grappe.call.closesOn, grappe.today)}</dd>
                <dt>Membres</dt>
                <dd>
                  <a href={urlTo('members', { grappe: grappe.id })}>
                    {grappe.esms} ESMS, {grappe.ogs} OG
                  </a>
                </dd>
                <dt>Éligibilité</dt>
                <dd>
                  <a href={urlTo('eligibility', { grappe: grappe.id })}>{VERDICT_WORDS[grappe.verdict]}</a>
                </dd>
              </dl>
            </section>
          ))}
          <p class="muted">{count(grappes.length, 'grappe')}.</p>
        </>
      )}
    </Layout>
  )
}
