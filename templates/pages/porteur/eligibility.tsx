/** The verdict: what bars the grappe, what to do one act a line, what is satisfied, and how fragile it is. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import type { Day, Recommendation } from '../../../server/domain/call.ts'
import type { AskedDeclaration } from '../../../server/domain/declarations.ts'
import { type Criterion, todosOf } from '../../../server/domain/eligibility.ts'
import { comparedWith, type RegistryDate } from '../../../server/domain/registry.ts'
import { Empty, ProvenanceTag } from '../components.tsx'
import { count } from '../format.ts'
import type { PorteurFrame } from '../layout.tsx'
import { Declarations, type DeclarationsProps } from './declarations.tsx'
import type { GrappeTitle } from './grappe-nav.tsx'
import { GrappePage } from './grappe-page.tsx'
import { type MarginProps, MarginSection } from './margin.tsx'
import { CriterionCard, declarationsUrl, Judged, Todos } from './to-dos.tsx'
import { VerdictLine } from './verdict.tsx'

interface EligibilityProps extends Omit<MarginProps, 'grappeId'> {
  registry: RegistryDate | null
  frame: PorteurFrame
  grappe: GrappeTitle
  declarations: readonly AskedDeclaration[]
  /** The day on which each member was last asked for its answers; those who never were are not there. */
  asked: ReadonlyMap<string, Day>
  recommendations: readonly Recommendation[]
  /** With whom to ask, when the answers are to be noted; null otherwise. */
  noted: Pick<DeclarationsProps, 'askedEmails' | 'basis' | 'basisErrors' | 'chosen'> | null
}

export function Eligibility(props: EligibilityProps): JSX.Element {
  const { frame, grappe, verdict, registry, declarations, esms, noted } = props
  const at = { grappe: grappe.grappeId }
  if (esms.length === 0) return <ToGather frame={frame} grappe={grappe} />
  return (
    <GrappePage
      frame={frame}
      grappe={grappe}
      tab="eligibility"
      title="Éligibilité"
      errors={noted?.basisErrors ?? []}
      wide
    >
      <VerdictLine verdict={verdict} />
      <div class="judged">
        <div>
          <Criteria {...props} />
          {declarations.length === 0 || noted !== null ? null : (
            <p>
              <a href={declarationsUrl(at)}>Les déclarations des membres</a>
            </p>
          )}
          <p class="muted">
            Cet avis suit les règles connues de l’appel, chacune avec sa source. L’ARS seule décide.{' '}
            {comparedWith(registry)}
          </p>
        </div>
        <MarginSection {...props} grappeId={grappe.grappeId} />
      </div>
      <Recommendations recommendations={props.recommendations} />
      {declarations.length === 0 || noted === null ? null : <Declarations {...props} {...noted} />}
    </GrappePage>
  )
}

/** What the call advises and nothing judges. */
function Recommendations({ recommendations }: Pick<EligibilityProps, 'recommendations'>) {
  if (recommendations.length === 0) return null
  return (
    <section aria-labelledby="conseils">
      <h2 id="conseils">Conseillé par l’appel</h2>
      <ul>
        {recommendations.map(({ text, provenance }, i) => (
          <li key={text}>
            {text} <ProvenanceTag id={`conseil-${i}`} provenance={provenance} />
          </li>
        ))}
      </ul>
    </section>
  )
}

/** Nothing is judged of a grappe that is only a name. */
function ToGather({ frame, grappe }: Pick<EligibilityProps, 'frame' | 'grappe'>) {
  return (
    <GrappePage frame={frame} grappe={grappe} tab="eligibility" title="Éligibilité" wide>
      <Empty title="Grappe à constituer">
        <p>Le verdict se calcule dès le premier membre.</p>
        <p>
          <a class="button" href={urlTo('members', { grappe: grappe.grappeId })}>
            Ajouter des membres
          </a>
        </p>
      </Empty>
    </GrappePage>
  )
}

function Criteria({ grappe, verdict, esms, ogs, asked }: EligibilityProps) {
  const at = { grappe: grappe.grappeId }
  const refused = verdict.criteria.filter(({ status }) => status === 'non-satisfait')
  const doubtful = verdict.criteria.filter(({ status }) => status === 'a-verifier')
  const satisfied = verdict.criteria.filter(({ status }) => status === 'satisfait')
  const noted = satisfied.filter(({ remedy }) => remedy !== null)
  const cards = (criteria: readonly Criterion[]) => (
    <ul class="criteria">
      {criteria.map(criterion => (
        <CriterionCard key={criterion.rule} at={at} criterion={criterion} esms={esms} ogs={ogs} />
      ))}
    </ul>
  )
  return (
    <>
      {refused.length === 0 ? null : (
        <section>
          <h2>Ce qui bloque</h2>
          {cards(refused)}
        </section>
      )}
      {doubtful.length === 0 ? null : (
        <section>
          <h2>À vérifier</h2>
          <Todos at={at} todos={todosOf(doubtful)} esms={esms} asked={asked} />
        </section>
      )}
      {noted.length === 0 ? null : (
        <section>
          <h2>À prévoir</h2>
          {cards(noted)}
        </section>
      )}
      {satisfied.length === 0 ? null : (
        <details class="card">
          <summary>{count(satisfied.length, 'critère satisfait', 'critères satisfaits')}</summary>
          <ul class="plain satisfied">
            {satisfied.map(criterion => (
              <li key={criterion.rule}>
                <strong class="shape satisfait">{criterion.title}</strong>
                <Judged criterion={{ ...criterion, remedy: null }} />
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  )
}
