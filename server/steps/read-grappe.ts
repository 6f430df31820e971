/** Reads one grappe whole, in a fixed number of queries whatever its size. */
import { and, asc, eq, inArray, isNull, ne, type SQL } from 'drizzle-orm'
import {
  esms,
  extensions,
  files,
  grappes,
  journal,
  nonApplicables,
  ogs,
  pieces,
  reviews,
  solutions,
  versions,
} from '../../schema/tables.ts'
import type { Call, Domaine, Projet } from '../domain/call.ts'
import { dayOf } from '../domain/deadline.ts'
import type { DossierSnapshot } from '../domain/dossier-plan.ts'
import { evaluate } from '../domain/eligibility.ts'
import { type Extension, extensionsOf } from '../domain/extension.ts'
import type { Esms, Grappe } from '../domain/grappe.ts'
import { groupBy } from '../domain/group-by.ts'
import type { NonApplicable, Piece, Review, StoredFile, Version } from '../domain/piece.ts'
import { lookUpFiness, readRegistryDate } from './look-up-finess.ts'
import type { Context, Database } from './ports.ts'
import { readOpinions, readReviews } from './read-reviews.ts'
import { storedCall } from './stored-call.ts'

/** An OG or an ESMS as its porteur sees it: the facts that rules judge, and whom to write to. */
export interface Contact {
  contactName: string | null
  contactEmail: string | null
}

export interface GrappeRecord extends Grappe {
  porteurId: string
  call: Call
  revision: number
  createdAt: Date
  contacts: ReadonlyMap<string, Contact>
  /** Why each withdrawn ESMS left. */
  withdrawalMotives: ReadonlyMap<string, string>
  /** Each member's own version of its solution, by the member's id; only those that are known. */
  solutionVersions: ReadonlyMap<string, string>
}

/** @returns null when there is no such grappe, or when it belongs to another porteur than the one given. */
export async function readGrappe(
  db: Database,
  grappeId: string,
  ownedBy?: { porteurId: string },
): Promise<GrappeRecord | null> {
  const owned = ownedBy === undefined ? undefined : eq(grappes.porteurId, ownedBy.porteurId)
  const [row] = await db
    .select()
    .from(grappes)
    .where(and(eq(grappes.id, grappeId), owned))
  if (row === undefined) return null
  const ogRows = await db
    .select()
    .from(ogs)
    .where(eq(ogs.grappeId, grappeId))
    .orderBy(asc(ogs.name), asc(ogs.id))
  const esmsRows = await db
    .select()
    .from(esms)
    .where(eq(esms.grappeId, grappeId))
    .orderBy(asc(esms.name), asc(esms.id))
  const solutionRows = await db
    .select()
    .from(solutions)
    .where(eq(solutions.grappeId, grappeId))
    .orderBy(asc(solutions.editeur), asc(solutions.produit))
  return {
    id: row.id,
    porteurId: row.porteurId,
    name: row.name,
    porteurOgId: row.porteurOgId,
    call: storedCall(row.call),
    revision: row.revision,
    createdAt: row.createdAt,
    ogs: ogRows.map(og => ({ id: og.id, name: og.name, finessEj: og.finessEj })),
    esms: esmsRows.map(esmsOfRow),
    solutions: solutionRows.map(({ id, editeur, produit, segur }) => ({ id, editeur, produit, segur })),
    contacts: new Map(
      [...ogRows, ...esmsRows].map(({ id, contactName, contactEmail }) => [
        id,
        { contactName, contactEmail },
      ]),
    ),
    withdrawalMotives: new Map(esmsRows.map(({ id, withdrawalMotive }) => [id, withdrawalMotive ?? ''])),
    solutionVersions: new Map(
      esmsRows.flatMap(({ id, solutionVersion }): [string, string][] =>
        solutionVersion === null ? [] : [[id, solutionVersion]],
      ),
    ),
  }
}

export function esmsOfRow(row: typeof esms.$inferSelect): Esms {
  return {
    id: row.id,
    ogId: row.ogId,
    name: row.name,
    finess: row.finess,
    domaine: row.domaine as Domaine | null,
    projet: row.projet as Projet | null,
    solutionId: row.solutionId,
    categorie: row.categorie,
    registry: 'non-verifie',
    registryEj: null,
    inOtherGrappe: null,
    declarations: row.declarations,
    withdrawnOn: row.withdrawnOn,
  }
}

/**
 * The pieces recorded for a grappe, each with its versions, oldest first, in six queries.
 *
 * @param within narrows every one of the queries, such as to what a member's link may see.
 */
export async function readPieces(db: Database, grappeId: string, within?: SQL): Promise<Piece[]> {
  const where = and(eq(pieces.grappeId, grappeId), within)
  const pieceRows = await db
    .select({ piece: pieces, ogOfEsms: esms.ogId })
    .from(pieces)
    .leftJoin(esms, eq(pieces.esmsId, esms.id))
    .where(where)
    .orderBy(asc(pieces.code), asc(pieces.id))
  const versionRows = await db
    .select({ version: versions })
    .from(versions)
    .innerJoin(pieces, eq(versions.pieceId, pieces.id))
    .where(where)
    .orderBy(asc(versions.number))
  const fileRows = await db
    .select({ file: files })
    .from(files)
    .innerJoin(versions, eq(files.versionId, versions.id))
    .innerJoin(pieces, eq(versions.pieceId, pieces.id))
    .where(where)
    .orderBy(asc(files.position))

  const reviewRows = await db
    .select({ review: reviews })
    .from(reviews)
    .innerJoin(versions, eq(reviews.versionId, versions.id))
    .innerJoin(pieces, eq(versions.pieceId, pieces.id))
    .where(where)
    .orderBy(asc(reviews.at), asc(reviews.id))
  const nonApplicableRows = await db
    .select({ asked: nonApplicables })
    .from(nonApplicables)
    .innerJoin(pieces, eq(nonApplicables.pieceId, pieces.id))
    .where(where)
    .orderBy(asc(nonApplicables.askedAt), asc(nonApplicables.id))

  const granted = await readExtensions(db, grappeId)

  const lastReview = new Map(reviewRows.map(({ review }) => [review.versionId, reviewOfRow(review)]))
  const lastAsked = new Map(nonApplicableRows.map(({ asked }) => [asked.pieceId, nonApplicableOfRow(asked)]))
  const filesOf = groupBy(fileRows, ({ file }) => file.versionId)
  const versionsOf = groupBy(versionRows, ({ version }) => version.pieceId)
  return pieceRows.map(({ piece, ogOfEsms }) => ({
    id: piece.id,
    code: piece.code,
    scope: piece.scope,
    ogId: piece.ogId,
    esmsId: piece.esmsId,
    versions: (versionsOf.get(piece.id) ?? []).map(
      ({ version }): Version => ({
        id: version.id,
        number: version.number,
        depositedAt: version.depositedAt.toISOString(),
        depositedBy: version.depositedBy,
        decision: version.decision,
        motive: version.motive,
        decidedAt: version.decidedAt?.toISOString() ?? null,
        review: lastReview.get(version.id) ?? null,
        files: (filesOf.get(version.id) ?? []).map(({ file }) => fileOfRow(file)),
      }),
    ),
    nonApplicable: lastAsked.get(piece.id) ?? null,
    extensions: extensionsOf(granted, {
      code: piece.code,
      ogId: piece.ogId ?? ogOfEsms,
      esmsId: piece.esmsId,
    }),
  }))
}

export function fileOfRow(row: typeof files.$inferSelect): StoredFile {
  const { id, name, sha256, crc32, size, mediaType, role, pageCount, width, height, scan, virus } = row
  return { id, name, sha256, crc32, size, mediaType, role, pageCount, width, height, scan, virus }
}

function reviewOfRow({ decision, motive, deadlineOn, actor, at }: typeof reviews.$inferSelect): Review {
  return { decision, motive, deadlineOn, actor, at: at.toISOString() }
}

function nonApplicableOfRow(row: typeof nonApplicables.$inferSelect): NonApplicable {
  const { id, reason, askedBy, decision, motive } = row
  return {
    id,
    reason,
    askedBy,
    askedAt: row.askedAt.toISOString(),
    decision,
    motive,
    decidedAt: row.decidedAt?.toISOString() ?? null,
  }
}

/** The later last days granted in a grappe, oldest first. */
async function readExtensions(db: Database, grappeId: string): Promise<Extension[]> {
  const rows = await db
    .select()
    .from(extensions)
    .where(eq(extensions.grappeId, grappeId))
    .orderBy(asc(extensions.grantedAt), asc(extensions.id))
  return rows.map(({ grappeId: _, grantedAt, ...extension }) => ({
    ...extension,
    grantedAt: grantedAt.toISOString(),
  }))
}

/** A grappe at one instant: what the board, the verdict and the dossier are all drawn from. */
export interface GrappeSnapshot extends DossierSnapshot {
  record: GrappeRecord
}

/**
 * Reads everything about a grappe in one transaction, so that the verdict, the pieces and the journal agree.
 *
 * @returns null when there is no such grappe for this porteur.
 */
export async function readSnapshot(
  context: Pick<Context, 'db' | 'now' | 'antivirus'>,
  grappeId: string,
  ownedBy?: { porteurId: string },
): Promise<GrappeSnapshot | null> {
  return await context.db.transaction(
    async tx => {
      const stored = await readGrappe(tx, grappeId, ownedBy)
      if (stored === null) return null
      const record = { ...stored, esms: await withOutsideFacts(tx, stored) }
      const takenAt = context.now().toISOString()
      const { call } = record
      const today = dayOf(takenAt, call.window.timeZone)
      const journalRows = await tx
        .select()
        .from(journal)
        .where(eq(journal.grappeId, grappeId))
        .orderBy(asc(journal.id))
      return {
        record,
        takenAt,
        today,
        callTitle: call.title,
        callCode: call.code,
        fictional: call.fictional,
        registry: await readRegistryDate(tx),
        timeZone: call.window.timeZone,
        closesOn: call.window.closesOn,
        grappe: record,
        definitions: call.pieces,
        pieces: await readPieces(tx, grappeId),
        antivirus: context.antivirus !== null,
        verdict: evaluate(call, { grappe: record, today }),
        journal: journalRows.map(({ at, actor, event }) => ({ at: at.toISOString(), actor, event })),
        reviews: await readReviews(tx, grappeId, call.pieces),
        opinions: await readOpinions(tx, grappeId),
      }
    },
    { isolationLevel: 'repeatable read', accessMode: 'read only' },
  )
}

/** The members with what is known of them outside their grappe: from the FINESS registry, and from other grappes here. */
async function withOutsideFacts(tx: Database, grappe: GrappeRecord): Promise<Esms[]> {
  const numbers = grappe.esms.flatMap(({ finess }) => finess ?? [])
  const findings = await lookUpFiness(tx, numbers)
  const elsewhere = new Set(await numbersInOtherGrappes(tx, grappe, numbers))
  return grappe.esms.map(member => {
    const finding = member.finess === null ? undefined : findings.get(member.finess)
    return {
      ...member,
      registry: finding?.status ?? 'non-verifie',
      registryEj: finding?.structure?.ejNumber ?? null,
      categorie: finding?.structure?.categorie ?? member.categorie,
      inOtherGrappe: member.finess === null ? null : elsewhere.has(member.finess),
    }
  })
}

/** Which of the numbers a grappe of the same call also counts, on this server. Says nothing of which grappe it is. */
async function numbersInOtherGrappes(
  tx: Database,
  grappe: GrappeRecord,
  numbers: string[],
): Promise<string[]> {
  if (numbers.length === 0) return []
  const rows = await tx
    .selectDistinct({ finess: esms.finess })
    .from(esms)
    .innerJoin(grappes, eq(esms.grappeId, grappes.id))
    .where(
      and(
        eq(grappes.callCode, grappe.call.code),
        ne(grappes.id, grappe.id),
        isNull(esms.withdrawnOn),
        inArray(esms.finess, numbers),
      ),
    )
  return rows.flatMap(({ finess }) => finess ?? [])
}
