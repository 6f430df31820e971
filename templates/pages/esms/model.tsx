/** The prefilled model of a piece, on the page of whoever deposits it. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import { type FactPlace, type KitDocument, ownerKey } from '../../../server/domain/kit/values.ts'
import { list } from '../format.ts'

interface MemberModelProps {
  token: string
  document: KitDocument
  /** Ids of the OG and of the ESMS whose record this link opens. */
  own: ReadonlySet<string>
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
  const { model, missing } = document
  const record = (place: FactPlace): string | null => {
    if (!('id' in place) || !own.has(place.id)) return null
    return place.kind === 'og'
      ? urlTo('memberOgRecord', { token, og: place.id })
      : urlTo('memberRecord', { token, esms: place.id })
  }
  const records = [...new Set(missing.flatMap(({ place }) => record(place) ?? []))]
  const others = missing.filter(({ place }) => record(place) === null)
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
          {records.map(href => (
            <a key={href} href={href}>
              Compléter votre fiche
            </a>
          ))}
          {records.length > 0 && others.length > 0 ? ' ; le reste s’écrit dans le document.' : null}
        </p>
      )}
      <p class="muted">À écrire dans le document : {list(model.byHand)}.</p>
    </section>
  )
}
