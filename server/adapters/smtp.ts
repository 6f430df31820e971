/**
 * Mail through nodemailer, when SMTP_URL is set. One connection a mail: a broken one takes no other mail with
 * it.
 */
import { createTransport } from 'nodemailer'
import type { Delivery, Mailer, OutgoingMail } from '../steps/ports.ts'

const CONNECT_MS = 15_000

/** Mail servers may think for a while about a message before they take it. */
const ANSWER_MS = 60_000

/** @param url `smtp://user:password@host:port` or `smtps://…` */
export function openSmtp(url: string, from: string): NonNullable<Mailer> & { close(): void } {
  const transport = createTransport({
    url,
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: ANSWER_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  } as Parameters<typeof createTransport>[0])
  return {
    async send(mail) {
      try {
        await transport.sendMail({ from, ...messageOf(mail) })
        return { state: 'sent' }
      } catch (error) {
        return deliveryOf(error)
      }
    },
    close: () => transport.close(),
  }
}

function messageOf(mail: OutgoingMail) {
  const { id, recipient, subject, text, html, replyTo, grappe, stopAddress, host } = mail
  const list = {
    ...(grappe === null ? {} : { id: { url: `${grappe.id}.${host}`, comment: grappe.name } }),
    ...(stopAddress === null ? {} : { unsubscribe: { url: stopAddress } }),
  }
  return {
    to: { name: '', address: recipient },
    ...(replyTo === null ? {} : { replyTo: { name: '', address: replyTo } }),
    subject,
    text,
    ...(html === null ? {} : { html }),
    messageId: `<${id}@${host}>`,
    // RFC 3834: nobody's absence is answered to a program. Exchange has a header of its own for the same.
    headers: {
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'OOF, AutoReply',
      // RFC 8058: the mailbox itself offers to stop it, by a POST that a scanner does not make.
      ...(stopAddress === null ? {} : { 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' }),
    },
    list,
  }
}

/**
 * Only a refusal of the recipient or of the message is for good: the sender's own settings are mended and
 * tried again.
 */
function deliveryOf(error: unknown): Delivery {
  const fault = error as { responseCode?: number; response?: string; command?: string; code?: string }
  if (fault.responseCode === undefined || fault.response === undefined) {
    return { state: 'failed', answer: `pas de réponse (${fault.code ?? 'faute inconnue'})` }
  }
  const forGood = fault.responseCode >= 500 && (fault.command === 'RCPT TO' || fault.command === 'DATA')
  return { state: forGood ? 'refused' : 'failed', answer: fault.response }
}
