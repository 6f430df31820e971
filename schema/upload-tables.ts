/**
 * Uploads under way where several servers take them: their bytes are in the bucket. In a schema of their own:
 * like those of a folder, they are no part of a backup.
 */
import { sql } from 'drizzle-orm'
import { bigint, index, jsonb, pgSchema, primaryKey, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import type { MailOrigin } from '../server/domain/filing/clues.ts'

export const arriving = pgSchema('envois')

export const uploads = arriving.table(
  'uploads',
  {
    /** 32 hexadecimal characters. */
    id: text('id').primaryKey(),
    /** Of a link, a porteur or a grappe: as `UploadLane` says. No reference: they end by themselves. */
    owner: text('owner').notNull(),
    /** Of a piece, or the word for none. */
    pieceId: text('piece_id').notNull(),
    name: text('name').notNull(),
    modified: text('modified').notNull(),
    folder: text('folder').notNull(),
    mail: jsonb('mail').$type<MailOrigin>(),
    note: text('note'),
    /** In bytes. */
    size: bigint('size', { mode: 'number' }).notNull(),
    received: bigint('received', { mode: 'number' }).notNull(),
    begunAt: timestamp('begun_at', { withTimezone: true }).notNull(),
    touchedAt: timestamp('touched_at', { withTimezone: true }).notNull(),
    /** The version that it is about to become: once that exists, the upload goes. */
    versionId: uuid('version_id'),
    /** Who keeps it still, and until when unless it says so again: by the database's clock. */
    heldBy: uuid('held_by'),
    heldUntil: timestamp('held_until', { withTimezone: true }),
    /** Seen by nobody any more; its bytes go, then its row. */
    goneAt: timestamp('gone_at', { withTimezone: true }),
  },
  t => [
    index('uploads_owner').on(t.owner, t.pieceId).where(sql`${t.goneAt} is null`),
    index('uploads_touched').on(t.touchedAt),
  ],
)

/** What one request brought, in the bucket under `object`. */
export const chunks = arriving.table(
  'chunks',
  {
    uploadId: text('upload_id')
      .notNull()
      .references(() => uploads.id, { onDelete: 'cascade' }),
    /** Its first byte's place in the upload. */
    start: bigint('start', { mode: 'number' }).notNull(),
    bytes: bigint('bytes', { mode: 'number' }).notNull(),
    sha256: text('sha256').notNull(),
    object: text('object').notNull(),
  },
  t => [primaryKey({ columns: [t.uploadId, t.start] })],
)
