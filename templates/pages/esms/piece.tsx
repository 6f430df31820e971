/** One piece of a member: what to deposit, the form that takes it, and every version so far. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import type { PieceDefinition } from '../../../server/domain/call.ts'
import { formatClosing, formatDaysLeft } from '../../../server/domain/deadline.ts'
import { type FileRefusal, formatList } from '../../../server/domain/file-acceptance.ts'
import type { Message } from '../../../server/domain/message.ts'
import { documentsOf, type Piece, type StoredFile, type Version } from '../../../server/domain/piece.ts'

import { ProvenanceTag, StateBadge } from '../components.tsx'
import { NonApplicableByMember, Thread } from '../exchanges.tsx'
import { count, list } from '../format.ts'
import { Layout } from '../layout.tsx'
import { PageOrder } from '../page-order.tsx'
import { UploadField, uploadHooks } from '../upload-field.tsx'
import { Versions } from '../versions.tsx'
import { Help, type MemberPage } from './home.tsx'
import { GrantedTime, type Task } from './tasks.tsx'

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
  definition: PieceDefinition
  task: Task
  /** Why nothing can be deposited here; null when it can. */
  closedReason: string | null
  problem: DepositProblem | null
  /** Whether the box that keeps the earlier files is ticked. */
  keep: boolean
}

export function MemberPiece(props: MemberPieceProps): JSX.Element {
  const { frame, token, piece, definition, task, closedReason, problem } = props
  const versions = piece.versions
  const hrefOf = (file: StoredFile) => urlTo('memberFile', { token, file: file.id })
  return (
    <Layout
      frame={frame}
      title={`${definition.name}, ${props.ownerName}`}
      who={props.memberName}
      scripts={['seen', 'upload']}
      seenUrl={urlTo('memberSeen', { token })}
    >
      <p>
        <a href={props.homeHref}>Toutes vos pièces</a>
      </p>
      {problem === null ? null : <Refused problem={problem} />}
      <h1>{definition.name}</h1>
      <p>
        {props.ownerName} <StateBadge state={task.state} late={task.late} />
      </p>
      {task.motive === null ? null : (
        <div class="motive">
          <h2>Cette pièce est à corriger</h2>
          <p>{task.motive}</p>
        </div>
      )}
      <GrantedTime task={task} />
      <p class="lead">{definition.explanation}</p>
      <Facts definition={definition} task={task} today={props.today} />

      {closedReason === null ? (
        <UploadForm {...props} />
      ) : problem?.detail === closedReason ? null : (
        <p class="motive">
          <strong>Rien n’est à déposer ici.</strong> {closedReason}
        </p>
      )}

      {closedReason === null ? (
        <PageOrder
          version={versions.at(-1) ?? null}
          actionOf={file => urlTo('memberOrderPages', { token, piece: piece.id, file })}
        />
      ) : null}
      {task.state === 'acceptee' || !props.asked ? null : (
        <NonApplicableByMember
          request={task.nonApplicable}
          timeZone={props.timeZone}
          action={urlTo('memberNonApplicable', { token, piece: piece.id })}
        />
      )}
      <Thread
        messages={props.messages}
        timeZone={props.timeZone}
        side="membre"
        action={urlTo('memberMessages', { token, piece: piece.id })}
        csrf={null}
      />

      <section aria-labelledby="versions">
        <h2 id="versions">Ce qui a été déposé</h2>
        {versions.length === 0 ? (
          <p>Rien pour l’instant.</p>
        ) : (
          <Versions
            versions={versions}
            timeZone={props.timeZone}
            antivirus={props.antivirus}
            hrefOf={hrefOf}
            receiptHrefOf={version =>
              urlTo('memberReceiptPdf', { token, piece: piece.id, version: version.id })
            }
          />
        )}
      </section>
      <Help porteurEmail={props.porteurEmail} grappeName={props.grappeName} />
    </Layout>
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

function Facts({ definition, task, today }: { definition: PieceDefinition; task: Task; today: string }) {
  return (
    <dl class="facts">
      <dt>Demande</dt>
      <dd>
        {definition.required ? 'Obligatoire' : 'Facultative'}{' '}
        <ProvenanceTag id={definition.code} provenance={definition.provenance} />
      </dd>
      <dt>Date limite</dt>
      <dd>
        {task.deadlineOn === null
          ? 'Aucune date limite n’est connue.'
          : `${formatClosing(task.deadlineOn)}${task.outstanding ? ` : ${formatDaysLeft(today, task.deadlineOn)}` : ''}`}
      </dd>
      <dt>Formats acceptés</dt>
      <dd>{formatList(definition.formats)}</dd>
      <dt>Taille</dt>
      <dd>
        {definition.severalFiles ? 'Un ou plusieurs fichiers' : 'Un seul fichier'}, {definition.maxFileMb} Mo
        au plus{definition.severalFiles ? ' chacun' : ''}
      </dd>
      {definition.signatory === null ? null : (
        <>
          <dt>Signature</dt>
          <dd>{definition.signatory}</dd>
        </>
      )}
    </dl>
  )
}

function UploadForm({ frame, token, piece, definition, problem, keep }: MemberPieceProps) {
  const { severalFiles } = definition
  const current = piece.versions.at(-1)
  return (
    <form
      class="card"
      method="post"
      enctype="multipart/form-data"
      action={urlTo('memberPiece', { token, piece: piece.id })}
      {...uploadHooks(frame, urlTo('memberUploads', { token, piece: piece.id }))}
    >
      <h2>{current === undefined ? 'Déposer' : 'Déposer une nouvelle version'}</h2>
      {current === undefined ? null : (
        <p>La version {current.number} reste dans l’historique : rien n’est effacé.</p>
      )}
      {severalFiles && current !== undefined ? (
        <div class="choice">
          <input type="checkbox" id="garder" name="garder" value="oui" checked={keep} />
          <label htmlFor="garder">
            Garder aussi les fichiers de la version {current.number} :{' '}
            {list(documentsOf(current).map(file => `« ${file.name} »`))}
          </label>
        </div>
      ) : null}
      <UploadField
        definition={definition}
        label={severalFiles ? 'Vos fichiers' : 'Votre fichier'}
        error={problem && (problem.refused.map(file => file.reason).join(' ') || problem.detail)}
      />
      <button type="submit">{severalFiles ? 'Déposer les fichiers' : 'Déposer le fichier'}</button>
    </form>
  )
}
