/** Domain values as the API answers them. */

import type { z } from 'zod'
import type { boardAnswer } from '../../../schema/contracts/api.ts'
import { sealedVersionOf } from '../../domain/answers.ts'
import { type Call, type Day, type PieceDefinition, type Provenance, windowAt } from '../../domain/call.ts'
import type { BoardPlan, DossierPlan, DossierRow } from '../../domain/dossier-plan.ts'
import { completenessOf } from '../../domain/dossier-plan.ts'
import { ANSWERED_WORDS, criterionWords, originWords } from '../../domain/edition.ts'
import { type Origin, originsOf } from '../../domain/eligibility.ts'
import { UNKNOWN_IDENTITY } from '../../domain/member-facts.ts'
import type { MemberTable } from '../../domain/member-import/table.ts'
import { type Piece, pieceDeadline, pieceState, standingRequest, type Version } from '../../domain/piece.ts'
import { twinsOf } from '../../domain/same-bytes.ts'
import type { Mail } from '../../steps/access/send-mail.ts'
import type { Received } from '../../steps/collection/receive-document.ts'
import type { MembersPreview } from '../../steps/eligibility/import-members.ts'
import type { GrappeRecord } from '../../steps/read/read-grappe.ts'
import type { GrappeSnapshot } from '../../steps/read/read-snapshot.ts'

/** With the window that counts at that instant. */
export function callOf(call: Call, now: Date) {
  const { code, title, fictional, timeZone, windows } = call
  const { opensOn, closesOn } = windowAt(call, now.toISOString())
  return {
    code,
    title,
    fictional,
    opensOn,
    closesOn,
    timeZone,
    windows: windows.map(({ label, ...days }) => ({ label, opensOn: days.opensOn, closesOn: days.closesOn })),
  }
}

export function grappeOf(record: GrappeRecord, now: Date) {
  const contactOf = (id: string) =>
    record.contacts.get(id) ?? { contactName: null, contactEmail: null, contactPhone: null }
  return {
    id: record.id,
    name: record.name,
    archivedAt: record.archivedAt?.toISOString() ?? null,
    porteurOgId: record.porteurOgId,
    revision: record.revision,
    call: callOf(record.call, now),
    ogs: record.ogs.map(og => ({
      ...og,
      ...(record.identities.get(og.id) ?? UNKNOWN_IDENTITY),
      ...contactOf(og.id),
    })),
    esms: record.esms.map(
      ({ id, ogId, name, finess, domaine, projet, solutionId, categorie, withdrawnOn }) => ({
        id,
        ogId,
        name,
        finess,
        domaine,
        projet,
        solutionId,
        categorie,
        ...(record.details.get(id) ?? { commune: null, capacite: null }),
        solutionVersion: record.solutionVersions.get(id) ?? null,
        withdrawnOn,
        ...contactOf(id),
      }),
    ),
    solutions: record.solutions.map(({ id, editeur, produit }) => ({ id, editeur, produit })),
  }
}

export function versionOf(version: Version) {
  const { id, number, depositedAt, depositedBy, decision, motive, decidedAt } = version
  const files = version.files.map(file => ({
    id: file.id,
    name: file.name,
    role: file.role,
    sha256: file.sha256,
    size: file.size,
    mediaType: file.mediaType,
    pageCount: file.pageCount,
    width: file.width,
    height: file.height,
    signature: file.signature ?? null,
    scan: file.scan,
    virus: file.virus,
    damagedAt: file.damagedAt ?? null,
  }))
  return { id, number, depositedAt, depositedBy, decision, motive, decidedAt, files }
}

export function verdictOf({ status, criteria }: GrappeSnapshot['verdict']) {
  return {
    status,
    criteria: criteria.map(criterion => ({
      ...criterion,
      esmsIds: [...criterion.esmsIds],
      ogIds: [...criterion.ogIds],
      origins: originsOf(criterion).map(({ names, origin }) => ({
        names: [...names],
        origin: originAnswerOf(origin),
      })),
    })),
  }
}

export function originAnswerOf(origin: Origin) {
  if (origin.kind === 'answered') return { kind: origin.kind, reference: ANSWERED_WORDS }
  if (origin.kind !== 'reported') return origin
  const { kind, basis, on } = origin
  return { kind, reference: basis, on }
}

/** As the reviewer reads it: its own wording of each criterion, and no guess of the porteur's. */
export function arsVerdictOf({ status, criteria }: GrappeSnapshot['verdict']) {
  return verdictOf({
    status,
    criteria: criteria.map(criterion => {
      const { reason, next } = criterionWords(criterion, 'ars')
      return {
        ...criterion,
        reason,
        remedy: next,
        provenance: arsProvenance(criterion.provenance),
        uses: (criterion.uses ?? []).map(({ name, origin }) => ({
          name,
          origin: origin.kind === 'reported' || origin.kind === 'answered' ? origin : arsProvenance(origin),
        })),
      }
    }),
  })
}

/**
 * A deposit without the motive with which the porteur once sent it back, which is between it and its member.
 */
const arsVersionOf = (version: Version) => ({ ...versionOf(version), motive: null })

function arsProvenance(provenance: Provenance): Provenance {
  return provenance.kind === 'source'
    ? provenance
    : { kind: 'carrier', reference: originWords(provenance, 'ars') }
}

/** The board of a sealed version: what it holds, and nothing that was refused before. */
export function arsBoardOf(plan: DossierPlan, number: number): z.infer<typeof boardAnswer> {
  const { pieces, ...board } = boardOf(plan, number)
  return {
    ...board,
    pieces: pieces.map((piece, i) => {
      const row = plan.rows[i]
      const version = row === undefined ? null : sealedVersionOf(row)
      return { ...piece, version: version === null ? null : arsVersionOf(version) }
    }),
  }
}

type BoardAnswer = z.infer<typeof boardAnswer>

export const boardOf = (plan: BoardPlan, revision: number): BoardAnswer => ({
  ...boardHeadOf(plan, revision),
  pieces: plan.rows.map(boardPieceOf),
})

export function boardHeadOf(plan: BoardPlan, revision: number): Omit<BoardAnswer, 'pieces'> {
  return { revision, complete: plan.complete, completeness: completenessOf(plan) }
}

export function boardPieceOf(row: DossierRow): BoardAnswer['pieces'][number] {
  return {
    pieceId: row.pieceId,
    code: row.code,
    name: row.pieceName,
    scope: row.owner.scope,
    owner: { id: row.owner.id, name: row.owner.name, finess: row.owner.finess },
    required: row.required,
    awaits: (row.awaits ?? []).map(each => ({ ...each })),
    state: row.state,
    late: row.late,
    deadlineOn: row.deadlineOn,
    version: row.version === null ? null : versionOf(row.version),
  }
}

function askedOf(definition: PieceDefinition) {
  const { code, name, explanation, required, formats, maxFileMb, severalFiles, provenance } = definition
  return { code, name, explanation, required, formats: [...formats], maxFileMb, severalFiles, provenance }
}

/** @param seen ids of the pieces that the reader may know of; all of the grappe when absent. */
export function pieceOf(
  piece: Piece,
  definition: PieceDefinition,
  closesOn: Day | null,
  seen?: ReadonlySet<string>,
) {
  return {
    pieceId: piece.id,
    ...askedOf(definition),
    deadlineOn: pieceDeadline(definition, closesOn, piece.extensions),
    state: pieceState(piece),
    nonApplicable: standingRequest(piece),
    versions: piece.versions.map(versionOf),
    takenOut: piece.takenOut.map(version => ({
      ...versionOf(version),
      takenOutAt: version.takenOutAt,
      takenOutBy: version.takenOutBy,
      movedToPieceId:
        version.movedToPieceId !== null && (seen?.has(version.movedToPieceId) ?? true)
          ? version.movedToPieceId
          : null,
    })),
  }
}

/** A piece as a sealed version holds it: at most one deposit. */
export function sealedPieceOf(row: DossierRow, pieceId: string, definition: PieceDefinition) {
  const version = sealedVersionOf(row)
  const { deadlineOn, state } = row
  return {
    pieceId,
    ...askedOf(definition),
    provenance: arsProvenance(definition.provenance),
    deadlineOn,
    state,
    nonApplicable: row.nonApplicable,
    versions: version === null ? [] : [arsVersionOf(version)],
    takenOut: [],
  }
}

/** @param pieces those that the depositor may see. */
export function receivedOf(
  { pieceId, version, alreadyReceived, refused }: Received,
  pieces: readonly Piece[],
) {
  const sameBytes = twinsOf({ id: pieceId, versions: [version] }, pieces)
  return {
    pieceId,
    version: versionOf(version),
    alreadyReceived,
    refused: [...refused],
    sameBytes: sameBytes.map(({ fileName, elsewhere }) => ({ fileName, pieceId: elsewhere.id })),
  }
}

export function importPreviewOf(preview: MembersPreview, table: MemberTable) {
  const isNew = ({ id }: { id: string | null }) => id === null
  return {
    counts: preview.counts,
    lines: preview.lines.map(line => ({ ...line, findings: [...line.findings] })),
    newOgs: preview.ogs.filter(isNew).map(({ name }) => name),
    newSolutions: preview.solutions.filter(isNew).map(({ editeur, produit }) => ({ editeur, produit })),
    mergeProposals: preview.mergeProposals.map(({ explanation }) => explanation),
    unusedColumns: table.unusedColumns.map(({ header, reason }) => ({ header, reason })),
    ignored: [...table.ignored],
    registry: preview.registryLabel,
  }
}

export function mailOf(mail: Mail) {
  const { id, recipient, subject, text, createdAt, sentAt, handSentAt, failure, held } = mail
  return { id, recipient, subject, text, createdAt, sentAt, handSentAt, failure, held }
}
