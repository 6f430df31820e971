/** What the ARS did with the dossier: when it was opened, what was taken away, what it asks, its opinions. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import { answersOf } from '../../../server/domain/answers.ts'
import type { Instant } from '../../../server/domain/call.ts'
import type { ShownDossier } from '../../../server/domain/dossier-plan.ts'
import type { ReviewerProof } from '../../../server/domain/review.ts'
import { Answers, Opinions } from '../ars/review.tsx'
import { moment } from '../format.ts'

/** An opening or a download, as `listAccesses` reads it. */
export interface AccessShown {
  act: 'ouverture' | 'telechargement'
  what: string | null
  sealNumber: number | null
  actor: string
  proof: 'link' | ReviewerProof | null
  at: Instant
}

/** More than these are in the journal. */
const ACCESSES_SHOWN = 20

interface ArsActivityProps {
  grappeId: string
  /** The dossier as it stands: the answers are those that the next version will hold. */
  plan: ShownDossier
  /** Newest first. */
  accesses: readonly AccessShown[]
  services: readonly ReadingServiceShown[]
}

/** As `servicesReading` reads it. */
export interface ReadingServiceShown {
  name: string
  handedTo: string
  people: number
}

/** Who else reads what was handed to one person of the ARS; nothing when nobody does. */
export function ReadingServices({
  services,
}: {
  services: readonly ReadingServiceShown[]
}): JSX.Element | null {
  if (services.length === 0) return null
  return (
    <ul class="accesses">
      {services.map(({ name, handedTo, people }) => (
        <li key={`${name} ${handedTo}`}>
          Ce qui est remis à {handedTo} est lu par les {people} personnes de son service « {name} ». Révoquer
          son lien le retire à toutes.
        </li>
      ))}
    </ul>
  )
}

export function ArsActivity({ grappeId, plan, accesses, services }: ArsActivityProps): JSX.Element {
  const answers = answersOf(plan.reviews, plan)
  return (
    <section aria-labelledby="ars">
      <h2 id="ars">Ce qu’en fait l’ARS</h2>
      <ReadingServices services={services} />
      {accesses.length === 0 ? (
        <p>L’ARS n’a encore ni ouvert ni téléchargé ce dossier.</p>
      ) : (
        <Accesses accesses={accesses} timeZone={plan.timeZone} />
      )}
      <p class="hint">
        Une ouverture compte au premier geste dans la page, et non quand un antivirus de messagerie ouvre le
        lien ; elle ne se voit pas chez qui lit sans JavaScript, ses téléchargements si.
      </p>
      {answers.length === 0 ? null : (
        <>
          <h3>Compléments demandés, et ce qui y répondra dans la prochaine version</h3>
          <Answers
            answers={answers}
            pieceLink={({ pieceId, pieceName }) => (
              <a href={urlTo('piece', { grappe: grappeId, piece: pieceId })}>{pieceName}</a>
            )}
          />
        </>
      )}
      {plan.opinions.length === 0 ? null : (
        <>
          <h3>Avis</h3>
          <Opinions opinions={plan.opinions} timeZone={plan.timeZone} />
        </>
      )}
    </section>
  )
}

function Accesses({ accesses, timeZone }: { accesses: readonly AccessShown[]; timeZone: string }) {
  return (
    <ul class="accesses">
      {accesses.slice(0, ACCESSES_SHOWN).map(({ act, what, sealNumber, actor, proof, at }) => (
        <li key={`${at} ${act} ${what}`}>
          {sealNumber === null ? 'Dossier, avant toute version scellée,' : `Version ${sealNumber}`}
          {act === 'ouverture' ? ' ouverte' : ` : ${what} téléchargé`} le {moment(at, timeZone)}{' '}
          {proof !== null && proof !== 'link' ? `par ${actor}` : `avec le lien remis à ${actor}`}.
        </li>
      ))}
    </ul>
  )
}
