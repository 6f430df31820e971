/** What a change of the grappe's copy of the call does, told before it is done. */
import type { JSX } from 'preact'
import type { AdaptationEffect, PieceOwners, WindowState } from '../../../server/domain/adaptation.ts'
import type { Day } from '../../../server/domain/call.ts'
import type { ChangeWords } from '../../../server/domain/call-changes.ts'
import { formatDay } from '../../../server/domain/deadline.ts'
import { type CriterionStatus, VERDICT_WORDS } from '../../../server/domain/eligibility.ts'
import { Csrf } from '../components.tsx'
import { count, list } from '../format.ts'
import type { PorteurFrame } from '../layout.tsx'
import type { GrappeTitle } from './grappe-nav.tsx'
import { GrappePage } from './grappe-page.tsx'
import { CRITERION_WORDS } from './verdict.tsx'

export interface CallPreviewProps {
  frame: PorteurFrame
  grappe: GrappeTitle
  words: ChangeWords
  effect: AdaptationEffect
  /** Whether the effect is not the one that was just confirmed. */
  changed: boolean
  action: string
  back: string
  /** What the form held, to be sent again with the confirmation. */
  values: ReadonlyArray<readonly [name: string, value: string]>
}

export function CallPreviewPage(props: CallPreviewProps): JSX.Element {
  const { frame, grappe, words, effect, changed, action, back, values } = props
  const isHarsh = effect.window.from !== effect.window.to || effect.lateAtOnce.length > 0
  return (
    <GrappePage frame={frame} grappe={grappe} tab={null} title="Avant de changer l’appel">
      {changed ? (
        <div class="errors" role="alert" tabindex={-1} autofocus>
          <p>La grappe a changé entre-temps : relisez ce que cela ferait maintenant, puis confirmez.</p>
        </div>
      ) : null}
      <div class="card">
        <Words words={words} />
      </div>
      <Effect effect={effect} />
      <form method="post" action={action}>
        <Csrf token={frame.csrf} />
        {values.map(([name, value]) => (
          <input key={`${name} ${value}`} type="hidden" name={name} value={value} />
        ))}
        <p class="actions">
          <button type="submit" class={isHarsh ? 'danger' : undefined}>
            Confirmer
          </button>
          <a href={back}>Ne rien changer</a>
        </p>
      </form>
    </GrappePage>
  )
}

export function Words({ words: { title, details } }: { words: ChangeWords }) {
  return (
    <>
      <p>
        <strong>{title}</strong>
      </p>
      {details.length === 0 ? null : (
        <ul>
          {details.map(each => (
            <li key={each}>{each}</li>
          ))}
        </ul>
      )}
    </>
  )
}

/** Names of those whom a change concerns, the first ones when they are many. */
const SHOWN_NAMES = 6

export function named(owners: readonly string[]): string {
  const others = owners.length - SHOWN_NAMES
  return others <= 1
    ? list(owners)
    : `${owners.slice(0, SHOWN_NAMES).join(', ')} et ${count(others, 'autre')}`
}

const sentences = (pieces: readonly PieceOwners[], verb: string) =>
  pieces.map(({ pieceName, owners }) => `« ${pieceName} » ${verb} ${named(owners)}.`)

function keptSentences(keptAside: readonly PieceOwners[]): string[] {
  const kept = keptAside.reduce((total, { owners }) => total + owners.length, 0)
  if (kept === 0) return []
  const [leave, stay] = [count(kept, 'dépôt sort', 'dépôts sortent'), kept < 2 ? 'reste' : 'restent']
  const which = list(keptAside.map(each => `« ${each.pieceName} » de ${named(each.owners)}`))
  return [`${leave} du dossier et ${stay} dans l’historique : ${which}.`]
}

const statusWords = (status: CriterionStatus | null) =>
  status === null ? 'pas de critère' : CRITERION_WORDS[status]

const criterionSentence = ({ title, from, to }: AdaptationEffect['criteria'][number]) =>
  `Critère « ${title} » : ${statusWords(from)} → ${statusWords(to)}.`

const WINDOW_SENTENCES: Readonly<Record<WindowState, string>> = {
  avant: 'Personne ne pourra déposer avant l’ouverture.',
  ouverte: 'Les dépôts seront reçus.',
  close: 'Plus personne ne pourra déposer, sauf sur une pièce que vous rouvrirez.',
}

const windowSentences = ({ from, to }: AdaptationEffect['window']) =>
  from === to ? [] : [WINDOW_SENTENCES[to]]

const dayWords = (day: Day | null) => (day === null ? 'non connu' : formatDay(day))

function movedSentence({ from, to, pieceNames, owners }: AdaptationEffect['moved'][number]): string {
  const which = named(pieceNames.map(each => `« ${each} »`))
  return `Dernier jour : ${dayWords(from)} → ${dayWords(to)}, pour ${which}, de ${named(owners)}.`
}

function lateSentences(lateAtOnce: readonly PieceOwners[]): string[] {
  const late = lateAtOnce.reduce((total, { owners }) => total + owners.length, 0)
  if (late === 0) return []
  const which = list(lateAtOnce.map(({ pieceName, owners }) => `« ${pieceName} » de ${named(owners)}`))
  const what = count(late, 'pièce obligatoire sera', 'pièces obligatoires seront')
  return [`${what} en retard aussitôt : ${which}.`]
}

function relanceSentence({ owed, moved, window }: AdaptationEffect): string {
  if (window.to !== 'ouverte') return 'Les relances s’arrêtent tant que personne ne peut déposer.'
  const days = moved.length === 0 ? '' : ', selon ces derniers jours'
  const pieces = count(owed.to, 'pièce obligatoire', 'pièces obligatoires')
  return owed.from === owed.to
    ? `Les relances demandent toujours ${pieces}${days}.`
    : `Les relances demanderont ${pieces}, au lieu de ${owed.from}${days}.`
}

export function Effect({ effect }: { effect: AdaptationEffect }) {
  const { asked, dropped, keptAside, moved, lateAtOnce, verdict, criteria, late, window } = effect
  const lines = [
    ...sentences(asked, 'est demandée à'),
    ...sentences(dropped, 'n’est plus demandée à'),
    ...keptSentences(keptAside),
    ...windowSentences(window),
    ...moved.map(movedSentence),
    ...lateSentences(lateAtOnce),
    verdict.from === verdict.to
      ? `L’éligibilité ne change pas : ${VERDICT_WORDS[verdict.to].toLowerCase()}.`
      : `L’éligibilité passe de « ${VERDICT_WORDS[verdict.from]} » à « ${VERDICT_WORDS[verdict.to]} ».`,
    ...criteria.map(criterionSentence),
    relanceSentence(effect),
    ...(late.from === late.to ? [] : [`Pièces en retard : ${late.to}, au lieu de ${late.from}.`]),
  ]
  return (
    <section aria-labelledby="effets">
      <h2 id="effets">Ce que cela fait dans cette grappe</h2>
      <ul>
        {lines.map(line => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      <p class="hint">
        {window.to === 'ouverte'
          ? 'Personne n’en est prévenu aussitôt : les prochaines relances suivront.'
          : 'Personne n’en est prévenu.'}
      </p>
    </section>
  )
}
