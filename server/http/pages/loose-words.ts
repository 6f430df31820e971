/**
 * What is said of files that were sent together: once they are there, once they are filed, once they are
 * gone.
 */
import { count } from '../../../templates/pages/format.ts'
import type { FiledPiece, OpenedFiles } from '../../steps/collection/loose-files.ts'

export function openedNotice({ files, left }: OpenedFiles): string {
  const taken =
    files === 0 ? '' : ` ${count(files, 'fichier sorti', 'fichiers sortis')} des archives et des messages.`
  const why = left.map(({ name, why: reason }) => ` « ${name} » : ${reason}.`).join('')
  return `Vos fichiers sont là. Rien n’est déposé avant que vous ne le confirmiez.${taken}${why}`
}

/** Reasons told in the notice; the others are beside their files. */
const MOST_TOLD = 5

export function filedNotice(
  filed: ReadonlyArray<FiledPiece & { pieceName: string; ownerName: string }>,
): string {
  const done = filed.filter(({ version }) => version !== null)
  const files = done.reduce((sum, each) => sum + each.files.length, 0)
  const refused = filed.filter(each => each.refused.length > 0)
  if (filed.length === 0) return 'Rien n’a été déposé : cochez les fichiers à déposer.'
  const made =
    files === 0
      ? 'Rien n’a été déposé.'
      : `${count(files, 'fichier déposé', 'fichiers déposés')} pour ${count(done.length, 'pièce')}.`
  const reasons = refused
    .slice(0, MOST_TOLD)
    .map(each => ` « ${each.pieceName} » de ${each.ownerName} : ${each.refused.join(' ')}`)
  const more = refused.length > MOST_TOLD ? ` Et ${count(refused.length - MOST_TOLD, 'autre pièce')}.` : ''
  return made + reasons.join('') + more
}

export const removedNotice = (files: number): string =>
  files === 0
    ? 'Rien n’a été retiré : cochez les fichiers à retirer.'
    : `${count(files, 'fichier retiré', 'fichiers retirés')} d’ici. Aucun n’était dans le dossier.`
