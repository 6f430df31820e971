/** What to do about a verdict: one line an act, the place where it is done, what it would settle. */
import type { ComponentChildren, JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import type { Day } from '../../../server/domain/call.ts'
import { formatDay } from '../../../server/domain/deadline.ts'
import { type Criterion, originsOf, type RemedyPlace, type Todo } from '../../../server/domain/eligibility.ts'
import { ProvenanceTag } from '../components.tsx'
import { count } from '../format.ts'
import { CRITERION_WORDS } from './verdict.tsx'

type At = { grappe: string }

/** Asks for the declarations to be shown with the verdict. */
export const declarationsUrl = (at: At): string => `${urlTo('eligibility', at)}?declarations=oui#declarations`

/** Where an act is done; null for what is asked or done elsewhere, as the remedy says. */
const LINKS: Readonly<
  Record<RemedyPlace, ((at: At, members: number) => readonly [url: string, words: string]) | null>
> = {
  membres: at => [urlTo('members', at), 'Ajouter des membres'],
  fiches: null,
  solutions: at => [urlTo('solutions', at), 'Ouvrir les solutions'],
  declarations: (at, members) => [
    declarationsUrl(at),
    members < 2 ? 'Lui demander, noter ses réponses' : 'Leur demander, noter leurs réponses',
  ],
  echeances: at => [`${urlTo('deadlines', at)}#date-jour`, 'Changer une date de l’appel'],
  valeurs: at => [urlTo('callValues', at), 'Reporter ce que l’appel ne dit pas'],
  tableau: at => [urlTo('board', at), 'Ouvrir le tableau des pièces'],
  'autre-appel': () => [urlTo('newGrappe'), 'Créer une grappe pour un autre appel'],
  ars: null,
  'hors-outil': null,
}

function todoTitle({ place, criteria, esmsIds }: Todo): string {
  const members = count(esmsIds.length, 'membre')
  switch (place) {
    case 'declarations':
      return (
        `${members} ${esmsIds.length < 2 ? 'doit' : 'doivent'} répondre à ` +
        count(criteria.length, 'question')
      )
    case 'fiches':
      return `${members} ${esmsIds.length < 2 ? 'a une fiche' : 'ont une fiche'} à compléter ou à corriger`
    case 'solutions':
      return `La solution DUI est à préciser pour ${members}`
    case 'membres':
      return 'Des membres sont à ajouter'
    case 'echeances':
      return 'Une date de l’appel est à reporter'
    case 'valeurs':
      return 'Des valeurs de l’appel sont à reporter'
    case 'tableau':
      return 'Les pièces se préparent dès maintenant'
    case 'autre-appel':
      return 'Un autre appel convient'
    case 'ars':
      return `${count(criteria.length, 'question')} à poser à votre ARS`
    case 'hors-outil':
      return `${count(criteria.length, 'point')} à vérifier hors de cet outil`
  }
}

type Named = { id: string; name: string }

/** Of members that are to answer: how many were asked, and since when. */
interface Awaited {
  asked: number
  others: number
  /** The last day on which some were asked; null when none was. */
  since: Day | null
}

function awaitedOf({ place, esmsIds }: Todo, asked: ReadonlyMap<string, Day>): Awaited | null {
  if (place !== 'declarations') return null
  const days = esmsIds.flatMap(id => asked.get(id) ?? [])
  const since = days.toSorted().at(-1) ?? null
  return since === null ? null : { asked: days.length, others: esmsIds.length - days.length, since }
}

/** Once they were asked, it is theirs to do. */
function awaitedTitle({ asked, others, since }: Awaited): string {
  const rest = others === 0 ? '' : ` ; ${count(others, 'autre est', 'autres sont')} à interroger`
  return `En attente de la réponse de ${count(asked, 'membre')}, demandée le ${formatDay(since ?? '')}${rest}`
}

/** What all were asked is no more to be asked. */
const asTold = (criterion: Criterion, awaited: Awaited | null): Criterion =>
  awaited?.others === 0 ? { ...criterion, remedy: null } : criterion

/** What is to be verified: nothing bars the grappe, and one act may settle several criteria. */
export function Todos({
  at,
  todos,
  esms,
  asked,
}: {
  at: At
  todos: readonly Todo[]
  esms: readonly Named[]
  /** The day on which each member was last asked. */
  asked: ReadonlyMap<string, Day>
}): JSX.Element {
  const told = todos.map(todo => ({ todo, awaited: awaitedOf(todo, asked) }))
  return (
    <ul class="criteria">
      {told.map(({ todo, awaited }) => (
        <li key={todo.place} class="criterion a-verifier">
          <h3>{awaited === null ? todoTitle(todo) : awaitedTitle(awaited)}</h3>
          {awaited === null ? null : (
            <p>
              <a href={urlTo('relances', at)}>{awaited.asked < 2 ? 'Le relancer' : 'Les relancer'}</a>
            </p>
          )}
          <TodoLink at={at} place={todo.place} members={todo.esmsIds.length} />
          {todo.criteria.length === 1 ? (
            todo.criteria.map(criterion => (
              <Judged key={criterion.rule} criterion={asTold(criterion, awaited)} />
            ))
          ) : (
            <Folded summary={count(todo.criteria.length, 'critère', 'critères')}>
              <ul class="plain">
                {todo.criteria.map(criterion => (
                  <li key={criterion.rule}>
                    <strong>{criterion.title}</strong>
                    <Judged criterion={asTold(criterion, awaited)} />
                  </li>
                ))}
              </ul>
            </Folded>
          )}
          {todo.place === 'fiches' ? (
            <Records at={at} esms={esms} criteria={todo.criteria} esmsIds={todo.esmsIds} />
          ) : null}
        </li>
      ))}
    </ul>
  )
}

interface CriterionCardProps {
  at: At
  criterion: Criterion
  esms: readonly Named[]
  ogs: readonly Named[]
}

/** What bars the grappe, or is to be known though satisfied: by itself, with where it is mended. */
export function CriterionCard({ at, criterion, esms, ogs }: CriterionCardProps): JSX.Element {
  const { rule, title, status, place, esmsIds, ogIds } = criterion
  const named = ogs.filter(({ id }) => ogIds.includes(id)).map(({ name }) => name)
  return (
    <li id={`critere-${rule}`} class={`criterion ${status}`}>
      <h3>
        {title} : {CRITERION_WORDS[status]}
      </h3>
      <Judged criterion={criterion} />
      {place === null ? null : <TodoLink at={at} place={place} members={esmsIds.length} />}
      {named.length === 0 ? null : <p>{named.join(', ')}.</p>}
      <Records at={at} esms={esms} criteria={[criterion]} esmsIds={esmsIds} />
    </li>
  )
}

function TodoLink({ at, place, members }: { at: At; place: RemedyPlace; members: number }) {
  const link = LINKS[place]?.(at, members)
  return link === undefined ? null : (
    <p>
      <a href={link[0]}>{link[1]}</a>
    </p>
  )
}

/** Why, what to do, and where each value used comes from. */
export function Judged({ criterion }: { criterion: Criterion }): JSX.Element {
  const { rule, reason, remedy } = criterion
  return (
    <p>
      {reason}{' '}
      {remedy === null ? null : (
        <>
          <strong>À faire :</strong> {remedy}{' '}
        </>
      )}
      {originsOf(criterion).map(({ names, origin }, order) => (
        <>
          {order === 0 ? null : ' '}
          <ProvenanceTag key={rule} id={`${rule}-${order}`} provenance={origin} of={names} />
        </>
      ))}
    </p>
  )
}

/** More people than this are folded away behind their number. */
const MOST_NAMES_SHOWN = 3

/** Each member's record, with what is to mend in it when several things may be. */
function Records({
  at,
  esms,
  criteria,
  esmsIds,
}: {
  at: At
  esms: readonly Named[]
  criteria: readonly Criterion[]
  esmsIds: readonly string[]
}) {
  if (esmsIds.length === 0) return null
  const concerned = new Set(esmsIds)
  // To leave is the other way out of what bars.
  const bars = criteria.some(({ status }) => status === 'non-satisfait')
  const names = (
    <ul>
      {esms
        .filter(({ id }) => concerned.has(id))
        .map(({ id, name }) => (
          <li key={id}>
            <a href={urlTo('editEsms', { ...at, esms: id })}>{name}</a>
            {bars ? (
              <>
                {' ('}
                <a href={urlTo('removeEsms', { ...at, esms: id })} aria-label={`Retirer ${name}`}>
                  retirer
                </a>
                )
              </>
            ) : null}
            {criteria.length === 1
              ? ''
              : ` : ${criteria
                  .filter(criterion => criterion.esmsIds.includes(id))
                  .map(({ title }) => title)
                  .join(', ')}`}
          </li>
        ))}
    </ul>
  )
  return esmsIds.length > MOST_NAMES_SHOWN ? (
    <Folded summary={`${esmsIds.length} ESMS concernés`}>{names}</Folded>
  ) : (
    names
  )
}

const Folded = ({ summary, children }: { summary: string; children: ComponentChildren }) => (
  <details>
    <summary>{summary}</summary>
    {children}
  </details>
)
