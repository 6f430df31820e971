/** What a deposit leaves to its author: proof of what was received, and what comes next. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import { formatClosing } from '../../../server/domain/deadline.ts'
import type { StoredFile, Version } from '../../../server/domain/piece.ts'
import type { ReceiptParts } from '../../../server/domain/receipt.ts'
import { repeatedIn } from '../../../server/domain/same-bytes.ts'
import { count, moment } from '../format.ts'
import { Layout } from '../layout.tsx'
import { SameBytes, type TwinFile } from '../same-bytes.tsx'
import { FileList } from '../versions.tsx'
import { askedWords, type MemberRecord, NextAnswer } from './asked.tsx'
import { Help, type MemberPage } from './home.tsx'
import { nextTask, type Task } from './tasks.tsx'

interface MemberReceiptProps extends MemberPage {
  ownerName: string
  pieceId: string
  pieceName: string
  version: Version
  parts: ReceiptParts
  /** Whether this deposit is the one that counts today. */
  isCurrent: boolean
  /** Where it is mailed too; null when no mail leaves, or when the link was handed to no address. */
  mailedTo: string | null
  /** The other pieces of this link that hold the same bytes. */
  twins: readonly TwinFile[]
  /** All that is expected of the link's owners. */
  tasks: readonly Task[]
  /** The link's owners, with what is still to be answered for each. */
  records: readonly MemberRecord[]
}

export function MemberReceipt(props: MemberReceiptProps): JSX.Element {
  const { frame, token, version, timeZone, isCurrent, pieceId } = props
  return (
    <Layout frame={frame} title={`Reçu : ${props.pieceName}`} who={props.memberName}>
      <h1>{isCurrent ? 'Votre dépôt est enregistré' : `Reçu de la version ${version.number}`}</h1>
      <p class="lead">
        « {props.pieceName} » pour {props.ownerName} est bien arrivée.{' '}
        {isCurrent
          ? 'Le porteur va la contrôler ; s’il y a quelque chose à corriger, vous lirez pourquoi ' +
            'sur votre page.'
          : 'Ce n’est plus la version actuelle : une autre l’a remplacée, ou elle a été retirée.'}
      </p>
      {isCurrent ? (
        <SameBytes
          twins={props.twins}
          repeated={repeatedIn(version)}
          advice="Si c’est une erreur, ouvrez la pièce et retirez-le là où il est de trop."
        />
      ) : null}
      {isCurrent ? <WhatNext {...props} /> : null}
      <section class="card" aria-labelledby="recu">
        <h2 id="recu">Reçu</h2>
        <Parts {...props} />
        <dl class="facts">
          <dt>Pièce</dt>
          <dd>
            {props.pieceName}, version {version.number}
          </dd>
          <dt>Reçue</dt>
          <dd>{moment(version.depositedAt, timeZone)}</dd>
          <dt>Déposée par</dt>
          <dd>{version.depositedBy}</dd>
          <dt>Grappe</dt>
          <dd>
            {props.grappeName}, appel « {props.callTitle} »
          </dd>
        </dl>
        <p>
          <a href={urlTo('memberReceiptPdf', { token, piece: pieceId, version: version.id })}>
            Télécharger ce reçu (PDF)
          </a>
          {props.mailedTo === null ? '' : `. Il part aussi par e-mail, à ${props.mailedTo}.`}
        </p>
        <p class="muted">
          L’empreinte SHA-256 est propre au contenu de chaque fichier : la même chez vous prouve que le
          fichier est arrivé tel quel. Heures du fuseau {timeZone}. Cette page s’imprime et garde son adresse.
        </p>
      </section>
      <Help porteurEmail={props.porteurEmail} grappeName={props.grappeName} />
    </Layout>
  )
}

/** What this deposit brought and, apart, what stayed from before: documents, each with its photos. */
function Parts({ token, antivirus, parts: { received, kept } }: MemberReceiptProps) {
  const files = (documents: ReceiptParts['kept']) => (
    <FileList
      version={{ files: documents.flatMap(({ document, originals }) => [document, ...originals]) }}
      antivirus={antivirus}
      hrefOf={(file: StoredFile) => urlTo('memberFile', { token, file: file.id })}
    />
  )
  return (
    <>
      {received.length === 0 ? null : (
        <>
          <h3>{count(received.length, 'fichier reçu', 'fichiers reçus')}</h3>
          {files(received)}
        </>
      )}
      {kept.length === 0 ? null : (
        <>
          <h3>{count(kept.length, 'fichier gardé', 'fichiers gardés')} d’un dépôt précédent</h3>
          {files(kept)}
        </>
      )}
    </>
  )
}

/** The next piece as a button, how many come after it, and what is still to be answered. */
function WhatNext({ token, tasks, pieceId, records }: MemberReceiptProps) {
  const next = nextTask(tasks)
  const required = tasks.filter(task => task.outstanding && task.required).length
  const optional = tasks.filter(task => task.outstanding && !task.required).length
  return (
    <section aria-labelledby="reste">
      <h2 id="reste">{leftWords(required, optional)}</h2>
      {next === null ? null : (
        <p>
          {next.deadlineOn === null
            ? 'La suivante'
            : `La plus proche, avant le ${formatClosing(next.deadlineOn)}`}
          {' : '}« {next.name} » pour {next.ownerName}.
        </p>
      )}
      <Answers records={records} token={token} secondary={next !== null} />
      <p class="actions">
        {next === null ? null : (
          <a class="button" href={urlTo('memberPiece', { token, piece: next.pieceId })}>
            {next.state === 'attendue' ? 'Déposer' : 'Corriger'} « {next.name} »
          </a>
        )}
        <a class="button secondary" href={urlTo('memberHome', { token })}>
          Revenir à vos pièces
        </a>
        <a href={urlTo('memberPiece', { token, piece: pieceId })}>Revoir ou corriger ce dépôt</a>
      </p>
    </section>
  )
}

/** Nothing left to deposit is not nothing left to do. */
function Answers(props: { records: readonly MemberRecord[]; token: string; secondary: boolean }) {
  const total = (of: 'questions' | 'facts') => props.records.reduce((sum, record) => sum + record[of], 0)
  const asked = askedWords(total('questions'), total('facts'))
  if (asked === '') return null
  return (
    <>
      <p>
        {props.secondary ? 'Il reste aussi' : 'Il reste'} à répondre : {asked}.
      </p>
      <NextAnswer {...props} />
    </>
  )
}

function leftWords(required: number, optional: number): string {
  const more = optional === 0 ? '' : `${count(optional, 'pièce facultative', 'pièces facultatives')}`
  if (required > 0) {
    return (
      `Il reste ${count(required, 'pièce obligatoire', 'pièces obligatoires')} à déposer` +
      (more === '' ? '' : ` et ${more}`)
    )
  }
  return more === '' ? 'Il ne reste rien à déposer' : `Tout l’obligatoire est déposé, il reste ${more}`
}
