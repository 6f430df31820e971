/** What hangs on what, for a whole that one statement reads. */
import { relations } from 'drizzle-orm'
import {
  esms,
  extensions,
  files,
  grappes,
  journal,
  nonApplicables,
  pieces,
  reviews,
  versions,
} from './tables.ts'

export const grappesHold = relations(grappes, ({ many }) => ({
  journal: many(journal),
  pieces: many(pieces),
  extensions: many(extensions),
}))

export const piecesHold = relations(pieces, ({ one, many }) => ({
  grappe: one(grappes, { fields: [pieces.grappeId], references: [grappes.id] }),
  esms: one(esms, { fields: [pieces.esmsId], references: [esms.id] }),
  versions: many(versions),
  nonApplicables: many(nonApplicables),
}))

export const versionsHold = relations(versions, ({ one, many }) => ({
  piece: one(pieces, { fields: [versions.pieceId], references: [pieces.id] }),
  files: many(files),
  reviews: many(reviews),
}))

export const journalHolds = relations(journal, ({ one }) => ({
  grappe: one(grappes, { fields: [journal.grappeId], references: [grappes.id] }),
}))

export const extensionsHold = relations(extensions, ({ one }) => ({
  grappe: one(grappes, { fields: [extensions.grappeId], references: [grappes.id] }),
}))

export const nonApplicablesHold = relations(nonApplicables, ({ one }) => ({
  piece: one(pieces, { fields: [nonApplicables.pieceId], references: [pieces.id] }),
}))

export const filesHold = relations(files, ({ one }) => ({
  version: one(versions, { fields: [files.versionId], references: [versions.id] }),
}))

export const reviewsHold = relations(reviews, ({ one }) => ({
  version: one(versions, { fields: [reviews.versionId], references: [versions.id] }),
}))
