/** The messages written for a grappe: who was told what, whether it left, and how to send it oneself. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import type { Instant } from '../../../server/domain/call.ts'
import { hasLeft, type MailFacts, type Sender } from '../../../server/domain/mail.ts'
import { CopyField, Csrf, Empty } from '../components.tsx'
import { count, list, moment } from '../format.ts'
import type { PorteurFrame } from '../layout.tsx'
import type { GrappeTitle } from './grappe-nav.tsx'
import { GrappePage } from './grappe-page.tsx'
import { MailState } from './mail-state.tsx'
import { Email } from './members.tsx'

interface MailShown extends MailFacts {
  id: string
  recipient: string
  subject: string
  text: string
  /** null for a message without a link, or whose link can no longer be shown. */
  link: string | null
  createdAt: Instant
  /** Whether it waits for a link that this server cannot make. */
  linkLost: boolean
  /** When it is tried again; null when it never will be, or was not tried. */
  nextAttemptAt: Instant | null
}

interface MailsProps {
  frame: PorteurFrame
  grappe: GrappeTitle
  timeZone: string
  /** Whether a mail server is configured. */
  sends: boolean
  /** Those of this page, newest first. */
  mails: readonly MailShown[]
  /** Ids of those that the porteur is to send itself, on all pages. */
  toSend: readonly string[]
  /** Of the grappe. */
  total: number
  /** Whether only those to send are shown. */
  isFiltered: boolean
  page: number
  pages: number
  /** Who signs them. */
  sender: Sender | null
}

export function MailsPage(props: MailsProps): JSX.Element {
  const { frame, grappe, sends, mails, toSend, total } = props
  return (
    <GrappePage frame={frame} grappe={grappe} tab="mails" title="Messages" scripts={['copy']}>
      <p class="lead">
        {sends
          ? 'Les messages écrits pour cette grappe, du plus récent au plus ancien.'
          : 'Ce serveur n’envoie pas d’e-mails : envoyez vous-même ces messages, depuis votre messagerie.'}
      </p>
      <Signature {...props} />
      {total === 0 ? (
        <Empty title="Aucun message pour l’instant">
          <p>
            Un message est écrit quand vous{' '}
            <a href={urlTo('invitations', { grappe: grappe.grappeId })}>invitez un membre</a> ou refusez une
            pièce.
          </p>
        </Empty>
      ) : (
        <>
          {toSend.length === 0 ? null : <ToSend {...props} />}
          {mails.map(mail => (
            <MailCard key={mail.id} mail={mail} {...props} />
          ))}
          <Pages {...props} />
        </>
      )}
    </GrappePage>
  )
}

/** What members lack to know who writes; nothing when they have it all. */
function Signature({ sender, grappe: { grappeId } }: MailsProps) {
  if (sender === null) return null
  const { ogId, contactName, contactPhone } = sender
  if (ogId === null) {
    return (
      <p class="motive">
        Vos messages ne disent pas au nom de quel organisme vous écrivez :{' '}
        <a href={urlTo('members', { grappe: grappeId })}>dites lequel porte la grappe</a>, avec un nom et un
        téléphone.
      </p>
    )
  }
  const lacking = [contactName === null ? 'nom' : null, contactPhone === null ? 'téléphone' : null]
  const words = list(
    lacking.filter(word => word !== null),
    'ni',
  )
  return words === '' ? null : (
    <p class="motive">
      Vos messages sont signés sans {words} :{' '}
      <a href={urlTo('editOg', { grappe: grappeId, og: ogId })}>complétez la fiche de votre organisme</a>.
    </p>
  )
}

/** All of them at once. */
function ToSend({ frame, grappe: { grappeId }, toSend, total, isFiltered }: MailsProps) {
  return (
    <section class="card" aria-labelledby="a-envoyer">
      <h2 id="a-envoyer">{count(toSend.length, 'message à envoyer', 'messages à envoyer')}</h2>
      <p>
        {toSend.length === 1
          ? 'Ouvrez-le dans votre messagerie, ou téléchargez-le : le fichier .eml s’ouvre prêt à partir. ' +
            'Puis notez ici qu’il est envoyé.'
          : 'Ouvrez-les un par un dans votre messagerie, ou téléchargez-les tous : chaque fichier .eml ' +
            's’ouvre prêt à partir. Puis notez ici qu’ils sont envoyés.'}
      </p>
      <div class="actions">
        <a class="button" href={urlTo('mailDrafts', { grappe: grappeId })}>
          {toSend.length === 1 ? 'Télécharger le brouillon (ZIP)' : 'Télécharger les brouillons (ZIP)'}
        </a>
        <form method="post" action={urlTo('markMails', { grappe: grappeId })}>
          <Csrf token={frame.csrf} />
          <input type="hidden" name="envoye" value="oui" />
          {toSend.map(id => (
            <input key={id} type="hidden" name="mail" value={id} />
          ))}
          <button type="submit" class="secondary">
            {toSend.length === 1 ? 'Je l’ai envoyé' : `J’ai envoyé les ${toSend.length}`}
          </button>
        </form>
        {isFiltered ? (
          total === toSend.length ? null : (
            <a href={`${urlTo('mails', { grappe: grappeId })}?voir=tous`}>Voir les {total} messages</a>
          )
        ) : (
          <a href={urlTo('mails', { grappe: grappeId })}>Ne voir que ceux à envoyer</a>
        )}
      </div>
    </section>
  )
}

function MailCard({ mail, timeZone, sends, frame, grappe: { grappeId } }: MailsProps & { mail: MailShown }) {
  const { id, recipient, subject, text, link } = mail
  return (
    <article class="card mail" aria-labelledby={`message-${id}`}>
      <h2 id={`message-${id}`}>{subject}</h2>
      <p>
        À{' '}
        <strong>
          <Email address={recipient} />
        </strong>
        , écrit le {moment(mail.createdAt, timeZone)}
      </p>
      <p>
        <MailState mail={mail} timeZone={timeZone} sends={sends} />
      </p>
      <details>
        <summary>
          Lire{mail.linkLost ? '' : ', copier ou envoyer'} le message
          <span class="visually-hidden"> à {recipient}</span>
        </summary>
        {mail.linkLost ? (
          <p class="mail-text">{text}</p>
        ) : (
          <>
            <div class="field copy" data-copy>
              <label htmlFor={`texte-${id}`}>Le message</label>
              <textarea id={`texte-${id}`} class="full" readOnly rows={12}>
                {text}
              </textarea>
              <div class="copy-line">
                <button type="button" class="secondary" hidden data-copy-button>
                  Copier le message
                </button>
                <span class="copied" role="status" data-copy-status />
              </div>
            </div>
            {link === null ? null : (
              <CopyField id={`lien-${id}`} label={`Lien de ${recipient}`} value={link} />
            )}
          </>
        )}
      </details>
      {mail.linkLost || mail.sentAt !== null ? null : (
        <div class="actions">
          {hasLeft(mail) ? null : <Drafts mail={mail} grappeId={grappeId} />}
          <form method="post" action={urlTo('markMails', { grappe: grappeId })}>
            <Csrf token={frame.csrf} />
            <input type="hidden" name="mail" value={id} />
            <input type="hidden" name="envoye" value={hasLeft(mail) ? 'non' : 'oui'} />
            <button type="submit" class="secondary">
              {hasLeft(mail) ? 'Finalement, pas encore envoyé' : 'Je l’ai envoyé'}
              <span class="visually-hidden"> à {recipient}</span>
            </button>
          </form>
        </div>
      )}
    </article>
  )
}

/** Longer addresses are cut by some mail programs, without a word: the file then serves alone. */
const LONGEST_MAILTO = 2000

function Drafts({ mail, grappeId }: { mail: MailShown; grappeId: string }) {
  const { id, recipient, subject, text } = mail
  const body = encodeURIComponent(text.replace(/\r?\n/g, '\r\n'))
  const mailto = `mailto:${encodeURIComponent(recipient)}?subject=${encodeURIComponent(subject)}&body=${body}`
  return (
    <>
      {mailto.length > LONGEST_MAILTO ? null : (
        <a class="button" href={mailto}>
          Ouvrir dans ma messagerie<span class="visually-hidden"> le message à {recipient}</span>
        </a>
      )}
      <a href={urlTo('mailDraft', { grappe: grappeId, mail: id })}>
        Brouillon .eml<span class="visually-hidden"> du message à {recipient}</span>
      </a>
    </>
  )
}

function Pages({ grappe: { grappeId }, isFiltered, page, pages }: MailsProps) {
  if (pages === 1) return null
  const at = (number: number) =>
    `${urlTo('mails', { grappe: grappeId })}?${isFiltered ? '' : 'voir=tous&'}page=${number}`
  return (
    <nav aria-label="Pages des messages" class="actions">
      {page > 1 ? <a href={at(page - 1)}>Plus récents</a> : null}
      <span>
        Page {page} sur {pages}
      </span>
      {page < pages ? <a href={at(page + 1)}>Plus anciens</a> : null}
    </nav>
  )
}
