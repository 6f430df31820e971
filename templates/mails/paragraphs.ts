/** What every mail is made of. */

export interface MailText {
  subject: string
  /** Paragraphs with an empty line between them. */
  text: string
}

export const paragraphs = (...parts: string[]): string => parts.join('\n\n')

export const KEEP_PRIVATE =
  'Ce lien est personnel : quiconque l’ouvre peut agir à votre place. Ne le transférez qu’aux personnes concernées.'
