/** What both sides are told of a deposit kept in part, and of something taken out. */
import { documentsOf, type StoredFile, type Version } from '../../domain/piece.ts'
import type { Received } from '../../steps/collection/receive-document.ts'
import type { TakenOut } from '../../steps/collection/take-out.ts'

/** @param fileId one document of the version; null, or the only one, for all of it. */
export function leavingOf(
  version: Version,
  fileId: string | null,
): { leaving: StoredFile[]; staying: StoredFile[] } {
  const documents = documentsOf(version)
  const leaving = documents.filter(({ id }) => id === fileId)
  return leaving.length === 0
    ? { leaving: documents, staying: [] }
    : { leaving, staying: documents.filter(({ id }) => id !== fileId) }
}

export function takenOutSentence({ number, fileName, current }: TakenOut): string {
  if (fileName !== null) {
    return `« ${fileName} » est retiré : la version ${current?.number ?? ''} compte sans lui.`
  }
  return current === null
    ? `La version ${number} est retirée : la pièce est de nouveau attendue.`
    : `La version ${number} est retirée : la version ${current.number} est de nouveau la dernière.`
}

/** Of a deposit that was not taken whole. */
export function keptSentence(version: Version): string {
  const names = documentsOf(version).map(file => `« ${file.name} »`)
  return (
    `Enregistré dans la version ${version.number} : ${names.join(', ')}. ` +
    'Corrigez ce qui a été refusé, puis déposez-le.'
  )
}

/** What is worth a word of a deposit taken whole; null when nothing is. */
export function depositNotice({ alreadyReceived, doubtful }: Received): string | null {
  if (alreadyReceived) return 'Ces fichiers étaient déjà déposés : rien n’a été enregistré deux fois.'
  if (doubtful.length === 0) return null
  const names = doubtful.map(name => `« ${name} »`).join(', ')
  return `${names} : la marque de fin manque à cette photo, mais tout s’est lu. Vérifiez qu’elle est entière.`
}
