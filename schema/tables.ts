/**
 * The database, one table per concept. Days are `date` read as strings, instants are `timestamptz` read as
 * ISO strings (mode 'string' would keep PostgreSQL's own spelling, so Dates are converted at the edge of
 * steps).
 */
import { sql } from 'drizzle-orm'
import {
  type AnyPgColumn,
  bigint,
  boolean,
  check,
  date,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import type { PieceScope } from '../server/domain/call.ts'
import type { CodePurpose } from '../server/domain/confirm-by-code.ts'
import type { DossierPlan, JournalHead } from '../server/domain/dossier-plan.ts'
import type { Verdict } from '../server/domain/eligibility.ts'
import type { ErasedCounts, ErasureCause } from '../server/domain/erasure.ts'
import type { ExtensionKind } from '../server/domain/extension.ts'
import type { FoundSignature } from '../server/domain/file-facts.ts'
import type { AnswerSource, SegurReference } from '../server/domain/grappe.ts'
import type { Act, Proof, RecordedAct } from '../server/domain/journal/entry.ts'
import type { LinkRenewal } from '../server/domain/link.ts'
import type { DigestKind, MailBudget, MailLimit } from '../server/domain/mail.ts'
import type { CorrectionMode, FactChange } from '../server/domain/member-facts.ts'
import type { MessageSide } from '../server/domain/message.ts'
import type { PasskeySide } from '../server/domain/passkey.ts'
import type {
  Decision,
  FileRole,
  NonApplicableDecision,
  ReviewDecision,
  Scan,
} from '../server/domain/piece.ts'
import type { RelanceKind, RelanceSettings } from '../server/domain/relance.ts'
import type { Avis, ReviewerProof } from '../server/domain/review.ts'
import type { Role } from '../server/domain/role.ts'
import type { SigningStep } from '../server/domain/signing.ts'

export * from './registry-tables.ts'
export * from './upload-tables.ts'

const createdAt = () => timestamp('created_at', { withTimezone: true }).notNull()

/** One row: which installation this database is, and what belongs with it. Compared at each start. */
export const installation = pgTable(
  'installation',
  {
    id: integer('id').primaryKey().default(1),
    databaseId: uuid('database_id').notNull(),
    /** Of the store of files whose bytes the rows refer to. */
    storeId: uuid('store_id').notNull(),
    /** Tells whether a key is the one that links were derived from, without telling the key. */
    keyCheck: text('key_check').notNull(),
    createdAt: createdAt(),
  },
  t => [check('installation_once', sql`${t.id} = 1`)],
)

/** Whoever carries grappes: one person or several, its `colleagues`. */
export const porteurs = pgTable('porteurs', {
  id: uuid('id').primaryKey(),
  /** Where members and the ARS write to it: the address of one of its colleagues, lower case. */
  email: text('email').notNull(),
  createdAt: createdAt(),
})

/** A person of a porteur, known by e-mail only. Removed, never deleted: the journal names it. */
export const colleagues = pgTable(
  'colleagues',
  {
    id: uuid('id').primaryKey(),
    porteurId: uuid('porteur_id')
      .notNull()
      .references(() => porteurs.id, { onDelete: 'cascade' }),
    /** Lower case. */
    email: text('email').notNull(),
    role: text('role').$type<Role>().notNull(),
    /** Address of the colleague who invited it; null for the first one. */
    invitedBy: text('invited_by'),
    invitedAt: timestamp('invited_at', { withTimezone: true }).notNull(),
    /** When it first signed in; null until then. */
    joinedAt: timestamp('joined_at', { withTimezone: true }),
    removedAt: timestamp('removed_at', { withTimezone: true }),
  },
  t => [
    uniqueIndex('colleagues_once').on(t.porteurId, t.email).where(sql`${t.removedAt} is null`),
    index('colleagues_email').on(t.email),
    index('colleagues_porteur').on(t.porteurId),
    index('colleagues_removed').on(t.removedAt).where(sql`${t.removedAt} is not null`),
  ],
)

/**
 * A browser signed in as a colleague of a porteur, or as the reviewer who reads mail at `reviewerEmail`: one
 * of the two. The cookie holds the token, this row only its SHA-256.
 */
export const sessions = pgTable(
  'sessions',
  {
    id: uuid('id').primaryKey(),
    porteurId: uuid('porteur_id').references(() => porteurs.id, { onDelete: 'cascade' }),
    /** Of that porteur; null for a reviewer. */
    colleagueId: uuid('colleague_id').references(() => colleagues.id, { onDelete: 'cascade' }),
    /** Lower case. */
    reviewerEmail: text('reviewer_email'),
    tokenHash: text('token_hash').notNull().unique(),
    /** How whoever holds it showed that its address is its own; a reviewer’s `link` proves a `session`. */
    openedBy: text('opened_by').$type<'link' | Exclude<ReviewerProof, 'session'>>().notNull().default('link'),
    /** What the browser said of itself when it was opened; null when it said nothing. */
    userAgent: text('user_agent'),
    /** Where from, as the server saw it (an IP address); null for sessions of before it was kept. */
    address: text('address'),
    createdAt: createdAt(),
    /** To a few minutes; null until it is used. */
    lastSeenAt: timestamp('last_seen_at', { withTimezone: true }),
    expiresAt: timestamp('expires_at', { withTimezone: true }).notNull(),
  },
  t => [
    index('sessions_porteur').on(t.porteurId),
    index('sessions_colleague').on(t.colleagueId),
    index('sessions_reviewer').on(t.reviewerEmail),
    index('sessions_expires').on(t.expiresAt),
  ],
)

/**
 * A passkey of a person, who confirms sensitive acts by it in place of an e-mailed code. Of a public key, so
 * nothing of it is secret.
 */
export const passkeys = pgTable(
  'passkeys',
  {
    id: uuid('id').primaryKey(),
    /** As whom that person acts: one may be a porteur's and a reviewer under the same address. */
    side: text('side').$type<PasskeySide>().notNull(),
    /** Lower case. */
    email: text('email').notNull(),
    /** As the person calls it. */
    name: text('name').notNull(),
    /** base64url, as the browser tells it. */
    credentialId: text('credential_id').notNull().unique(),
    /** COSE, base64url. */
    publicKey: text('public_key').notNull(),
    /** Of the uses, as the authenticator counts them; stays 0 for those that do not. */
    counter: bigint('counter', { mode: 'number' }).notNull(),
    transports: jsonb('transports').$type<readonly string[]>().notNull(),
    createdAt: createdAt(),
    lastUsedAt: timestamp('last_used_at', { withTimezone: true }),
  },
  t => [index('passkeys_person').on(t.side, t.email)],
)

/** What a passkey is asked to sign, once: the row goes with its use. */
export const passkeyChallenges = pgTable(
  'passkey_challenges',
  {
    /** SHA-256 in hexadecimal. */
    challengeHash: text('challenge_hash').primaryKey(),
    side: text('side').$type<PasskeySide>().notNull(),
    email: text('email').notNull(),
    /** The act for which it was asked. */
    purpose: text('purpose').$type<CodePurpose>().notNull(),
    /** Hash of the session, or of the link with the browser: worth nothing elsewhere. */
    boundTo: text('bound_to').notNull(),
    expiresAt: timestamp('expires_at', { withTimezone: true }).notNull(),
  },
  t => [index('passkey_challenges_expires').on(t.expiresAt)],
)

/**
 * A call written on screen: by a porteur for its own grappes, or by the reviewer who reads mail at
 * `reviewerEmail` for every porteur of the server: one of the two. Archived, never deleted: grappes answer
 * it.
 */
export const calls = pgTable(
  'calls',
  {
    id: uuid('id').primaryKey(),
    porteurId: uuid('porteur_id').references(() => porteurs.id),
    /** Lower case. */
    reviewerEmail: text('reviewer_email'),
    /** Unlike any other of the server, that of its title at first; files and grappes name the call by it. */
    code: text('code').notNull().unique(),
    title: text('title').notNull(),
    /**
     * The call as it is being written, not always whole: validated by `schema/contracts/call.ts` when
     * written and when read.
     */
    draft: jsonb('draft').notNull(),
    /** Grows with every change of the draft, so that two people editing never overwrite each other. */
    revision: integer('revision').notNull().default(1),
    archivedAt: timestamp('archived_at', { withTimezone: true }),
    createdAt: createdAt(),
    updatedAt: timestamp('updated_at', { withTimezone: true }).notNull(),
  },
  t => [
    check('calls_one_owner', sql`(${t.porteurId} is null) <> (${t.reviewerEmail} is null)`),
    index('calls_porteur').on(t.porteurId),
    index('calls_reviewer').on(t.reviewerEmail),
  ],
)

/** A call as it was published: never changed. A grappe copies one of them. */
export const callVersions = pgTable(
  'call_versions',
  {
    callId: uuid('call_id')
      .notNull()
      .references(() => calls.id),
    /** 1, 2, 3… within the call. */
    number: integer('number').notNull(),
    /** Whole, as a call file holds it: validated by `schema/contracts/call.ts` when written and when read. */
    call: jsonb('call').notNull(),
    publishedAt: timestamp('published_at', { withTimezone: true }).notNull(),
    /** An e-mail address, as shown. */
    publishedBy: text('published_by').notNull(),
  },
  t => [primaryKey({ columns: [t.callId, t.number] })],
)

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
    /** The call written on screen that it answers; null for one of `templates/calls/`. */
    callId: uuid('call_id').references(() => calls.id),
    /** The version of that call which its copy comes from; null with `callId`. */
    callVersion: integer('call_version'),
    /**
     * The shipped call (a file) as it was when the copy last followed it: what a newer one is compared with.
     * Null for a call written on screen, and where nobody kept it: grappes of before it was kept.
     */
    shippedCall: jsonb('shipped_call'),
    /** Validated by `schema/contracts/call.ts` when written and when read. */
    call: jsonb('call').notNull(),
    porteurOgId: uuid('porteur_og_id'),
    /** Grows with every change to the grappe; the board's ETag. */
    revision: integer('revision').notNull().default(1),
    /** Null as long as the porteur changed nothing: the defaults of `domain/relance.ts`. */
    relances: jsonb('relances').$type<RelanceSettings>(),
    /**
     * The last day, on the call's clocks, of which due reminders were looked for: a later one that is past
     * was missed. Null until the first look, and while it is put away.
     */
    relancesLookedOn: date('relances_looked_on', { mode: 'string' }),
    /** Its revision then: the same one, that day, is not looked at again. */
    relancesLookedRevision: integer('relances_looked_revision'),
    /** Before that instant, and at that revision, no digest of the week is due; null until the first look. */
    digestLookAt: timestamp('digest_look_at', { withTimezone: true }),
    digestLookedRevision: integer('digest_looked_revision'),
    /** Likewise of the deposits that its porteur was not told of. */
    alertLookAt: timestamp('alert_look_at', { withTimezone: true }),
    alertLookedRevision: integer('alert_looked_revision'),
    /** Likewise of its warnings, its deletion and its erasure. */
    retentionLookAt: timestamp('retention_look_at', { withTimezone: true }),
    retentionLookedRevision: integer('retention_looked_revision'),
    /**
     * How shared costs are split, with its own revision, so that two people never overwrite each other; null
     * as long as nobody wrote one. Validated by `schema/contracts/sharing.ts` when written and when read.
     */
    sharing: jsonb('sharing'),
    /**
     * What happened with the deposit and after it, with its own revision; null as long as nothing was noted.
     * Validated by `schema/contracts/submission.ts` when written and when read.
     */
    submission: jsonb('submission'),
    /**
     * Roles, meetings, risks and what else the members agreed on, each part with its own revision; null as
     * long as nobody wrote any. Validated by `schema/contracts/governance.ts` when written and when read.
     */
    governance: jsonb('governance'),
    /** What becomes of what a member corrects in its own facts. */
    memberCorrections: text('member_corrections').$type<CorrectionMode>().notNull().default('proposees'),
    /** Deposits up to this instant were told to the porteur. */
    depositsAlertedAt: timestamp('deposits_alerted_at', { withTimezone: true }),
    /** Put away by its porteur: still read, not deposited to nor reminded of; null while it is current. */
    archivedAt: timestamp('archived_at', { withTimezone: true }),
    /**
     * From when on its pages say, where a message on a piece is written, that the ARS reads it in the
     * dossier; those of before stay between the member and the porteur.
     */
    exchangesToldSince: timestamp('exchanges_told_since', { withTimezone: true }).notNull().defaultNow(),
    /** The grappe whose members it started with; null for one started from nothing. */
    copiedFromId: uuid('copied_from_id').references((): AnyPgColumn => grappes.id, { onDelete: 'set null' }),
    createdAt: createdAt(),
  },
  t => [
    index('grappes_porteur').on(t.porteurId),
    index('grappes_call').on(t.callId),
    index('grappes_copied_from').on(t.copiedFromId),
  ],
)

/**
 * A Word file that the porteur sent in the place of a model of the kit: tried until it is taken, in place
 * until it is ended by another one or by the server's own, then kept as a former one.
 */
export const ownModels = pgTable(
  'own_models',
  {
    id: uuid('id').primaryKey(),
    grappeId: uuid('grappe_id')
      .notNull()
      .references(() => grappes.id, { onDelete: 'cascade' }),
    /** Code of the document, as `domain/kit/models.ts` gives it. */
    model: text('model').notNull(),
    fileName: text('file_name').notNull(),
    /** Of its bytes, in the blob store. */
    sha256: text('sha256').notNull(),
    size: integer('size').notNull(),
    /** As read when it was sent; validated by `schema/contracts/own-models.ts` when written and when read. */
    tags: jsonb('tags').notNull(),
    /** As the journal names whoever sent it. */
    sentBy: text('sent_by').notNull(),
    sentAt: timestamp('sent_at', { withTimezone: true }).notNull(),
    /** When the antivirus found it clean; null as long as none has judged it. */
    scannedAt: timestamp('scanned_at', { withTimezone: true }),
    /** When it was found infected: its bytes are in quarantine. */
    infectedAt: timestamp('infected_at', { withTimezone: true }),
    /** Null while it is only tried. */
    takenAt: timestamp('taken_at', { withTimezone: true }),
    endedAt: timestamp('ended_at', { withTimezone: true }),
  },
  t => [
    uniqueIndex('own_models_one_tried').on(t.grappeId, t.model).where(sql`${t.takenAt} is null`),
    uniqueIndex('own_models_one_in_place')
      .on(t.grappeId, t.model)
      .where(sql`${t.takenAt} is not null and ${t.endedAt} is null`),
    index('own_models_grappe').on(t.grappeId),
    index('own_models_sha256').on(t.sha256),
    index('own_models_unjudged').on(t.sha256).where(sql`${t.scannedAt} is null and ${t.endedAt} is null`),
  ],
)

/**
 * A Word file that a call brings, once whatever the calls, the versions and the copies that name it by its
 * bytes. Never removed: a change of a call is undone, and sealed versions tell of it.
 */
export const callModels = pgTable('call_models', {
  /** Of its bytes, in the blob store. */
  sha256: text('sha256').primaryKey(),
  /** As it was first sent. */
  fileName: text('file_name').notNull(),
  size: integer('size').notNull(),
  /** As read when it was sent; validated by `schema/contracts/own-models.ts` when written and when read. */
  parts: jsonb('parts').notNull(),
  sentAt: timestamp('sent_at', { withTimezone: true }).notNull(),
  /** When the antivirus found it clean; null as long as none has judged it. */
  scannedAt: timestamp('scanned_at', { withTimezone: true }),
})

/**
 * What the document of one owner told when it was handed out: a row for each set of facts that differs from
 * the one before it. Without OG nor ESMS: the grappe's own document.
 */
export const handOuts = pgTable(
  'hand_outs',
  {
    id: uuid('id').primaryKey(),
    grappeId: uuid('grappe_id')
      .notNull()
      .references(() => grappes.id, { onDelete: 'cascade' }),
    model: text('model').notNull(),
    ogId: uuid('og_id').references(() => ogs.id, { onDelete: 'cascade' }),
    esmsId: uuid('esms_id').references(() => esms.id, { onDelete: 'cascade' }),
    /** Validated by `schema/contracts/hand-outs.ts` when written and when read. */
    facts: jsonb('facts').notNull(),
    firstAt: timestamp('first_at', { withTimezone: true }).notNull(),
    lastAt: timestamp('last_at', { withTimezone: true }).notNull(),
  },
  t => [
    index('hand_outs_document').on(t.grappeId, t.model, t.firstAt),
    index('hand_outs_og').on(t.ogId),
    index('hand_outs_esms').on(t.esmsId),
  ],
)

/** The changes that the porteur said to be of no consequence for a document that came back before them. */
export const seenChanges = pgTable('seen_changes', {
  versionId: uuid('version_id')
    .primaryKey()
    .references(() => versions.id, { onDelete: 'cascade' }),
  /** As `changesSince` gave them, in JSON: others are not seen. */
  changes: text('changes').notNull(),
  seenBy: text('seen_by').notNull(),
  seenAt: timestamp('seen_at', { withTimezone: true }).notNull(),
})

/** How often something was asked for within a window of an hour or a day. */
export const requestCounts = pgTable(
  'request_counts',
  {
    /** Hides who asked, and for what, from whoever has not the server's key. */
    key: text('key').primaryKey(),
    count: integer('count').notNull(),
    endsAt: timestamp('ends_at', { withTimezone: true }).notNull(),
  },
  t => [index('request_counts_ends').on(t.endsAt)],
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
    /** Who signs its letters. */
    representative: text('representative'),
    representativeRole: text('representative_role'),
    seatAddress: text('seat_address'),
    /** SIREN or SIRET, digits alone. */
    siren: text('siren'),
    contactName: text('contact_name'),
    contactEmail: text('contact_email'),
    contactPhone: text('contact_phone'),
    createdAt: createdAt(),
  },
  t => [
    unique('ogs_finess_once_per_grappe').on(t.grappeId, t.finessEj),
    unique('ogs_name_once_per_grappe').on(t.grappeId, t.name),
  ],
)

/** What a porteur said of the columns of a spreadsheet, for the next one of the same shape. */
export const columnMappings = pgTable(
  'column_mappings',
  {
    porteurId: uuid('porteur_id')
      .notNull()
      .references(() => porteurs.id, { onDelete: 'cascade' }),
    /** SHA-256 of the headers, lower-case hexadecimal. */
    shape: text('shape').notNull(),
    /** Validated by `schema/contracts/member-import.ts` when written and when read. */
    mapping: jsonb('mapping').notNull(),
    createdAt: createdAt(),
  },
  t => [primaryKey({ columns: [t.porteurId, t.shape] }), index('column_mappings_created').on(t.createdAt)],
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
    commune: text('commune'),
    /** Authorised places (capacité autorisée); null when unknown. */
    capacite: integer('capacite'),
    /** By code of the call's declaration lines; absent is unknown. */
    declarations: jsonb('declarations').$type<Record<string, boolean>>().notNull().default({}),
    /** Who gave each of them, by the same codes; those of before it was asked are not there. */
    answeredBy: jsonb('answered_by').$type<Record<string, AnswerSource>>().notNull().default({}),
    withdrawnOn: date('withdrawn_on', { mode: 'string' }),
    withdrawalMotive: text('withdrawal_motive'),
    createdAt: createdAt(),
  },
  t => [
    unique('esms_finess_once_per_grappe').on(t.grappeId, t.finess),
    index('esms_og').on(t.ogId),
    // Which other grappe holds a number: without it, every board slows down with the grappes stored.
    index('esms_finess').on(t.finess),
    index('esms_solution').on(t.solutionId),
  ],
)

/**
 * What a member corrected in its own facts, an ESMS or an OG, until the porteur accepts or declines it; then
 * the history.
 */
export const memberProposals = pgTable(
  'member_proposals',
  {
    id: uuid('id').primaryKey(),
    grappeId: uuid('grappe_id')
      .notNull()
      .references(() => grappes.id, { onDelete: 'cascade' }),
    esmsId: uuid('esms_id').references(() => esms.id, { onDelete: 'cascade' }),
    ogId: uuid('og_id').references(() => ogs.id, { onDelete: 'cascade' }),
    /** Only the facts that change, each with what it was and what it would be. */
    changes: jsonb('changes').$type<readonly FactChange[]>().notNull(),
    /** As screens name them. */
    proposedBy: text('proposed_by').notNull(),
    proposedAt: timestamp('proposed_at', { withTimezone: true }).notNull(),
    /** Null as long as the porteur has not answered. */
    decision: text('decision').$type<'acceptee' | 'refusee'>(),
    motive: text('motive'),
    decidedAt: timestamp('decided_at', { withTimezone: true }),
  },
  t => [
    index('member_proposals_grappe').on(t.grappeId, t.decision),
    index('member_proposals_esms').on(t.esmsId),
    index('member_proposals_og').on(t.ogId),
    // A member corrects its correction: one waits at a time.
    uniqueIndex('member_proposals_one_waiting').on(t.esmsId).where(sql`${t.decision} is null`),
    uniqueIndex('member_proposals_one_waiting_og').on(t.ogId).where(sql`${t.decision} is null`),
    check('member_proposals_one_owner', sql`(${t.esmsId} is null) <> (${t.ogId} is null)`),
  ],
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

/**
 * A deposit on a piece. Never updated but for its decision and for being taken out; never deleted. One taken
 * out stays in the history and nowhere else: the current version is the last that was not.
 */
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
    /** When it was taken out (retirée), as deposited by mistake; null while it counts. */
    takenOutAt: timestamp('taken_out_at', { withTimezone: true }),
    /** Who took it out, as shown. */
    takenOutBy: text('taken_out_by'),
    /** Where the porteur filed it instead; null when it was merely taken out. */
    movedToPieceId: uuid('moved_to_piece_id').references(() => pieces.id, { onDelete: 'set null' }),
  },
  t => [
    unique('versions_number_once').on(t.pieceId, t.number),
    index('versions_deposited').on(t.depositedAt),
    index('versions_moved_to').on(t.movedToPieceId),
  ],
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
    role: text('role').$type<FileRole>().notNull().default('document'),
    /** Of a PDF that could be read; null otherwise. */
    pageCount: integer('page_count'),
    /** In pixels, of an image; null otherwise. */
    width: integer('width'),
    height: integer('height'),
    /** Of a PDF that could be read, deposited since this is looked for; null otherwise. */
    signature: text('signature').$type<FoundSignature>(),
    scan: text('scan').$type<Scan>().notNull().default('non-analyse'),
    scannedAt: timestamp('scanned_at', { withTimezone: true }),
    /** Name of the signature that the antivirus found; null otherwise. */
    virus: text('virus'),
    /**
     * When the stored bytes were last found to be missing or not what was deposited; null while nothing says
     * so.
     */
    damagedAt: timestamp('damaged_at', { withTimezone: true }),
  },
  t => [
    unique('files_position_once').on(t.versionId, t.position),
    index('files_sha256').on(t.sha256),
    index('files_scan').on(t.scan),
  ],
)

/**
 * What was answered on screen for a piece, question by question, each with its own revision: two people on
 * one question never overwrite each other in silence.
 */
export const formAnswers = pgTable(
  'form_answers',
  {
    pieceId: uuid('piece_id')
      .notNull()
      .references(() => pieces.id, { onDelete: 'cascade' }),
    /** Of `domain/forms/`; one that no form has any more stays, and is shown as former. */
    field: text('field').notNull(),
    /** The question as it was then: validated by `schema/contracts/forms.ts` when written and when read. */
    asked: jsonb('asked').notNull(),
    /** Null once it was taken back. Validated likewise. */
    answer: jsonb('answer'),
    revision: integer('revision').notNull(),
    /** As shown. */
    answeredBy: text('answered_by').notNull(),
    answeredAt: timestamp('answered_at', { withTimezone: true }).notNull(),
  },
  t => [primaryKey({ columns: [t.pieceId, t.field] })],
)

/** The answers of which a deposited document was drawn, frozen with its version. */
export const depositedAnswers = pgTable('deposited_answers', {
  versionId: uuid('version_id')
    .primaryKey()
    .references(() => versions.id, { onDelete: 'cascade' }),
  /** Of that document: a later version that keeps it keeps its answers. */
  sha256: text('sha256').notNull(),
  /** Validated by `schema/contracts/forms.ts` when written and when read. */
  answers: jsonb('answers').notNull(),
})

/** A member says that a piece does not concern it; the porteur confirms or refuses. The last row counts. */
export const nonApplicables = pgTable(
  'non_applicables',
  {
    id: uuid('id').primaryKey(),
    pieceId: uuid('piece_id')
      .notNull()
      .references(() => pieces.id, { onDelete: 'cascade' }),
    reason: text('reason').notNull(),
    askedBy: text('asked_by').notNull(),
    askedAt: timestamp('asked_at', { withTimezone: true }).notNull(),
    decision: text('decision').$type<NonApplicableDecision>(),
    motive: text('motive'),
    decidedAt: timestamp('decided_at', { withTimezone: true }),
  },
  t => [index('non_applicables_piece').on(t.pieceId)],
)

/** Where the signature of a piece stands, as its member or the porteur noted it. The last row counts. */
export const signings = pgTable(
  'signings',
  {
    id: uuid('id').primaryKey(),
    pieceId: uuid('piece_id')
      .notNull()
      .references(() => pieces.id, { onDelete: 'cascade' }),
    step: text('step').$type<SigningStep>().notNull(),
    /** When it was sent, or signed; null for `a-signer`, which goes back on what was noted. */
    on: date('on', { mode: 'string' }),
    /** Who signs, as typed; null where nobody said. */
    signatory: text('signatory'),
    /** As shown. */
    notedBy: text('noted_by').notNull(),
    notedAt: timestamp('noted_at', { withTimezone: true }).notNull(),
  },
  t => [index('signings_piece').on(t.pieceId)],
)

/** The thread of a piece, between its owner and the porteur. */
export const messages = pgTable(
  'messages',
  {
    id: uuid('id').primaryKey(),
    pieceId: uuid('piece_id')
      .notNull()
      .references(() => pieces.id, { onDelete: 'cascade' }),
    at: timestamp('at', { withTimezone: true }).notNull(),
    side: text('side').$type<MessageSide>().notNull(),
    /** Who wrote, as shown. */
    author: text('author').notNull(),
    text: text('text').notNull(),
  },
  t => [index('messages_piece').on(t.pieceId)],
)

/**
 * A later last day (délai accordé), for one piece or for all, of one member or of all: see
 * `domain/extension.ts`.
 */
export const extensions = pgTable(
  'extensions',
  {
    id: uuid('id').primaryKey(),
    grappeId: uuid('grappe_id')
      .notNull()
      .references(() => grappes.id, { onDelete: 'cascade' }),
    kind: text('kind').$type<ExtensionKind>().notNull(),
    /** Null: every piece. */
    pieceCode: text('piece_code'),
    /** The OG itself and its ESMS; null with `esmsId` null: every owner. */
    ogId: uuid('og_id').references(() => ogs.id, { onDelete: 'cascade' }),
    esmsId: uuid('esms_id').references(() => esms.id, { onDelete: 'cascade' }),
    deadlineOn: date('deadline_on', { mode: 'string' }).notNull(),
    motive: text('motive').notNull(),
    grantedBy: text('granted_by').notNull(),
    grantedAt: timestamp('granted_at', { withTimezone: true }).notNull(),
  },
  t => [
    index('extensions_grappe').on(t.grappeId),
    index('extensions_og').on(t.ogId),
    index('extensions_esms').on(t.esmsId),
  ],
)

/** The other contacts of an OG or an ESMS; the main one is on its own row. */
export const contacts = pgTable(
  'contacts',
  {
    id: uuid('id').primaryKey(),
    grappeId: uuid('grappe_id')
      .notNull()
      .references(() => grappes.id, { onDelete: 'cascade' }),
    ogId: uuid('og_id').references(() => ogs.id, { onDelete: 'cascade' }),
    esmsId: uuid('esms_id').references(() => esms.id, { onDelete: 'cascade' }),
    name: text('name'),
    /** Lower case. */
    email: text('email').notNull(),
    phone: text('phone'),
    /** Since when it manages the contacts and deposits of its OG's ESMS; null for any other contact. */
    delegatedAt: timestamp('delegated_at', { withTimezone: true }),
    createdAt: createdAt(),
  },
  t => [
    uniqueIndex('contacts_one_delegate').on(t.ogId).where(sql`${t.delegatedAt} is not null`),
    unique('contacts_once_per_owner').on(t.ogId, t.esmsId, t.email).nullsNotDistinct(),
    check('contacts_one_owner', sql`(${t.ogId} is null) <> (${t.esmsId} is null)`),
    check('contacts_delegate_of_og', sql`${t.delegatedAt} is null or ${t.ogId} is not null`),
    index('contacts_grappe').on(t.grappeId),
    index('contacts_esms').on(t.esmsId),
  ],
)

export type LinkKind =
  | 'connexion'
  | 'inscription'
  | 'administration'
  | 'porteur'
  | 'og'
  | 'esms'
  | 'personne'
  | 'ars'
  | 'agenda'

/**
 * A capability: whoever holds the token may do what the kind says, within the row's scope. `connexion`
 * signs a porteur or a reviewer in once, `inscription` does for an address that is of no porteur yet,
 * `porteur` is an API token, `og` and `esms` deposit for one owner, `personne` for every owner whose
 * contact has `email`, `ars` reads one dossier, `agenda` reads the deadlines of a grappe, an OG, an ESMS
 * or a person, `administration` is for whoever runs the server: the outbox and the FINESS registry.
 */
export const links = pgTable(
  'links',
  {
    id: uuid('id').primaryKey(),
    kind: text('kind').$type<LinkKind>().notNull(),
    /** SHA-256 of the token, lower-case hexadecimal. */
    tokenHash: text('token_hash').notNull().unique(),
    porteurId: uuid('porteur_id').references(() => porteurs.id, { onDelete: 'cascade' }),
    /** Of that porteur: whom it signs in, or whose API token it is; null with `porteurId`. */
    colleagueId: uuid('colleague_id').references(() => colleagues.id, { onDelete: 'cascade' }),
    /** Of an API token: the most that it may; null for those of before it was asked. */
    scope: text('scope').$type<Role>(),
    grappeId: uuid('grappe_id').references(() => grappes.id, { onDelete: 'cascade' }),
    ogId: uuid('og_id').references(() => ogs.id, { onDelete: 'cascade' }),
    esmsId: uuid('esms_id').references(() => esms.id, { onDelete: 'cascade' }),
    /** To whom it was handed, lower case; null when nobody's address is known. */
    email: text('email'),
    /** What the porteur calls it, such as the reviewer's name. */
    label: text('label').notNull(),
    /** The API token by which it was made, and with which it ends; null for what a person did on a page. */
    parentId: uuid('parent_id').references((): AnyPgColumn => links.id, { onDelete: 'set null' }),
    /** Why it ended, for as long as whoever held it is still to be told, with another one; null otherwise. */
    renewal: text('renewal').$type<LinkRenewal>(),
    createdAt: createdAt(),
    expiresAt: timestamp('expires_at', { withTimezone: true }).notNull(),
    revokedAt: timestamp('revoked_at', { withTimezone: true }),
    consumedAt: timestamp('consumed_at', { withTimezone: true }),
    lastUsedAt: timestamp('last_used_at', { withTimezone: true }),
  },
  t => [
    index('links_grappe').on(t.grappeId),
    index('links_parent').on(t.parentId),
    index('links_email').on(t.email),
    index('links_porteur').on(t.porteurId),
    index('links_colleague').on(t.colleagueId),
    index('links_og').on(t.ogId),
    index('links_esms').on(t.esmsId),
    index('links_expires').on(t.expiresAt),
    index('links_revoked').on(t.revokedAt).where(sql`${t.revokedAt} is not null`),
    index('links_consumed').on(t.consumedAt).where(sql`${t.consumedAt} is not null`),
    index('links_to_renew').on(t.grappeId).where(sql`${t.renewal} is not null`),
  ],
)

/**
 * Who receives which digest, from the first one on: a row says whether it still wants it. Its id makes the
 * address by which it is stopped.
 */
export const digests = pgTable(
  'digests',
  {
    id: uuid('id').primaryKey(),
    /** Lower case. */
    email: text('email').notNull(),
    kind: text('kind').$type<DigestKind>().notNull(),
    createdAt: createdAt(),
    /** Since when it is not wanted any more; null while it is. */
    endedAt: timestamp('ended_at', { withTimezone: true }),
  },
  t => [unique('digests_once').on(t.email, t.kind)],
)

/**
 * Mails as composed. The link's token is not in the text: `{lien}` is put back when the mail is sent or read.
 */
export const mails = pgTable(
  'mails',
  {
    id: uuid('id').primaryKey(),
    grappeId: uuid('grappe_id').references(() => grappes.id, { onDelete: 'cascade' }),
    linkId: uuid('link_id').references(() => links.id, { onDelete: 'set null' }),
    recipient: text('recipient').notNull(),
    subject: text('subject').notNull(),
    body: text('body').notNull(),
    /** The same in HTML; null for mails of before it existed. */
    html: text('html'),
    createdAt: createdAt(),
    sentAt: timestamp('sent_at', { withTimezone: true }),
    /** Tries so far. */
    attempts: integer('attempts').notNull().default(0),
    /**
     * Not to be tried before; whoever tries moves it first, so that two instances never send the same mail.
     */
    nextAttemptAt: timestamp('next_attempt_at', { withTimezone: true }),
    /** When a person said that they sent it themselves, where no mail server does. */
    handSentAt: timestamp('hand_sent_at', { withTimezone: true }),
    /** When the mail server refused it for good. */
    bouncedAt: timestamp('bounced_at', { withTimezone: true }),
    failure: text('failure'),
    /** When the mail server was first asked to take it: what the limits of a day count. */
    countedAt: timestamp('counted_at', { withTimezone: true }),
    /**
     * Of an invitation, which is of no grappe: the porteur or the service (`porteur:ID`, `service:ID`) among
     * whose mails of a day it counts. Null for the mails of a grappe, for sign-in links and for codes.
     */
    budget: text('budget').$type<MailBudget>(),
    /** Which limit it waits for, until `nextAttemptAt`; null otherwise. */
    heldBy: text('held_by').$type<MailLimit>(),
    /** Of a digest: whose choice to go on receiving it; null for any other mail. */
    digestId: uuid('digest_id').references(() => digests.id, { onDelete: 'set null' }),
  },
  t => [
    index('mails_grappe').on(t.grappeId),
    index('mails_counted').on(t.countedAt),
    index('mails_recipient').on(t.recipient, t.countedAt),
    // Also those of the outbox, newest first.
    index('mails_created').on(t.createdAt, t.id),
    index('mails_link').on(t.linkId),
    index('mails_digest').on(t.digestId),
    index('mails_bounced').on(t.bouncedAt).where(sql`${t.bouncedAt} is not null`),
    // In the order in which they leave: those that limits of a day count come after the others.
    index('mails_unsent')
      .on(sql`(${t.grappeId} is not null or ${t.budget} is not null)`, t.createdAt, t.id)
      .where(sql`${t.sentAt} is null and ${t.handSentAt} is null and ${t.bouncedAt} is null`),
    index('mails_budget').on(t.budget, t.countedAt).where(sql`${t.budget} is not null`),
  ],
)

/** A reminder (relance) written to a person: once a day and kind, whatever restarts. */
export const relances = pgTable(
  'relances',
  {
    id: uuid('id').primaryKey(),
    grappeId: uuid('grappe_id')
      .notNull()
      .references(() => grappes.id, { onDelete: 'cascade' }),
    /** Lower case. */
    email: text('email').notNull(),
    kind: text('kind').$type<RelanceKind>().notNull(),
    /** In the call's time zone. */
    dueOn: date('due_on', { mode: 'string' }).notNull(),
    mailId: uuid('mail_id')
      .notNull()
      .references(() => mails.id, { onDelete: 'cascade' }),
    createdAt: createdAt(),
  },
  t => [
    unique('relances_once').on(t.grappeId, t.email, t.kind, t.dueOn),
    index('relances_mail').on(t.mailId),
  ],
)

/** A code sent by e-mail before a sensitive act; six digits, kept hashed. */
export const codes = pgTable(
  'codes',
  {
    id: uuid('id').primaryKey(),
    /** The link or the session that must prove itself. */
    holderId: uuid('holder_id').notNull(),
    purpose: text('purpose').notNull(),
    /** Of the token of the browser that asked: the code is worth nothing in another. Empty for a session. */
    browserHash: text('browser_hash').notNull().default(''),
    codeHash: text('code_hash').notNull(),
    /** Wrong tries so far. */
    attempts: integer('attempts').notNull().default(0),
    createdAt: createdAt(),
    expiresAt: timestamp('expires_at', { withTimezone: true }).notNull(),
    usedAt: timestamp('used_at', { withTimezone: true }),
  },
  t => [index('codes_holder').on(t.holderId), index('codes_created').on(t.createdAt)],
)

export type SealState = 'verification' | 'scelle' | 'refuse'
export type ReadingState = 'a-faire' | 'en-cours' | 'faite' | 'echec'

/**
 * A sealed dossier: a plan frozen for good. Only the progress of its check and of its reading PDF ever
 * changes.
 */
export const seals = pgTable(
  'seals',
  {
    id: uuid('id').primaryKey(),
    grappeId: uuid('grappe_id')
      .notNull()
      .references(() => grappes.id, { onDelete: 'cascade' }),
    /** 1, 2, 3… within the grappe. */
    number: integer('number').notNull(),
    state: text('state').$type<SealState>().notNull(),
    sealedAt: timestamp('sealed_at', { withTimezone: true }).notNull(),
    sealedBy: text('sealed_by').notNull(),
    plan: jsonb('plan').$type<DossierPlan>().notNull(),
    complete: boolean('complete').notNull(),
    /** The OG that carries the grappe, as the plan says; null when it is not known. */
    porteurName: text('porteur_name'),
    verdict: text('verdict').$type<Verdict['status']>().notNull(),
    /** ESMS that had not withdrawn. */
    members: integer('members').notNull(),
    /** Required pieces that are not in it. */
    missing: integer('missing').notNull(),
    /** The pieces that are in it, in the order of its plan, and at the same places the versions of them. */
    pieceIds: uuid('piece_ids').array().notNull(),
    versionIds: uuid('version_ids').array().notNull(),
    /** Of these pieces, those of whose deposit the ARS has said nothing yet, in the same order. */
    leftPieceIds: uuid('left_piece_ids').array().notNull().default([]),
    /** SHA-256 of the manifest, lower-case hexadecimal: what identifies this version anywhere. */
    sealHash: text('seal_hash').notNull(),
    /** Of the ZIP, in bytes. */
    zipLength: bigint('zip_length', { mode: 'number' }).notNull(),
    /** Of the ZIP, lower-case hexadecimal; null until the files were read again. */
    zipSha256: text('zip_sha256'),
    checkedBytes: bigint('checked_bytes', { mode: 'number' }).notNull().default(0),
    totalBytes: bigint('total_bytes', { mode: 'number' }).notNull(),
    finishedAt: timestamp('finished_at', { withTimezone: true }),
    /** One French sentence, when `refuse`. */
    failure: text('failure'),
    readingState: text('reading_state').$type<ReadingState>().notNull().default('a-faire'),
    /** Pieces drawn, of how many. */
    readingDone: integer('reading_done').notNull().default(0),
    readingTotal: integer('reading_total').notNull().default(0),
    readingSha256: text('reading_sha256'),
    readingSize: bigint('reading_size', { mode: 'number' }),
    readingFailure: text('reading_failure'),
  },
  t => [
    unique('seals_number_once').on(t.grappeId, t.number),
    index('seals_hash').on(t.sealHash),
    index('seals_to_check').on(t.sealedAt).where(sql`${t.finishedAt} is null`),
    index('seals_to_draw')
      .on(t.sealedAt)
      .where(sql`${t.state} = 'scelle' and ${t.readingState} in ('a-faire', 'en-cours')`),
    index('seals_reading').on(t.readingSha256).where(sql`${t.readingSha256} is not null`),
  ],
)

/** The files of a sealed dossier's ZIP, in order. */
export const sealedEntries = pgTable(
  'sealed_entries',
  {
    sealId: uuid('seal_id')
      .notNull()
      .references(() => seals.id, { onDelete: 'cascade' }),
    position: integer('position').notNull(),
    path: text('path').notNull(),
    sha256: text('sha256').notNull(),
    crc32: bigint('crc32', { mode: 'number' }).notNull(),
    size: bigint('size', { mode: 'number' }).notNull(),
    /** The deposited file; null for what was drawn at sealing. */
    fileId: uuid('file_id'),
  },
  t => [primaryKey({ columns: [t.sealId, t.position] }), index('sealed_entries_sha256').on(t.sha256)],
)

/** The address at which whoever spoke reads mail, and how that was shown; null for what is older. */
const provedBy = () => ({
  /** Lower case. */
  email: text('email'),
  proof: text('proof').$type<ReviewerProof>(),
  /** Name, then, of the service as whose member it read the dossier; null when it was handed to itself. */
  service: text('service'),
})

/**
 * What the reviewer says of one version of a piece, or of a piece that is missing. The last row of a version
 * counts.
 */
export const reviews = pgTable(
  'reviews',
  {
    id: uuid('id').primaryKey(),
    grappeId: uuid('grappe_id')
      .notNull()
      .references(() => grappes.id, { onDelete: 'cascade' }),
    pieceId: uuid('piece_id')
      .notNull()
      .references(() => pieces.id, { onDelete: 'cascade' }),
    /** Null when the piece is not in the sealed version. */
    versionId: uuid('version_id').references(() => versions.id, { onDelete: 'cascade' }),
    /** The sealed version that was read. */
    sealId: uuid('seal_id')
      .notNull()
      .references(() => seals.id),
    decision: text('decision').$type<ReviewDecision>().notNull(),
    motive: text('motive'),
    /** Last day for the complement; null otherwise. */
    deadlineOn: date('deadline_on', { mode: 'string' }),
    actor: text('actor').notNull(),
    ...provedBy(),
    at: timestamp('at', { withTimezone: true }).notNull(),
  },
  t => [
    index('reviews_grappe').on(t.grappeId),
    index('reviews_complements').on(t.grappeId).where(sql`${t.decision} = 'complement'`),
    index('reviews_version').on(t.versionId),
    index('reviews_piece').on(t.pieceId),
    index('reviews_seal').on(t.sealId),
  ],
)

/** A complement that a reviewer is about to ask for: nobody is told before all of them are sent together. */
export const complementDrafts = pgTable(
  'complement_drafts',
  {
    grappeId: uuid('grappe_id')
      .notNull()
      .references(() => grappes.id, { onDelete: 'cascade' }),
    pieceId: uuid('piece_id')
      .notNull()
      .references(() => pieces.id, { onDelete: 'cascade' }),
    /** Whose draft: the address at which the reviewer reads mail, lower case. */
    email: text('email').notNull(),
    sealId: uuid('seal_id')
      .notNull()
      .references(() => seals.id),
    motive: text('motive').notNull(),
    at: timestamp('at', { withTimezone: true }).notNull(),
  },
  t => [
    primaryKey({ columns: [t.grappeId, t.pieceId, t.email] }),
    index('complement_drafts_piece').on(t.pieceId),
    index('complement_drafts_seal').on(t.sealId),
  ],
)

/** What the reviewers say of the whole dossier (avis). The last row of each counts. */
export const opinions = pgTable(
  'opinions',
  {
    id: uuid('id').primaryKey(),
    grappeId: uuid('grappe_id')
      .notNull()
      .references(() => grappes.id, { onDelete: 'cascade' }),
    /** The sealed version that it is about. */
    sealId: uuid('seal_id')
      .notNull()
      .references(() => seals.id),
    avis: text('avis').$type<Avis>().notNull(),
    note: text('note'),
    actor: text('actor').notNull(),
    ...provedBy(),
    at: timestamp('at', { withTimezone: true }).notNull(),
  },
  t => [index('opinions_grappe').on(t.grappeId), index('opinions_seal').on(t.sealId)],
)

/** A service of the ARS: its members read whatever is handed to one of them. */
export const services = pgTable('services', {
  id: uuid('id').primaryKey(),
  name: text('name').notNull(),
  createdAt: createdAt(),
})

/**
 * A reviewer of a service, from its invitation on. Never deleted: ended when it declined, left or was
 * removed.
 */
export const serviceMembers = pgTable(
  'service_members',
  {
    id: uuid('id').primaryKey(),
    serviceId: uuid('service_id')
      .notNull()
      .references(() => services.id, { onDelete: 'cascade' }),
    /** Lower case. */
    email: text('email').notNull(),
    /** Whether it may remove others. */
    administers: boolean('administers').notNull().default(false),
    /** An e-mail address; null for whoever founded the service. */
    invitedBy: text('invited_by'),
    invitedAt: timestamp('invited_at', { withTimezone: true }).notNull(),
    /** Null until it accepted, from a session of its own. */
    joinedAt: timestamp('joined_at', { withTimezone: true }),
    endedAt: timestamp('ended_at', { withTimezone: true }),
    /** An e-mail address: its own when it declined or left. */
    endedBy: text('ended_by'),
  },
  t => [
    index('service_members_service').on(t.serviceId),
    uniqueIndex('service_members_once').on(t.serviceId, t.email).where(sql`${t.endedAt} is null`),
    uniqueIndex('service_members_one_service')
      .on(t.email)
      .where(sql`${t.joinedAt} is not null and ${t.endedAt} is null`),
  ],
)

/** To whom a service gives a dossier to read. The last row of a dossier counts; the porteur sees none. */
export const assignments = pgTable(
  'assignments',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    serviceId: uuid('service_id')
      .notNull()
      .references(() => services.id, { onDelete: 'cascade' }),
    grappeId: uuid('grappe_id')
      .notNull()
      .references(() => grappes.id, { onDelete: 'cascade' }),
    /** Lower case; null when it was given back to nobody. */
    email: text('email'),
    /** An e-mail address. */
    assignedBy: text('assigned_by').notNull(),
    assignedAt: timestamp('assigned_at', { withTimezone: true }).notNull(),
  },
  t => [
    index('assignments_dossier').on(t.serviceId, t.grappeId, t.id),
    index('assignments_grappe').on(t.grappeId),
  ],
)

/** When a reviewer opened the dossier or downloaded something: what the porteur is shown. */
export const accesses = pgTable(
  'accesses',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    grappeId: uuid('grappe_id')
      .notNull()
      .references(() => grappes.id, { onDelete: 'cascade' }),
    sealId: uuid('seal_id').references(() => seals.id),
    act: text('act').$type<'ouverture' | 'telechargement'>().notNull(),
    /** What was downloaded, such as `ZIP` or a piece's name; null for an opening. */
    what: text('what'),
    actor: text('actor').notNull(),
    /** What whoever did it had proved: `link`, nothing more than having it. Null for what is older. */
    proof: text('proof').$type<'link' | ReviewerProof>(),
    at: timestamp('at', { withTimezone: true }).notNull(),
  },
  t => [index('accesses_grappe').on(t.grappeId), index('accesses_seal').on(t.sealId)],
)

/**
 * What happened: the porteur's history and the workbook's Journal sheet. Never updated, but to erase what a
 * line says; holds no secret.
 */
export const journal = pgTable(
  'journal',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    /** Of a grappe, or of one that was erased: its journal outlives it. */
    grappeId: uuid('grappe_id').notNull(),
    at: timestamp('at', { withTimezone: true }).notNull(),
    /** As screens name it. */
    actor: text('actor').notNull(),
    /** What the actor had proved; null for `unknown`. */
    proof: text('proof').$type<Proof>(),
    kind: text('kind').$type<RecordedAct['kind']>().notNull(),
    /** Null for `unknown`. */
    facts: jsonb('facts').$type<Act['facts']>(),
    /** OG and ESMS of the facts, to be asked for; those of a member that was removed since then stay. */
    memberIds: uuid('member_ids').array().notNull().default([]),
    /** Piece of the facts. */
    pieceId: uuid('piece_id'),
    /**
     * One French sentence, when `unknown`: of before kinds were kept. The others' is drawn from their facts.
     */
    event: text('event'),
    /**
     * The chain (docs/adr/0020): what the line says, under a salt; then this line after the one before. The
     * database fills all three when the line is written, and refuses that any line is changed or deleted.
     */
    salt: text('salt').notNull().default(''),
    contentHash: text('content_hash').notNull().default(''),
    hash: text('hash').notNull().default(''),
    /**
     * When what the line says was erased, with its salt: its hashes stay, and prove its place. Null for all
     * others. `erase_journal` alone sets it: docs/adr/0022.
     */
    erasedAt: timestamp('erased_at', { withTimezone: true }),
  },
  t => [
    check(
      'journal_facts_or_sentence',
      sql`case when ${t.erasedAt} is null
        then (${t.kind} = 'unknown') = (${t.event} is not null)
          and (${t.kind} = 'unknown') = (${t.facts} is null)
        else ${t.actor} = '' and ${t.salt} = '' and ${t.facts} is null and ${t.event} is null end`,
    ),
    index('journal_grappe').on(t.grappeId, t.id),
    index('journal_kind').on(t.grappeId, t.kind, t.id),
    index('journal_actor').on(t.grappeId, t.actor, t.id),
    index('journal_members').using('gin', t.memberIds),
    index('journal_piece').on(t.pieceId),
  ],
)

/** How long a grappe is kept, where its porteur said something of it. */
export const retentions = pgTable('retentions', {
  grappeId: uuid('grappe_id')
    .primaryKey()
    .references(() => grappes.id, { onDelete: 'cascade' }),
  /** After the last closing; null: the call's, or the product's. */
  months: integer('months'),
  /** Why nothing may be erased for now, whatever the days say; null while nothing holds it. */
  holdMotive: text('hold_motive'),
  /** As the journal names whoever holds it. */
  heldBy: text('held_by'),
  heldAt: timestamp('held_at', { withTimezone: true }),
  /** When its deletion was asked for, and from when on it is done; null while nobody asks. */
  deletionAskedAt: timestamp('deletion_asked_at', { withTimezone: true }),
  deletesAt: timestamp('deletes_at', { withTimezone: true }),
})

/** A porteur whose account is to be deleted, with all its grappes; the row goes when that is taken back. */
export const accountDeletions = pgTable('account_deletions', {
  porteurId: uuid('porteur_id')
    .primaryKey()
    .references(() => porteurs.id, { onDelete: 'cascade' }),
  /** Of the person who asked. */
  askedBy: text('asked_by').notNull(),
  askedAt: timestamp('asked_at', { withTimezone: true }).notNull(),
  deletesAt: timestamp('deletes_at', { withTimezone: true }).notNull(),
})

/** A warning that a grappe will be erased, as it was written to one person. */
export const erasureWarnings = pgTable(
  'erasure_warnings',
  {
    id: uuid('id').primaryKey(),
    grappeId: uuid('grappe_id')
      .notNull()
      .references(() => grappes.id, { onDelete: 'cascade' }),
    /** 1, then 2. */
    rank: integer('rank').$type<1 | 2>().notNull(),
    /** The day that the duration gave then: another one makes it void. */
    plannedOn: date('planned_on', { mode: 'string' }).notNull(),
    /** The day that it tells. */
    erasesOn: date('erases_on', { mode: 'string' }).notNull(),
    writtenOn: date('written_on', { mode: 'string' }).notNull(),
    /** Null once the mail itself is gone: it then counts as one that never left. */
    mailId: uuid('mail_id').references(() => mails.id, { onDelete: 'set null' }),
  },
  t => [index('erasure_warnings_grappe').on(t.grappeId), index('erasure_warnings_mail').on(t.mailId)],
)

/** What is left of a grappe that was erased: days, counts and hashes, and no name. */
export const erasedGrappes = pgTable('erased_grappes', {
  /** That of the grappe: its journal still bears it. */
  id: uuid('id').primaryKey(),
  callCode: text('call_code').notNull(),
  createdAt: createdAt(),
  erasedAt: timestamp('erased_at', { withTimezone: true }).notNull(),
  cause: text('cause').$type<ErasureCause>().notNull(),
  counts: jsonb('counts').$type<ErasedCounts>().notNull(),
})

/** What is left of its sealed versions, for whoever kept one. */
export const erasedSeals = pgTable(
  'erased_seals',
  {
    grappeId: uuid('grappe_id')
      .notNull()
      .references(() => erasedGrappes.id),
    number: integer('number').notNull(),
    sealedAt: timestamp('sealed_at', { withTimezone: true }).notNull(),
    complete: boolean('complete').notNull(),
    sealHash: text('seal_hash').notNull(),
    zipLength: bigint('zip_length', { mode: 'number' }).notNull(),
    zipSha256: text('zip_sha256'),
    /** Of its files, in their order, without their names. */
    files: jsonb('files').$type<ReadonlyArray<{ sha256: string; size: number }>>().notNull(),
    /** Of the journal, as the manifest tells it; null for the first sealed ones. */
    journalHead: jsonb('journal_head').$type<JournalHead>(),
  },
  t => [primaryKey({ columns: [t.grappeId, t.number] }), index('erased_seals_hash').on(t.sealHash)],
)

/** Bytes whose last known row went, to be erased unless another row refers to them by then. */
export const bytesToErase = pgTable('bytes_to_erase', {
  sha256: text('sha256').primaryKey(),
  listedAt: timestamp('listed_at', { withTimezone: true }).notNull(),
})

/** Bytes of the store that were last found to be missing, or not those of their name. */
export const damagedBlobs = pgTable('damaged_blobs', {
  sha256: text('sha256').primaryKey(),
  foundAt: timestamp('found_at', { withTimezone: true }).notNull(),
})

/** One row: where the reading again of every stored byte is. */
export const scrub = pgTable(
  'scrub',
  {
    id: integer('id').primaryKey().default(1),
    startedAt: timestamp('started_at', { withTimezone: true }).notNull(),
    /** The last SHA-256 that was read, in their order; empty at the beginning. */
    readUpTo: text('read_up_to').notNull(),
    files: integer('files').notNull(),
    bytes: bigint('bytes', { mode: 'number' }).notNull(),
    /** Null while it is under way. */
    finishedAt: timestamp('finished_at', { withTimezone: true }),
  },
  t => [check('scrub_once', sql`${t.id} = 1`)],
)

/** What became of a job's runs: one row a job, whichever server ran it. */
export const jobRuns = pgTable('job_runs', {
  /** A JobName (`server/steps/ports.ts`). */
  name: text('name').primaryKey(),
  runs: integer('runs').notNull(),
  failures: integer('failures').notNull(),
  /** Since the last success. */
  failuresInRow: integer('failures_in_row').notNull(),
  lastSuccessAt: timestamp('last_success_at', { withTimezone: true }),
  lastFailureAt: timestamp('last_failure_at', { withTimezone: true }),
  /** Holds no value that a statement was given. */
  lastFailure: text('last_failure'),
  /** Of the last run, in milliseconds. */
  lastMs: integer('last_ms'),
})
