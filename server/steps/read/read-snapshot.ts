/** A grappe at one instant, everything in one transaction. */
import { and, eq, inArray, isNull, ne } from 'drizzle-orm'
import { esms, grappes, ogs } from '../../../schema/tables.ts'
import { windowAt } from '../../domain/call.ts'
import type {
  BoardSnapshot,
  DossierPorteur,
  DossierSnapshot,
  JournalEntry,
  JournalHead,
} from '../../domain/dossier-plan.ts'
import { evaluate } from '../../domain/eligibility.ts'
import { isFollowUp } from '../../domain/follow-up.ts'
import { valuesOf } from '../../domain/governance/governance.ts'
import type { Esms } from '../../domain/grappe.ts'
import { eventForArs, isForArs, type RecordedAct } from '../../domain/journal/entry.ts'
import type { Piece } from '../../domain/piece.ts'
import { sharingFacts } from '../../domain/sharing/facts.ts'
import type { AppliedKey } from '../../domain/sharing/key.ts'
import { submissionLines } from '../../domain/submission-lines.ts'
import type { Context, Database } from '../ports.ts'
import { lookUpFiness, readRegistryDate } from './look-up-finess.ts'
import { readExchanges } from './read-exchanges.ts'
import { readAnswersOfGrappe } from './read-form-answers.ts'
import { type GrappeRecord, readGrappe } from './read-grappe.ts'
import { type JournalLine, readJournal } from './read-journal.ts'
import { readPieces } from './read-pieces.ts'
import { readOpinions, readReviews } from './read-reviews.ts'
import { readSignings } from './read-signings.ts'

/** A grappe at one instant: what the verdict and the dossier are all drawn from. */
export interface GrappeSnapshot extends DossierSnapshot, Pick<GrappeBoard, 'record' | 'followUps'> {}

/** As much of it as the board shows. */
export interface GrappeBoard extends BoardSnapshot {
  record: GrappeRecord
  /** What follows the deposit, apart: nothing of the dossier is drawn from it. */
  followUps: readonly Piece[]
}

/**
 * Reads everything about a grappe in one transaction, so that the verdict, the pieces and the journal agree.
 *
 * @param wanted `exchanges`: what was said about the pieces, answered on screen and noted of signatures and
 * of the deposit too, which only a dossier that is drawn holds.
 * @returns null when there is no such grappe.
 */
export async function readSnapshot(
  context: Reader,
  grappeId: string,
  wanted: { exchanges?: true } = {},
): Promise<GrappeSnapshot | null> {
  return await atOneInstant(context, async tx => {
    const board = await readShown(tx, context, grappeId)
    if (board === null) return null
    const { record, pieces, followUps, today } = board
    const { call } = record
    const journal = await readJournal(tx, grappeId)
    return {
      ...board,
      journal: journal.map(({ at, actor, event }) => ({ at, actor, event })),
      journalHead: headOf(journal),
      dossierJournal: dossierJournalOf(journal, pieces),
      porteur: await readPorteur(tx, record.porteurOgId),
      sharing: appliedKey(record),
      governance: valuesOf(record.governance),
      reviews: await readReviews(tx, grappeId, call.pieces),
      opinions: await readOpinions(tx, grappeId),
      written: wanted.exchanges ? await readExchanges(tx, grappeId) : null,
      answered: wanted.exchanges ? await readAnswersOfGrappe(tx, grappeId, pieces) : null,
      signings: wanted.exchanges ? await readSignings(tx, grappeId) : null,
      submission: wanted.exchanges
        ? submissionLines(call, record.submission, followUps, { today, timeZone: call.timeZone })
        : null,
    }
  })
}

/**
 * Reads what the board shows, in one transaction.
 *
 * @returns null when there is no such grappe.
 */
export async function readBoard(context: Reader, grappeId: string): Promise<GrappeBoard | null> {
  return await atOneInstant(context, tx => readShown(tx, context, grappeId))
}

type Reader = Pick<Context, 'db' | 'now' | 'antivirus'>

/** All that is read is of one instant. */
export const atOneInstant = <Result>(
  context: Reader,
  read: (tx: Database) => Promise<Result>,
): Promise<Result> =>
  context.db.transaction(read, { isolationLevel: 'repeatable read', accessMode: 'read only' })

export async function readShown(
  tx: Database,
  context: Reader,
  grappeId: string,
): Promise<GrappeBoard | null> {
  const record = await readKnownGrappe(tx, grappeId)
  if (record === null) return null
  const takenAt = context.now().toISOString()
  const { call } = record
  const { today, closesOn } = windowAt(call, takenAt)
  const recorded = await readPieces(tx, grappeId)
  return {
    record,
    followUps: recorded.filter(({ code }) => isFollowUp(call, code)),
    takenAt,
    today,
    callTitle: call.title,
    callCode: call.code,
    fictional: call.fictional,
    registry: await readRegistryDate(tx),
    timeZone: call.timeZone,
    closesOn,
    grappe: record,
    details: record.details,
    rules: call.rules,
    definitions: call.pieces,
    pieces: recorded.filter(({ code }) => !isFollowUp(call, code)),
    antivirus: context.antivirus !== null,
    verdict: evaluate(call, { grappe: record, today }),
  }
}

function appliedKey(record: GrappeRecord): AppliedKey | null {
  const { key } = record.sharing
  return key && { key, facts: sharingFacts(record, record.details, record.call) }
}

function headOf(lines: readonly JournalLine[]): JournalHead | null {
  const last = lines.at(-1)
  return last === undefined ? null : { lines: lines.length, hash: last.hash }
}

/**
 * What the ARS reads of the journal; a deposit that was taken out since then, or an acceptance that was taken
 * back, never was, for it.
 */
function dossierJournalOf(lines: readonly JournalLine[], pieces: readonly Piece[]): JournalEntry[] {
  const decisions = new Map(
    pieces.flatMap(({ versions }) => versions.map(({ id, decision }) => [id, decision] as const)),
  )
  return lines.flatMap((line): JournalEntry[] => {
    const { at, actor, proof, kind, facts, event: sentence } = line
    if (facts !== null && 'versionId' in facts) {
      const decision = decisions.get(facts.versionId)
      if (decision === undefined || (kind === 'piece-accepted' && decision !== 'acceptee')) return []
    }
    // What somebody had erased is told by its place alone.
    if (facts === null && kind !== 'unknown') {
      return isForArs(kind) ? [{ at, actor, event: sentence }] : []
    }
    const recorded = { kind, facts, event: sentence } as RecordedAct
    const told = eventForArs(recorded, { name: actor, proof })
    return told === null ? [] : [{ at, ...told }]
  })
}

async function readPorteur(tx: Database, ogId: string | null): Promise<DossierPorteur | null> {
  if (ogId === null) return null
  const [og] = await tx
    .select({
      ogName: ogs.name,
      finessEj: ogs.finessEj,
      contactName: ogs.contactName,
      contactEmail: ogs.contactEmail,
      contactPhone: ogs.contactPhone,
    })
    .from(ogs)
    .where(eq(ogs.id, ogId))
  return og ?? null
}

/**
 * A grappe as it is judged: with what is known of its members outside it.
 *
 * @returns null when there is no such grappe for this porteur.
 */
export async function readKnownGrappe(
  db: Database,
  grappeId: string,
  ownedBy?: { porteurId: string },
): Promise<GrappeRecord | null> {
  const stored = await readGrappe(db, grappeId, ownedBy)
  return stored && { ...stored, esms: await withOutsideFacts(db, stored) }
}

/**
 * The members with what is known of them outside their grappe: from the FINESS registry, and from other
 * grappes here.
 */
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

/**
 * Which of the numbers a grappe of the same call also counts, on this server. Says nothing of which grappe it
 * is.
 */
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
