/** The lines of a table of members: ready, already there, set apart; each may be changed or taken back. */
import type { JSX } from 'preact'
import { groupBy } from '../../../server/domain/group-by.ts'
import {
  FIELD_LABELS,
  MEMBER_FIELDS,
  type MemberField,
} from '../../../server/domain/member-import/columns.ts'
import type { MemberToCreate, PreviewLine } from '../../../server/domain/member-import/preview.ts'
import { CLOSED_VALUES } from '../../../server/domain/member-import/problem-groups.ts'
import type { IgnoredLine } from '../../../server/domain/member-import/table.ts'
import { categorieLabel } from '../../../server/domain/nomenclature.ts'
import { count, list } from '../format.ts'
import { importFields } from './import-form.tsx'
import { valueLabel } from './import-values.ts'
import { PROJET_WORDS } from './members.tsx'

interface CellFieldProps {
  line: number
  /** Of the establishment; empty when it has none. */
  name: string
  field: MemberField
  value: string
  /** Whether the label names the line, or something above does. */
  isAlone?: boolean
  /** What an empty list means. */
  empty?: string
}

/** One cell to type, or to choose where its values are few. */
export function CellField(props: CellFieldProps): JSX.Element {
  const { line, name, field, value, isAlone = true, empty = 'À compléter' } = props
  const id = importFields.cell(line, field)
  const values = CLOSED_VALUES[field]
  const label = isAlone
    ? `${FIELD_LABELS[field]}, ligne ${line}${name === '' ? '' : ` (${name})`}`
    : FIELD_LABELS[field]
  return (
    <div class="field">
      <label htmlFor={id}>{label}</label>
      {values === undefined ? (
        <input
          id={id}
          name={id}
          type="text"
          value={value}
          class="full"
          autocomplete="off"
          spellcheck={false}
        />
      ) : (
        <select id={id} name={id}>
          <option value="">{empty}</option>
          {values.includes(value) || value === '' ? null : (
            <option value={value} selected>
              {value}
            </option>
          )}
          {values.map(each => (
            <option key={each} value={each} selected={each === value}>
              {valueLabel(field, each)}
            </option>
          ))}
        </select>
      )}
    </div>
  )
}

/** Every cell of one line, ready or not. */
export function EditedLine({ line: { line, values, member } }: { line: PreviewLine }): JSX.Element {
  const proposed = member?.domaine ?? null
  const emptyOf = (field: MemberField) =>
    field === 'domaine' && proposed !== null ? { empty: `Proposé : ${proposed}` } : {}
  return (
    <section class="card" aria-labelledby="ligne-ouverte">
      <h2 id="ligne-ouverte" tabindex={-1} autofocus>
        Modifier la ligne {line}
        {values.nom === undefined ? '' : `, ${values.nom}`}
      </h2>
      <div class="fields">
        {MEMBER_FIELDS.map(field => (
          <CellField
            key={field}
            line={line}
            name=""
            field={field}
            value={values[field] ?? ''}
            isAlone={false}
            {...emptyOf(field)}
          />
        ))}
      </div>
      <p class="actions">
        <button type="submit" name="action" value="verifier">
          Garder ces valeurs
        </button>
      </p>
    </section>
  )
}

/** Beyond, the page would weigh too much: the others are one press away. */
const READY_A_PAGE = 50

/** By OG, folded: two hundred lines stay a page that one can go through. */
export function ReadyLines({
  lines,
  isLast,
  page,
}: {
  lines: readonly PreviewLine[]
  /** Whether nothing else is to be looked at. */
  isLast: boolean
  /** Which fifty of them, from 1. */
  page: number
}): JSX.Element | null {
  const members = lines.flatMap(({ member }) => member ?? [])
  if (members.length === 0) return null
  const byOg = groupBy(members, ({ og }) => og)
  const pages = Math.ceil(members.length / READY_A_PAGE)
  const current = Math.min(Math.max(page, 1), pages)
  const shown = new Set([...byOg.values()].flat().slice((current - 1) * READY_A_PAGE, current * READY_A_PAGE))
  return (
    <section aria-labelledby="pretes">
      <h2 id="pretes" {...(page > 1 ? { tabindex: -1, autofocus: true } : {})}>
        Lignes prêtes ({members.length})
      </h2>
      {pages === 1 ? null : <ReadyPages members={members.length} current={current} pages={pages} />}
      {[...byOg].map(([og, own]) => {
        const here = own.filter(member => shown.has(member))
        return here.length === 0 ? null : (
          <details class="card" key={og.name} open={isLast && members.length <= MOST_LINES_OPEN}>
            <summary>
              {og.name} ({count(own.length, 'ligne')}
              {here.length === own.length ? '' : `, dont ${here.length} ici`})
              {og.finessEj === null ? '' : `, EJ ${og.finessEj}`}
            </summary>
            <ReadyTable members={here} og={og.name} />
          </details>
        )
      })}
    </section>
  )
}

function ReadyPages({ members, current, pages }: { members: number; current: number; pages: number }) {
  const turn = (to: number, words: string) => (
    <button type="submit" name="action" value={importFields.ready(to)} class="secondary">
      {words}
    </button>
  )
  return (
    <div class="actions">
      <input type="hidden" name="pretes" value={current} />
      <span>
        Lignes {(current - 1) * READY_A_PAGE + 1} à {Math.min(current * READY_A_PAGE, members)} sur {members},
        par organisme.
      </span>
      {current > 1 ? turn(current - 1, 'Lignes précédentes') : null}
      {current < pages ? turn(current + 1, 'Lignes suivantes') : null}
    </div>
  )
}

const MOST_LINES_OPEN = 20

const READY_COLUMNS = ['Type et domaine', 'Projet', 'Solution', 'Contact'] as const

function ReadyTable({ members, og }: { members: readonly MemberToCreate[]; og: string }) {
  return (
    <>
      <p class="hint">Choisissez un nom pour modifier sa ligne.</p>
      <section class="scroll" tabindex={0} aria-label={`Lignes prêtes de ${og}`}>
        <table class="data">
          <thead>
            <tr>
              <th scope="col">Établissement</th>
              {READY_COLUMNS.map(column => (
                <th scope="col" key={column}>
                  {column}
                </th>
              ))}
              <th scope="col">De côté</th>
            </tr>
          </thead>
          <tbody>
            {members.map(member => (
              <ReadyLine key={member.line} member={member} />
            ))}
          </tbody>
        </table>
      </section>
      <button type="submit" name="action" value="verifier" class="secondary">
        Mettre de côté les lignes cochées
      </button>
    </>
  )
}

function ReadyLine({ member }: { member: MemberToCreate }) {
  const { line, name, finess, commune, capacite, categorie, domaine, projet, solution, version } = member
  const places = capacite === null ? null : count(capacite, 'place')
  return (
    <tr>
      <th scope="row">
        <button type="submit" name="action" value={importFields.edit(line)} class="link">
          {name}
        </button>
        <p class="hint">
          {[`Ligne ${line}`, finess ?? 'FINESS à compléter', commune, places]
            .filter(text => text !== null)
            .join(', ')}
        </p>
      </th>
      <td data-label="Type et domaine">
        {[categorie === null ? null : categorieLabel(categorie), domaine]
          .filter(text => text !== null)
          .join(', ') || '—'}
      </td>
      <td data-label="Projet">{projet === null ? '—' : PROJET_WORDS[projet]}</td>
      <td data-label="Solution">
        {solution === null ? '—' : [solution.produit, version].filter(text => text !== null).join(' ')}
      </td>
      <td data-label="Contact">{contactWords(member)}</td>
      <td>
        <label>
          <input type="checkbox" name={importFields.ignore(line)} value="oui" /> Ligne {line}
        </label>
      </td>
    </tr>
  )
}

function contactWords({ contactName, contactEmail, contactPhone, otherEmails }: MemberToCreate): string {
  return (
    [contactName, contactEmail, ...otherEmails, contactPhone].filter(text => text !== null).join(', ') || '—'
  )
}

export function PresentLines({ lines }: { lines: readonly PreviewLine[] }): JSX.Element | null {
  const present = lines.filter(({ status }) => status === 'deja-present')
  if (present.length === 0) return null
  return (
    <details class="card">
      <summary>
        {count(present.length, 'ligne', 'lignes')} sur des membres déjà dans la grappe : rien n’y sera changé
      </summary>
      <ul>
        {present.map(({ line, findings }) => (
          <li key={line}>
            Ligne {line} : {findings.at(-1)?.reason} {findings.at(-1)?.remedy}
          </li>
        ))}
      </ul>
    </details>
  )
}

/** One folded line: what is no member's, or was set aside by the person. */
export function AsideLines({ ignored }: { ignored: readonly IgnoredLine[] }): JSX.Element | null {
  if (ignored.length === 0) return null
  const restorable = ignored.filter(line => line.restorable)
  return (
    <details class="card" id="de-cote">
      <summary>
        {ignored.length === 1 ? '1 ligne mise à part' : `${ignored.length} lignes mises à part`} (
        {list(ignored.slice(0, MOST_ASIDE_TOLD).map(({ line }) => String(line)))}
        {ignored.length > MOST_ASIDE_TOLD ? '…' : ''}) : elles ne comptent pas comme membres
      </summary>
      <ul class="aside">
        {ignored.map(line => (
          <AsideLine key={line.line} {...line} />
        ))}
      </ul>
      {restorable.length === 0 ? null : (
        <button type="submit" name="action" value="verifier" class="secondary">
          Reprendre les lignes cochées
        </button>
      )}
    </details>
  )
}

const MOST_ASIDE_TOLD = 6

function AsideLine({ line, text, reason, restorable }: IgnoredLine) {
  const id = importFields.restore(line)
  const words = `Ligne ${line} (« ${text} »). ${reason}`
  if (!restorable) return <li>{words}</li>
  return (
    <li class="choice">
      <input type="checkbox" id={id} name={id} value="oui" />
      <label htmlFor={id}>Reprendre. {words}</label>
    </li>
  )
}
