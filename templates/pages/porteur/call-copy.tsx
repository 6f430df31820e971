/** The call as one grappe follows it: its pieces, what its porteur adapted, what a new version brings. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import type { AdaptationEffect } from '../../../server/domain/adaptation.ts'
import type { Day, PieceDefinition } from '../../../server/domain/call.ts'
import type { ChangeWords } from '../../../server/domain/call-changes.ts'
import { formatDay } from '../../../server/domain/deadline.ts'
import { documentOfPiece } from '../../../server/domain/kit/models.ts'
import { MAX_BASIS } from '../../../server/domain/reported.ts'
import { type FormState, field } from '../calls/parts.tsx'
import { PieceFields } from '../calls/pieces.tsx'
import { Csrf, ProvenanceTag, TextArea } from '../components.tsx'
import { count, list } from '../format.ts'
import type { PorteurFrame } from '../layout.tsx'
import { Effect, Words } from './call-preview.tsx'
import type { GrappeTitle } from './grappe-nav.tsx'
import { GrappePage } from './grappe-page.tsx'

interface CopyFrame {
  frame: PorteurFrame
  grappe: GrappeTitle
}

export interface CopyPiece {
  definition: PieceDefinition
  /** Whom it is asked of, in a sentence. */
  asked: string
}

export interface MadeAdaptation {
  id: string
  words: ChangeWords
  on: Day
  basis: string
  /** Whether another came over it, which is to be undone first. */
  overtaken: boolean
}

interface CallCopyProps extends CopyFrame {
  pieces: readonly CopyPiece[]
  /** What the call awaits after the deposit, by name. */
  afterwards: readonly string[]
  /** The last first. */
  adaptations: readonly MadeAdaptation[]
  /** How many changes a newer version of the call brings, and its number if it has one; null for none. */
  newVersion: { number: number | null; changes: number } | null
}

export function CallCopyPage(props: CallCopyProps): JSX.Element {
  const { frame, grappe, pieces, afterwards, adaptations, newVersion } = props
  const at = { grappe: grappe.grappeId }
  return (
    <GrappePage frame={frame} grappe={grappe} tab={null} title="L’appel de cette grappe">
      <p class="lead">
        Ce que vous changez ici ne vaut que pour cette grappe. Chaque changement dit d’abord ce qu’il fait, se
        lit dans le dossier comme venant de vous, et s’annule.
      </p>
      {newVersion === null ? null : (
        <div class="notice">
          <p>
            <strong>
              L’appel a une nouvelle version{newVersion.number === null ? '' : ` (${newVersion.number})`}.
            </strong>{' '}
            {newVersion.changes === 0
              ? 'Elle ne change rien pour cette grappe.'
              : `Elle apporte ${count(newVersion.changes, 'changement')}, à prendre ou à laisser un par un.`}
          </p>
          <p>
            <a class="button" href={urlTo('callVersion', at)}>
              Voir ce qui change
            </a>
          </p>
        </div>
      )}
      <section aria-labelledby="pieces">
        <h2 id="pieces">
          Pièces <span class="muted">{pieces.length}</span>
        </h2>
        <p>
          <a class="button" href={urlTo('newCopyPiece', at)}>
            Ajouter une pièce
          </a>
        </p>
        <ol class="call-pieces">
          {pieces.map((piece, rank) => (
            <li key={piece.definition.code}>
              <PieceLine {...props} piece={piece} rank={rank} />
            </li>
          ))}
        </ol>
        {afterwards.length === 0 ? null : (
          <p>
            Attendu après le dépôt, hors du dossier : {list(afterwards)}. Voir{' '}
            <a href={urlTo('submission', at)}>Dépôt et suites</a>.
          </p>
        )}
      </section>
      <section aria-labelledby="autres">
        <h2 id="autres">Dates et seuils</h2>
        <p>
          Les dates se changent sur la page <a href={urlTo('deadlines', at)}>Échéances</a>, les seuils et ce
          que l’appel ne dit pas sur la page <a href={urlTo('callValues', at)}>Valeurs de l’appel</a>.
        </p>
      </section>
      <section aria-labelledby="adaptations">
        <h2 id="adaptations">Vos adaptations</h2>
        {adaptations.length === 0 ? (
          <p>Aucune : cette grappe suit les pièces de l’appel.</p>
        ) : (
          adaptations.map(each => <Made key={each.id} {...props} made={each} />)
        )}
      </section>
    </GrappePage>
  )
}

function PieceLine({
  frame,
  grappe,
  pieces,
  piece,
  rank,
}: CallCopyProps & { piece: CopyPiece; rank: number }) {
  const { code, name, required, provenance } = piece.definition
  const at = { grappe: grappe.grappeId, piece: code }
  return (
    <>
      <div>
        <a href={urlTo('copyPiece', at)}>{name}</a>{' '}
        <span class="muted">
          {required ? 'obligatoire' : 'facultative'}, {piece.asked}
        </span>{' '}
        <ProvenanceTag id={`piece-${code}`} provenance={provenance} />
      </div>
      <form method="post" action={urlTo('moveCopyPiece', at)} class="inline">
        <Csrf token={frame.csrf} />
        {rank === 0 ? null : (
          <button type="submit" class="link" name="sens" value="monter" aria-label={`Monter ${name}`}>
            Monter
          </button>
        )}
        {rank === pieces.length - 1 ? null : (
          <button type="submit" class="link" name="sens" value="descendre" aria-label={`Descendre ${name}`}>
            Descendre
          </button>
        )}
        <a href={urlTo('removeCopyPiece', at)} aria-label={`Retirer ${name}`}>
          Retirer
        </a>
      </form>
    </>
  )
}

function Made({ frame, grappe, made }: CopyFrame & { made: MadeAdaptation }) {
  const { id, words, on, basis, overtaken } = made
  return (
    <div class="card">
      <Words words={words} />
      <p class="hint">
        Le {formatDay(on)}, d’après : {basis}
      </p>
      {overtaken ? (
        <p class="hint">Une autre adaptation la suit : annulez d’abord la plus récente.</p>
      ) : (
        <form method="post" action={urlTo('undoAdaptation', { grappe: grappe.grappeId, adaptation: id })}>
          <Csrf token={frame.csrf} />
          <button class="secondary" type="submit" aria-label={`Annuler cette adaptation : ${words.title}`}>
            Annuler cette adaptation
          </button>
        </form>
      )}
    </div>
  )
}

/** Asked of each change. */
export const BASIS = {
  name: 'basis',
  label: 'D’après quoi',
  hint: 'Le texte ou le message de l’ARS, et sa date. L’ARS lit cette phrase.',
}

interface CopyPieceFormProps extends CopyFrame {
  piece: CopyPiece
  form: FormState
}

function AskedOf({ at, piece: { asked, definition } }: { at: { grappe: string }; piece: CopyPiece }) {
  const { code, provenance } = definition
  return (
    <p class="lead">
      Cette pièce est {asked}. <ProvenanceTag id="piece" provenance={provenance} />{' '}
      <a href={urlTo('copyCondition', { ...at, piece: code })}>Changer qui est concerné</a>
    </p>
  )
}

/** What each is handed out for it. */
function modelWords(definition: PieceDefinition): string {
  const document = documentOfPiece(definition)
  if (document === null) return 'Aucun document n’est prérempli pour cette pièce.'
  return document.ofCall === undefined
    ? `Chacun reçoit le modèle du logiciel, « ${document.title} ».`
    : `Chacun reçoit le modèle de l’appel, « ${document.ofCall.fileName} ».`
}

export function CopyPieceForm({ frame, grappe, piece, form }: CopyPieceFormProps): JSX.Element {
  const at = { grappe: grappe.grappeId }
  const { code, name } = piece.definition
  return (
    <GrappePage frame={frame} grappe={grappe} tab={null} title={name} errors={form.errors}>
      <AskedOf at={at} piece={piece} />
      <p>
        {modelWords(piece.definition)}{' '}
        <a href={urlTo('copyModel', { ...at, piece: code })}>Voir ou donner un modèle Word</a>
      </p>
      <form method="post" class="call-form" novalidate action={urlTo('copyPiece', { ...at, piece: code })}>
        <Csrf token={frame.csrf} />
        <PieceFields form={form} />
        <TextArea {...field(form, BASIS.name)} label={BASIS.label} hint={BASIS.hint} maxLength={MAX_BASIS} />
        <p class="actions">
          <button type="submit">Voir ce que cela change</button>
          <a href={urlTo('callCopy', at)}>Ne rien changer</a>
        </p>
      </form>
    </GrappePage>
  )
}

interface RemoveCopyPieceProps extends CopyFrame {
  piece: CopyPiece
  form: FormState
}

export function RemoveCopyPiece({ frame, grappe, piece, form }: RemoveCopyPieceProps): JSX.Element {
  const at = { grappe: grappe.grappeId }
  const { code, name } = piece.definition
  return (
    <GrappePage frame={frame} grappe={grappe} tab={null} title={`Retirer « ${name} » ?`} errors={form.errors}>
      <p class="lead">
        Elle ne sera plus demandée dans cette grappe. Ce qui a été déposé reste dans l’historique.
      </p>
      <form method="post" action={urlTo('removeCopyPiece', { ...at, piece: code })} novalidate>
        <Csrf token={frame.csrf} />
        <TextArea {...field(form, BASIS.name)} label={BASIS.label} hint={BASIS.hint} maxLength={MAX_BASIS} />
        <p class="actions">
          <button type="submit">Voir ce que cela change</button>
          <a href={urlTo('callCopy', at)}>Ne rien changer</a>
        </p>
      </form>
    </GrappePage>
  )
}

export interface VersionChange {
  key: string
  words: ChangeWords
  replacesOwn: boolean
  checked: boolean
}

interface CallVersionProps extends CopyFrame {
  /** Why nothing was taken, when it was to be. */
  refused: string | null
  /** What names it, to be sent back. */
  version: string
  /** The same for a person. */
  name: string
  /** Who published it, and when, or that its file changed: a sentence. */
  published: string
  changes: readonly VersionChange[]
  /** Of all the changes that are checked at first. */
  effect: AdaptationEffect | null
}

export function CallVersionPage(props: CallVersionProps): JSX.Element {
  const { frame, grappe, refused, version, name, published, changes, effect } = props
  const at = { grappe: grappe.grappeId }
  return (
    <GrappePage frame={frame} grappe={grappe} tab={null} title={name}>
      {refused === null ? null : (
        <div class="errors" role="alert" tabindex={-1} autofocus>
          <p>{refused}</p>
        </div>
      )}
      <p class="lead">
        {published} Prenez ce qui vaut pour cette grappe. Ce que vous laissez ne sera plus proposé.
      </p>
      <form method="post" action={urlTo('callVersion', at)}>
        <Csrf token={frame.csrf} />
        <input type="hidden" name="version" value={version} />
        {changes.length === 0 ? <p>Elle ne change rien pour cette grappe.</p> : null}
        {changes.map(({ key, words, replacesOwn, checked }) => (
          <div class="card" key={key}>
            <div class="choice">
              <input type="checkbox" id={key} name="prendre" value={key} checked={checked} />
              <label htmlFor={key}>{words.title}</label>
            </div>
            {words.details.length === 0 ? null : (
              <ul>
                {words.details.map(each => (
                  <li key={each}>{each}</li>
                ))}
              </ul>
            )}
            {replacesOwn ? (
              <p class="hint">
                Cette grappe dit déjà autre chose ici, que vous avez adapté : le prendre remplace votre
                adaptation.
              </p>
            ) : null}
          </div>
        ))}
        {effect === null || changes.length === 0 ? null : <Effect effect={effect} />}
        <p class="actions">
          <button type="submit">
            {changes.length === 0 ? 'Suivre cette version' : 'Prendre les changements cochés'}
          </button>
          <a href={urlTo('callCopy', at)}>Plus tard</a>
        </p>
      </form>
    </GrappePage>
  )
}
