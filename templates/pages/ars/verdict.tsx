/** The verdict as the ARS reads it: what is left to assess, then what is satisfied, folded. */
import type { JSX } from 'preact'
import type { DossierPlan } from '../../../server/domain/dossier-plan.ts'
import { criterionOrigins, criterionWords, NEXT_LABEL } from '../../../server/domain/edition.ts'
import type { Criterion, Verdict } from '../../../server/domain/eligibility.ts'
import { activeEsms } from '../../../server/domain/grappe.ts'
import { count } from '../format.ts'
import { CRITERION_WORDS } from '../porteur/verdict.tsx'

/** More people than this are folded away behind their number. */
const NAMES_SHOWN = 3

/** « 1 critère non satisfait, 6 à apprécier, 10 satisfaits. » */
function verdictWords({ status, criteria }: Verdict): string {
  if (status === 'a-constituer') return 'La grappe n’a aucun membre.'
  const counted = (wanted: Criterion['status']) =>
    criteria.filter(criterion => criterion.status === wanted).length
  const parts = [
    [counted('non-satisfait'), 'non satisfait', 'non satisfaits'],
    [counted('a-verifier'), 'à apprécier', 'à apprécier'],
    [counted('satisfait'), 'satisfait', 'satisfaits'],
  ] as const
  const said = parts
    .filter(([number]) => number > 0)
    .map(([number, one, many], i) =>
      i === 0
        ? `${count(number, 'critère')} ${number < 2 ? one : many}`
        : `${number} ${number < 2 ? one : many}`,
    )
  return `${said.join(', ')}.`
}

export function ArsEligibility({ plan }: { plan: DossierPlan }): JSX.Element {
  const { verdict } = plan
  const satisfied = verdict.criteria.filter(({ status }) => status === 'satisfait')
  const others = [
    ...verdict.criteria.filter(({ status }) => status === 'non-satisfait'),
    ...verdict.criteria.filter(({ status }) => status === 'a-verifier'),
  ]
  return (
    <section aria-labelledby="eligibilite">
      <h2 id="eligibilite">Éligibilité</h2>
      <p class={`verdict ${verdict.status}`}>
        <strong>{verdictWords(verdict)}</strong>
      </p>
      {others.length === 0 ? null : <CriteriaList plan={plan} criteria={others} />}
      {satisfied.length === 0 ? null : (
        <details>
          <summary>{count(satisfied.length, 'critère satisfait', 'critères satisfaits')}</summary>
          <CriteriaList plan={plan} criteria={satisfied} />
        </details>
      )}
    </section>
  )
}

function CriteriaList({ plan, criteria }: { plan: DossierPlan; criteria: readonly Criterion[] }) {
  return (
    <ul class="criteria plain">
      {criteria.map(criterion => {
        const { reason, next } = criterionWords(criterion, 'ars')
        return (
          <li key={criterion.rule} class={`criterion ${criterion.status}`}>
            <h3>
              {criterion.title} :{' '}
              {criterion.status === 'a-verifier' ? 'à apprécier' : CRITERION_WORDS[criterion.status]}
            </h3>
            <p>{reason}</p>
            {next === null ? null : (
              <p>
                <strong>{NEXT_LABEL.ars} :</strong> {next}
              </p>
            )}
            <Concerned plan={plan} criterion={criterion} />
            {criterionOrigins(criterion, 'ars').map(words => (
              <p key={words} class="muted">
                {words}
              </p>
            ))}
          </li>
        )
      })}
    </ul>
  )
}

function Concerned({ plan, criterion }: { plan: DossierPlan; criterion: Criterion }) {
  const names = new Map(plan.owners.flatMap(({ id, name }) => (id === null ? [] : [[id, name] as const])))
  const nameOf = (id: string) => names.get(id) ?? 'membre retiré depuis'
  const { esmsIds, ogIds } = criterion
  if (esmsIds.length > 0 && esmsIds.length === activeEsms({ esms: plan.members }).length) {
    return <p>Tous les ESMS.</p>
  }
  const concerned = [...ogIds, ...esmsIds].map(nameOf)
  if (concerned.length === 0) return null
  if (concerned.length <= NAMES_SHOWN) return <p>{concerned.join(', ')}.</p>
  return (
    <details>
      <summary>{count(concerned.length, 'membre concerné', 'membres concernés')}</summary>
      <ul>
        {concerned.map(name => (
          <li key={name}>{name}</li>
        ))}
      </ul>
    </details>
  )
}
