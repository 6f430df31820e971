/** A document that came back with facts that have changed since it was handed out, as each side reads it. */
import type { JSX } from 'preact'
import { urlTo } from '../../schema/urls.ts'
import { changeWords, type OutdatedReturn } from '../../server/domain/kit/changed-facts.ts'
import { Csrf } from './components.tsx'
import { capital, count, moment } from './format.ts'

/** More than these are folded. */
const MOST_SHOWN = 5

function Changes({ changes }: Pick<OutdatedReturn, 'changes'>) {
  const items = changes.map(change => {
    const words = changeWords(change)
    return <li key={words}>{capital(words)}.</li>
  })
  if (items.length <= MOST_SHOWN) return <ul>{items}</ul>
  return (
    <details>
      <summary>{count(items.length, 'différence')}</summary>
      <ul>{items}</ul>
    </details>
  )
}

interface OfPorteur {
  grappeId: string
  csrf: string
  timeZone: string
  outdated: OutdatedReturn
  /** Whether the porteur is on the page of the piece, and comes back to it. */
  onPiece: boolean
  /** Nothing is written in a grappe that is put away. */
  archived: boolean
}

/** To the porteur: what differs, and its word that it does not matter. */
export function OutdatedForPorteur(props: OfPorteur): JSX.Element {
  const { grappeId, csrf, timeZone, outdated, onPiece, archived } = props
  const { pieceId, pieceName, versionId, owner, handedOutAt, depositedAt, onScreen, changes, seen } = outdated
  const href = urlTo('piece', { grappe: grappeId, piece: pieceId })
  const whose = owner.scope === 'grappe' ? 'la grappe' : owner.name
  const name = `« ${pieceName} » de ${whose}`
  return (
    <div class="motive">
      <p>
        {onPiece ? 'Ce document' : <a href={href}>{name}</a>}{' '}
        {onScreen
          ? 'a été rempli à l’écran, puis déposé'
          : `a été remis prérempli le ${moment(handedOutAt, timeZone)}, puis déposé`}{' '}
        le {moment(depositedAt, timeZone)}. Depuis, ce qu’il portait a changé :
      </p>
      <Changes changes={changes} />
      {seen === null ? null : (
        <p class="muted">
          Vu par {seen.by} le {moment(seen.at, timeZone)} : sans conséquence.
        </p>
      )}
      {seen !== null || archived ? null : (
        <form method="post" action={urlTo('seenChanges', { grappe: grappeId, version: versionId })}>
          <Csrf token={csrf} />
          {onPiece ? <input type="hidden" name="piece" value={pieceId} /> : null}
          <button type="submit" class="secondary" aria-label={`Vu, c’est sans conséquence : ${name}`}>
            Vu, c’est sans conséquence
          </button>
        </form>
      )}
    </div>
  )
}

/** What is known, and what is not. */
export const KNOWN_OF_RETURNS =
  'Le logiciel sait avec quoi un document a été remis, pas ce qui y a été corrigé à la main : il ne ' +
  'l’a pas lu. Ouvrez-le avant de conclure.'

/** To the member that deposited it; nothing when nothing has changed. */
export function OutdatedForMember({
  outdated,
  timeZone,
}: {
  outdated: OutdatedReturn | null
  timeZone: string
}): JSX.Element | null {
  if (outdated === null) return null
  const { onScreen, handedOutAt, depositedAt } = outdated
  return (
    <section class="motive" aria-labelledby="ecart">
      <h2 id="ecart">Ce qui a changé depuis</h2>
      <p>
        {onScreen
          ? `Vos réponses ont été déposées le ${moment(depositedAt, timeZone)}`
          : `Le modèle prérempli vous a été remis le ${moment(handedOutAt, timeZone)}`}
        . Depuis, ce que le document portait a changé :
      </p>
      <Changes changes={outdated.changes} />
      <p>
        {onScreen
          ? 'Votre document porte l’ancienne information : déposez de nouveau vos réponses'
          : 'Si votre document porte encore l’ancienne information, reprenez le modèle à jour et déposez ' +
            'une nouvelle version'}
        , ou demandez au porteur si c’est nécessaire.
      </p>
    </section>
  )
}
