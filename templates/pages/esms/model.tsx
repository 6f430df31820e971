/** The prefilled model of a piece, on the page of whoever deposits it. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import { type FactPlace, type KitDocument, ownerKey } from '../../../server/domain/kit/values.ts'
import { list } from '../format.ts'
import { recordUrl } from './asked.tsx'

interface MemberModelProps {
  token: string
  document: KitDocument
  /** The OG and the ESMS whose record this link opens: each name by its id. */
  own: ReadonlyMap<string, string>
}

/** One line: what is filled in and deposited below must stay on the first screen of a phone. */
export function MemberModelLink({
  token,
  document: { owner, model },
}: Omit<MemberModelProps, 'own'>): JSX.Element {
  return (
    <p>
      <a href={urlTo('memberDocument', { token, owner: ownerKey(owner), model: model.code })}>
        Modèle prérempli (Word)
      </a>
      , <a href="#modele">ce qu’il contient</a>
    </p>
  )
}

/** What the model is, and what it still lacks. */
export function MemberModel({ token, document, own }: MemberModelProps): JSX.Element {
  const { model, missing, byHand } = document
  const ownName = (place: FactPlace) => ('id' in place ? own.get(place.id) : undefined)
  const records = new Map(
    missing.flatMap(({ place }): [string, string][] => {
      const name = ownName(place)
      if (name === undefined || !('id' in place)) return []
      return [[recordUrl(token, place.kind === 'og' ? 'og' : 'esms', place.id), name]]
    }),
  )
  const others = missing.filter(({ place }) => ownName(place) === undefined)
  return (
    <section class="card" aria-labelledby="modele">
      <h2 id="modele">Le modèle prérempli</h2>
      <p>
        {model.title}, avec vos noms et vos numéros. C’est un modèle à adapter, pas un formulaire officiel.
      </p>
      {missing.length === 0 ? null : (
        <p>
          Le modèle montre entre crochets ce que personne n’a encore indiqué :{' '}
          {list(missing.map(({ missing: fact }) => fact))}.{' '}
          {[...records].map(([href, name], order) => [
            order === 0 ? '' : ', ',
            <a key={href} href={href}>
              {records.size === 1 ? 'Compléter votre fiche' : `Compléter la fiche « ${name} »`}
            </a>,
          ])}
          {records.size === 0 ? null : others.length === 0 ? '.' : ' ; le reste s’écrit dans le document.'}
        </p>
      )}
      {byHand.length === 0 ? null : <p class="muted">À écrire dans le document : {list(byHand)}.</p>}
    </section>
  )
}
