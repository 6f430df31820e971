/** How the grappe governs itself: its four steps with what is done, then each part as it is written. */
import type { ComponentChildren, JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import { formatDay } from '../../../server/domain/deadline.ts'
import {
  type GovernancePart,
  type GovernanceValues,
  withoutReferent,
} from '../../../server/domain/governance/governance.ts'
import type { KnownIdentity } from '../../../server/domain/governance/identity.ts'
import type { TimelineItem, TimelinePlace, TimelineStep } from '../../../server/domain/governance/timeline.ts'
import {
  FACTORS_SOURCE,
  FORM_WORDS,
  IDENTITY_SOURCE,
  IDENTITY_WORDS,
  MEETING_WORDS,
  mannerWords,
  meetingWhen,
  PART_WORDS,
  RISK_STATE_WORDS,
  ROLE_WORDS,
  roleOgName,
  STEPS_SOURCE,
} from '../../../server/domain/governance/words.ts'
import { capital, list } from '../format.ts'
import type { PorteurFrame } from '../layout.tsx'
import { DataTable } from './data-table.tsx'
import { FactorsPicture } from './governance-factors.tsx'
import type { GrappeTitle } from './grappe-nav.tsx'
import { GrappePage } from './grappe-page.tsx'

interface GovernanceProps {
  frame: PorteurFrame
  grappe: GrappeTitle
  governance: GovernanceValues
  identity: KnownIdentity
  ogs: readonly { id: string; name: string }[]
  timeline: readonly TimelineStep[]
  /** The grappe's piece that awaits the identity card; null where the call asks for none. */
  cardPiece: string | null
}

export function GovernancePage(props: GovernanceProps): JSX.Element {
  const { frame, grappe } = props
  return (
    <GrappePage frame={frame} grappe={grappe} tab="documents" title="Gouvernance" wide>
      <p class="lead">
        Qui fait quoi, quand on se réunit, ce que l’on craint et ce que l’on a décidé. Tout est facultatif ;
        ce qui est écrit ici remplit la note de cadrage, la fiche d’identité, la convention et la
        présentation.
      </p>
      <p class="muted">
        Vous seul lisez cette page et son tableur. Les membres voient dans leur agenda le jour, l’heure, le
        lieu, l’objet et les invités de chaque COPIL, rien d’autre. Un dossier scellé n’en contient rien :
        l’ARS lit les documents que vous y mettez.
      </p>
      <Timeline {...props} />
      <IdentityPart {...props} />
      <FormPart {...props} />
      <RolesPart {...props} />
      <MeetingsPart {...props} />
      <RisksPart {...props} />
      <FactorsPart {...props} />
      <DecisionsPart {...props} />
      <p>
        <a href={urlTo('documents', { grappe: grappe.grappeId })}>Revenir aux documents</a>
      </p>
    </GrappePage>
  )
}

function placeHref(place: TimelinePlace, grappe: string): string {
  const at = { grappe }
  switch (place.kind) {
    case 'piece':
      return urlTo('piece', { ...at, piece: place.id })
    case 'governance':
      return urlTo('governancePart', { ...at, chapter: place.part })
    default:
      return urlTo(place.kind, at)
  }
}

function Timeline({ timeline, grappe }: GovernanceProps) {
  return (
    <section aria-labelledby="frise">
      <h2 id="frise">La frise de la grappe</h2>
      <p class="muted">
        D’après {STEPS_SOURCE}. Rien ne se coche ici : tout est lu dans la grappe. La conduite du changement
        n’y est pas suivie.
      </p>
      <ol class="steps-line">
        {timeline.map(step => (
          <li key={step.title} class="card">
            <h3>{step.title}</h3>
            <p>
              <span class={step.isDone ? 'etat acceptee' : 'etat attendue'}>
                {step.isDone ? 'fait' : 'à finir'}
              </span>
            </p>
            <ul>
              {step.items.map(item => (
                <Item key={item.label} item={item} grappeId={grappe.grappeId} />
              ))}
            </ul>
          </li>
        ))}
      </ol>
    </section>
  )
}

function Item({
  item: { label, isDone, detail, place },
  grappeId,
}: {
  item: TimelineItem
  grappeId: string
}) {
  return (
    <li>
      {isDone === false ? <a href={placeHref(place, grappeId)}>{label}</a> : label} : {detail}
      {isDone === true ? ', fait' : null}
    </li>
  )
}

/** A part with what it says, and the way to write it. */
function Part(props: {
  part: GovernancePart
  grappe: GrappeTitle
  isEmpty: boolean
  source?: string
  children?: ComponentChildren
}) {
  const { part, grappe, isEmpty, source, children } = props
  const words = PART_WORDS[part]
  return (
    <section aria-labelledby={part}>
      <h2 id={part}>{words}</h2>
      {source === undefined ? null : <p class="muted">D’après {source}.</p>}
      {isEmpty ? <p>Rien n’est écrit pour l’instant.</p> : null}
      {children}
      {grappe.archivedOn ? null : (
        <p>
          <a
            href={urlTo('governancePart', { grappe: grappe.grappeId, chapter: part })}
            aria-label={`${isEmpty ? 'Remplir' : 'Changer'} : ${words}`}
          >
            {isEmpty ? 'Remplir' : 'Changer'}
          </a>
        </p>
      )}
    </section>
  )
}

const told = (value: string | null) =>
  value === null ? <span class="muted">pas encore écrit</span> : <span class="typed">{value}</span>

function IdentityPart({ grappe, governance: { identite, forme }, identity, cardPiece }: GovernanceProps) {
  const at = { grappe: grappe.grappeId }
  const known = (values: readonly string[]) => (values.length === 0 ? told(null) : values.join(', '))
  const fields: [string, ComponentChildren][] = [
    ['Nom', grappe.grappeName],
    ['Localisation', known(identity.departements)],
    ['Secteur d’activité', known(identity.domains)],
    [IDENTITY_WORDS.public, told(identite.public)],
    [
      'Établissements partenaires',
      <a key="membres" href={urlTo('members', at)}>
        {identity.esms} ESMS, {identity.ogs} OG
      </a>,
    ],
    [IDENTITY_WORDS.objet, told(identite.objet)],
    ['Nature des accords', told(forme.form && FORM_WORDS[forme.form].label)],
    [IDENTITY_WORDS.personnes, told(identite.personnes)],
    [IDENTITY_WORDS.entree, told(identite.entree)],
    [IDENTITY_WORDS.gouvernance, told(identite.gouvernance)],
  ]
  return (
    <Part part="identite" grappe={grappe} isEmpty={false} source={IDENTITY_SOURCE}>
      <dl class="facts">
        {fields.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <p>
        {cardPiece === null ? null : (
          <>
            <a href={urlTo('depositPieceForm', { ...at, piece: cardPiece })}>
              Déposer cette fiche d’identité
            </a>
            {' ou '}
          </>
        )}
        <a href={urlTo('identityPdf', at)}>
          {cardPiece === null ? 'Fiche d’identité à imprimer (PDF)' : 'l’imprimer (PDF)'}
        </a>
      </p>
    </Part>
  )
}

function FormPart({ grappe, governance: { forme } }: GovernanceProps) {
  const { form, basis } = forme
  const words = form === null ? null : FORM_WORDS[form]
  return (
    <Part part="forme" grappe={grappe} isEmpty={words === null}>
      {words === null ? null : (
        <>
          <p>
            <strong>{words.label}</strong>
            {basis === null ? null : `, d’après : ${basis}`}
          </p>
          <p>
            À regarder, dans les grandes lignes (repères écrits pour ce logiciel, à faire vérifier par votre
            conseil) :
          </p>
          <ul>
            <li>Gouvernance : {words.governance}</li>
            <li>Responsabilité : {words.liability}</li>
            <li>TVA : {words.vat}</li>
            <li>Entrée et retrait : {words.leaving}</li>
          </ul>
        </>
      )}
    </Part>
  )
}

function RolesPart({ grappe, governance, ogs }: GovernanceProps) {
  const { roles } = governance
  const ogNames = new Map(ogs.map(({ id, name }) => [id, name]))
  const lacking = withoutReferent(governance, ogs).map(({ name }) => name)
  return (
    <Part part="roles" grappe={grappe} isEmpty={roles.length === 0}>
      {roles.length === 0 ? null : (
        <DataTable
          label="Rôles de la grappe"
          columns={['Nom', 'Rôle', 'Fonction', 'Organisme', 'Le joindre']}
          rows={roles.map(role => ({
            id: role.id,
            cells: [
              role.name,
              ROLE_WORDS[role.kind],
              role.position ?? '',
              roleOgName(role, ogNames) ?? '',
              role.contact ?? '',
            ],
          }))}
        />
      )}
      {roles.length === 0 || lacking.length === 0 ? null : <p>Sans référent noté : {list(lacking)}.</p>}
    </Part>
  )
}

function MeetingsPart({ grappe, governance: { copil } }: GovernanceProps) {
  return (
    <Part part="copil" grappe={grappe} isEmpty={copil.length === 0}>
      {copil.length === 0 ? null : (
        <DataTable
          label="Réunions du comité de pilotage"
          columns={['Quand', 'Lieu', 'Objet', 'Invités', 'État', 'Ce qui a été décidé']}
          rows={copil.map(meeting => ({
            id: meeting.id,
            cells: [
              meetingWhen(meeting),
              meeting.place ?? '',
              meeting.object,
              meeting.guests ?? '',
              MEETING_WORDS[meeting.state],
              <span key="decided" class="typed">
                {meeting.decided}
              </span>,
            ],
          }))}
        />
      )}
      <p class="muted">
        Ces réunions sont dans les agendas de la grappe :{' '}
        <a href={urlTo('deadlines', { grappe: grappe.grappeId })}>l’adresse du vôtre</a>.
      </p>
    </Part>
  )
}

function RisksPart({ grappe, governance: { risques } }: GovernanceProps) {
  return (
    <Part part="risques" grappe={grappe} isEmpty={risques.length === 0}>
      {risques.length === 0 ? null : (
        <DataTable
          label="Chaque risque"
          columns={['Risque', 'Suivi par', 'Réponse', 'État']}
          rows={risques.map(({ id, title, owner, answer, state }) => ({
            id,
            cells: [
              title,
              owner ?? 'personne',
              <span key="answer" class="typed">
                {answer ?? 'aucune'}
              </span>,
              RISK_STATE_WORDS[state],
            ],
          }))}
        />
      )}
    </Part>
  )
}

function FactorsPart({ grappe, governance: { facteurs } }: GovernanceProps) {
  const isEmpty = Object.values(facteurs).every(each => each.level === null && each.next === null)
  return (
    <Part part="facteurs" grappe={grappe} isEmpty={isEmpty} source={FACTORS_SOURCE}>
      {isEmpty ? null : <FactorsPicture factors={facteurs} />}
    </Part>
  )
}

function DecisionsPart({ grappe, governance: { decisions } }: GovernanceProps) {
  return (
    <Part part="decisions" grappe={grappe} isEmpty={decisions.length === 0}>
      {decisions.length === 0 ? null : (
        <DataTable
          label="Chaque décision"
          columns={['Jour', 'Décision', 'Par', 'Comment']}
          rows={decisions.map(decision => ({
            id: decision.id,
            cells: [
              capital(formatDay(decision.day)),
              <span key="what" class="typed">
                {decision.what}
              </span>,
              decision.by,
              mannerWords(decision),
            ],
          }))}
        />
      )}
    </Part>
  )
}
