/**
 * The database, one table per concept. Days are `date` read as strings, instants are `timestamptz` read as
 * ISO strings (mode 'string' would keep PostgreSQL's own spelling, so Dates are converted at the edge of steps).
 */
import { sql } from 'drizzle-orm'
import {
  bigint,
  check,
  date,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  timestamp,
  unique,
  uuid,
} from 'drizzle-orm/pg-core'
import type { PieceScope } from '../server/domain/call.ts'
import type { SegurReference } from '../server/domain/grappe.ts'
import type { Decision } from '../server/domain/piece.ts'

export * from './registry-tables.ts'

const createdAt = () => timestamp('created_at', { withTimezone: true }).notNull()

/** A person who carries grappes; known by e-mail only. */
export const porteurs = pgTable('porteurs', {
  id: uuid('id').primaryKey(),
  email: text('email').notNull().unique(),
  createdAt: createdAt(),
})

/** A browser signed in as a porteur. The cookie holds the token, this row only its SHA-256. */
export const sessions = pgTable('sessions', {
  id: uuid('id').primaryKey(),
  porteurId: uuid('porteur_id')
    .notNull()
    .references(() => porteurs.id, { onDelete: 'cascade' }),
  tokenHash: text('token_hash').notNull().unique(),
  createdAt: createdAt(),
  expiresAt: timestamp('expires_at', { withTimezone: true }).notNull(),
})

/** One application to one call. `call` is the grappe's own copy, which its porteur may adapt. */
export const grappes = pgTable(
  'grappes',
  {
    id: uuid('id').primaryKey(),
    porteurId: uuid('porteur_id')
      .notNull()
      .references(() => porteurs.id),
    name: text('name').notNull(),
    callCode: text('call_code').notNull(),
    /** Validated by `schema/contracts/call.ts` when written and when read. */
    call: jsonb('call').notNull(),
    porteurOgId: uuid('porteur_og_id'),
    /** Grows with every change to the grappe; the board's ETag. */
    revision: integer('revision').notNull().default(1),
    createdAt: createdAt(),
  },
  t => [index('grappes_porteur').on(t.porteurId)],
)

/** Organisme gestionnaire (legal entity) of a grappe. */
export const ogs = pgTable(
  'ogs',
  {
    id: uuid('id').primaryKey(),
    grappeId: uuid('grappe_id')
      .notNull()
      .references(() => grappes.id, { onDelete: 'cascade' }),
    name: text('name').notNull(),
    finessEj: text('finess_ej'),
    contactName: text('contact_name'),
    contactEmail: text('contact_email'),
    createdAt: createdAt(),
  },
  t => [
    unique('ogs_finess_once_per_grappe').on(t.grappeId, t.finessEj),
    unique('ogs_name_once_per_grappe').on(t.grappeId, t.name),
  ],
)

/** A DUI product. Members point here, never at free text. */
export const solutions = pgTable(
  'solutions',
  {
    id: uuid('id').primaryKey(),
    grappeId: uuid('grappe_id')
      .notNull()
      .references(() => grappes.id, { onDelete: 'cascade' }),
    editeur: text('editeur').notNull(),
    produit: text('produit').notNull(),
    segur: jsonb('segur').$type<SegurReference>(),
    createdAt: createdAt(),
  },
  t => [unique('solutions_once_per_grappe').on(t.grappeId, t.editeur, t.produit)],
)

/** A member establishment or service. */
export const esms = pgTable(
  'esms',
  {
    id: uuid('id').primaryKey(),
    grappeId: uuid('grappe_id')
      .notNull()
      .references(() => grappes.id, { onDelete: 'cascade' }),
    ogId: uuid('og_id')
      .notNull()
      .references(() => ogs.id),
    name: text('name').notNull(),
    /** Geographic number (ET); the unique key is what makes a double click harmless. */
    finess: text('finess'),
    domaine: text('domaine'),
    projet: text('projet'),
    solutionId: uuid('solution_id').references(() => solutions.id),
    /** As typed: a member's detail, which makes no other solution. */
    solutionVersion: text('solution_version'),
    contactName: text('contact_name'),
    contactEmail: text('contact_email'),
    contactPhone: text('contact_phone'),
    categorie: text('categorie'),
    /** By code of the call's declaration lines; absent is unknown. */
    declarations: jsonb('declarations').$type<Record<string, boolean>>().notNull().default({}),
    withdrawnOn: date('withdrawn_on', { mode: 'string' }),
    withdrawalMotive: text('withdrawal_motive'),
    createdAt: createdAt(),
  },
  t => [unique('esms_finess_once_per_grappe').on(t.grappeId, t.finess), index('esms_og').on(t.ogId)],
)

/** An expected piece: one row per definition and owner, so that two deposits at once lock the same row. */
export const pieces = pgTable(
  'pieces',
  {
    id: uuid('id').primaryKey(),
    grappeId: uuid('grappe_id')
      .notNull()
      .references(() => grappes.id, { onDelete: 'cascade' }),
    code: text('code').notNull(),
    scope: text('scope').$type<PieceScope>().notNull(),
    ogId: uuid('og_id').references(() => ogs.id, { onDelete: 'cascade' }),
    esmsId: uuid('esms_id').references(() => esms.id, { onDelete: 'cascade' }),
  },
  t => [
    unique('pieces_once_per_owner').on(t.grappeId, t.code, t.ogId, t.esmsId).nullsNotDistinct(),
    check(
      'pieces_owner_matches_scope',
      sql`(${t.scope} = 'grappe' and ${t.ogId} is null and ${t.esmsId} is null)
        or (${t.scope} = 'og' and ${t.ogId} is not null and ${t.esmsId} is null)
        or (${t.scope} = 'esms' and ${t.ogId} is null and ${t.esmsId} is not null)`,
    ),
    index('pieces_og').on(t.ogId),
    index('pieces_esms').on(t.esmsId),
  ],
)

/** A deposit on a piece. Never updated but for its decision; never deleted. */
export const versions = pgTable(
  'versions',
  {
    id: uuid('id').primaryKey(),
    pieceId: uuid('piece_id')
      .notNull()
      .references(() => pieces.id, { onDelete: 'cascade' }),
    number: integer('number').notNull(),
    depositedAt: timestamp('deposited_at', { withTimezone: true }).notNull(),
    depositedBy: text('deposited_by').notNull(),
    decision: text('decision').$type<Decision>(),
    motive: text('motive'),
    decidedAt: timestamp('decided_at', { withTimezone: true }),
  },
  t => [unique('versions_number_once').on(t.pieceId, t.number)],
)

/** A file of a version; its bytes are in the blob store under `sha256`. */
export const files = pgTable(
  'files',
  {
    id: uuid('id').primaryKey(),
    versionId: uuid('version_id')
      .notNull()
      .references(() => versions.id, { onDelete: 'cascade' }),
    position: integer('position').notNull(),
    name: text('name').notNull(),
    sha256: text('sha256').notNull(),
    crc32: bigint('crc32', { mode: 'number' }).notNull(),
    size: bigint('size', { mode: 'number' }).notNull(),
    mediaType: text('media_type').notNull(),
  },
  t => [unique('files_position_once').on(t.versionId, t.position), index('files_sha256').on(t.sha256)],
)

export type LinkKind = 'connexion' | 'administration' | 'porteur' | 'og' | 'esms' | 'ars'

/**
 * A capability: whoever holds the token may do what the kind says, within the row's scope. `connexion` signs a
 * porteur in once, `porteur` is an API token, `og` and `esms` deposit for one owner, `ars` reads one dossier,
 * `administration` is for whoever runs the server: the outbox and the FINESS registry.
 */
export const links = pgTable(
  'links',
  {
    id: uuid('id').primaryKey(),
    kind: text('kind').$type<LinkKind>().notNull(),
    /** SHA-256 of the token, lower-case hexadecimal. */
    tokenHash: text('token_hash').notNull().unique(),
    porteurId: uuid('porteur_id').references(() => porteurs.id, { onDelete: 'cascade' }),
    grappeId: uuid('grappe_id').references(() => grappes.id, { onDelete: 'cascade' }),
    ogId: uuid('og_id').references(() => ogs.id, { onDelete: 'cascade' }),
    esmsId: uuid('esms_id').references(() => esms.id, { onDelete: 'cascade' }),
    /** What the porteur calls it, such as the reviewer's name. */
    label: text('label').notNull(),
    createdAt: createdAt(),
    expiresAt: timestamp('expires_at', { withTimezone: true }).notNull(),
    revokedAt: timestamp('revoked_at', { withTimezone: true }),
    consumedAt: timestamp('consumed_at', { withTimezone: true }),
    lastUsedAt: timestamp('last_used_at', { withTimezone: true }),
  },
  t => [index('links_grappe').on(t.grappeId)],
)

/** Mails as composed. The link's token is not in the text: `{lien}` is put back when the mail is sent or read. */
export const mails = pgTable(
  'mails',
  {
    id: uuid('id').primaryKey(),
    grappeId: uuid('grappe_id').references(() => grappes.id, { onDelete: 'cascade' }),
    linkId: uuid('link_id').references(() => links.id, { onDelete: 'set null' }),
    recipient: text('recipient').notNull(),
    subject: text('subject').notNull(),
    body: text('body').notNull(),
    createdAt: createdAt(),
    sentAt: timestamp('sent_at', { withTimezone: true }),
    failure: text('failure'),
  },
  t => [index('mails_grappe').on(t.grappeId)],
)

/** What happened, for people: the porteur's history and the workbook's Journal sheet. Holds no secret. */
export const journal = pgTable(
  'journal',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    grappeId: uuid('grappe_id')
      .notNull()
      .references(() => grappes.id, { onDelete: 'cascade' }),
    at: timestamp('at', { withTimezone: true }).notNull(),
    actor: text('actor').notNull(),
    /** One French sentence. */
    event: text('event').notNull(),
  },
  t => [index('journal_grappe').on(t.grappeId)],
)
