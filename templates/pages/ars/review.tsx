/** What the reviewer said, in words, shapes and lists. */
import type { ComponentChildren, JSX } from 'preact'
import { type Answer, type AnswerStatus, answerWords } from '../../../server/domain/answers.ts'
import { formatClosing } from '../../../server/domain/deadline.ts'
import type { DossierRow } from '../../../server/domain/dossier-plan.ts'
import { ABSENCE_WORDS, type Absence, absenceOf } from '../../../server/domain/edition.ts'
import {
  AVIS_WORDS,
  type Opinion,
  type PieceReview,
  provedWords,
  standingOpinions,
} from '../../../server/domain/review.ts'
import { moment } from '../format.ts'

const ABSENCE_CLASSES: Readonly<Record<Absence, string>> = {
  absente: 'flag',
  inconnue: 'attendue',
  facultative: 'attendue',
  antivirus: 'attendue',
  'non-applicable': 'non-applicable',
}

/** Where a piece of a sealed version stands with the reviewer. */
export function ReviewBadge({
  row,
  review,
  drafted = false,
}: {
  row: DossierRow
  review: PieceReview | undefined
  /** Whether a complement is noted for it and not sent yet. */
  drafted?: boolean
}): JSX.Element {
  if (drafted) return <span class="etat flag">complément à envoyer</span>
  if (review?.decision === 'conforme') return <span class="etat acceptee">conforme</span>
  if (review?.decision === 'complement') return <span class="etat complement">complément demandé</span>
  const absence = absenceOf(row)
  if (absence === null) return <span class="etat deposee">à examiner</span>
  return <span class={`etat ${ABSENCE_CLASSES[absence]}`}>{ABSENCE_WORDS[absence]}</span>
}

const ANSWER_CLASSES: Readonly<Record<AnswerStatus, string>> = {
  repondu: 'acceptee',
  'en-attente': 'attendue',
  'non-applicable': 'non-applicable',
  'plus-demandee': 'non-applicable',
}

/** A deposit by its number on its piece: « version » is said of the dossier alone. */
export const depositWords = (number: number | null): string =>
  number === null ? 'pièce absente' : `dépôt nº ${number}`

/** Each complement asked for, and what answers it. */
export function Answers({
  answers,
  pieceLink,
}: {
  answers: readonly Answer[]
  pieceLink: (request: PieceReview) => ComponentChildren
}): JSX.Element {
  return (
    <section class="scroll whole" tabindex={0} aria-label="Compléments demandés et réponses">
      <table class="data">
        <thead>
          <tr>
            <th scope="col">Pièce</th>
            <th scope="col">Demandé sur</th>
            <th scope="col">Motif</th>
            <th scope="col">Dernier jour</th>
            <th scope="col">Réponse</th>
          </tr>
        </thead>
        <tbody>
          {answers.map(({ request, status, versionNumber }) => (
            <tr key={`${request.pieceId} ${request.versionId}`}>
              <th scope="row">
                {pieceLink(request)}
                <br />
                <span class="muted">{request.ownerName}</span>
              </th>
              <td data-label="Demandé sur">
                {depositWords(request.versionNumber)}, version {request.sealNumber} du dossier
              </td>
              <td data-label="Motif">{request.motive}</td>
              <td data-label="Dernier jour">
                {request.deadlineOn === null ? '' : formatClosing(request.deadlineOn)}
              </td>
              <td data-label="Réponse">
                <span class={`etat ${ANSWER_CLASSES[status]}`}>{answerWords({ status, versionNumber })}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

const AVIS_CLASSES = {
  recevable: 'acceptee',
  'a-completer': 'flag',
  'non-recevable': 'refusee',
} as const

export const OpinionBadge = ({ avis }: Pick<Opinion, 'avis'>): JSX.Element => (
  <span class={`etat ${AVIS_CLASSES[avis]}`}>{AVIS_WORDS[avis].toLowerCase()}</span>
)

/** The opinions given, newest first. */
export function Opinions({
  opinions,
  timeZone,
}: {
  opinions: readonly Opinion[]
  timeZone: string
}): JSX.Element {
  const standing = standingOpinions(opinions)
  return (
    <ol class="versions" reversed>
      {opinions.toReversed().map(opinion => {
        const { sealNumber, avis, note, actor, proved, at } = opinion
        return (
          <li key={at}>
            <p>
              <OpinionBadge avis={avis} />
              {` sur la version ${sealNumber} du dossier, le ${moment(at, timeZone)}, par ${actor}, ` +
                `${provedWords(proved ?? null)}.`}
              {standing.includes(opinion) ? null : ' Remplacé depuis par son auteur.'}
            </p>
            {note === null ? null : <p class="mail-text">{note}</p>}
          </li>
        )
      })}
    </ol>
  )
}
