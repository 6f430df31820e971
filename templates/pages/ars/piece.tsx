/**
 * One piece of a sealed version: the plan beside the document, the version before beside the new one, the
 * decision.
 */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import { sealedVersionOf } from '../../../server/domain/answers.ts'
import type { PieceDefinition } from '../../../server/domain/call.ts'
import { formatClosing } from '../../../server/domain/deadline.ts'
import type { DossierRow } from '../../../server/domain/dossier-plan.ts'
import { originWords } from '../../../server/domain/edition.ts'
import type { StoredFile } from '../../../server/domain/piece.ts'
import { type PieceReview, provedWords, REVIEW_WORDS } from '../../../server/domain/review.ts'
import { ErrorSummary, type FieldError } from '../components.tsx'
import { moment } from '../format.ts'
import { Preview } from '../preview.tsx'
import { FileList } from '../versions.tsx'
import { ArsActs, ArsCsrf, type ArsFrame, ArsLayout, arsPieceUrl } from './frame.tsx'
import { depositWords, ReviewBadge } from './review.tsx'

/** The deposit that a sealed version holds. */
export interface ShownDeposit {
  sealNumber: number
  versionNumber: number
  files: readonly StoredFile[]
  /** The file that a browser can show in place; null when there is none. */
  shown: StoredFile | null
  /** Whether deposits go through an antivirus. */
  antivirus: boolean
}

export interface ArsPieceProps {
  frame: ArsFrame
  grappeName: string
  timeZone: string
  sealNumber: number
  latestSeal: number
  row: DossierRow
  pieceId: string
  definition: PieceDefinition
  /** The pieces of the same owner, this one among them. */
  siblings: readonly DossierRow[]
  previous: DossierRow | null
  next: DossierRow | null
  /** The next one about which nothing is said; null when all of them are examined. */
  nextToExamine: DossierRow | null
  /** Pieces of the version about which nothing is said yet, this one included. */
  leftToExamine: number
  /** The piece that was just decided, which led here; null otherwise. */
  decided: DossierRow | null
  reviews: ReadonlyMap<DossierRow, PieceReview>
  /** All that was said of the piece, oldest first. */
  history: readonly PieceReview[]
  /** Rows with a complement noted and not sent. */
  drafted: ReadonlySet<DossierRow>
  /** Motive of the complement noted for this one; null without. */
  draft: string | null
  /** Null when the piece is not in this version. */
  deposit: ShownDeposit | null
  /** What the last sealed version with another deposit held. */
  before: ShownDeposit | null
  /** Sealed or not, what came after the deposit that is read: its number. */
  newerVersion: number | null
  typed?: string
  errors?: readonly FieldError[]
}

export function ArsPiece(props: ArsPieceProps): JSX.Element {
  const { frame, row, sealNumber, latestSeal, timeZone, before, errors = [] } = props
  const { token } = frame
  return (
    <ArsLayout
      frame={frame}
      title={`${row.pieceName}, ${row.owner.name}`}
      version={sealNumber}
      scripts={['piece']}
    >
      <ErrorSummary errors={errors} />
      <p>
        <a href={urlTo('arsVersion', { token, number: String(sealNumber) })}>
          Dossier de {props.grappeName}, version {sealNumber}
        </a>
      </p>
      {latestSeal > sealNumber ? (
        <p class="errors">
          Une version plus récente existe :{' '}
          <a href={arsPieceUrl(token, props.pieceId, latestSeal)}>
            lire la pièce dans la version {latestSeal}
          </a>
          .
        </p>
      ) : null}
      <h1>{row.pieceName}</h1>
      <p class="lead">
        {row.owner.name}{' '}
        <ReviewBadge row={row} review={props.reviews.get(row)} drafted={props.draft !== null} />
      </p>
      <Around {...props} />
      <div class={before === null ? 'review' : 'review comparing'}>
        <section aria-labelledby="document">
          <h2 id="document" class="visually-hidden">
            Document
          </h2>
          <Documents {...props} />
        </section>
        <div class="aside">
          <Decision {...props} />
          {props.history.length === 0 ? null : <History history={props.history} timeZone={timeZone} />}
          <Asked {...props} />
          <Siblings {...props} />
        </div>
      </div>
    </ArsLayout>
  )
}

function Around(props: ArsPieceProps) {
  const { frame, sealNumber, previous, next, nextToExamine, leftToExamine, decided } = props
  const link = (row: DossierRow | null, words: string, hook: { rel?: string; 'data-key'?: string } = {}) =>
    row?.pieceId ? (
      <a href={arsPieceUrl(frame.token, row.pieceId, sealNumber)} {...hook}>
        {words}
        <span class="visually-hidden">
          {' : '}
          {row.pieceName} de {row.owner.name}
        </span>
      </a>
    ) : null
  return (
    <nav class="actions" aria-label="Autres pièces">
      {link(decided, 'Revenir à la pièce décidée', { 'data-key': 'u' })}
      {link(previous, 'Pièce précédente', { rel: 'prev' })}
      {link(next, 'Pièce suivante', { rel: 'next' })}
      {link(nextToExamine, 'Prochaine pièce à examiner', { 'data-key': 'e' })}
      <span class="muted">
        {leftToExamine === 0 ? 'Tout est examiné' : `${leftToExamine} à examiner dans ce dossier`}
      </span>
    </nav>
  )
}

/** What else this owner gave. */
function Siblings({ frame: { token }, sealNumber, row, siblings, reviews, drafted }: ArsPieceProps) {
  if (siblings.length < 2) return null
  return (
    <nav aria-labelledby="du-membre">
      <h2 id="du-membre">Autres pièces de {row.owner.name}</h2>
      <ul class="siblings">
        {siblings
          .filter(each => each !== row)
          .map(each => (
            <li key={each.code}>
              {each.pieceId === null ? (
                each.pieceName
              ) : (
                <a href={arsPieceUrl(token, each.pieceId, sealNumber)}>{each.pieceName}</a>
              )}{' '}
              <ReviewBadge row={each} review={reviews.get(each)} drafted={drafted.has(each)} />
            </li>
          ))}
      </ul>
    </nav>
  )
}

function Documents(props: ArsPieceProps) {
  const { deposit, before, row } = props
  if (deposit === null) {
    return (
      <div class="motive">
        <p>
          <strong>Cette pièce n’est pas dans cette version du dossier.</strong>{' '}
          {row.state === 'refusee'
            ? 'Le porteur n’a pas retenu ce qui était déposé.'
            : row.awaitsScan
              ? 'Le fichier déposé attendait l’antivirus.'
              : ''}
        </p>
        {row.nonApplicable === null ? null : (
          <p>
            Dite non applicable
            {row.nonApplicable.decision === 'confirmee'
              ? ', et confirmée par le porteur'
              : ', sans confirmation du porteur'}
            . Raison : {row.nonApplicable.reason}
          </p>
        )}
      </div>
    )
  }
  return (
    <div {...(before === null ? {} : { class: 'compare' })}>
      {before === null ? null : (
        <div>
          <h3>Avant, dans la version {before.sealNumber} du dossier</h3>
          <p class="muted">Dépôt nº {before.versionNumber} de la pièce</p>
          <Shown {...props} deposit={before} />
        </div>
      )}
      <div>
        {before === null ? null : (
          <>
            <h3>Maintenant, dans la version {deposit.sealNumber} du dossier</h3>
            <p class="muted">Dépôt nº {deposit.versionNumber} de la pièce</p>
          </>
        )}
        <Shown {...props} deposit={deposit} />
      </div>
    </div>
  )
}

function Shown({
  frame: { token },
  pieceId,
  sealNumber,
  deposit: { files, shown, antivirus },
}: ArsPieceProps & { deposit: ShownDeposit }) {
  return (
    <>
      {shown === null ? (
        <p>Ce fichier ne s’affiche pas dans une page : téléchargez-le.</p>
      ) : (
        <Preview
          file={shown}
          src={urlTo('arsPreviewFile', { token, file: shown.id })}
          downloadHref={urlTo('arsFile', { token, file: shown.id })}
        />
      )}
      {files.length > 1 ? (
        <ul>
          {files.map(file => (
            <li key={file.id}>
              <a
                href={`${arsPieceUrl(token, pieceId, sealNumber)}&fichier=${file.id}`}
                {...(file.id === shown?.id ? { 'aria-current': 'true' } : {})}
              >
                Afficher « {file.name} »
              </a>
            </li>
          ))}
        </ul>
      ) : null}
      <FileList
        version={{ files }}
        antivirus={antivirus}
        hrefOf={file => urlTo('arsFile', { token, file: file.id })}
      />
    </>
  )
}

function Decision(props: ArsPieceProps) {
  const { deposit, newerVersion } = props
  return (
    <section class="card" aria-labelledby="decision">
      <h2 id="decision">Votre décision</h2>
      {newerVersion === null ? null : (
        <p>
          <span class="etat flag">déjà redéposée</span> Le dépôt nº {newerVersion} de cette pièce est arrivé
          depuis : il sera dans la prochaine version du dossier. Votre décision porte sur{' '}
          {deposit === null ? 'la version lue' : `le dépôt nº ${deposit.versionNumber}`}, et reste notée.
        </p>
      )}
      <ArsActs frame={props.frame}>
        <Conforming {...props} />
        {props.frame.archivedOn === null ? <AskComplement {...props} /> : null}
      </ArsActs>
    </section>
  )
}

/** Says conforme, or takes it back. */
function Conforming(props: ArsPieceProps) {
  const { frame, deposit } = props
  const at = { token: frame.token, number: String(props.sealNumber), piece: props.pieceId }
  const review = props.reviews.get(props.row)
  if (deposit === null) return null
  if (review?.decision === 'conforme') {
    return (
      <form method="post" action={urlTo('arsReview', at)} data-decision="a-examiner">
        <ArsCsrf frame={frame} />
        <input type="hidden" name="decision" value="a-examiner" />
        <p>
          <span class="etat acceptee">conforme</span> le {moment(review.at, props.timeZone)}, par{' '}
          {review.actor}.
        </p>
        <p class="actions">
          <button type="submit" class="secondary">
            Remettre à examiner
          </button>
        </p>
      </form>
    )
  }
  return (
    <form method="post" action={urlTo('arsReview', at)} data-decision="conforme">
      <ArsCsrf frame={frame} />
      <input type="hidden" name="decision" value="conforme" />
      <p class="actions">
        <button type="submit">Déclarer conforme</button>
      </p>
    </form>
  )
}

function AskComplement(props: ArsPieceProps) {
  const { frame, deposit, draft, typed, errors = [] } = props
  const at = { token: frame.token, number: String(props.sealNumber), piece: props.pieceId }
  const error = errors.find(({ field }) => field === 'motive')?.message
  return (
    <details open={draft !== null || typed !== undefined || deposit === null}>
      <summary>{draft === null ? 'Demander un complément' : 'Complément noté, à envoyer'}</summary>
      <form method="post" action={urlTo('arsReview', at)} data-decision="complement" novalidate>
        <ArsCsrf frame={frame} />
        <input type="hidden" name="decision" value="complement" />
        <div class={error ? 'field invalid' : 'field'}>
          <label htmlFor="motive">Ce qui manque ou ce qui est à corriger</label>
          <p class="hint" id="motive-aide">
            Le membre et le porteur liront ce motif quand vous enverrez les demandes, toutes ensemble, depuis
            la page du dossier.
          </p>
          {error ? (
            <p class="field-error" id="motive-erreur">
              {error}
            </p>
          ) : null}
          <textarea
            id="motive"
            name="motive"
            maxlength={2000}
            aria-required
            aria-describedby={error ? 'motive-aide motive-erreur' : 'motive-aide'}
            {...(error ? { 'aria-invalid': true } : {})}
          >
            {typed ?? draft ?? ''}
          </textarea>
        </div>
        <button type="submit" class="secondary">
          {draft === null ? 'Noter ce complément' : 'Changer le motif'}
        </button>
      </form>
      {draft === null ? null : (
        <form method="post" action={urlTo('arsDropDraft', at)}>
          <ArsCsrf frame={frame} />
          <button type="submit" class="link">
            Ne plus demander ce complément
          </button>
        </form>
      )}
    </details>
  )
}

function Asked({ row, definition, timeZone }: ArsPieceProps) {
  const version = sealedVersionOf(row)
  return (
    <section aria-labelledby="demande">
      <h2 id="demande">Ce qui est demandé</h2>
      <p>{definition.explanation}</p>
      <dl class="facts">
        <dt>Demande</dt>
        <dd>
          {definition.required ? 'Obligatoire' : 'Facultative'}
          <br />
          <span class="muted">{originWords(definition.provenance, 'ars')}</span>
        </dd>
        {definition.signatory === null ? null : (
          <>
            <dt>Signature</dt>
            <dd>{definition.signatory}</dd>
          </>
        )}
        {row.owner.finess === null ? null : (
          <>
            <dt>FINESS</dt>
            <dd>{row.owner.finess}</dd>
          </>
        )}
        {version === null ? null : (
          <>
            <dt>Déposée par</dt>
            <dd>
              {version.depositedBy}, le {moment(version.depositedAt, timeZone)} (dépôt nº {version.number})
            </dd>
            {version.decision === 'acceptee' ? (
              <>
                <dt>Contrôle du porteur</dt>
                <dd>Acceptée</dd>
              </>
            ) : null}
          </>
        )}
      </dl>
    </section>
  )
}

function History({ history, timeZone }: { history: readonly PieceReview[]; timeZone: string }) {
  return (
    <section aria-labelledby="dit">
      <h2 id="dit">Déjà dit de cette pièce</h2>
      <ol class="versions" reversed>
        {history
          .toReversed()
          .map(({ decision, motive, deadlineOn, versionNumber, sealNumber, actor, proved, at }) => (
            <li key={at}>
              <p>
                <strong>{REVIEW_WORDS[decision]}</strong>
                {`, ${depositWords(versionNumber)}, version ${sealNumber} du dossier, ` +
                  `le ${moment(at, timeZone)}, par ${actor}, ${provedWords(proved ?? null)}.`}
              </p>
              {motive === null ? null : <p>Motif : {motive}</p>}
              {deadlineOn === null ? null : <p>Dernier jour : {formatClosing(deadlineOn)}.</p>}
            </li>
          ))}
      </ol>
    </section>
  )
}
