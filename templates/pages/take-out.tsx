/** Before something is taken out of a piece: what it is, and what becomes of the piece. For both sides. */
import type { ComponentChildren, JSX } from 'preact'
import type { StoredFile, Version } from '../../server/domain/piece.ts'
import { count, list, moment } from './format.ts'
import { fileFacts } from './versions.tsx'

interface TakeOutProps {
  pieceName: string
  ownerName: string
  version: Version
  /** Documents of the version that would stay in the piece; none when all of it goes. */
  staying: readonly StoredFile[]
  leaving: readonly StoredFile[]
  /** The version that would count again, when all of this one goes. */
  previous: Version | null
  timeZone: string
  action: string
  backHref: string
  /** Hidden fields: the file, the forgery token. */
  children?: ComponentChildren
}

export function TakeOut(props: TakeOutProps): JSX.Element {
  const { pieceName, ownerName, version, staying, leaving, previous, timeZone } = props
  const isWhole = staying.length === 0
  return (
    <>
      <h1>{isWhole ? `Retirer la version ${version.number} ?` : 'Retirer ce fichier ?'}</h1>
      <p class="lead">
        « {pieceName} » de {ownerName}, déposée le {moment(version.depositedAt, timeZone)} par{' '}
        {version.depositedBy}.
      </p>
      <h2>{count(leaving.length, 'fichier sort', 'fichiers sortent')} du dossier</h2>
      <ul>
        {leaving.map(file => (
          <li key={file.id}>
            {file.name} <span class="muted">{fileFacts(file).join(', ')}</span>
          </li>
        ))}
      </ul>
      <p>{isWhole ? whatIsLeft(previous) : whatStays(staying)}</p>
      <p class="muted">
        Rien n’est effacé : ce qui est retiré reste visible dans l’historique de la pièce, avec le nom de qui
        l’a retiré.
      </p>
      <form method="post" action={props.action} class="actions">
        {props.children}
        <button type="submit" class="danger">
          {isWhole ? `Retirer la version ${version.number}` : 'Retirer ce fichier'}
        </button>
        <a class="button secondary" href={props.backHref}>
          Ne rien retirer
        </a>
      </form>
    </>
  )
}

const whatStays = (staying: readonly StoredFile[]) =>
  `${staying.length === 1 ? 'Reste' : 'Restent'} dans la pièce : ` +
  `${list(staying.map(({ name }) => `« ${name} »`))}.`

function whatIsLeft(previous: Version | null): string {
  if (previous === null) return 'Il ne restera rien : la pièce sera de nouveau attendue.'
  return previous.decision === 'refusee'
    ? `La version ${previous.number}, refusée, redevient la dernière : la pièce sera de nouveau à corriger.`
    : `La version ${previous.number} redevient la version actuelle.`
}
