/** How fragile the grappe is, as a picture first, and what would happen if some left, in its place. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import type { Verdict } from '../../../server/domain/eligibility.ts'
import type { Esms, Og } from '../../../server/domain/grappe.ts'
import type { CountMargin, Margin, OgDeparture } from '../../../server/domain/margin.ts'
import { count } from '../format.ts'
import { DataTable } from './data-table.tsx'
import { CRITERION_WORDS, VerdictLine } from './verdict.tsx'

export interface MarginProps {
  grappeId: string
  verdict: Verdict
  margin: Margin
  ogs: readonly Og[]
  /** Members still in. */
  esms: readonly Esms[]
  /** Members ticked out, and the verdict without them; null when none is ticked. */
  whatIf: { leavingIds: ReadonlySet<string>; verdict: Verdict } | null
}

export function MarginSection(props: MarginProps): JSX.Element {
  const { grappeId, verdict, margin, ogs, esms } = props
  return (
    <section>
      <h2 id="marge">Marge</h2>
      {esms.length > MOST_SEATS ? null : <SeatsOfEach counts={margin.counts} total={esms.length} />}
      <p>
        <strong>{marginSentence(margin)}</strong>
      </p>
      {margin.counts.length + margin.ogDepartures.length === 0 ? null : (
        <details>
          <summary>Chaque seuil, et le départ de chaque OG</summary>
          {margin.counts.length === 0 ? null : (
            <DataTable
              label="Marge par seuil"
              columns={['Seuil', 'ESMS aujourd’hui', 'Peuvent partir']}
              rows={margin.counts.map(({ rule, title, mayLeave }) => ({
                id: rule,
                cells: [title, esms.length, mayLeave],
              }))}
            />
          )}
          <Departures grappeId={grappeId} departures={margin.ogDepartures} ogs={ogs} verdict={verdict} />
        </details>
      )}
      <WhatIf {...props} />
    </section>
  )
}

const SEATS_PER_ROW = 20
const SEAT = 10
/** Beyond, seats are too small to be told apart: the table says it all. */
const MOST_SEATS = 200

/** A filled square stays, an open circle may leave. */
function Seats({ total, mayLeave }: { total: number; mayLeave: number }): JSX.Element {
  const columns = Math.min(total, SEATS_PER_ROW)
  const rows = Math.ceil(total / SEATS_PER_ROW)
  return (
    <svg
      class="seats"
      role="img"
      aria-label={`${total - mayLeave} ESMS nécessaires, ${mayLeave} de plus`}
      viewBox={`0 0 ${columns * SEAT} ${rows * SEAT}`}
      width={columns * 1.6 * SEAT}
      height={rows * 1.6 * SEAT}
    >
      {Array.from({ length: total }, (_, seat) => {
        const x = (seat % SEATS_PER_ROW) * SEAT
        const y = Math.floor(seat / SEATS_PER_ROW) * SEAT
        return seat < total - mayLeave ? (
          <rect key={seat} x={x + 1.5} y={y + 1.5} width="7" height="7" rx="1.5" fill="currentColor" />
        ) : (
          <circle
            key={seat}
            cx={x + 5}
            cy={y + 5}
            r="3"
            fill="none"
            stroke="currentColor"
            stroke-width="1.2"
          />
        )
      })}
    </svg>
  )
}

function marginSentence({ mayLeave }: Margin): string {
  if (mayLeave === null)
    return 'Aucun seuil de nombre n’est atteint aujourd’hui : il n’y a pas encore de marge.'
  if (mayLeave === 0) return 'Aucun ESMS ne peut partir : un seul départ peut faire perdre un seuil.'
  const leavers = `${count(mayLeave, 'ESMS', 'ESMS')} ${mayLeave < 2 ? 'peut' : 'peuvent'}`
  return (
    `${leavers} partir, sans qu’aucun seuil ne soit perdu, ` +
    'quels que soient ceux qui partent. Un de plus peut en faire perdre un.'
  )
}

function SeatsOfEach({
  counts,
  total,
}: {
  counts: readonly CountMargin[]
  total: number
}): JSX.Element | null {
  if (counts.length === 0) return null
  return (
    <>
      {counts.map(({ rule, title, mayLeave }) => (
        <figure key={rule}>
          <figcaption>{title}</figcaption>
          <Seats total={total} mayLeave={mayLeave} />
        </figure>
      ))}
      <p class="muted">Carré plein : ESMS nécessaire au seuil. Rond vide : ESMS qui peut partir.</p>
    </>
  )
}

function Departures({
  grappeId,
  departures,
  ogs,
  verdict,
}: {
  grappeId: string
  departures: readonly OgDeparture[]
  ogs: readonly Og[]
  verdict: Verdict
}): JSX.Element {
  const titleOf = (rule: string) => verdict.criteria.find(each => each.rule === rule)?.title ?? rule
  return (
    <>
      <h3>Si un OG part seul, avec tous ses ESMS</h3>
      <DataTable
        label="Départ d’un OG"
        columns={['OG', 'ESMS qui partent', 'Ce que cela fait perdre', 'Essayer']}
        rows={departures.map(({ ogId, esmsLeaving, breaks }) => {
          const name = ogs.find(({ id }) => id === ogId)?.name ?? ''
          return {
            id: ogId,
            cells: [
              name,
              esmsLeaving,
              breaks.length === 0 ? 'rien' : breaks.map(titleOf).join(', '),
              <a
                key="essayer"
                href={`${urlTo('eligibility', { grappe: grappeId })}?og=${ogId}#et-si`}
                aria-label={`Voir le verdict sans ${name}`}
              >
                Voir le verdict
              </a>,
            ],
          }
        })}
      />
    </>
  )
}

function Changes({ before, after }: { before: Verdict; after: Verdict }): JSX.Element {
  const changed = after.criteria.flatMap((criterion, position) => {
    const was = before.criteria[position]
    const is = criterion.status
    return was === undefined || was.status === is ? [] : [{ was: was.status, is, criterion }]
  })
  if (changed.length === 0) return <p>Aucun critère ne change d’état.</p>
  return (
    <ul>
      {changed.map(({ was, is, criterion }) => (
        <li key={criterion.rule}>
          <strong>{criterion.title} :</strong> {CRITERION_WORDS[was]} → {CRITERION_WORDS[is]}.{' '}
          {criterion.reason}
        </li>
      ))}
    </ul>
  )
}

function WhatIf({ grappeId, verdict, ogs, esms, whatIf }: MarginProps): JSX.Element {
  const at = { grappe: grappeId }
  const leavingIds = whatIf?.leavingIds ?? new Set<string>()
  const leaving = esms.filter(({ id }) => leavingIds.has(id))
  return (
    <details class="card" id="et-si" open={whatIf !== null}>
      <summary>Et si des membres partaient…</summary>
      {whatIf === null ? null : (
        <>
          <h3>
            Sans {count(leaving.length, 'ESMS', 'ESMS')}, il en reste {esms.length - leaving.length}
          </h3>
          <VerdictLine verdict={whatIf.verdict} />
          <Changes before={verdict} after={whatIf.verdict} />
          <details>
            <summary>Les retirer vraiment</summary>
            <p>Chaque retrait demande son motif, sur sa page.</p>
            <ul>
              {leaving.map(({ id, name }) => (
                <li key={id}>
                  <a href={urlTo('removeEsms', { ...at, esms: id })}>Retirer {name}</a>
                </li>
              ))}
            </ul>
          </details>
          <p>
            <a href={`${urlTo('eligibility', at)}#et-si`}>Tout décocher</a>
          </p>
        </>
      )}
      <p>Cochez ceux qui partiraient : le verdict se calcule sans eux. Rien n’est enregistré.</p>
      <form method="get" action={`${urlTo('eligibility', at)}#et-si`}>
        {ogs.map(og => {
          const members = esms.filter(({ ogId }) => ogId === og.id)
          return members.length === 0 ? null : (
            <fieldset key={og.id} class="field">
              <legend>{og.name}</legend>
              <div class="choice">
                <input type="checkbox" id={`og-${og.id}`} name="og" value={og.id} />
                <label htmlFor={`og-${og.id}`}>Tout l’OG ({count(members.length, 'ESMS', 'ESMS')})</label>
              </div>
              {members.map(({ id, name }) => (
                <div key={id} class="choice">
                  <input
                    type="checkbox"
                    id={`sans-${id}`}
                    name="sans"
                    value={id}
                    checked={leavingIds.has(id)}
                  />
                  <label htmlFor={`sans-${id}`}>{name}</label>
                </div>
              ))}
            </fieldset>
          )
        })}
        <button type="submit">Voir le verdict sans eux</button>
      </form>
    </details>
  )
}
