/** What is said of a deposit in progress, aloud and beside its files. */

// As the other modules of the deposit: under the version of this one.
const version = new URL(import.meta.url).search
/** @type {typeof import('./upload-rules.js')} */
const { countOf } = await import(`./upload-rules.js${version}`)

export const ALL_SENT = 'Tout est envoyé : le serveur vérifie et enregistre…'
export const SENDING = 'Envoi en cours.'
export const ALL_PAUSED = 'Tout est en pause. Ce qui est envoyé est gardé.'
export const CANCELLED = 'Envoi annulé : rien n’a été déposé.'
export const LINE_LOST = 'La connexion est coupée. L’envoi reprendra de lui-même là où il s’est arrêté.'
export const LINE_FOUND = 'La connexion est rétablie : l’envoi reprend là où il s’est arrêté.'
export const LINE_STALLED =
  'La ligne ne répond plus. Ce qui est envoyé est gardé, l’envoi réessaie de lui-même.'
export const SENT_BY_FORM =
  'Votre réseau refuse l’envoi par morceaux : vos fichiers partent d’un seul tenant. ' +
  'Gardez cette page ouverte jusqu’au reçu.'
export const NEEDS_FORM_AGAIN =
  'Votre réseau refuse l’envoi par morceaux. Retirez les fichiers déjà envoyés, choisissez-les de nouveau, ' +
  'puis déposez : ils partiront d’un seul tenant.'

/** @param {number} refused files in the list, all of them */
export function nothingToSend(refused) {
  if (refused === 0) return 'Choisissez un fichier, puis déposez-le.'
  const why =
    refused < 2
      ? 'ce fichier est refusé, pour la raison écrite au-dessus'
      : 'ces fichiers sont refusés, pour les raisons écrites au-dessus'
  return `Rien n’a été déposé : ${why}. Choisissez-en d’autres.`
}

/** @param {number} files */
export const readyToSend = files => `${countOf(files, 'fichier prêt', 'fichiers prêts')} à envoyer.`

/** @param {string} name */
export const removed = name => `« ${name} » retiré.`

/**
 * @param {string} name
 * @param {number} page from 1
 * @param {number} pages
 */
export const movedTo = (name, page, pages) => `« ${name} » est la page ${page} sur ${pages}.`

/**
 * @param {string} name
 * @param {number} sent
 * @param {number} files
 */
export const isSent = (name, sent, files) => `« ${name} » envoyé (${sent} sur ${files}).`

/** @param {{ name: string, reason: string }} file */
export const hasFailed = ({ name, reason }) => `« ${name} » : ${reason}`

/** @param {string} name */
export const isPaused = name => `« ${name} » en pause.`

/** @param {string} name */
export const resumes = name => `« ${name} » : l’envoi reprend.`

/** @param {number} quarter */
export const quarterSent = quarter => `${quarter * 25} % envoyés.`

/** @param {number} failed */
export function someFailed(failed) {
  const which = failed < 2 ? 'ce fichier' : 'ces fichiers'
  return (
    `${countOf(failed, 'fichier n’a pas pu être envoyé', 'fichiers n’ont pas pu être envoyés')}. ` +
    `Rien n’est encore déposé : réessayez, ou retirez ${which}, puis déposez les autres.`
  )
}

/**
 * @param {number} refused
 * @param {number} left files that are sent and not refused
 */
export function someRefused(refused, left) {
  const what = `${countOf(refused, 'fichier refusé', 'fichiers refusés')}, rien n’est encore déposé.`
  if (left === 0) return what
  const others = countOf(left, 'autre fichier est envoyé', 'autres fichiers sont envoyés')
  return `${what} ${others} : choisissez de quoi remplacer, ou déposez sans.`
}

/** @param {number} files begun before the page was opened */
export function someUnfinished(files) {
  const which = files < 2 ? 'ce fichier' : 'ces fichiers'
  return (
    `${countOf(files, 'envoi n’est pas terminé', 'envois ne sont pas terminés')}. ` +
    `Choisissez de nouveau ${which} : l’envoi continuera là où il s’est arrêté.`
  )
}
