/** What is said of the links handed out, and of the messages that carry them. */
import { count } from '../../../../templates/pages/format.ts'
import type { Invitation } from '../../../steps/collection/invite-members.ts'
import type { Context } from '../../../steps/ports.ts'

/** Messages are read on the page where the server has no mail server to send them by. */
export function writtenWords(messages: number, { mailer }: Pick<Context, 'mailer'>): string {
  const where = mailer === null ? ' dans l’onglet Messages' : ''
  return `${count(messages, 'message')} ${messages < 2 ? 'écrit' : 'écrits'}${where}`
}

export function readySentence({ name, email, mailed }: Invitation, context: Pick<Context, 'mailer'>): string {
  const mail =
    email === null
      ? 'copiez-le pour le lui donner'
      : mailed
        ? `${writtenWords(1, context)} pour ${email}`
        : `un message vient déjà d’être écrit pour ${email}`
  return `Le lien de « ${name} » est prêt : ${mail}.`
}

export function allReadySentence(
  invitations: readonly Invitation[],
  context: Pick<Context, 'mailer'>,
): string {
  if (invitations.length === 0) return 'Tous avaient déjà leur lien : rien n’a été envoyé.'
  const mailed = invitations.filter(invitation => invitation.mailed).length
  const waiting = invitations.filter(invitation => invitation.email !== null && !invitation.mailed).length
  const ready = `${count(invitations.length, 'lien')} ${invitations.length < 2 ? 'prêt' : 'prêts'}`
  const written = mailed === 0 && waiting > 0 ? '' : `, ${writtenWords(mailed, context)}`
  const before =
    waiting === 0
      ? ''
      : ` Un message venait déjà d’être écrit pour ${count(waiting, 'personne')} : pas d’autre.`
  return `${ready}${written}.${before}`
}

export function handedSentence(
  label: string,
  email: string | null,
  context: Pick<Context, 'mailer'>,
): string {
  const mail = email === null ? 'copiez-le ci-dessous' : writtenWords(1, context)
  return `Le lien de lecture de « ${label} » est prêt : ${mail}.`
}

export function reissuedSentence(label: string, mailed: boolean, context: Pick<Context, 'mailer'>): string {
  const mail = mailed ? writtenWords(1, context) : 'copiez le nouveau pour le lui donner'
  return `Le lien de « ${label} » est remplacé, l’ancien ne fonctionne plus : ${mail}.`
}
