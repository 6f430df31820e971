/** The kit: every model, to whom it goes, what it lacks, and the files to hand out. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import type { PieceDefinition } from '../../../server/domain/call.ts'
import { PART_NAMES } from '../../../server/domain/governance/words.ts'
import { groupBy } from '../../../server/domain/group-by.ts'
import type { OutdatedReturn } from '../../../server/domain/kit/changed-facts.ts'
import { type DocumentModel, documentModels, documentOfPiece } from '../../../server/domain/kit/models.ts'
import type { OwnModel } from '../../../server/domain/kit/own-model.ts'
import { type FactPlace, type KitDocument, ownerKey } from '../../../server/domain/kit/values.ts'
import { Csrf, Empty } from '../components.tsx'
import { count, list } from '../format.ts'
import type { PorteurFrame } from '../layout.tsx'
import { KNOWN_OF_RETURNS, OutdatedForPorteur } from '../outdated.tsx'
import { DataTable } from './data-table.tsx'
import type { GrappeTitle } from './grappe-nav.tsx'
import { GrappePage } from './grappe-page.tsx'

interface DocumentsProps {
  frame: PorteurFrame
  grappe: GrappeTitle
  /** Of the call. */
  pieces: readonly PieceDefinition[]
  /** By owner then by model. */
  documents: readonly KitDocument[]
  /** Models of which nobody has a document. */
  unused: readonly DocumentModel[]
  /** The porteur's own models, by the one whose place each takes. */
  own: ReadonlyMap<string, OwnModel>
  /** Those that came back with facts that have changed since. */
  outdated: readonly OutdatedReturn[]
  timeZone: string
}

export function DocumentsPage(props: DocumentsProps): JSX.Element {
  const { frame, grappe, documents } = props
  const at = { grappe: grappe.grappeId }
  const members = documents.filter(({ owner }) => owner.scope !== 'grappe')
  return (
    <GrappePage frame={frame} grappe={grappe} tab="documents" title="Documents">
      <p class="lead">
        Des lettres et des tableaux Word, déjà remplis avec les noms, les numéros et les dates de la grappe.
        Ce sont des modèles à adapter, écrits pour ce logiciel : aucun n’est un formulaire officiel.
      </p>
      {members.length === 0 ? (
        <Empty title="Aucun membre pour l’instant">
          <p>
            <a href={urlTo('newOg', at)}>Ajoutez un organisme</a> et ses ESMS : leurs documents seront
            préremplis ici.
          </p>
        </Empty>
      ) : (
        <p class="actions">
          <a class="button" href={urlTo('kitZip', at)}>
            Télécharger tout le kit (ZIP)
          </a>
          <span class="muted">{count(documents.length, 'document')}, un dossier par membre</span>
        </p>
      )}
      <ul>
        <li>
          <a href={urlTo('signings', at)}>Signatures</a> : ce qui est à signer, envoyé, signé, rendu
        </li>
        <li>
          <a href={urlTo('governance', at)}>Gouvernance</a> : rôles, COPIL, risques, décisions
        </li>
        <li>
          <a href={urlTo('sharing', at)}>Répartition</a> : qui paie quoi des coûts communs
        </li>
      </ul>
      <Outdated {...props} />
      <ToComplete {...props} />
      <HandOut {...props} />
      <Models {...props} />
      <p>
        <a href={urlTo('documentTags', at)}>Les balises qu’un modèle peut contenir</a>
      </p>
    </GrappePage>
  )
}

function Outdated({ outdated, frame, grappe, timeZone }: DocumentsProps) {
  if (outdated.length === 0) return null
  const note = (each: OutdatedReturn) => (
    <OutdatedForPorteur
      key={each.versionId}
      grappeId={grappe.grappeId}
      csrf={frame.csrf}
      timeZone={timeZone}
      outdated={each}
      onPiece={false}
      archived={Boolean(grappe.archivedOn)}
    />
  )
  const waiting = outdated.filter(({ seen }) => seen === null)
  const seen = outdated.filter(each => each.seen !== null)
  return (
    <section aria-labelledby="retours">
      <h2 id="retours">Rendus avec d’anciennes informations</h2>
      <p>{KNOWN_OF_RETURNS}</p>
      {waiting.length <= MOST_SHOWN ? (
        waiting.map(note)
      ) : (
        <details open={false}>
          <summary>{count(waiting.length, 'document')}</summary>
          {waiting.map(note)}
        </details>
      )}
      {grappe.archivedOn ? null : <SeenTogether waiting={waiting} frame={frame} grappe={grappe} />}
      {seen.length === 0 ? null : (
        <details open={false}>
          <summary>{count(seen.length, 'document vu', 'documents vus')}, sans conséquence</summary>
          {seen.map(note)}
        </details>
      )}
    </section>
  )
}

/** One act for whoever has several: a legal representative that changed is told of each of its documents. */
function SeenTogether({
  waiting,
  frame,
  grappe,
}: Pick<DocumentsProps, 'frame' | 'grappe'> & { waiting: readonly OutdatedReturn[] }) {
  const several = [...groupBy(waiting, ({ owner }) => owner.id).values()].filter(({ length }) => length > 1)
  return several.flatMap(([first, ...others]) => {
    if (first === undefined) return []
    const { versionId, owner } = first
    const whose = owner.scope === 'grappe' ? 'la grappe' : owner.name
    return (
      <form
        key={versionId}
        method="post"
        action={urlTo('seenChanges', { grappe: grappe.grappeId, version: versionId })}
      >
        <Csrf token={frame.csrf} />
        <button type="submit" class="secondary" name="tous" value="oui">
          Vu, c’est sans conséquence pour les {others.length + 1} documents de {whose}
        </button>
      </form>
    )
  })
}

/** More than these are folded. */
const MOST_SHOWN = 8

function placeOf(
  place: FactPlace,
  of: string | null,
  grappe: string,
): { words: string; href: string | null } {
  const at = { grappe }
  switch (place.kind) {
    case 'og':
      return { words: `Fiche de ${of ?? 'l’organisme'}`, href: urlTo('editOg', { ...at, og: place.id }) }
    case 'esms':
      return { words: `Fiche de ${of ?? 'l’ESMS'}`, href: urlTo('editEsms', { ...at, esms: place.id }) }
    case 'declarations':
      return { words: `Réponses de ${of ?? 'l’ESMS'}`, href: urlTo('declarations', at) }
    case 'members':
      return { words: 'Membres', href: urlTo('members', at) }
    case 'call-values':
      return { words: 'Valeurs de l’appel', href: urlTo('callValues', at) }
    case 'sharing':
      return { words: 'Répartition des coûts communs', href: urlTo('sharing', at) }
    case 'governance':
      return {
        words: `Gouvernance, ${PART_NAMES[place.part]}`,
        href: urlTo('governancePart', { ...at, chapter: place.part }),
      }
    case 'nobody':
      return { words: 'Aucune page ne le demande', href: null }
  }
}

/** Every fact that some document shows as missing, by the place that fills it. */
function ToComplete({ documents, grappe }: DocumentsProps) {
  const all = documents.flatMap(({ missing }) => missing)
  const places = [...groupBy(all, ({ place, of }) => JSON.stringify([place, of])).values()].map(facts => ({
    ...placeOf(facts[0]?.place ?? { kind: 'nobody' }, facts[0]?.of ?? null, grappe.grappeId),
    facts: [...new Set(facts.map(({ missing }) => missing))],
  }))
  if (documents.length === 0) return null
  const items = (
    <ul>
      {places.map(({ words, href, facts }) => (
        <li key={words}>
          {href === null ? words : <a href={href}>{words}</a>} : {list(facts)}
          {href === null ? ', à écrire dans le document' : null}
        </li>
      ))}
    </ul>
  )
  return (
    <section aria-labelledby="a-completer">
      <h2 id="a-completer">Ce qui manque</h2>
      {places.length === 0 ? (
        <p>Rien : tout ce que les modèles reprennent est connu.</p>
      ) : (
        <>
          <p>Les documents le montrent entre crochets : « [à compléter : …] ».</p>
          {places.length <= MOST_SHOWN ? (
            items
          ) : (
            <details open={false}>
              <summary>
                {count(places.length, 'fiche ou page à compléter', 'fiches ou pages à compléter')}
              </summary>
              {items}
            </details>
          )}
        </>
      )}
    </section>
  )
}

/** Where what is handed out comes from. */
function sourceWords({ ofCall }: DocumentModel, taken: OwnModel | undefined): string {
  if (taken !== undefined) return `Rempli à partir de votre modèle « ${taken.fileName} ».`
  if (ofCall !== undefined) return `Rempli à partir du modèle de l’appel « ${ofCall.fileName} ».`
  return 'Rempli à partir du modèle du logiciel.'
}

function Models({ documents, unused, pieces, own, grappe }: DocumentsProps) {
  return (
    <section aria-labelledby="modeles">
      <h2 id="modeles">Les modèles</h2>
      <ul>
        {documentModels(pieces).map(model => {
          const answered = pieces.filter(piece => documentOfPiece(piece)?.code === model.code)
          const taken = own.get(model.code)
          const replacing = taken === undefined ? 'Remplacer par mon modèle' : 'Voir ou changer votre modèle'
          const made = documents.filter(each => each.model.code === model.code).length
          return (
            <li key={model.code}>
              <strong>{model.title}</strong>. {model.purpose}{' '}
              {answered.length === 0
                ? 'Aucune pièce de l’appel ne l’attend : remettez-le si votre grappe en a besoin.'
                : `Répond à la pièce ${list(answered.map(({ name }) => `« ${name} »`))}.`}{' '}
              {taken === undefined && model.byHand.length > 0
                ? `À écrire dans le document : ${list(model.byHand)}. `
                : null}
              <span class="muted">
                {unused.some(({ code }) => code === model.code)
                  ? 'Personne n’est concerné.'
                  : `${count(made, 'document')}.`}
              </span>{' '}
              {sourceWords(model, taken)}{' '}
              <a
                href={urlTo('ownModel', { grappe: grappe.grappeId, model: model.code })}
                aria-label={`${replacing} : ${model.title}`}
              >
                {replacing}
              </a>
            </li>
          )
        })}
      </ul>
    </section>
  )
}

function HandOut({ documents, grappe }: DocumentsProps) {
  const at = { grappe: grappe.grappeId }
  const rows = [...groupBy(documents, ({ owner }) => ownerKey(owner))].flatMap(([key, own]) => {
    const [first] = own
    if (first === undefined) return []
    const zip = first.owner.scope === 'og' ? 'Avec ses ESMS (ZIP)' : 'ZIP'
    const lacking = new Set(own.flatMap(({ missing }) => missing.map(fact => JSON.stringify(fact)))).size
    return [
      {
        id: key,
        cells: [
          first.owner.scope === 'grappe' ? 'La grappe' : first.owner.name,
          <ul key="documents" class="plain">
            {own.map(({ model }) => (
              <li key={model.code}>
                <a
                  href={urlTo('kitDocument', { ...at, owner: key, model: model.code })}
                  aria-label={`${model.title}, ${first.owner.name} (Word)`}
                >
                  {model.title}
                </a>
              </li>
            ))}
          </ul>,
          lacking === 0 ? 'Complet' : count(lacking, 'information à compléter', 'informations à compléter'),
          <a
            key="zip"
            href={urlTo('ownerKitZip', { ...at, owner: key })}
            aria-label={`${zip}, ${first.owner.name}`}
          >
            {zip}
          </a>,
        ],
      },
    ]
  })
  if (rows.length === 0) return null
  return (
    <section aria-labelledby="a-remettre">
      <h2 id="a-remettre">Les documents de chacun</h2>
      <p>
        Chaque membre trouve aussi le sien sur sa page, à côté de la pièce qui l’attend : « Modèle prérempli
        (Word) ».
      </p>
      <DataTable
        label="Documents de chaque membre"
        columns={['Pour', 'Documents (Word)', 'Reste', 'Tout']}
        rows={rows}
      />
    </section>
  )
}
