/** The environment, read once. Nothing else in the server reads `process.env`. */
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import type { OidcSettings } from './adapters/identity-provider.ts'
import type { MailLimits } from './domain/mail.ts'

const flag = z
  .enum(['oui', 'non', 'true', 'false', '1', '0'])
  .transform(text => ['oui', 'true', '1'].includes(text))

const optionalText = z
  .string()
  .transform(text => text.trim())
  .transform(text => (text === '' ? undefined : text))
  .optional()

/** An empty variable, as docker compose passes them, is an absent one. */
const environmentContract = z.object({
  /** Address to listen on. */
  HOST: z.string().min(1).default('127.0.0.1'),
  /** Port to listen on; 0 takes a free one. */
  PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
  /** Folder of everything that must survive: embedded database, blobs, secret key. */
  DATA_DIR: z.string().min(1).default('./data'),
  /** `postgres://…` replaces the embedded database. */
  DATABASE_URL: optionalText,
  /** `https://KEY:SECRET@host/bucket?region=…`: files go to that bucket of an S3-compatible store. */
  STORAGE_URL: optionalText,
  /** Address that people see, used in mails; default is built from HOST and PORT. */
  PUBLIC_URL: optionalText.pipe(z.url({ protocol: /^https?$/ }).optional()),
  /** `smtp://…` or `smtps://…`; without it mails stay in the outbox, readable on screen. */
  SMTP_URL: optionalText,
  /** Sender of every mail. */
  MAIL_FROM: z.string().min(3).default('Grappe <ne-pas-repondre@localhost>'),
  /** `tcp://host:3310` or `unix:/path`: clamd looks at every deposited file; without it none is looked at. */
  CLAMAV_URL: optionalText,
  /** Who answers about personal data, as the register page names it: an address, a name. */
  DATA_CONTACT: optionalText,
  /** Days for which whoever runs the server keeps its backups, as the register page tells it. */
  BACKUPS_KEPT_DAYS: z.coerce.number().int().min(1).optional(),
  /** Folder of another disk where the server backs itself up each night; without it nothing does. */
  BACKUP_TO: optionalText,
  /** How many of its backups are kept; left out, all of them. */
  BACKUP_KEEP: z.coerce.number().int().min(1).optional(),
  /** Days within which every stored byte is read again; 0: never by itself. */
  SCRUB_DAYS: z.coerce.number().int().min(0).max(365).default(30),
  /** MB a second at most while it reads, which is a quarter of the time. */
  SCRUB_MB_PER_S: z.coerce.number().min(0.1).default(20),
  /** At least 32 characters, from which links are derived; default is a file made in DATA_DIR. */
  SECRET_KEY: optionalText.pipe(z.string().min(32).optional()),
  /** Whether the first run loads the fictional grappe; by default only on the embedded database. */
  DEMO: flag.optional(),
  /** Number of trusted proxies in front (0: none), so that rate limits see the real address. */
  TRUSTED_PROXIES: z.coerce.number().int().min(0).max(10).default(0),
  /** Requests a minute and an address. */
  RATE_LIMIT_PER_MINUTE: z.coerce.number().int().min(10).default(600),
  /** Sign-in mails an hour and an address. */
  SIGN_IN_LIMIT_PER_HOUR: z.coerce.number().int().min(1).default(20),
  /** Sign-in mails a day to one mailbox, wherever they are asked from. */
  SIGN_IN_LIMIT_PER_MAILBOX: z.coerce.number().int().min(1).default(30),
  /** Mails a day to one person, of the grappes of one porteur, and in all; those beyond wait. */
  MAIL_LIMIT_PER_RECIPIENT: z.coerce.number().int().min(1).default(300),
  MAIL_LIMIT_PER_PORTEUR: z.coerce.number().int().min(1).default(3000),
  MAIL_LIMIT_PER_SERVER: z.coerce.number().int().min(1).default(20_000),
  /** Space that uploads leave free on the disk of DATA_DIR, in MB: the database needs it to go on. */
  DISK_KEPT_FREE_MB: z.coerce.number().min(0).default(200),
  /** Bytes a second below which the body of a request falls behind. */
  BODY_LEAST_BYTES_PER_S: z.coerce.number().min(1).default(1000),
  /** Seconds behind after which it is cut. */
  BODY_PATIENCE_S: z.coerce.number().min(1).default(60),
  /** Folder of call files (YAML) offered when creating a grappe. */
  CALLS_DIR: optionalText,
  /**
   * Addresses, or domains such as `@ars.sante.fr`, between commas: who may sign in as an ARS and publish
   * calls. Left out, every reviewer to whom a dossier was handed.
   */
  CALL_WRITERS: optionalText,
  /**
   * OpenID Connect provider by which reviewers may sign in, such as `https://…/api/v2`; with an identifier
   * and a secret, or none of the three.
   */
  OIDC_ISSUER: optionalText,
  OIDC_CLIENT_ID: optionalText,
  OIDC_CLIENT_SECRET: optionalText,
  /** `proconnect`: what ProConnect asks for; `oidc`: any other provider. */
  OIDC_PROFILE: z.enum(['proconnect', 'oidc']).default('proconnect'),
  /** How the provider signs what it says, as registered with it. */
  OIDC_SIGNATURE: z.enum(['RS256', 'ES256']).default('RS256'),
  /** Whether a sign-in needs several factors, and the levels (`acr`) that tell it did. */
  OIDC_MFA: flag.default(false),
  OIDC_MFA_LEVELS: z.string().default('eidas0-mfa eidas1-mfa eidas2 eidas3'),
  /** Addresses and `@domains`, between commas, that may sign in by it: agents of public bodies only. */
  OIDC_AGENTS: z.string().default('@ars.sante.fr'),
  /** Set by npm itself when the server runs under `npm start`. */
  npm_lifecycle_event: optionalText,
  /** `production`, as in the image: what the server writes is kept by others than whoever starts it. */
  NODE_ENV: optionalText,
  /** Port of `/metrics`, apart from the public one; 0 takes a free one; left out, there are none. */
  METRICS_PORT: z.coerce.number().int().min(0).max(65_535).optional(),
  METRICS_HOST: z.string().min(1).default('127.0.0.1'),
  /** Milliseconds from which a statement of the database is logged, without its values; 0 logs none. */
  SLOW_QUERY_MS: z.coerce.number().min(0).default(1000),
  /** Seconds for which a server asked to stop still takes new requests, not ready any more. */
  STOP_DELAY_S: z.coerce.number().min(0).max(60).default(0),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  /** `lisible`: short lines; `json`: one object a line. By default the first on a terminal only. */
  LOG_FORMAT: z.enum(['lisible', 'json']).optional(),
})

/** The names of all variables that are read. */
export const SETTINGS = Object.keys(environmentContract.shape)

export interface Config {
  host: string
  port: number
  dataDir: string
  databaseUrl: string | undefined
  storageUrl: string | undefined
  publicUrl: string | undefined
  smtpUrl: string | undefined
  clamavUrl: string | undefined
  backupTo: string | undefined
  /** Undefined: all of them. */
  backupKeep: number | undefined
  scrubDays: number
  scrubMbPerS: number
  dataContact: string | undefined
  backupsKeptDays: number | undefined
  mailFrom: string
  secretKey: string | undefined
  demo: boolean
  trustedProxies: number
  rateLimitPerMinute: number
  signInLimitPerHour: number
  signInLimitPerMailbox: number
  mailLimits: MailLimits
  diskKeptFreeMb: number
  bodyLeastBytesPerS: number
  bodyPatienceS: number
  callsDir: string | undefined
  /** Lower case; empty when nobody is named. */
  callWriters: readonly string[]
  /** Null: nobody signs in by a provider. */
  oidc: OidcSettings | null
  /** Undefined: no metrics. */
  metricsPort: number | undefined
  metricsHost: string
  slowQueryMs: number
  stopDelayS: number
  logLevel: string
  logFormat: 'lisible' | 'json' | null
  startedByNpm: boolean
  isProduction: boolean
}

/** A setting that cannot be used; the message is one French sentence per variable. */
export class ConfigError extends Error {}

/**
 * Reads the settings from an environment such as `process.env`.
 *
 * @throws ConfigError naming each variable that is wrong.
 */
export function readConfig(environment: Record<string, string | undefined>): Config {
  const parsed = environmentContract.safeParse(givenIn(environment))
  if (!parsed.success) {
    const wrong = [...new Set(parsed.error.issues.map(issue => String(issue.path[0])))]
    // Names only: a value may be a secret.
    throw new ConfigError(
      `Réglage refusé : ${wrong.join(', ')}. Voir .env.example pour les valeurs possibles.`,
    )
  }
  const values = parsed.data
  if (values.DATABASE_URL !== undefined && !/^postgres(ql)?:\/\//.test(values.DATABASE_URL)) {
    throw new ConfigError('Réglage refusé : DATABASE_URL doit commencer par postgres:// (voir .env.example).')
  }
  if (values.SMTP_URL !== undefined && !/^smtps?:\/\//.test(values.SMTP_URL)) {
    throw new ConfigError(
      'Réglage refusé : SMTP_URL doit commencer par smtp:// ou smtps:// (voir .env.example).',
    )
  }
  if (values.CLAMAV_URL !== undefined && !/^(?:tcp:\/\/[^/:]+(?::\d+)?$|unix:\/)/.test(values.CLAMAV_URL)) {
    throw new ConfigError(
      'Réglage refusé : CLAMAV_URL doit être de la forme tcp://hote:3310 ou unix:/chemin ' +
        '(voir .env.example).',
    )
  }
  if (values.STORAGE_URL !== undefined && !isBucketUrl(values.STORAGE_URL)) {
    throw new ConfigError(
      'Réglage refusé : STORAGE_URL doit être de la forme ' +
        'https://CLE:SECRET@hote/compartiment?region=REGION (voir .env.example).',
    )
  }
  return {
    host: values.HOST,
    port: values.PORT,
    dataDir: values.DATA_DIR,
    databaseUrl: values.DATABASE_URL,
    storageUrl: values.STORAGE_URL,
    publicUrl: values.PUBLIC_URL?.replace(/\/$/, ''),
    smtpUrl: values.SMTP_URL,
    clamavUrl: values.CLAMAV_URL,
    mailFrom: values.MAIL_FROM,
    backupTo: values.BACKUP_TO,
    backupKeep: values.BACKUP_KEEP,
    scrubDays: values.SCRUB_DAYS,
    scrubMbPerS: values.SCRUB_MB_PER_S,
    dataContact: values.DATA_CONTACT,
    backupsKeptDays: values.BACKUPS_KEPT_DAYS,
    secretKey: values.SECRET_KEY,
    demo: values.DEMO ?? values.DATABASE_URL === undefined,
    trustedProxies: values.TRUSTED_PROXIES,
    rateLimitPerMinute: values.RATE_LIMIT_PER_MINUTE,
    signInLimitPerHour: values.SIGN_IN_LIMIT_PER_HOUR,
    signInLimitPerMailbox: values.SIGN_IN_LIMIT_PER_MAILBOX,
    mailLimits: {
      destinataire: values.MAIL_LIMIT_PER_RECIPIENT,
      porteur: values.MAIL_LIMIT_PER_PORTEUR,
      serveur: values.MAIL_LIMIT_PER_SERVER,
    },
    diskKeptFreeMb: values.DISK_KEPT_FREE_MB,
    bodyLeastBytesPerS: values.BODY_LEAST_BYTES_PER_S,
    bodyPatienceS: values.BODY_PATIENCE_S,
    callsDir: values.CALLS_DIR,
    callWriters: addressesIn(values.CALL_WRITERS ?? ''),
    oidc: oidcIn(values),
    metricsPort: values.METRICS_PORT,
    metricsHost: values.METRICS_HOST,
    slowQueryMs: values.SLOW_QUERY_MS,
    stopDelayS: values.STOP_DELAY_S,
    logLevel: values.LOG_LEVEL,
    logFormat: values.LOG_FORMAT ?? null,
    startedByNpm: values.npm_lifecycle_event === 'start',
    isProduction: values.NODE_ENV === 'production',
  }
}

/** The variables that hold something; `NAME_FILE` says which file holds the value of `NAME`. */
function givenIn(environment: Record<string, string | undefined>): Record<string, string> {
  const given: Record<string, string> = {}
  for (const name of SETTINGS) {
    const value = environment[name]
    const file = environment[`${name}_FILE`]
    if (file) {
      if (value) throw new ConfigError(`Réglage refusé : ${name} et ${name}_FILE, gardez l’un des deux.`)
      given[name] = readSecret(name, file)
    } else if (value) given[name] = value
  }
  return given
}

function readSecret(name: string, file: string): string {
  try {
    const value = readFileSync(file, 'utf8').trim()
    if (value !== '') return value
  } catch (cause) {
    throw new ConfigError(`Réglage refusé : ${name}_FILE, le fichier ${file} ne se lit pas.`, { cause })
  }
  throw new ConfigError(`Réglage refusé : ${name}_FILE, le fichier ${file} est vide.`)
}

/** Lower case: addresses and `@domains` between commas. */
const addressesIn = (text: string): string[] =>
  text
    .toLowerCase()
    .split(',')
    .map(each => each.trim())
    .filter(each => each !== '')

/** Over HTTP only on this machine: what the provider says opens sessions. */
const SAFE_ISSUER = /^(?:https:\/\/|http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?:[:/]|$))/

function oidcIn(values: z.output<typeof environmentContract>): OidcSettings | null {
  const { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId, OIDC_CLIENT_SECRET: clientSecret } = values
  if (issuer === undefined && clientId === undefined && clientSecret === undefined) return null
  if (issuer === undefined || clientId === undefined || clientSecret === undefined) {
    throw new ConfigError(
      'Réglage refusé : OIDC_ISSUER, OIDC_CLIENT_ID et OIDC_CLIENT_SECRET vont ensemble (voir .env.example).',
    )
  }
  if (!URL.canParse(issuer) || !SAFE_ISSUER.test(issuer)) {
    throw new ConfigError('Réglage refusé : OIDC_ISSUER doit commencer par https:// (voir .env.example).')
  }
  return {
    issuer,
    clientId,
    clientSecret,
    profile: values.OIDC_PROFILE,
    signature: values.OIDC_SIGNATURE,
    levels: values.OIDC_MFA ? values.OIDC_MFA_LEVELS.split(/[\s,]+/).filter(each => each !== '') : [],
    agents: addressesIn(values.OIDC_AGENTS),
  }
}

function isBucketUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, username, password, pathname } = new URL(text)
  return /^https?:$/.test(protocol) && username !== '' && password !== '' && /^\/[^/]+$/.test(pathname)
}
