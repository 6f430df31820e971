/** Last days: the call's, each piece's, what was granted to whom, and the calendars that follow them. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import type { Adaptation, Day, Instant, PieceDefinition, Provenance } from '../../../server/domain/call.ts'
import { formatClosing, formatDay, formatDaysLeft, OPENING } from '../../../server/domain/deadline.ts'
import type { ExtensionKind } from '../../../server/domain/extension.ts'
import { type CallValue, valueWords } from '../../../server/domain/reported.ts'
import type { FollowUpShown } from '../../../server/domain/submission.ts'
import {
  type Choice,
  CopyField,
  Csrf,
  Empty,
  Field,
  type FieldError,
  ProvenanceTag,
  Select,
} from '../components.tsx'
import { moment } from '../format.ts'
import type { PorteurFrame } from '../layout.tsx'
import { DataTable } from './data-table.tsx'
import type { GrappeTitle } from './grappe-nav.tsx'
import { GrappePage } from './grappe-page.tsx'
import { followUpWords } from './submission-after.tsx'

export type DeadlineForm = 'date' | 'delai' | 'reouverture'

interface DeadlinesProps {
  frame: PorteurFrame
  grappe: GrappeTitle
  timeZone: string
  today: Day
  closesOn: Day | null
  opensOn: Day | null
  /** Where each of these two days comes from, and what the call gave where the porteur moved it. */
  windowDays: readonly CallValue[]
  /** `moved`: why the porteur moved the last day of its own; null where it did not. */
  definitions: readonly (PieceDefinition & { moved: Adaptation | null })[]
  /** `og:…` and `esms:…`. */
  members: readonly Choice[]
  granted: readonly {
    id: string
    kind: ExtensionKind
    pieceCode: string | null
    ownerName: string | null
    deadlineOn: Day
    motive: string
    grantedBy: string
    grantedAt: Instant
  }[]
  /** What is dated after the deposit, by day. */
  followUps: readonly FollowUpShown[]
  calendars: readonly { id: string; label: string; address: string | null; own: boolean }[]
  /** The form just refused, with what was typed in it. */
  refused: {
    form: DeadlineForm
    values: Readonly<Record<string, string>>
    errors: readonly FieldError[]
  } | null
}

const KIND_WORDS: Readonly<Record<ExtensionKind, string>> = {
  prolongation: 'délai',
  reouverture: 'réouverture',
  complement: 'complément demandé par l’ARS',
}

export function DeadlinesPage(props: DeadlinesProps): JSX.Element {
  const { frame, grappe, closesOn, today, definitions, granted, refused } = props
  const isClosed = closesOn !== null && today > closesOn
  const nameOf = (code: string | null) =>
    code === null ? 'toutes les pièces' : (definitions.find(piece => piece.code === code)?.name ?? code)
  return (
    <GrappePage
      frame={frame}
      grappe={grappe}
      tab="deadlines"
      title="Échéances"
      errors={refused?.errors ?? []}
      scripts={['copy']}
      wide
    >
      <p class="lead">
        {closesOn === null
          ? 'Le jour de clôture de l’appel n’est pas connu.'
          : `L’appel ferme le ${formatClosing(closesOn)} (${props.timeZone}) : ` +
            `${formatDaysLeft(today, closesOn)}.`}{' '}
        {props.opensOn === null
          ? 'Son jour d’ouverture n’est pas connu.'
          : today < props.opensOn
            ? `Il ouvre le ${formatDay(props.opensOn)}.`
            : null}
      </p>
      <WindowDays {...props} />
      <PieceDays {...props} />
      <MoveForm {...props} />
      {grappe.archivedOn ? null : isClosed ? <ReopenForm {...props} /> : <ExtensionForm {...props} />}
      <section>
        <h2>Ce qui a été accordé</h2>
        {granted.length === 0 ? (
          <Empty title="Aucun délai accordé" />
        ) : (
          <DataTable
            label="Délais et réouvertures accordés"
            columns={['Membre', 'Pièce', 'Accordé', 'Jusqu’au', 'Motif', 'Par']}
            rows={granted.map(each => ({
              id: each.id,
              cells: [
                each.ownerName ?? 'tous les membres',
                nameOf(each.pieceCode),
                KIND_WORDS[each.kind],
                formatDay(each.deadlineOn),
                each.motive,
                `${each.grantedBy}, ${moment(each.grantedAt, props.timeZone)}`,
              ],
            }))}
          />
        )}
      </section>
      <Afterwards {...props} />
      <Calendars {...props} />
    </GrappePage>
  )
}

/** What the call and the porteur date after the deposit; nothing before any of it is dated. */
function Afterwards({ grappe, followUps }: DeadlinesProps) {
  if (followUps.length === 0) return null
  const href = `${urlTo('submission', { grappe: grappe.grappeId })}#suites`
  return (
    <section>
      <h2>Après le dépôt</h2>
      <DataTable
        label="Dates d’après le dépôt"
        columns={['Date', 'État', 'Origine']}
        rows={followUps.map(each => ({
          id: each.id,
          cells: [
            each.title,
            <>
              {followUpWords(each)} {each.late ? <span class="etat flag">en retard</span> : null}
            </>,
            each.provenance === null ? (
              'vous'
            ) : (
              <ProvenanceTag key={each.id} id={`suite-${each.id}`} provenance={each.provenance} />
            ),
          ],
        }))}
      />
      <p>
        <a href={href}>Les noter sur la page Dépôt et suites</a>
      </p>
    </section>
  )
}

/** The last day of each piece, and where it comes from. */
function PieceDays({ grappe, definitions, closesOn }: DeadlinesProps) {
  const own = definitions.filter(({ deadlineOn, moved }) => deadlineOn !== null || moved !== null)
  const others = definitions.filter(definition => !own.includes(definition))
  return (
    <section>
      <h2>Dernier jour de chaque pièce</h2>
      <p class="hint">
        Un dernier jour que vous avez changé s’annule sur la page{' '}
        <a href={`${urlTo('callCopy', { grappe: grappe.grappeId })}#adaptations`}>L’appel de cette grappe</a>.
      </p>
      {own.length === 0 ? null : (
        <DataTable
          label="Dernier jour de chaque pièce"
          columns={['Pièce', 'Dernier jour', 'Origine']}
          rows={own.map(({ code, name, deadlineOn, provenance, moved }) => ({
            id: code,
            cells: [
              name,
              deadlineOn === null || (closesOn !== null && deadlineOn > closesOn)
                ? 'celui de l’appel'
                : formatDay(deadlineOn),
              moved !== null ? (
                <ProvenanceTag
                  key={code}
                  id={`jour-${code}`}
                  provenance={{ kind: 'reported', basis: moved.basis, on: moved.on }}
                />
              ) : deadlineOn === null ? (
                ''
              ) : (
                <ProvenanceTag key={code} id={`jour-${code}`} provenance={originalOf(provenance)} />
              ),
            ],
          }))}
        />
      )}
      {others.length === 0 ? null : (
        <details>
          <summary>
            {own.length === 0 ? 'Toutes suivent' : `Les ${others.length} autres suivent`} la clôture de
            l’appel
          </summary>
          <ul>
            {others.map(({ code, name }) => (
              <li key={code}>{name}</li>
            ))}
          </ul>
        </details>
      )}
    </section>
  )
}

/** Of a day that the porteur did not move: what the call says, whatever else was adapted in the piece. */
const originalOf = (provenance: Provenance) =>
  provenance.kind === 'adapted' ? provenance.original : provenance

/** The two days of the call, where each comes from, and how the porteur's own is taken back. */
function WindowDays({ frame, grappe, windowDays }: DeadlinesProps) {
  return (
    <section>
      <h2>Dates de l’appel</h2>
      <DataTable
        label="Dates de l’appel"
        columns={['Date', 'Jour', 'Origine', 'Avant']}
        rows={windowDays.map(({ path, name, value, origin, before }) => ({
          id: path,
          cells: [
            path.endsWith('.opensOn') ? 'Ouverture' : 'Clôture',
            valueWords('day', value),
            <ProvenanceTag key={path} id={path} provenance={origin} />,
            before === undefined ? (
              ''
            ) : (
              <form key={path} method="post" action={urlTo('moveDeadline', { grappe: grappe.grappeId })}>
                <Csrf token={frame.csrf} />
                <input type="hidden" name="date-piece" value={path.endsWith('.opensOn') ? OPENING : ''} />
                <input type="hidden" name="date-jour" value={before === null ? '' : String(before)} />
                <button type="submit" class="secondary" aria-label={`Remettre celui de l’appel : ${name}`}>
                  {before === null ? 'Remettre à non connu' : `Remettre le ${valueWords('day', before)}`}
                </button>
              </form>
            ),
          ],
        }))}
      />
    </section>
  )
}

/** What was typed in a refused form; nothing for the others. Field names differ by form, as ids must. */
function typed({ refused }: DeadlinesProps, form: DeadlineForm) {
  return {
    values: refused?.form === form ? refused.values : {},
    errors: refused?.form === form ? refused.errors : [],
  }
}

const pieceChoices = (definitions: readonly PieceDefinition[]): Choice[] =>
  definitions.map(({ code, name }) => ({ value: code, label: name }))

function MoveForm(props: DeadlinesProps) {
  const { values, errors } = typed(props, 'date')
  return (
    <form
      method="post"
      action={urlTo('moveDeadline', { grappe: props.grappe.grappeId })}
      class="card"
      novalidate
    >
      <h2>Changer une date pour tous</h2>
      <Csrf token={props.frame.csrf} />
      <Select
        name="date-piece"
        label="Date de"
        value={values['date-piece'] ?? ''}
        choices={[{ value: OPENING, label: 'L’ouverture de l’appel' }, ...pieceChoices(props.definitions)]}
        errors={errors}
        empty="La clôture de l’appel"
        hint="Cela change la copie de l’appel de cette grappe, pas l’appel publié."
      />
      <Field
        name="date-jour"
        label="Nouveau dernier jour"
        type="date"
        width="short"
        value={values['date-jour'] ?? ''}
        errors={errors}
        hint="Vide pour une pièce : elle suit de nouveau la clôture de l’appel."
      />
      <Field
        name="date-dapres"
        label="D’après"
        value={values['date-dapres'] ?? ''}
        errors={errors}
        hint="Le texte ou le message de l’ARS, et son jour. L’ARS le lira."
      />
      <button type="submit">Voir ce que cela change</button>
    </form>
  )
}

function ExtensionForm(props: DeadlinesProps) {
  const { values, errors } = typed(props, 'delai')
  return (
    <form
      method="post"
      action={urlTo('grantExtension', { grappe: props.grappe.grappeId })}
      class="card"
      novalidate
    >
      <h2>Accorder un délai</h2>
      <p>
        Au plus jusqu’à la clôture de l’appel. Un message avec votre motif est écrit pour chaque personne
        concernée.
      </p>
      <Csrf token={props.frame.csrf} />
      <Select
        name="delai-membre"
        label="À qui"
        value={values['delai-membre'] ?? ''}
        choices={props.members}
        errors={errors}
        empty="Tous les membres"
      />
      <Select
        name="delai-piece"
        label="Pour quelle pièce"
        value={values['delai-piece'] ?? ''}
        choices={pieceChoices(props.definitions.filter(({ scope }) => scope !== 'grappe'))}
        errors={errors}
        empty="Toutes les pièces"
      />
      <DayAndMotive form="delai" values={values} errors={errors} />
      <button type="submit">Accorder le délai</button>
    </form>
  )
}

function ReopenForm(props: DeadlinesProps) {
  const { values, errors } = typed(props, 'reouverture')
  return (
    <form
      method="post"
      action={urlTo('reopenPiece', { grappe: props.grappe.grappeId })}
      class="card"
      novalidate
    >
      <h2>Rouvrir une pièce</h2>
      <p>
        L’appel est clos : aucun dépôt n’est possible, sauf sur une pièce que vous rouvrez pour un membre. Un
        message avec votre motif est écrit pour lui.
      </p>
      <Csrf token={props.frame.csrf} />
      <Select
        name="reouverture-membre"
        label="À qui"
        value={values['reouverture-membre'] ?? ''}
        choices={props.members}
        errors={errors}
        empty="Choisissez un membre"
      />
      <Select
        name="reouverture-piece"
        label="Quelle pièce"
        value={values['reouverture-piece'] ?? ''}
        choices={pieceChoices(props.definitions.filter(({ scope }) => scope !== 'grappe'))}
        errors={errors}
        empty="Choisissez une pièce"
      />
      <DayAndMotive form="reouverture" values={values} errors={errors} />
      <button type="submit">Rouvrir la pièce</button>
    </form>
  )
}

function DayAndMotive({
  form,
  values,
  errors,
}: {
  form: DeadlineForm
  values: Readonly<Record<string, string>>
  errors: readonly FieldError[]
}) {
  return (
    <>
      <Field
        name={`${form}-jour`}
        label="Dernier jour"
        type="date"
        width="short"
        value={values[`${form}-jour`] ?? ''}
        errors={errors}
      />
      <Field
        name={`${form}-motif`}
        label="Motif"
        value={values[`${form}-motif`] ?? ''}
        errors={errors}
        hint="Les personnes concernées le liront."
      />
    </>
  )
}

function Calendars({ frame, grappe: { grappeId }, calendars }: DeadlinesProps) {
  const own = calendars.find(calendar => calendar.own)
  return (
    <section>
      <h2>Agenda</h2>
      <p>
        Cette adresse s’ajoute à votre agenda, qui suit alors les échéances. Qui la détient peut les lire, et
        rien d’autre.
      </p>
      <form method="post" action={urlTo('porteurCalendar', { grappe: grappeId })}>
        <Csrf token={frame.csrf} />
        <button type="submit" class="secondary">
          {own === undefined
            ? 'Créer le lien d’agenda de la grappe'
            : 'Remplacer le lien d’agenda de la grappe'}
        </button>
      </form>
      {calendars.map(({ id, label, address }) => (
        <div class="card" key={id}>
          {address === null ? (
            <p>{label} : ce lien fonctionne mais ne peut plus être affiché, la clé du serveur a changé.</p>
          ) : (
            <CopyField id={`agenda-${id}`} label={label} value={address} />
          )}
          <form method="post" action={urlTo('revokeCalendar', { grappe: grappeId, link: id })}>
            <Csrf token={frame.csrf} />
            <button type="submit" class="secondary" aria-label={`Révoquer : ${label}`}>
              Révoquer
            </button>
          </form>
        </div>
      ))}
    </section>
  )
}
