/** One piece of a member: what to deposit, the form that takes it, and every version so far. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import type { PieceDefinition } from '../../../server/domain/call.ts'
import { formatClosing, formatDaysLeft } from '../../../server/domain/deadline.ts'
import type { FileRefusal } from '../../../server/domain/file-acceptance.ts'
import type { OnScreen } from '../../../server/domain/forms/answers.ts'
import type { OutdatedReturn } from '../../../server/domain/kit/changed-facts.ts'
import type { KitDocument } from '../../../server/domain/kit/values.ts'
import type { Message } from '../../../server/domain/message.ts'
import {
  currentVersion,
  documentsOf,
  historyOf,
  isDecided,
  type Piece,
  type StoredFile,
  type Version,
} from '../../../server/domain/piece.ts'
import { repeatedIn } from '../../../server/domain/same-bytes.ts'
import type { SigningState } from '../../../server/domain/signing.ts'
import { OnScreenLink } from '../answer-form.tsx'
import { Model, ProvenanceTag, StateBadge } from '../components.tsx'
import { NonApplicableByMember, Thread } from '../exchanges.tsx'
import { capital, count, moment } from '../format.ts'
import { Layout } from '../layout.tsx'
import { OutdatedForMember } from '../outdated.tsx'
import { PageOrder } from '../page-order.tsx'
import { SameBytes, type TwinFile } from '../same-bytes.tsx'
import { SigningCard } from '../signing.tsx'
import { KeepFiles, UploadField, uploadHooks } from '../upload-field.tsx'
import { FileList, Versions } from '../versions.tsx'
import { Forward, Help, type MemberPage } from './home.tsx'
import { MemberModel, MemberModelLink } from './model.tsx'
import { Damaged, GrantedTime, type Task } from './tasks.tsx'

/** What became of files just sent, when not all were taken. */
export interface DepositProblem {
  /** Says what to do. */
  detail: string
  refused: readonly FileRefusal[]
  /** The version made of the files that were taken; null when nothing was. */
  kept: Version | null
}

interface MemberPieceProps extends MemberPage {
  ownerName: string
  /** Where the person came from: all its members, or the one that this piece belongs to. */
  homeHref: string
  piece: Piece
  /** Whether it is asked for today. */
  asked: boolean
  /** Oldest first. */
  messages: readonly Message[]
  /** Null where nobody has to sign, or where the piece is not asked. */
  signing: SigningState | null
  definition: PieceDefinition
  /** Its model, filled in for this member; null when none answers it. */
  model: KitDocument | null
  /** Its answers on screen; null when it is not answered so. */
  onScreen: OnScreen | null
  /** What it was handed out with and that has changed since; null when nothing has. */
  outdated: OutdatedReturn | null
  /** The members whose record this link opens: each name by its id. */
  own: ReadonlyMap<string, string>
  /** Whom it is asked of, as a sentence without capital nor final stop. */
  concern: string
  task: Task
  /** Why nothing can be deposited here; null when it can. */
  closedReason: string | null
  /** Whether the porteur put the grappe away. */
  archived: boolean
  problem: DepositProblem | null
  /** Ids of the current documents that are ticked to stay. */
  kept: readonly string[]
  /** Whether files were sent that no version holds yet. */
  begun: boolean
  /** The other pieces of this link that hold the same bytes. */
  twins: readonly TwinFile[]
  /** Names of the pieces of this link, by id: one filed elsewhere may be none of them. */
  namesOfPieces: ReadonlyMap<string, string>
}

export function MemberPiece(props: MemberPieceProps): JSX.Element {
  const { frame, token, piece, definition, task, closedReason, problem } = props
  const isOpen = closedReason === null
  const current = currentVersion(piece)
  const form = isOpen ? <UploadForm {...props} /> : null
  const deposit = current === null ? null : <Current {...props} version={current} />
  const model = task.outstanding || props.outdated !== null ? props.model : null
  return (
    <Layout
      frame={frame}
      title={`${definition.name}, ${props.ownerName}`}
      who={props.memberName}
      scripts={isOpen ? ['seen', 'upload', 'copy'] : ['seen', 'copy']}
      seenUrl={urlTo('memberSeen', { token })}
    >
      <p class="back">
        <a href={props.homeHref}>Toutes vos pièces</a>
      </p>
      {problem === null ? null : <Refused problem={problem} />}
      <h1>{definition.name}</h1>
      <p class="piece-line">
        {props.ownerName} <StateBadge state={task.state} late={task.late} damaged={task.damaged.length > 0} />
      </p>
      {task.motive === null ? null : (
        <div class="motive">
          <h2>Cette pièce est à corriger</h2>
          <p>{task.motive}</p>
        </div>
      )}
      <OutdatedForMember {...props} />
      <Damaged names={task.damaged} />
      <GrantedTime task={task} />
      {isOpen || problem?.detail === closedReason ? null : (
        <p class="motive">
          <strong>Rien n’est à déposer ici.</strong> {closedReason}
        </p>
      )}
      <p class="lead">{definition.explanation}</p>
      <Forms {...props} />
      {task.outstanding && !props.archived ? <p>{dueWords(task, props.today)}</p> : null}
      {task.outstanding ? [form, deposit] : [deposit, form]}
      {model === null ? null : <MemberModel token={token} document={model} own={props.own} />}
      {isOpen ? (
        <PageOrder
          version={current}
          actionOf={file => urlTo('memberOrderPages', { token, piece: piece.id, file })}
          thumbnailOf={file => urlTo('memberThumbnail', { token, file })}
        />
      ) : null}
      {task.state === 'acceptee' ||
      !props.asked ||
      (props.archived && task.nonApplicable?.decision !== 'confirmee') ? null : (
        <NonApplicableByMember
          request={task.nonApplicable}
          timeZone={props.timeZone}
          action={urlTo('memberNonApplicable', { token, piece: piece.id })}
        />
      )}
      <Facts {...props} />
      <Signing {...props} />
      <Thread
        messages={props.messages}
        timeZone={props.timeZone}
        side="membre"
        action={urlTo('memberMessages', { token, piece: piece.id })}
        csrf={null}
        invitation={
          'Une question sur cette pièce ? Écrivez au porteur ici : la réponse s’affichera à la suite.'
        }
      />
      <History {...props} />
      <Forward
        address={`${props.publicUrl}${urlTo('memberPiece', { token, piece: piece.id })}`}
        subject={`${definition.name}, ${props.ownerName}`}
        token={token}
      />
      <Help porteurEmail={props.porteurEmail} grappeName={props.grappeName} />
    </Layout>
  )
}

/** The form of the piece, on screen or in Word. */
function Forms({ token, piece, task, model, onScreen, outdated }: MemberPieceProps) {
  const at = { token, piece: piece.id }
  const isShown = task.outstanding || outdated !== null
  return (
    <>
      {onScreen === null ? null : (
        <OnScreenLink
          urls={{ form: urlTo('memberForm', at), print: urlTo('printMemberForm', at) }}
          onScreen={onScreen}
        />
      )}
      {isShown && model !== null ? <MemberModelLink token={token} document={model} /> : null}
    </>
  )
}

function dueWords({ deadlineOn }: Task, today: string): string {
  return deadlineOn === null
    ? 'Aucune date limite n’est connue.'
    : `À déposer avant le ${formatClosing(deadlineOn)} : ${formatDaysLeft(today, deadlineOn)}.`
}

/** What counts today, and how to take it out when it was a mistake. */
function Current({
  token,
  piece,
  version,
  timeZone,
  antivirus,
  closedReason,
  twins,
}: MemberPieceProps & { version: Version }) {
  const removable = closedReason === null && !isDecided(version)
  const at = { token, piece: piece.id, version: version.id }
  const several = documentsOf(version).length > 1
  return (
    <section class="card" aria-labelledby="depose">
      <h2 id="depose">Ce qui est déposé</h2>
      <p>
        Version {version.number}, déposée le {moment(version.depositedAt, timeZone)} par {version.depositedBy}
        .
      </p>
      <SameBytes
        twins={twins}
        repeated={repeatedIn(version)}
        advice={
          removable
            ? 'Si c’est une erreur, retirez-le là où il est de trop.'
            : 'Si c’est une erreur, écrivez au porteur.'
        }
      />
      <FileList
        version={version}
        antivirus={antivirus}
        hrefOf={(file: StoredFile) => urlTo('memberFile', { token, file: file.id })}
        {...(removable && several
          ? {
              actsOf: (file: StoredFile, label: string) => (
                <p>
                  <a
                    href={`${urlTo('memberTakeOut', at)}?fichier=${file.id}`}
                    aria-label={`Retirer ce fichier : ${label}`}
                  >
                    Retirer ce fichier
                  </a>
                </p>
              ),
            }
          : {})}
      />
      <p class="actions">
        <a href={urlTo('memberReceipt', at)}>Voir le reçu</a>
        {removable ? (
          <a href={urlTo('memberTakeOut', at)}>{several ? 'Tout retirer' : 'Retirer ce dépôt'}</a>
        ) : null}
      </p>
    </section>
  )
}

/** Everything ever deposited, folded: what counts is shown above. */
function History({ token, piece, timeZone, antivirus, namesOfPieces }: MemberPieceProps) {
  const history = historyOf(piece)
  if (history.length === 0) return null
  return (
    <section aria-labelledby="versions">
      <h2 id="versions">Historique</h2>
      <details>
        <summary>{count(history.length, 'version déposée', 'versions déposées')}</summary>
        <Versions
          history={history}
          timeZone={timeZone}
          antivirus={antivirus}
          hrefOf={file => urlTo('memberFile', { token, file: file.id })}
          receiptHrefOf={version =>
            urlTo('memberReceiptPdf', { token, piece: piece.id, version: version.id })
          }
          // The name of a piece of another member is none of this link's business.
          placeOf={id => {
            const name = namesOfPieces.get(id)
            return name === undefined ? (
              'une autre pièce, par le porteur'
            ) : (
              <a href={urlTo('memberPiece', { token, piece: id })}>« {name} »</a>
            )
          }}
        />
      </details>
    </section>
  )
}

/** Takes focus, as an error summary does. */
function Refused({ problem: { detail, refused, kept } }: { problem: DepositProblem }) {
  return (
    <div class="errors" role="alert" tabindex={-1} autofocus>
      <h2>
        {kept === null
          ? 'Votre dépôt n’a pas été enregistré'
          : `${count(refused.length, 'fichier refusé', 'fichiers refusés')}, le reste est enregistré`}
      </h2>
      <p>{detail}</p>
      {refused.length === 0 ? null : (
        <ul>
          {refused.map(file => (
            <li key={file.name}>
              <a href="#fichiers">{file.reason}</a>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

function Signing(props: MemberPieceProps) {
  const { signing } = props
  if (signing === null) return null
  return (
    <SigningCard
      state={signing}
      asked={props.definition.signatory ?? ''}
      today={props.today}
      timeZone={props.timeZone}
      action={urlTo('memberSigning', { token: props.token, piece: props.piece.id })}
      csrf={null}
      isOpen={signing.step !== 'rendue' && !props.archived}
    />
  )
}

function Facts({ definition, task, today, concern }: MemberPieceProps) {
  return (
    <section aria-labelledby="demande">
      <h2 id="demande">Ce qui est demandé</h2>
      <dl class="facts">
        <dt>Demande</dt>
        <dd>
          {definition.required ? 'Obligatoire' : 'Facultative'}{' '}
          <ProvenanceTag id={definition.code} provenance={definition.provenance} />
        </dd>
        {definition.condition === null ? null : (
          <>
            <dt>Qui est concerné</dt>
            <dd>{capital(concern)}.</dd>
          </>
        )}
        <Model definition={definition} />
        {task.outstanding ? null : (
          <>
            <dt>Date limite</dt>
            <dd>
              {task.deadlineOn === null
                ? 'Aucune date limite n’est connue.'
                : `${formatClosing(task.deadlineOn)} : ${formatDaysLeft(today, task.deadlineOn)}`}
            </dd>
          </>
        )}
      </dl>
    </section>
  )
}

function UploadForm({ frame, token, piece, definition, problem, kept, task, begun }: MemberPieceProps) {
  const { severalFiles } = definition
  const current = currentVersion(piece)
  return (
    <form
      class="card"
      method="post"
      enctype="multipart/form-data"
      action={urlTo('memberPiece', { token, piece: piece.id })}
      {...uploadHooks(frame, urlTo('memberUploads', { token, piece: piece.id }), begun)}
    >
      <h2>{current === null ? 'Déposer' : task.outstanding ? 'Déposer de nouveau' : 'Remplacer ce dépôt'}</h2>
      <UploadField
        definition={definition}
        label={severalFiles ? 'Vos fichiers' : 'Votre fichier'}
        error={problem && (problem.refused.map(file => file.reason).join(' ') || problem.detail)}
      />
      <KeepFiles definition={definition} version={current} kept={kept} />
      <button type="submit">{severalFiles ? 'Déposer les fichiers' : 'Déposer le fichier'}</button>
    </form>
  )
}
