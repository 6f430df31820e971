/** The form of one part of the governance: the whole of it, or a line of a list at a time. */
import type { ComponentChildren, JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import {
  type GovernancePart,
  type GovernanceValues,
  isList,
  KNOWN_RISKS,
  type ListPart,
} from '../../../server/domain/governance/governance.ts'
import {
  FACTORS_SOURCE,
  IDENTITY_SOURCE,
  PART_WORDS,
  RISKS_SOURCE,
} from '../../../server/domain/governance/words.ts'
import { Csrf, Field, type FieldError } from '../components.tsx'
import type { PorteurFrame } from '../layout.tsx'
import { PartFields, type PartForm } from './governance-fields.tsx'
import { LineTable } from './governance-lines.tsx'
import type { GrappeTitle } from './grappe-nav.tsx'
import { GrappePage } from './grappe-page.tsx'

interface GovernancePartProps {
  frame: PorteurFrame
  grappe: GrappeTitle
  part: GovernancePart
  governance: GovernanceValues
  /** Of the part, as the form was made. */
  revision: number
  ogs: readonly { id: string; name: string }[]
  form: PartForm
  /** The id of the line that the form writes: of a list alone. */
  line: string
  /** Whether that line is in the list already. */
  isChange: boolean
}

const SOURCES: Readonly<Partial<Record<GovernancePart, string>>> = {
  identite: IDENTITY_SOURCE,
  facteurs: FACTORS_SOURCE,
  risques: `${RISKS_SOURCE}, pour les risques connus`,
}

/** What the button and the heading say, of a list. */
const LINE_WORDS = {
  roles: { add: 'Ajouter une personne', change: 'Changer cette personne' },
  copil: { add: 'Ajouter une réunion', change: 'Changer cette réunion' },
  risques: { add: 'Ajouter un risque', change: 'Changer ce risque' },
  decisions: { add: 'Noter une décision', change: 'Changer cette décision' },
} as const satisfies Record<ListPart, object>

export function GovernancePartPage(props: GovernancePartProps): JSX.Element {
  const { frame, grappe, part, form } = props
  const source = SOURCES[part]
  return (
    <GrappePage frame={frame} grappe={grappe} tab="documents" title={PART_WORDS[part]} errors={form.errors}>
      {source === undefined ? null : <p class="muted">D’après {source}.</p>}
      {isList(part) ? <LineTable {...props} part={part} /> : null}
      {grappe.archivedOn ? null : (
        <>
          {part === 'copil' && !props.isChange ? <Proposal {...props} /> : null}
          {part === 'risques' && !props.isChange ? <KnownRisks {...props} /> : null}
          {isList(part) ? <LineForm {...props} part={part} /> : <WholeForm {...props} />}
        </>
      )}
      <p>
        <a href={`${urlTo('governance', { grappe: grappe.grappeId })}#${part}`}>Revenir à la gouvernance</a>
      </p>
    </GrappePage>
  )
}

function PostForm(props: GovernancePartProps & { children: ComponentChildren }) {
  const { frame, grappe, part, revision, children } = props
  return (
    <form
      method="post"
      action={urlTo('governancePart', { grappe: grappe.grappeId, chapter: part })}
      class="card"
      novalidate
    >
      <Csrf token={frame.csrf} />
      <input type="hidden" name="seen" value={revision} />
      {children}
    </form>
  )
}

function WholeForm(props: GovernancePartProps) {
  return (
    <PostForm {...props}>
      <PartFields part={props.part} form={props.form} ogs={props.ogs} />
      <p class="actions">
        <button type="submit">Enregistrer</button>
      </p>
    </PostForm>
  )
}

function LineForm(props: GovernancePartProps & { part: ListPart }) {
  const { part, isChange, line, grappe } = props
  const words = isChange ? LINE_WORDS[part].change : LINE_WORDS[part].add
  return (
    <section aria-labelledby="ligne">
      <h2 id="ligne">{words}</h2>
      <PostForm {...props}>
        <input type="hidden" name="id" value={line} />
        <PartFields part={part} form={props.form} ogs={props.ogs} />
        <p class="actions">
          <button type="submit">{isChange ? 'Enregistrer' : words}</button>
          {isChange ? (
            <a href={urlTo('governancePart', { grappe: grappe.grappeId, chapter: part })}>Ne rien changer</a>
          ) : null}
        </p>
      </PostForm>
      {isChange ? (
        <PostForm {...props}>
          <input type="hidden" name="id" value={line} />
          <input type="hidden" name="acte" value="retirer" />
          <p class="hint">
            {part === 'copil'
              ? 'Annulée, une réunion reste dans les agendas, qui le disent. Retirée, elle en disparaît.'
              : 'Ce qui est retiré reste nommé dans le journal.'}
          </p>
          <button type="submit" class="secondary">
            Retirer cette ligne
          </button>
        </PostForm>
      ) : null}
    </section>
  )
}

/** The fields of the proposal, apart from those of a meeting: the same errors are not told twice. */
const PROPOSED = ['first', 'firstTime', 'firstPlace']

function Proposal(props: GovernancePartProps) {
  const { fields } = props.form
  const errors: FieldError[] = props.form.errors.filter(({ field }) => PROPOSED.includes(field))
  const of = (name: string) => ({ name, value: fields[name] ?? '', errors })
  return (
    <section aria-labelledby="proposition">
      <h2 id="proposition">Proposer une réunion par mois</h2>
      <PostForm {...props}>
        <input type="hidden" name="acte" value="proposer" />
        <p>
          Le même jour de chaque mois jusqu’à la clôture de l’appel, ou le jour ouvré suivant, avec l’ARS et
          le GRADeS parmi les invités. Un mois qui a sa réunion n’en reçoit pas d’autre.
        </p>
        <Field {...of('first')} label="Premier jour" type="date" width="short" />
        <Field {...of('firstTime')} label="Heure" hint="Par exemple 14:30." optional width="short" />
        <Field {...of('firstPlace')} label="Lieu" optional />
        <p class="actions">
          <button type="submit" class="secondary">
            Ajouter ces réunions
          </button>
        </p>
      </PostForm>
    </section>
  )
}

function KnownRisks(props: GovernancePartProps) {
  const known = new Set(props.governance.risques.map(risk => risk.known))
  known.delete(null)
  if (known.size === KNOWN_RISKS.length) return null
  return (
    <section aria-labelledby="connus">
      <h2 id="connus">Commencer par les risques connus</h2>
      <PostForm {...props}>
        <input type="hidden" name="acte" value="connus" />
        <p>
          Un départ qui rend la grappe inéligible, des attentes ou des éditeurs différents, un désengagement,
          des dirigeants qui changent, le débit du territoire : à vous d’y mettre un responsable et une
          réponse.
        </p>
        <button type="submit" class="secondary">
          Ajouter les risques connus
        </button>
      </PostForm>
    </section>
  )
}
