/**
 * What the person who starts the server reads: where it is, and on the embedded default one link per journey.
 */
import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { and, eq, gt, isNull } from 'drizzle-orm'
import { links } from '../schema/tables.ts'
import { urlTo } from '../schema/urls.ts'
import { writeDurably } from './adapters/data-folder/durable.ts'
import type { Config } from './config.ts'
import { DEMONSTRATION_READER, findDemonstrationLinks, makeDemonstrationOnce } from './demonstration.ts'
import { listColleagues } from './steps/access/colleagues.ts'
import { issueLink } from './steps/access/links.ts'
import { findOrCreatePorteur, issueSignInLink } from './steps/access/sign-in.ts'
import type { Context } from './steps/ports.ts'

/** Where the links are, when nobody in particular reads what the server prints. */
export const LINKS_FILE = 'liens-de-demarrage.txt'

/**
 * Says that the server is ready, and gives the links of this start to whoever starts it, and to nobody else:
 * on their terminal, otherwise in a file of the data folder that its owner alone reads.
 */
export async function welcome(context: Context, config: Config): Promise<void> {
  const path = join(resolve(config.dataDir), LINKS_FILE)
  const startLinks = await listStartLinks(context, config)
  const lines = ['', `grappe-kit est prêt : ${context.publicUrl()}/`]
  if (isReadByStarter(config, process.stdout.isTTY)) {
    // Of an earlier start, whose administration link has just ended.
    await rm(path, { force: true })
    lines.push(...startLinks, '', 'Pour arrêter : Ctrl+C')
  } else {
    await writeDurably(path, `${startLinks.join('\n').trim()}\n`)
    lines.push(`Les liens de ce démarrage sont dans ${path}, que son propriétaire seul peut lire.`)
  }
  process.stdout.write(`${lines.join('\n')}\n\n`)
}

/**
 * Whether what the server prints is read by whoever starts it, and kept by nobody: a log stream is copied to
 * machines and people that a capability is not for. `npm start` counts as a terminal, so that a first try
 * whose output is redirected still shows its links; an image says NODE_ENV=production, a collector
 * LOG_FORMAT=json.
 */
function isReadByStarter(
  { isProduction, logFormat, startedByNpm }: Pick<Config, 'isProduction' | 'logFormat' | 'startedByNpm'>,
  isTerminal: boolean,
): boolean {
  return !isProduction && logFormat !== 'json' && (isTerminal || startedByNpm)
}

/** One line each, and the words before them: these lines hold capabilities. */
async function listStartLinks(context: Context, config: Config): Promise<string[]> {
  const lines: string[] = []
  if (config.demo) {
    await makeDemonstrationOnce(context)
    const demonstration = await findDemonstrationLinks(context)
    if (demonstration !== null) {
      const porteur = await findOrCreatePorteur(context.db, context, demonstration.porteurEmail)
      const addressOf = async (person: Parameters<typeof issueSignInLink>[2]) => {
        const { token } = await issueSignInLink(context.db, context, person)
        return context.publicUrl() + urlTo('signInLink', { token })
      }
      const people = await listColleagues(context.db, porteur.id)
      const reader = people.find(({ email }) => email === DEMONSTRATION_READER)
      lines.push(
        '',
        'Une grappe de démonstration, entièrement fictive, vous attend. Un lien par parcours :',
        `  Porteur (sert une fois, 30 minutes) : ${await addressOf(porteur)}`,
        `  Établissement                       : ${demonstration.member}`,
        `  Instructeur de l’ARS                : ${demonstration.reviewer}`,
      )
      if (reader !== undefined) {
        const own = { id: porteur.id, colleagueId: reader.id, email: reader.email }
        lines.push(`  Collègue du porteur, qui lit        : ${await addressOf(own)}`)
      }
    }
  }
  const outbox = context.mailer === null ? ', boîte d’envoi (aucun SMTP_URL n’est réglé)' : ''
  lines.push(
    '',
    `Administration : état du serveur, registre FINESS${outbox}`,
    `  ${context.publicUrl()}` +
      `${urlTo('administration', { token: await freshAdministrationToken(context) })}`,
  )
  return lines
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
