/** One piece under control: what was asked, what came, the document, the decision. */
import type { ComponentChildren, JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import type { ControlQueue } from '../../../server/domain/board.ts'
import type { Day, PieceDefinition } from '../../../server/domain/call.ts'
import { formatClosing, formatDaysLeft } from '../../../server/domain/deadline.ts'
import type { DossierRow } from '../../../server/domain/dossier-plan.ts'
import { type FileRefusal, formatList } from '../../../server/domain/file-acceptance.ts'
import type { OnScreen } from '../../../server/domain/forms/answers.ts'
import type { OutdatedReturn } from '../../../server/domain/kit/changed-facts.ts'
import type { Message } from '../../../server/domain/message.ts'
import {
  currentVersion,
  damagedDocuments,
  documentsOf,
  historyOf,
  isDecided,
  type Piece,
  pieceState,
  type StoredFile,
  standingRequest,
  type Version,
} from '../../../server/domain/piece.ts'
import { repeatedIn } from '../../../server/domain/same-bytes.ts'
import type { SigningState } from '../../../server/domain/signing.ts'
import { OnScreenLink } from '../answer-form.tsx'
import {
  Csrf,
  ErrorSummary,
  type FieldError,
  Model,
  ProvenanceTag,
  Select,
  StateBadge,
} from '../components.tsx'
import { NonApplicableByPorteur, Thread } from '../exchanges.tsx'
import { capital, count, list, moment } from '../format.ts'
import { Layout, type PorteurFrame } from '../layout.tsx'
import { KNOWN_OF_RETURNS, OutdatedForPorteur } from '../outdated.tsx'
import { PageOrder } from '../page-order.tsx'
import { SameBytes, type TwinFile } from '../same-bytes.tsx'
import { SigningCard } from '../signing.tsx'
import { KeepFiles, UploadField, uploadHooks } from '../upload-field.tsx'
import { fileFacts, Versions } from '../versions.tsx'
import { GrappeNav, type GrappeTitle } from './grappe-nav.tsx'
import { ArchivedNote } from './grappe-page.tsx'
import { type EarlierVersion, Previews } from './piece-previews.tsx'

/** Ours, from what grappes tell: no official list exists. Chosen, one begins the motive, which stays free. */
const USUAL_MOTIVES = [
  { name: 'Signature manquante', words: 'La signature manque.' },
  { name: 'Document illisible', words: 'Le document n’est pas lisible : numérisez-le de nouveau.' },
  { name: 'Mauvaise pièce', words: 'Ce n’est pas le document demandé.' },
  {
    name: 'Pièce incomplète',
    words: 'Une ou plusieurs pages manquent : déposez le document entier.',
  },
  { name: 'Document périmé', words: 'Le document n’est plus à jour.' },
  { name: 'Mauvais établissement', words: 'Le document concerne un autre établissement.' },
] as const

const USUAL_MOTIVES_HINT =
  'Cette liste est celle de grappe-kit, elle n’a rien d’officiel. ' +
  'Le motif choisi se complète et se corrige dans le champ suivant.'

/** What a deposit of several files kept and left out. */
export interface DepositOutcome {
  /** Number of the version made; null when no file was taken. */
  version: number | null
  kept: readonly string[]
  refused: readonly FileRefusal[]
}

export interface PieceProps extends GrappeTitle {
  frame: PorteurFrame
  /** Since when the grappe is put away: nothing more is asked of its members. */
  archivedOn: Day | null
  timeZone: string
  today: Day
  piece: Piece
  definition: PieceDefinition
  /** Whom it is asked of, as a sentence without capital nor final stop. */
  concern: string
  ownerName: string
  deadlineOn: Day | null
  /** Whether it follows the deposit: it is received and kept, out of the dossier. */
  follows: boolean
  /** null when the piece is not asked for any more, and for what follows the deposit. */
  row: DossierRow | null
  queue: ControlQueue
  /** Files of the current version that a browser can show, and the one shown. */
  previews: readonly StoredFile[]
  shown: StoredFile | null
  /** Earlier versions that a browser can show, and the one looked at beside the current one, if any. */
  earlier: readonly EarlierVersion[]
  compared: EarlierVersion | null
  /** The piece decided just before this one was opened; null when the porteur comes from elsewhere. */
  decidedBefore: { id: string; name: string } | null
  /** Whether deposits go through an antivirus. */
  antivirus: boolean
  /** The other pieces that hold the same bytes. */
  twins: readonly TwinFile[]
  /** The pieces where versions of this one were filed, by id, with their owners. */
  places: ReadonlyMap<string, string>
  /** Those to whom a refusal is written, by name. */
  answerers: readonly string[]
  /** Whether a mail server sends what is written. */
  sends: boolean
  /** What it was handed out with and that has changed since; null when nothing has. */
  outdated: OutdatedReturn | null
  /** Whether files were sent that no version holds yet. */
  begun: boolean
  /** Ids of the current documents that are ticked to stay with the next deposit. */
  kept: readonly string[]
  /** Why nothing can be deposited now; null when it can. */
  depositBlocked: string | null
  /** The answers on screen; null when it is not answered so. */
  onScreen: OnScreen | null
  /** Oldest first. */
  messages: readonly Message[]
  /** Null where nobody has to sign, or where the piece is not asked. */
  signing: SigningState | null
  /** An act that was refused as a whole. */
  problem?: string
  /** A refusal to mend, as it was typed. */
  refusal?: { motive: string; usual: string; errors: readonly FieldError[] }
  outcome?: DepositOutcome
}

export function PiecePage(props: PieceProps): JSX.Element {
  const { frame, grappeId, timeZone, piece, definition, ownerName, row } = props
  const { problem, refusal, outcome } = props
  const version = currentVersion(piece)
  const state = pieceState(piece)
  return (
    <Layout
      frame={frame}
      porteur={frame}
      title={`${definition.name}, ${ownerName}`}
      wide
      scripts={['piece', 'upload']}
      banner={<GrappeNav grappe={props} current={null} />}
    >
      {problem === undefined ? null : <Problem detail={problem} />}
      <ErrorSummary errors={refusal?.errors ?? []} />
      {outcome === undefined ? null : <Outcome outcome={outcome} />}
      <ArchivedNote grappe={props} />
      <BackLinks {...props} />
      <h1>{definition.name}</h1>
      <p class="lead">
        {ownerName}{' '}
        <StateBadge state={state} late={row?.late ?? false} damaged={damagedDocuments(version).length > 0} />
      </p>
      {props.follows ? null : <Queue {...props} />}
      {props.follows ? (
        <p class="card">
          Cette pièce suit le dépôt : elle est gardée ici pour vous, hors du dossier et de ses comptes. Ni les
          membres ni l’ARS ne la lisent.
        </p>
      ) : row === null ? (
        <p class="card">
          Cette pièce n’est plus demandée à ce membre : elle n’entre pas dans le dossier. Ses versions restent
          ici.
        </p>
      ) : null}
      {version?.decision === 'refusee' ? <Motive version={version} timeZone={timeZone} /> : null}
      {props.outdated === null ? null : (
        <>
          <OutdatedForPorteur
            grappeId={grappeId}
            csrf={frame.csrf}
            timeZone={timeZone}
            outdated={props.outdated}
            onPiece
            archived={Boolean(props.archivedOn)}
          />
          <p class="muted">{KNOWN_OF_RETURNS}</p>
        </>
      )}
      <Control {...props} version={version} />
      <Signing {...props} />
      {piece.scope === 'grappe' ? null : (
        <Thread
          messages={props.messages}
          timeZone={timeZone}
          side="porteur"
          action={urlTo('pieceMessages', { grappe: grappeId, piece: piece.id })}
          csrf={frame.csrf}
          invitation={invitationToWrite(props)}
        />
      )}
      <Deposit {...props} version={version} />
      {props.depositBlocked === null ? (
        <PageOrder
          version={version}
          actionOf={file => urlTo('orderPagesAsPorteur', { grappe: grappeId, piece: piece.id, file })}
          thumbnailOf={file => urlTo('thumbnail', { grappe: grappeId, file })}
        >
          <Csrf token={frame.csrf} />
        </PageOrder>
      ) : null}
      {historyOf(piece).length === 0 ? null : <AllVersions {...props} />}
    </Layout>
  )
}

type Versioned = PieceProps & { version: Version | null }

function BackLinks({ grappeId, follows, decidedBefore }: PieceProps) {
  const at = { grappe: grappeId }
  return (
    <p>
      {follows ? (
        <a href={`${urlTo('submission', at)}#recevoir`}>Revenir à Dépôt et suites</a>
      ) : (
        <a href={urlTo('board', at)}>Revenir au tableau</a>
      )}
      {decidedBefore === null ? null : (
        <>
          {' · '}
          <a href={urlTo('piece', { grappe: grappeId, piece: decidedBefore.id })}>
            Revenir sur la décision précédente ({decidedBefore.name})
          </a>
        </>
      )}
    </p>
  )
}

function Motive({ version, timeZone }: { version: Version; timeZone: string }) {
  return (
    <div class="motive">
      <p>
        <strong>
          Refusée {version.decidedAt === null ? '' : `le ${moment(version.decidedAt, timeZone)}`}.
        </strong>
      </p>
      <p>Motif : {version.motive}</p>
    </div>
  )
}

/** The document beside what is decided and said of it. */
function Control(props: Versioned) {
  const { frame, grappeId, timeZone, piece, row, shown, version } = props
  return (
    <div class="control">
      <section aria-labelledby="document">
        <h2 id="document">Document</h2>
        <Document {...props} version={version} />
        {version === null ? null : <Correct {...props} version={version} />}
        {shown === null || version === null ? null : (
          <Previews {...props} shown={shown} number={version.number} pieceId={piece.id} />
        )}
      </section>
      <div>
        {version === null ? null : <Decision {...props} version={version} />}
        <Asked {...props} />
        {row === null || pieceState(piece) === 'acceptee' ? null : (
          <NonApplicableByPorteur
            request={standingRequest(piece)}
            timeZone={timeZone}
            action={urlTo('pieceNonApplicable', { grappe: grappeId, piece: piece.id })}
            csrf={frame.csrf}
            asks={props.archivedOn === null}
          />
        )}
      </div>
    </div>
  )
}

function AllVersions({ grappeId, timeZone, piece, antivirus, places }: PieceProps) {
  return (
    <section aria-labelledby="versions">
      <h2 id="versions">Versions</h2>
      <Versions
        history={historyOf(piece)}
        timeZone={timeZone}
        antivirus={antivirus}
        hrefOf={file => urlTo('file', { grappe: grappeId, file: file.id })}
        receiptHrefOf={({ id }) =>
          urlTo('pieceReceiptPdf', { grappe: grappeId, piece: piece.id, version: id })
        }
        placeOf={id => (
          <a href={urlTo('piece', { grappe: grappeId, piece: id })}>{places.get(id) ?? 'une autre pièce'}</a>
        )}
      />
      <p>
        <a href={`${urlTo('journal', { grappe: grappeId })}?piece=${piece.id}`}>
          Tout ce qui s’est passé sur cette pièce
        </a>
      </p>
    </section>
  )
}

function Problem({ detail }: { detail: string }) {
  return (
    <div class="errors" role="alert" tabindex={-1} autofocus>
      <p>{detail}</p>
    </div>
  )
}

/** A deposit that was not taken whole: what is kept, what is not and why. */
function Outcome({ outcome: { version, kept, refused } }: { outcome: DepositOutcome }) {
  return (
    <div class="errors" role="alert" tabindex={-1} autofocus>
      <h2>{count(refused.length, 'fichier n’a pas été pris', 'fichiers n’ont pas été pris')}</h2>
      <ul>
        {refused.map(({ name, reason }) => (
          <li key={name}>{reason}</li>
        ))}
      </ul>
      <p>
        {version === null
          ? 'Rien n’a été enregistré.'
          : `La version ${version} est enregistrée avec ${list(kept.map(name => `« ${name} »`))}.`}
      </p>
    </div>
  )
}

function Queue({ grappeId, queue }: PieceProps) {
  const { previous, next, others } = queue
  if (next?.pieceId == null) return <p class="muted">Aucune autre pièce n’est à contrôler.</p>
  const hrefOf = (piece: string) => urlTo('piece', { grappe: grappeId, piece })
  return (
    <nav class="actions" aria-label="Pièces à contrôler">
      <a class="button secondary" rel="next" href={hrefOf(next.pieceId)}>
        Pièce suivante à contrôler
      </a>
      {others > 1 && previous?.pieceId != null ? (
        <a rel="prev" href={hrefOf(previous.pieceId)}>
          Pièce précédente
        </a>
      ) : null}
      <span class="muted">
        {count(others, 'autre pièce attend', 'autres pièces attendent')} votre contrôle
      </span>
    </nav>
  )
}

function Document({
  grappeId,
  timeZone,
  piece,
  previews,
  shown,
  version,
}: PieceProps & { version: Version | null }) {
  if (version === null) return <p>Rien n’a encore été déposé.</p>
  const { number, depositedAt, depositedBy } = version
  const files = documentsOf(version)
    .map(file => `« ${file.name} » (${fileFacts(file).join(', ')})`)
    .join(' ; ')
  return (
    <>
      <p>
        Version {number}, déposée le {moment(depositedAt, timeZone)} par {depositedBy} : {files}.
      </p>
      {shown === null ? (
        <p>Ce format ne s’affiche pas ici : téléchargez le fichier, dans les versions ci-dessous.</p>
      ) : null}
      {previews.length < 2 ? null : (
        <ul>
          {previews.map(file => (
            <li key={file.id}>
              {file.id === shown?.id ? (
                <strong>{file.name}</strong>
              ) : (
                <a href={`${urlTo('piece', { grappe: grappeId, piece: piece.id })}?fichier=${file.id}`}>
                  {file.name}
                </a>
              )}
            </li>
          ))}
        </ul>
      )}
    </>
  )
}

/** What may have gone wrong with this deposit, and how to mend it without asking for it again. */
function Correct({ grappeId, piece, follows, version, twins }: PieceProps & { version: Version }) {
  const at = { grappe: grappeId, piece: piece.id, version: version.id }
  return (
    <>
      <SameBytes
        twins={twins}
        repeated={repeatedIn(version)}
        advice={
          isDecided(version)
            ? 'Vérifiez qu’il est demandé pour chacune.'
            : 'Vérifiez qu’il est demandé pour chacune ; sinon, déplacez-le ou retirez-le.'
        }
      />
      {isDecided(version) ? null : (
        <p class="actions">
          {follows ? null : <a href={urlTo('moveVersion', at)}>Déplacer ce dépôt vers la bonne pièce</a>}
          <a href={urlTo('takeOutVersion', at)}>Retirer ce dépôt</a>
        </p>
      )}
    </>
  )
}

function Decision(props: PieceProps & { version: Version }) {
  const { timeZone, version, refusal } = props
  const { decision, decidedAt } = version
  const mayDecide = props.archivedOn === null || decision !== 'acceptee'
  const decidedOn = decidedAt === null ? '' : ` le ${moment(decidedAt, timeZone)}`
  return (
    <section class="card" aria-labelledby="decision">
      <h2 id="decision">Votre décision</h2>
      {decision === null ? (
        <DecisionForms {...props} />
      ) : (
        <>
          <p>
            Vous avez {decision === 'acceptee' ? 'accepté' : 'refusé'} la version {version.number}
            {decidedOn}.
          </p>
          {mayDecide ? (
            <details open={refusal !== undefined}>
              <summary>Changer cette décision</summary>
              <p class="hint">La nouvelle décision remplace l’ancienne.</p>
              <DecisionForms {...props} />
            </details>
          ) : null}
        </>
      )}
    </section>
  )
}

/** Who will be told of a message, and how, before it is written. */
function invitationToWrite({ answerers, sends }: PieceProps): string {
  const shown = 'Aucun message sur cette pièce. Ce que vous écrivez s’affiche sur la page du membre'
  if (answerers.length === 0) return `${shown} ; aucune adresse n’est connue, personne n’en sera prévenu.`
  const told = list(answerers)
  return sends
    ? `${shown}, et part par e-mail à ${told}.`
    : `${shown}, et un message est écrit pour ${told} : à envoyer depuis l’onglet Messages.`
}

/** What a refusal will do, and to whom, before the button is pressed. */
function refusalWords({ grappeId, piece, answerers, sends }: PieceProps) {
  if (piece.scope === 'grappe') return 'Cette pièce est la vôtre : personne d’autre n’en est prévenu.'
  if (answerers.length === 0) {
    return (
      <>
        Aucune adresse n’est connue : personne ne sera prévenu.{' '}
        <a href={urlTo('members', { grappe: grappeId })}>Ajouter un contact</a>
      </>
    )
  }
  const told = list(answerers)
  return sends
    ? `Le motif part aussitôt par message à ${told}.`
    : `Un message est écrit aussitôt pour ${told} : à envoyer depuis l’onglet Messages.`
}

function DecisionForms(props: PieceProps & { version: Version }) {
  const { frame, grappeId, archivedOn, piece, version } = props
  const action = urlTo('decidePiece', { grappe: grappeId, piece: piece.id })
  const { decision } = version
  const hidden = (
    <>
      <Csrf token={frame.csrf} />
      <input type="hidden" name="versionId" value={version.id} />
      {/* Whoever changes a decision is not on its way through the queue. */}
      {decision === null ? null : <input type="hidden" name="rester" value="oui" />}
    </>
  )
  return (
    <>
      {decision === 'acceptee' ? null : (
        <form method="post" action={action} data-decision="acceptee">
          {hidden}
          <input type="hidden" name="decision" value="acceptee" />
          <p class="actions">
            <button type="submit">Accepter la version {version.number}</button>
          </p>
        </form>
      )}
      {archivedOn === null ? <RefusalForm {...props} action={action} hidden={hidden} /> : null}
    </>
  )
}

/** A refusal asks for another deposit. */
function RefusalForm(
  props: PieceProps & { version: Version; action: string; hidden: ComponentChildren },
): JSX.Element {
  const { version, refusal, action, hidden } = props
  return (
    <form method="post" action={action} data-decision="refusee">
      {hidden}
      <input type="hidden" name="decision" value="refusee" />
      <Select
        name="motif"
        label="Motif courant"
        hint={USUAL_MOTIVES_HINT}
        value={refusal?.usual ?? ''}
        empty="Aucun, j’écris le mien"
        errors={[]}
        choices={USUAL_MOTIVES.map(({ name, words }) => ({ value: words, label: name }))}
      />
      <MotiveField refusal={refusal} />
      <p class="hint">{refusalWords(props)}</p>
      <button type="submit" class="danger">
        Refuser la version {version.number}
      </button>
    </form>
  )
}

function MotiveField({ refusal }: { refusal: PieceProps['refusal'] }) {
  const error = refusal?.errors.find(({ field }) => field === 'motive')?.message
  return (
    <div class={error === undefined ? 'field' : 'field invalid'}>
      <label htmlFor="motive">Motif du refus</label>
      <p class="hint" id="motive-aide">
        La personne qui a déposé le lira, avec le motif choisi dans la liste.
      </p>
      {error === undefined ? null : (
        <p class="field-error" id="motive-erreur">
          {error}
        </p>
      )}
      <textarea
        id="motive"
        name="motive"
        rows={3}
        aria-describedby={error === undefined ? 'motive-aide' : 'motive-aide motive-erreur'}
        {...(error === undefined ? {} : { 'aria-invalid': true as const })}
      >
        {refusal?.motive ?? ''}
      </textarea>
    </div>
  )
}

function Signing(props: PieceProps) {
  const { signing } = props
  if (signing === null) return null
  return (
    <SigningCard
      state={signing}
      asked={props.definition.signatory ?? ''}
      today={props.today}
      timeZone={props.timeZone}
      action={urlTo('pieceSigning', { grappe: props.grappeId, piece: props.piece.id })}
      csrf={props.frame.csrf}
      isOpen={signing.step !== 'rendue' && !props.archivedOn}
    />
  )
}

function Asked({ definition, deadlineOn, today, concern }: PieceProps) {
  const { explanation, required, formats, maxFileMb, severalFiles, signatory, provenance } = definition
  return (
    <section class="card" aria-labelledby="demande">
      <h2 id="demande">Ce qui est demandé</h2>
      <p>
        {explanation} <ProvenanceTag id="piece" provenance={provenance} />
      </p>
      <dl class="facts">
        <dt>Caractère</dt>
        <dd>{required ? 'obligatoire' : 'facultatif'}</dd>
        {definition.condition === null ? null : (
          <>
            <dt>Qui est concerné</dt>
            <dd>{capital(concern)}.</dd>
          </>
        )}
        <Model definition={definition} />
        <dt>Dernier jour</dt>
        <dd>
          {deadlineOn === null
            ? 'non connu'
            : `${formatClosing(deadlineOn)} (${formatDaysLeft(today, deadlineOn)})`}
        </dd>
        {signatory === null ? (
          <>
            <dt>Signataire</dt>
            <dd>aucune signature demandée</dd>
          </>
        ) : null}
        <dt>Fichiers</dt>
        <dd>
          {severalFiles ? 'un ou plusieurs' : 'un seul'}, {formatList(formats)}, {maxFileMb} Mo au plus chacun
        </dd>
      </dl>
    </section>
  )
}

function Deposit(props: PieceProps & { version: Version | null }) {
  const { frame, grappeId, piece, definition, ownerName, row, version, depositBlocked } = props
  if (row === null && !props.follows) return null
  const at = { grappe: grappeId, piece: piece.id }
  const title = piece.scope === 'grappe' ? 'Déposer cette pièce' : `Déposer à la place de ${ownerName}`
  return (
    <section class="card" aria-labelledby="depot">
      <h2 id="depot">{title}</h2>
      {props.onScreen === null ? null : (
        <OnScreenLink
          urls={{ form: urlTo('pieceForm', at), print: urlTo('printPieceForm', at) }}
          onScreen={props.onScreen}
        />
      )}
      {depositBlocked === null ? (
        <form
          method="post"
          encType="multipart/form-data"
          action={urlTo('depositAsPorteur', { grappe: grappeId, piece: piece.id })}
          {...uploadHooks(frame, urlTo('pieceUploads', { grappe: grappeId, piece: piece.id }), props.begun)}
        >
          <Csrf token={frame.csrf} />
          <UploadField
            definition={definition}
            label={definition.severalFiles ? 'Fichiers' : 'Fichier'}
            error={null}
          />
          <KeepFiles definition={definition} version={version} kept={props.kept} />
          <button type="submit" class="secondary">
            Déposer
          </button>
        </form>
      ) : (
        <p>{depositBlocked}</p>
      )}
    </section>
  )
}
