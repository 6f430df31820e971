/**
 * What people write, made fit for a mail of ours: mailboxes turn whatever looks like an address into a link,
 * and a link in a mail of this server would be trusted as this server's.
 */

/** Endings of file names that no domain of the internet has: these read as they were sent. */
const FILE_ENDING =
  /^(?:pdf|docx?|xlsx?|pptx?|od[tsp]|csv|txt|rtf|xml|jpe?g|png|tiff?|heic|heif|eml|msg|p7[ms]|json|ics)$/i

/** An e-mail address, which stays; the head of an address; or words with a dot between, as domains have. */
const LINK_LIKE =
  /[\w.+-]+@[\w-]+(?:\.[\w-]+)+|([a-z][a-z\d+.-]*:)(?=[/\\]{2})|((?:[\p{L}\d_-]+[.。．｡])+)([\p{L}\d-]{2,})/giu

/** Without any of these, no part of a text looks like an address: most are found out at once. */
const MAY_LINK = /[.。．｡][\p{L}\d_-]|:[/\\]{2}|\{(?:lien|resume)\}/u

/** The same words, where no mailbox finds an address to make a link of; e-mail addresses stay. */
export function withoutLinks(text: string): string {
  if (!MAY_LINK.test(text)) return text
  return text
    .replace(LINK_LIKE, (found: string, scheme?: string, labels?: string, ending = '') => {
      if (scheme !== undefined) return `${scheme} `
      const isDomain = labels !== undefined && /\p{L}/u.test(ending) && !FILE_ENDING.test(ending)
      return isDomain ? labels.replace(/(?<=[.。．｡])/gu, ' ') + ending : found
    })
    .replace(/\{(?=(?:lien|resume)\})/g, '{ ')
}

/** Longest name of a person that one says hello to: a longer one is no name. */
const MAX_NAME_CHARACTERS = 60

/** The first line of a mail to somebody. */
export function hello(name: string | null): string {
  const isName = name !== null && name.length <= MAX_NAME_CHARACTERS && !/[\r\n]/.test(name)
  return isName ? `Bonjour ${name},` : 'Bonjour,'
}

/** Somebody's words within a line of ours, between the marks that say so. */
export const quoted = (words: string): string => `« ${words.replace(/\s+/g, ' ').trim()} »`
