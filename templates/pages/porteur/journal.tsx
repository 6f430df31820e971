/** What happened in a grappe, newest first: a form that filters, a page of lines, the pages beside it. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import { formatDay } from '../../../server/domain/deadline.ts'
import { ACT_GROUPS, PROOF_WORDS, type Proof } from '../../../server/domain/journal/entry.ts'
import { Field } from '../components.tsx'
import { count, list, moment } from '../format.ts'
import type { PorteurFrame } from '../layout.tsx'
import type { GrappeTitle } from './grappe-nav.tsx'
import { GrappePage } from './grappe-page.tsx'
import { Email } from './members.tsx'

/** What the address asks for; '' restricts nothing. */
export interface JournalAsked {
  /** A kind, or the code of a group of kinds. */
  acte: string
  /** Id of an OG or an ESMS. */
  membre: string
  /** Id of a piece. */
  piece: string
  qui: string
  /** Days. */
  du: string
  au: string
}

type Place = { before: number } | { after: number } | null

interface JournalProps {
  frame: PorteurFrame
  grappe: GrappeTitle
  timeZone: string
  /** Newest first. */
  lines: ReadonlyArray<{ id: number; at: string; actor: string; proof: Proof | null; event: string }>
  /** On all pages. */
  total: number
  newer: Place
  older: Place
  asked: JournalAsked
  members: ReadonlyArray<{ id: string; name: string; esms: ReadonlyArray<{ id: string; name: string }> }>
  actors: readonly string[]
}

export function JournalPage(props: JournalProps): JSX.Element {
  const { frame, grappe, lines, total, asked } = props
  const filters = filtersOf(props)
  const filtered = filters.length === 0 ? '' : ` pour ${list(filters)}`
  return (
    <GrappePage frame={frame} grappe={grappe} tab="journal" title="Journal" wide>
      <p class="lead">Chaque dépôt, chaque décision et chaque changement, du plus récent au plus ancien.</p>
      <JournalFilters {...props} isFiltered={filters.length > 0} />
      <p role="status">
        {total === 0 ? `Aucun événement${filtered}.` : `${count(total, 'événement')}${filtered}.`}
      </p>
      {lines.length === 0 ? null : <Lines {...props} />}
      <p>
        <a href={urlTo('journalExport', { grappe: grappe.grappeId })} download>
          Exporter tout le journal avec ses preuves
        </a>{' '}
        <span class="muted">
          (une ligne par acte, chacune enchaînée à la précédente ;{' '}
          <code>npm run journal -- verify FICHIER</code> la vérifie)
        </span>
      </p>
      <nav aria-label="Pages du journal" class="actions">
        <Beside at={grappe} asked={asked} place={props.newer} rel="prev">
          Plus récents
        </Beside>
        <Beside at={grappe} asked={asked} place={props.older} rel="next">
          Plus anciens
        </Beside>
      </nav>
    </GrappePage>
  )
}

function Lines({ lines, timeZone }: Pick<JournalProps, 'lines' | 'timeZone'>): JSX.Element {
  return (
    <section class="scroll" tabindex={0} aria-label="Journal">
      <table class="data journal">
        <thead>
          <tr>
            <th scope="col">Quand</th>
            <th scope="col">Qui</th>
            <th scope="col">Quoi</th>
          </tr>
        </thead>
        <tbody>
          {lines.map(({ id, at, actor, proof, event }) => (
            <tr key={id}>
              <td data-label="Quand">{moment(at, timeZone)}</td>
              <td data-label="Qui">
                {/^\S+@\S+$/.test(actor) ? <Email address={actor} /> : actor}
                {proof === null ? null : <span class="muted"> ({PROOF_WORDS[proof]})</span>}
              </td>
              <td data-label="Quoi">{event}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function JournalFilters({
  grappe,
  asked,
  members,
  actors,
  isFiltered,
}: JournalProps & { isFiltered: boolean }): JSX.Element {
  const home = urlTo('journal', { grappe: grappe.grappeId })
  return (
    <form method="get" action={home} class="filters" aria-label="Filtres">
      <Grouped
        name="acte"
        label="Acte"
        empty="Tous les actes"
        value={asked.acte}
        groups={ACT_GROUPS.map(({ code, label, kinds }) => ({
          all: { value: code, label: `${label} : tout` },
          label,
          choices: kinds.map(({ kind, label: name }) => ({ value: kind, label: name })),
        }))}
      />
      <Grouped
        name="membre"
        label="Membre"
        empty="Tous les membres"
        value={asked.membre}
        groups={members.map(({ id, name, esms }) => ({
          all: { value: id, label: `${name} et ses ESMS` },
          label: name,
          choices: esms.map(each => ({ value: each.id, label: each.name })),
        }))}
      />
      <Grouped
        name="qui"
        label="Personne"
        empty="Tout le monde"
        value={asked.qui}
        groups={[{ all: null, label: null, choices: actors.map(actor => ({ value: actor, label: actor })) }]}
      />
      <Field name="du" label="Du" type="date" value={asked.du} errors={[]} optional />
      <Field name="au" label="Au" type="date" value={asked.au} errors={[]} optional />
      {asked.piece === '' ? null : <input type="hidden" name="piece" value={asked.piece} />}
      <button type="submit" class="secondary">
        Filtrer
      </button>
      {isFiltered ? (
        <a class="button secondary" href={home}>
          Tout afficher
        </a>
      ) : null}
    </form>
  )
}

interface Choice {
  value: string
  label: string
}

interface GroupedProps {
  name: string
  label: string
  empty: string
  value: string
  /** `all` stands for its whole group; a group without a label is a plain list. */
  groups: ReadonlyArray<{ all: Choice | null; label: string | null; choices: readonly Choice[] }>
}

function Grouped({ name, label, empty, value, groups }: GroupedProps): JSX.Element {
  const option = (choice: Choice) => (
    <option key={choice.value} value={choice.value} selected={choice.value === value}>
      {choice.label}
    </option>
  )
  return (
    <div class="field">
      <label htmlFor={name}>{label}</label>
      <select id={name} name={name}>
        <option value="" selected={value === ''}>
          {empty}
        </option>
        {groups.map(group => {
          const choices = [...(group.all === null ? [] : [group.all]), ...group.choices].map(option)
          return group.label === null ? (
            choices
          ) : (
            <optgroup key={group.label} label={group.label}>
              {choices}
            </optgroup>
          )
        })}
      </select>
    </div>
  )
}

/** What the address restricts, as people read it: « depuis le lundi 1er juin 2026 ». */
function filtersOf({ asked, members }: Pick<JournalProps, 'asked' | 'members'>): string[] {
  const { acte, membre, piece, qui, du, au } = asked
  const group = ACT_GROUPS.find(({ code }) => code === acte)
  const kind = ACT_GROUPS.flatMap(({ kinds }) => kinds).find(each => each.kind === acte)
  const act = group?.label ?? kind?.label
  const all = members.flatMap(og => [og, ...og.esms])
  const member = all.find(({ id }) => id === membre)?.name ?? 'un membre qui n’est plus là'
  return [
    act === undefined ? '' : `l’acte « ${act} »`,
    membre === '' ? '' : `« ${member} »`,
    piece === '' ? '' : 'cette pièce',
    qui === '' ? '' : qui,
    du === '' ? '' : `depuis le ${formatDay(du)}`,
    au === '' ? '' : `jusqu’au ${formatDay(au)}`,
  ].filter(text => text !== '')
}

function Beside(props: {
  at: GrappeTitle
  asked: JournalAsked
  place: Place
  rel: 'prev' | 'next'
  children: string
}): JSX.Element | null {
  const { at, asked, place, rel, children } = props
  if (place === null) return null
  const query = new URLSearchParams(Object.entries(asked).filter(([, value]) => value !== ''))
  if ('before' in place) query.set('avant', String(place.before))
  else query.set('apres', String(place.after))
  return (
    <a class="button secondary" rel={rel} href={`${urlTo('journal', { grappe: at.grappeId })}?${query}`}>
      {children}
    </a>
  )
}
