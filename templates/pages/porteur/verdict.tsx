/** A verdict that explains itself: one sentence, then each criterion with its reason and its remedy. */
import type { ComponentChildren, JSX } from 'preact'
import type { Criterion, CriterionStatus, Verdict } from '../../../server/domain/eligibility.ts'
import { ProvenanceTag } from '../components.tsx'
import { count } from '../format.ts'

export const CRITERION_WORDS: Readonly<Record<CriterionStatus, string>> = {
  satisfait: 'satisfait',
  'non-satisfait': 'non satisfait',
  'a-verifier': 'à vérifier',
}

export const VERDICT_WORDS: Readonly<Record<Verdict['status'], string>> = {
  eligible: 'Éligible',
  'non-eligible': 'Non éligible',
  'a-verifier': 'À vérifier',
}

/** « La grappe n’est pas éligible : 1 critère n’est pas satisfait. 3 critères restent à vérifier. » */
export function verdictSentence({ status, criteria }: Verdict): string {
  const counted = (wanted: CriterionStatus) =>
    criteria.filter(criterion => criterion.status === wanted).length
  const refused = counted('non-satisfait')
  const doubtful = counted('a-verifier')
  const toVerify =
    doubtful === 0 ? '' : ` ${count(doubtful, 'critère')} ${doubtful < 2 ? 'reste' : 'restent'} à vérifier.`
  switch (status) {
    case 'eligible':
      return `La grappe est éligible : les ${criteria.length} critères sont satisfaits.`
    case 'a-verifier':
      return `Rien ne s’oppose à l’éligibilité de la grappe, mais tout n’est pas établi.${toVerify}`
    case 'non-eligible':
      return `La grappe n’est pas éligible en l’état : ${count(refused, 'critère')} ${refused < 2 ? 'n’est pas satisfait' : 'ne sont pas satisfaits'}.${toVerify}`
  }
}

export const VerdictLine = ({ verdict }: { verdict: Verdict }): JSX.Element => (
  <p class={`verdict ${verdict.status}`}>
    <strong>{verdictSentence(verdict)}</strong>
  </p>
)

/** Somebody concerned by a criterion; `url` is null where there is nothing to correct. */
interface Concerned {
  id: string
  name: string
  url: string | null
}

/** More people than this are folded away behind their number. */
const MOST_NAMES_SHOWN = 5

function ConcernedList({
  what,
  concerned,
}: {
  what: string
  concerned: readonly Concerned[]
}): JSX.Element | null {
  if (concerned.length === 0) return null
  const names = (
    <ul>
      {concerned.map(({ id, name, url }) => (
        <li key={id}>{url === null ? name : <a href={url}>{name}</a>}</li>
      ))}
    </ul>
  )
  const title = `${concerned.length} ${what} ${concerned.length < 2 ? 'concerné' : 'concernés'}`
  return concerned.length > MOST_NAMES_SHOWN ? (
    <details>
      <summary>{title}</summary>
      {names}
    </details>
  ) : (
    <>
      <p>{title} :</p>
      {names}
    </>
  )
}

const URGENCY: Readonly<Record<CriterionStatus, number>> = {
  'non-satisfait': 0,
  'a-verifier': 1,
  satisfait: 2,
}

interface CriteriaProps {
  criteria: readonly Criterion[]
  esms: readonly Concerned[]
  ogs: readonly Concerned[]
  /** Where a remedy is a page of this tool, its link. */
  remedyLink?: (criterion: Criterion) => ComponentChildren
}

/** What is to be mended first. */
export function Criteria({ criteria, esms, ogs, remedyLink }: CriteriaProps): JSX.Element {
  const sorted = criteria.toSorted((a, b) => URGENCY[a.status] - URGENCY[b.status])
  return (
    <ol class="criteria">
      {sorted.map(criterion => (
        <li key={criterion.rule} id={`critere-${criterion.rule}`} class={`criterion ${criterion.status}`}>
          <h3>
            {criterion.title} : {CRITERION_WORDS[criterion.status]}
          </h3>
          <p>{criterion.reason}</p>
          {criterion.remedy === null ? null : (
            <p>
              <strong>À faire :</strong> {criterion.remedy} {remedyLink?.(criterion)}
            </p>
          )}
          <ConcernedList what="ESMS" concerned={esms.filter(({ id }) => criterion.esmsIds.includes(id))} />
          <ConcernedList what="OG" concerned={ogs.filter(({ id }) => criterion.ogIds.includes(id))} />
          <p>
            <ProvenanceTag id={criterion.rule} provenance={criterion.provenance} />
          </p>
        </li>
      ))}
    </ol>
  )
}
