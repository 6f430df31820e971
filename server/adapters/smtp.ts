/** Mail through nodemailer, when SMTP_URL is set. */
import { createTransport } from 'nodemailer'
import type { Mailer } from '../steps/ports.ts'

const TIMEOUT_MS = 15_000

/** @param url `smtp://user:password@host:port` or `smtps://…` */
export function openSmtp(url: string, from: string): NonNullable<Mailer> & { close(): void } {
  const transport = createTransport({
    url,
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
  } as Parameters<typeof createTransport>[0])
  return {
    async send(mail) {
      await transport.sendMail({ from, to: mail.recipient, subject: mail.subject, text: mail.text })
    },
    close: () => transport.close(),
  }
}
