/**
 * What the person who starts the server reads: where it is, and on the embedded default one link per journey.
 */
import { and, eq, gt, isNull } from 'drizzle-orm'
import { links } from '../schema/tables.ts'
import { urlTo } from '../schema/urls.ts'
import type { Config } from './config.ts'
import { findDemonstrationLinks, makeDemonstrationOnce } from './demonstration.ts'
import { issueLink } from './steps/access/links.ts'
import { findOrCreatePorteur, issueSignInLink } from './steps/access/sign-in.ts'
import type { Context } from './steps/ports.ts'

/** Prints to the terminal, on purpose outside the log: these lines hold capabilities. */
export async function welcome(context: Context, config: Config): Promise<void> {
  const lines = ['', `grappe-kit est prêt : ${context.publicUrl()}/`]
  if (config.demo) {
    await makeDemonstrationOnce(context)
    const demonstration = await findDemonstrationLinks(context)
    if (demonstration !== null) {
      const porteur = await findOrCreatePorteur(context.db, context, demonstration.porteurEmail)
      const signIn = await issueSignInLink(context.db, context, porteur)
      lines.push(
        '',
        'Une grappe de démonstration, entièrement fictive, vous attend. Un lien par parcours :',
        `  Porteur (sert une fois, 30 minutes) : ${context.publicUrl()}` +
          `${urlTo('signInLink', { token: signIn.token })}`,
        `  Établissement                       : ${demonstration.member}`,
        `  Instructeur de l’ARS                : ${demonstration.reviewer}`,
      )
    }
  }
  if (context.mailer === null) {
    lines.push(
      '',
      'Administration (boîte d’envoi, puisque aucun SMTP_URL n’est réglé, et registre FINESS) :',
      `  ${context.publicUrl()}` +
        `${urlTo('administration', { token: await freshAdministrationToken(context) })}`,
    )
  }
  lines.push('', 'Pour arrêter : Ctrl+C', '')
  process.stdout.write(`${lines.join('\n')}\n`)
}

/** Each start revokes the administration links of the starts before it. */
async function freshAdministrationToken(context: Context): Promise<string> {
  const now = context.now()
  await context.db
    .update(links)
    .set({ revokedAt: now })
    .where(and(eq(links.kind, 'administration'), isNull(links.revokedAt), gt(links.expiresAt, now)))
  const link = await issueLink(context.db, context, { kind: 'administration', label: 'Administration' })
  return link.token
}
