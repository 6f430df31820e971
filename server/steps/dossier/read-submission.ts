/** What the page of the deposit tells: the facts to type, the files to attach, what was done. Reads only. */
import type { StoredSubmission } from '../../../schema/contracts/submission.ts'
import type { PieceDefinition } from '../../domain/call.ts'
import { type DossierPlan, planDossier } from '../../domain/dossier-plan.ts'
import { followUpPieces } from '../../domain/follow-up.ts'
import type { Piece } from '../../domain/piece.ts'
import { type SealChanges, sealChanges } from '../../domain/seal.ts'
import { sharingFacts } from '../../domain/sharing/facts.ts'
import { type FollowUpShown, followUpsOf } from '../../domain/submission.ts'
import {
  type Attachments,
  attachmentsOf,
  factsToType,
  membersDiffer,
  type TypedFact,
} from '../../domain/submission-facts.ts'
import type { Context } from '../ports.ts'
import { listSeals, readSealedPlan, type SealSummary } from '../read/read-seals.ts'
import { type GrappeSnapshot, readSnapshot } from '../read/read-snapshot.ts'

/** The last version whose files were all read again, beside the grappe as it stands. */
export interface SealedToAttach {
  seal: SealSummary
  attachments: readonly Attachments[]
  gaps: DossierPlan['gaps']
  /** What is not in it as it is in the grappe today. */
  changes: SealChanges
  /** Whether a member's facts changed since. */
  membersDiffer: boolean
}

export interface SubmissionRead {
  snapshot: GrappeSnapshot
  submission: StoredSubmission
  /** Dates and pieces that follow the deposit, by day. */
  followUps: readonly FollowUpShown[]
  /** Each with what was received, as recorded; the proof first. */
  toReceive: readonly { definition: PieceDefinition; piece: Piece }[]
  facts: readonly TypedFact[]
  /** Null before the first. */
  sealed: SealedToAttach | null
}

/** @returns null when there is no such grappe. */
export async function readSubmission(context: Context, grappeId: string): Promise<SubmissionRead | null> {
  const snapshot = await readSnapshot(context, grappeId)
  if (snapshot === null) return null
  const { record } = snapshot
  const { key } = record.sharing
  const owner = record.porteurOgId ?? ''
  const { today } = snapshot
  const definitions = followUpPieces(record.call, record.submission.pieces)
  return {
    snapshot,
    submission: record.submission,
    followUps: followUpsOf(record.call, record.submission, today),
    toReceive: definitions.flatMap(definition => {
      const piece = snapshot.followUps.find(({ code }) => code === definition.code)
      return piece === undefined ? [] : [{ definition, piece }]
    }),
    facts: factsToType({
      grappe: record,
      identity: record.identities.get(owner) ?? null,
      contact: record.contacts.get(owner) ?? null,
      money: sharingFacts(record, record.details, record.call).money,
      costs:
        key === null || key.costs.length === 0 ? null : key.costs.reduce((sum, { cents }) => sum + cents, 0),
    }),
    sealed: await readSealed(context, snapshot),
  }
}

async function readSealed(context: Context, snapshot: GrappeSnapshot): Promise<SealedToAttach | null> {
  const seals = await listSeals(context, snapshot.record.id)
  const seal = seals.find(({ state }) => state === 'scelle')
  if (seal === undefined) return null
  const plan = await readSealedPlan(context, seal.id)
  const live = planDossier(snapshot)
  return {
    seal,
    attachments: attachmentsOf(plan),
    gaps: plan.gaps,
    changes: sealChanges(plan, live, seal.number),
    membersDiffer: membersDiffer(plan, live),
  }
}
