/** What a deposit leaves to its author: proof of what was received, and what comes next. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import { formatClosing } from '../../../server/domain/deadline.ts'
import { documentsOf, type StoredFile, type Version } from '../../../server/domain/piece.ts'
import { count, moment } from '../format.ts'
import { Layout } from '../layout.tsx'
import { FileList } from '../versions.tsx'
import { Help, type MemberPage } from './home.tsx'
import type { Task } from './tasks.tsx'

interface MemberReceiptProps extends MemberPage {
  ownerName: string
  pieceId: string
  pieceName: string
  version: Version
  /** Null when the link was handed to no address: it then goes to the member's main contact, if there is one. */
  mailedTo: string | null
  /** What is still to be deposited by the link's owners. */
  remaining: readonly { ownerName: string; task: Task }[]
}

export function MemberReceipt(props: MemberReceiptProps): JSX.Element {
  const { frame, token, version, remaining, timeZone } = props
  const left = remaining.length
  return (
    <Layout frame={frame} title={`Reçu : ${props.pieceName}`} who={props.memberName}>
      <h1>Votre dépôt est enregistré</h1>
      <p class="lead">
        « {props.pieceName} » pour {props.ownerName} est bien arrivée. Le porteur va la contrôler ; s’il y a
        quelque chose à corriger, vous lirez pourquoi sur votre page.
      </p>
      <section class="card" aria-labelledby="recu">
        <h2 id="recu">Reçu</h2>
        <dl class="facts">
          <dt>Pièce</dt>
          <dd>
            {props.pieceName}, version {version.number}
          </dd>
          <dt>Reçue</dt>
          <dd>
            {moment(version.depositedAt, timeZone)} (fuseau {timeZone})
          </dd>
          <dt>Déposée par</dt>
          <dd>{version.depositedBy}</dd>
          <dt>Grappe</dt>
          <dd>
            {props.grappeName}, appel « {props.callTitle} »
          </dd>
        </dl>
        <h3>{count(documentsOf(version).length, 'fichier reçu', 'fichiers reçus')}</h3>
        <FileList
          version={version}
          antivirus={props.antivirus}
          hrefOf={(file: StoredFile) => urlTo('memberFile', { token, file: file.id })}
        />
        <p>
          <a href={urlTo('memberReceiptPdf', { token, piece: props.pieceId, version: version.id })}>
            Télécharger ce reçu (PDF)
          </a>
          {props.mailedTo === null ? '' : `. Il est aussi envoyé à ${props.mailedTo}.`}
        </p>
        <p class="muted">
          L’empreinte SHA-256 est propre au contenu de chaque fichier : la même chez vous prouve que le
          fichier est arrivé tel quel. Cette page s’imprime et garde son adresse.
        </p>
      </section>

      <section aria-labelledby="reste">
        <h2 id="reste">
          {left === 0
            ? 'Il ne reste rien à déposer'
            : `Il reste ${count(left, 'pièce à déposer', 'pièces à déposer')}`}
        </h2>
        {left === 0 ? null : (
          <ul>
            {remaining.map(({ ownerName, task }) => (
              <li key={task.pieceId}>
                <a href={urlTo('memberPiece', { token, piece: task.pieceId })}>{task.name}</a> pour{' '}
                {ownerName}
                {task.required ? '' : ' (facultative)'}
                {task.deadlineOn === null ? '' : `, avant le ${formatClosing(task.deadlineOn)}`}
              </li>
            ))}
          </ul>
        )}
        <p class="actions">
          <a class="button secondary" href={urlTo('memberHome', { token })}>
            Revenir à vos pièces
          </a>
        </p>
      </section>
      <Help porteurEmail={props.porteurEmail} grappeName={props.grappeName} />
    </Layout>
  )
}
