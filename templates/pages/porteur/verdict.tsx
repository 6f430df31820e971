/** A verdict in words: of the whole, and of each criterion. */
import type { JSX } from 'preact'
import type { CriterionStatus, Verdict } from '../../../server/domain/eligibility.ts'
import { count } from '../format.ts'

export const CRITERION_WORDS: Readonly<Record<CriterionStatus, string>> = {
  satisfait: 'satisfait',
  'non-satisfait': 'non satisfait',
  'a-verifier': 'à vérifier',
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
    case 'a-constituer':
      return 'La grappe est à constituer : elle n’a encore aucun membre.'
    case 'a-verifier':
      return `Rien ne s’oppose à l’éligibilité de la grappe, mais tout n’est pas établi.${toVerify}`
    case 'non-eligible':
      return (
        `La grappe n’est pas éligible en l’état : ${count(refused, 'critère')} ` +
        `${refused < 2 ? 'n’est pas satisfait' : 'ne sont pas satisfaits'}.${toVerify}`
      )
  }
}

export const VerdictLine = ({ verdict }: { verdict: Verdict }): JSX.Element => (
  <p class={`verdict ${verdict.status}`}>
    <strong>{verdictSentence(verdict)}</strong>
  </p>
)
