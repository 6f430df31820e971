/** Who lacks what, since when or until when, and whom to call: everyone, the most pressing first. */
import type { JSX } from 'preact'
import type { BoardContact, Missing } from '../../../server/domain/board.ts'
import { groupBy } from '../../../server/domain/group-by.ts'
import { STATE_WORDS } from '../components.tsx'
import { count, list, shortDay } from '../format.ts'
import type { DrawPart } from '../part.ts'
import { type At, contactsKey, lineOf, OwnerLink, PieceLink } from './board-matrix.tsx'

export function MissingPieces({
  at,
  missing,
  unsettled,
  part,
}: {
  at: At
  missing: readonly Missing[]
  /** Of the grappe, whatever is shown. */
  unsettled: number
  part: DrawPart
}): JSX.Element {
  if (missing.length === 0) {
    return (
      <p>
        {unsettled === 0
          ? 'Rien ne manque : chaque pièce obligatoire est déposée.'
          : 'Chaque pièce que l’on sait obligatoire est déposée.'}
      </p>
    )
  }
  return (
    <section>
      <h2 id="manques">
        Qui manque, quoi, depuis quand{' '}
        <span class="muted" data-shown-lines>
          {missing.length}
        </span>
      </h2>
      <ul class="missing">
        {missing.map(each => {
          const { owner, line, pieces } = each
          const waits = pieces.flatMap(({ row, sinceDays }) => [row, sinceDays])
          return part(owner, 'missing', [at.grappe, contactsKey(line), ...waits], () => (
            <MissingOf at={at} {...each} />
          ))
        })}
      </ul>
    </section>
  )
}

function MissingOf({ at, owner, line, pieces }: Missing & { at: At }) {
  return (
    <li data-of={lineOf(owner)}>
      <OwnerLink at={at} owner={owner} /> <Contacts contacts={line.contacts} />
      {[...groupBy(pieces, waitWords)].map(([words, waiting]) => (
        <div key={words}>
          {words} :{' '}
          {owner.scope === 'grappe'
            ? waiting.map(({ row }) => (
                <PieceLink key={row.code} at={at} row={row}>
                  {row.pieceName}
                </PieceLink>
              ))
            : list(waiting.map(({ row }) => row.pieceName))}
        </div>
      ))}
    </li>
  )
}

function Contacts({ contacts }: { contacts: readonly BoardContact[] }) {
  if (contacts.length === 0) return null
  return (
    <span class="muted">
      {contacts.map(({ name, email }) => (name === null ? email : `${name}, ${email}`)).join(' ; ')}
    </span>
  )
}

function waitWords({ row, sinceDays }: Missing['pieces'][number]): string {
  const { late, state, deadlineOn, nonApplicable } = row
  if (nonApplicable?.decision === null) return 'dite non applicable, à vous de répondre'
  const asked = state === 'attendue' ? [] : [STATE_WORDS[state]]
  if (sinceDays === null) {
    return [...asked, deadlineOn === null ? 'attendue' : `avant le ${shortDay(deadlineOn)} inclus`].join(', ')
  }
  const since = sinceDays === 0 ? 'aujourd’hui' : `depuis ${count(sinceDays, 'jour')}`
  return late ? [...asked, `en retard ${since}`].join(', ') : `${asked.join('')} ${since}`
}
