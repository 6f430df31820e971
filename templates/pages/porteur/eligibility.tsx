/** The verdict, what members declare, how fragile the grappe is, and what would happen if some left. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import type { AskedDeclaration } from '../../../server/domain/declarations.ts'
import type { Criterion, Verdict } from '../../../server/domain/eligibility.ts'
import type { Esms, Og } from '../../../server/domain/grappe.ts'
import type { CountMargin, Margin, OgDeparture } from '../../../server/domain/margin.ts'
import { comparedWith, type RegistryDate } from '../../../server/domain/registry.ts'
import { Csrf, ProvenanceTag } from '../components.tsx'
import { count } from '../format.ts'
import type { PorteurFrame } from '../layout.tsx'
import { DataTable } from './data-table.tsx'
import { GrappePage, type GrappeTitle } from './grappe-page.tsx'
import { CRITERION_WORDS, Criteria, VerdictLine } from './verdict.tsx'

interface EligibilityProps {
  registry: RegistryDate | null
  frame: PorteurFrame
  grappe: GrappeTitle
  verdict: Verdict
  margin: Margin
  declarations: readonly AskedDeclaration[]
  ogs: readonly Og[]
  /** Members still in. */
  esms: readonly Esms[]
  /** Members ticked out, and the verdict without them; null when none is ticked. */
  whatIf: { leavingIds: ReadonlySet<string>; verdict: Verdict } | null
}

/** The name of a member's answer in the form, and the code of its line. */
export const answerField = (esmsId: string, code: string): string => `${esmsId}.${code}`

function remedyLink(grappeId: string, declarations: readonly AskedDeclaration[]) {
  return (criterion: Criterion): JSX.Element | null => {
    if (declarations.some(({ code }) => code === criterion.rule)) {
      return <a href="#declarations">Noter les réponses</a>
    }
    return criterion.esmsIds.length + criterion.ogIds.length === 0 ? (
      <a href={urlTo('members', { grappe: grappeId })}>Voir les membres</a>
    ) : null
  }
}

function Declarations({ frame, grappe, declarations, esms }: EligibilityProps): JSX.Element {
  return (
    <section>
      <h2 id="declarations">Déclarations des membres</h2>
      <p>
        Ces faits, seul chaque ESMS les connaît. Notez ici sa réponse : « oui » quand il confirme la phrase,
        « non » quand il ne le peut pas.
      </p>
      <ul>
        {declarations.map(({ code, title, statement, provenance }) => (
          <li key={code}>
            <strong>{title} :</strong> {statement === null ? 'phrase inconnue' : `« ${statement} »`}{' '}
            <ProvenanceTag id={`declaration-${code}`} provenance={provenance} />
          </li>
        ))}
      </ul>
      <form method="post" action={urlTo('declarations', { grappe: grappe.grappeId })}>
        <Csrf token={frame.csrf} />
        <DataTable
          label="Réponses des membres"
          columns={['ESMS', ...declarations.map(({ title }) => title)]}
          rows={esms.map(each => ({
            id: each.id,
            cells: [
              each.name,
              ...declarations.map(declaration =>
                declaration.isAskedOf(each) ? (
                  <Answer key={declaration.code} esms={each} declaration={declaration} />
                ) : (
                  'sans objet'
                ),
              ),
            ],
          }))}
        />
        <p class="actions">
          <button type="submit">Enregistrer les réponses</button>
          {declarations.map(({ code, title }) => (
            <button key={code} type="submit" name="oui" value={code} class="secondary">
              « {title} » : oui pour ceux sans réponse
            </button>
          ))}
        </p>
      </form>
    </section>
  )
}

function Answer({ esms, declaration }: { esms: Esms; declaration: AskedDeclaration }): JSX.Element {
  const answer = esms.declarations[declaration.code]
  return (
    <select name={answerField(esms.id, declaration.code)} aria-label={`${declaration.title} : ${esms.name}`}>
      <option value="" selected={answer === undefined}>
        à demander
      </option>
      <option value="oui" selected={answer === true}>
        oui
      </option>
      <option value="non" selected={answer === false}>
        non
      </option>
    </select>
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
  return `${count(mayLeave, 'ESMS', 'ESMS')} ${mayLeave < 2 ? 'peut' : 'peuvent'} partir, sans qu’aucun seuil ne soit perdu, quels que soient ceux qui partent. Un de plus peut en faire perdre un.`
}

function CountTable({ counts, total }: { counts: readonly CountMargin[]; total: number }): JSX.Element {
  return (
    <>
      {total > MOST_SEATS ? null : (
        <>
          {counts.map(({ rule, title, mayLeave }) => (
            <figure key={rule}>
              <figcaption>{title}</figcaption>
              <Seats total={total} mayLeave={mayLeave} />
            </figure>
          ))}
          <p class="muted">Carré plein : ESMS nécessaire au seuil. Rond vide : ESMS qui peut partir.</p>
        </>
      )}
      <DataTable
        label="Marge par seuil"
        columns={['Seuil', 'ESMS aujourd’hui', 'Peuvent partir']}
        rows={counts.map(({ rule, title, mayLeave }) => ({ id: rule, cells: [title, total, mayLeave] }))}
      />
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
    return was === undefined || was.status === criterion.status ? [] : [{ was: was.status, criterion }]
  })
  if (changed.length === 0) return <p>Aucun critère ne change d’état.</p>
  return (
    <ul>
      {changed.map(({ was, criterion }) => (
        <li key={criterion.rule}>
          <strong>{criterion.title} :</strong> {CRITERION_WORDS[was]} → {CRITERION_WORDS[criterion.status]}.{' '}
          {criterion.reason}
        </li>
      ))}
    </ul>
  )
}

function WhatIf({ grappe, verdict, ogs, esms, whatIf }: EligibilityProps): JSX.Element {
  const at = { grappe: grappe.grappeId }
  const leavingIds = whatIf?.leavingIds ?? new Set<string>()
  const leaving = esms.filter(({ id }) => leavingIds.has(id))
  return (
    <section>
      <h2 id="et-si">Et si des membres partaient…</h2>
      <p>Cochez ceux qui partiraient : le verdict se calcule sans eux. Rien n’est enregistré.</p>
      {whatIf === null ? null : (
        <div class="card">
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
        </div>
      )}
      <form method="get" action={`${urlTo('eligibility', at)}#et-si`} class="card">
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
    </section>
  )
}

export function Eligibility(props: EligibilityProps): JSX.Element {
  const { frame, grappe, verdict, registry, margin, declarations, ogs, esms } = props
  const at = { grappe: grappe.grappeId }
  return (
    <GrappePage frame={frame} grappe={grappe} tab="eligibility" title="Éligibilité" wide>
      <VerdictLine verdict={verdict} />
      <p>
        Cet avis suit les règles connues de l’appel, chacune avec sa source. L’ARS seule décide.{' '}
        {comparedWith(registry)}
      </p>
      {esms.length === 0 ? null : (
        <nav aria-label="Dans cette page" class="actions">
          <a href="#criteres">Critères</a>
          {declarations.length === 0 ? null : <a href="#declarations">Déclarations</a>}
          <a href="#marge">Marge</a>
          <a href="#et-si">Et si des membres partaient</a>
        </nav>
      )}
      <section>
        <h2 id="criteres">Critères</h2>
        <Criteria
          criteria={verdict.criteria}
          esms={esms.map(({ id, name }) => ({ id, name, url: urlTo('editEsms', { ...at, esms: id }) }))}
          ogs={ogs.map(({ id, name }) => ({ id, name, url: urlTo('editOg', { ...at, og: id }) }))}
          remedyLink={remedyLink(grappe.grappeId, declarations)}
        />
      </section>
      {declarations.length === 0 || esms.length === 0 ? null : <Declarations {...props} />}
      <section>
        <h2 id="marge">Marge</h2>
        <p>
          <strong>{marginSentence(margin)}</strong>
        </p>
        {margin.counts.length === 0 ? null : <CountTable counts={margin.counts} total={esms.length} />}
        {margin.ogDepartures.length === 0 ? null : (
          <Departures
            grappeId={grappe.grappeId}
            departures={margin.ogDepartures}
            ogs={ogs}
            verdict={verdict}
          />
        )}
      </section>
      {esms.length === 0 ? null : <WhatIf {...props} />}
    </GrappePage>
  )
}
