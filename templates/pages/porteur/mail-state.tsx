/** What became of a mail, in a word, a shape and a colour. */
import type { JSX } from 'preact'
import type { Instant } from '../../../server/domain/call.ts'
import type { MailFacts, MailLimit } from '../../../server/domain/mail.ts'
import { moment } from '../format.ts'

interface MailStateProps {
  mail: MailFacts & { linkLost?: boolean; nextAttemptAt?: Instant | null }
  timeZone: string
  /** Whether a mail server is configured: without one, nothing leaves by itself. */
  sends: boolean
}

/** Why it waits, whatever the limit is set to. */
export const HELD_WORDS: Readonly<Record<MailLimit, string>> = {
  destinataire: 'Cette personne a reçu en 24 heures autant de messages que ce serveur lui en envoie',
  porteur: 'Vos grappes ont écrit en 24 heures autant de messages que ce serveur en envoie pour elles',
  serveur: 'Ce serveur a envoyé en 24 heures autant de messages qu’il peut',
}

/** Of an invitation beside whoever was invited; nothing when none waits. */
export function HeldInvitation({ until }: { until: Instant | undefined }): JSX.Element | null {
  return until === undefined ? null : (
    <>Le message attend : trop ont été écrits en 24 heures. Il part le {moment(until, 'Europe/Paris')}.</>
  )
}

export function MailState({ mail, timeZone, sends }: MailStateProps): JSX.Element {
  const { sentAt, handSentAt, bouncedAt, failure, held, linkLost = false, nextAttemptAt = null } = mail
  if (sentAt !== null) {
    return (
      <>
        <span class="etat acceptee">envoyé</span> le {moment(sentAt, timeZone)}
      </>
    )
  }
  if (handSentAt !== null) {
    return (
      <>
        <span class="etat acceptee">envoyé par vous</span> noté le {moment(handSentAt, timeZone)}
      </>
    )
  }
  if (bouncedAt !== null) {
    return (
      <>
        <span class="etat refusee">adresse refusée</span> Le serveur de messagerie l’a refusé : {failure}.
        Vérifiez l’adresse, puis invitez à nouveau, ou transmettez le lien vous-même.
      </>
    )
  }
  if (linkLost) {
    return (
      <>
        <span class="etat refusee">ne part pas</span> Il attend : {failure}.
      </>
    )
  }
  if (held !== null) {
    return (
      <>
        <span class="etat attendue">attend</span> {HELD_WORDS[held.by]} : il part le{' '}
        {moment(held.until, timeZone)}.
      </>
    )
  }
  if (failure !== null) {
    return (
      <>
        <span class="etat attendue">à réessayer</span> Le serveur de messagerie ne l’a pas pris : {failure}.
        {nextAttemptAt === null ? '' : ` Prochain essai le ${moment(nextAttemptAt, timeZone)}.`}
      </>
    )
  }
  return sends ? (
    <>
      <span class="etat attendue">en attente</span> L’envoi n’est pas terminé.
    </>
  ) : (
    <>
      <span class="etat attendue">à envoyer</span> Il ne part pas tout seul.
    </>
  )
}
