/** Domain values as the API answers them. */

import type { z } from 'zod'
import type { boardAnswer } from '../../../schema/contracts/api.ts'
import { sealedVersionOf } from '../../domain/answers.ts'
import type { Call, PieceDefinition } from '../../domain/call.ts'
import type { DossierPlan, DossierRow } from '../../domain/dossier-plan.ts'
import type { MemberTable } from '../../domain/member-columns.ts'
import type { Piece, Version } from '../../domain/piece.ts'
import { pieceDeadline, pieceState, standingRequest } from '../../domain/piece.ts'
import type { MembersPreview } from '../../steps/import-members.ts'
import type { HandedLink } from '../../steps/invite-members.ts'
import type { GrappeRecord, GrappeSnapshot } from '../../steps/read-grappe.ts'
import type { Receipt } from '../../steps/receive-document.ts'
import type { Mail } from '../../steps/send-mail.ts'

export function callOf(call: Call) {
  const { code, title, fictional, window } = call
  return {
    code,
    title,
    fictional,
    opensOn: window.opensOn,
    closesOn: window.closesOn,
    timeZone: window.timeZone,
  }
}

export function grappeOf(record: GrappeRecord) {
  const contactOf = (id: string) => record.contacts.get(id) ?? { contactName: null, contactEmail: null }
  return {
    id: record.id,
    name: record.name,
    porteurOgId: record.porteurOgId,
    revision: record.revision,
    call: callOf(record.call),
    ogs: record.ogs.map(og => ({ ...og, ...contactOf(og.id) })),
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
        withdrawnOn,
        ...contactOf(id),
      }),
    ),
    solutions: record.solutions.map(({ id, editeur, produit }) => ({ id, editeur, produit })),
  }
}

export function versionOf(version: Version) {
  const { id, number, depositedAt, depositedBy, decision, motive, decidedAt } = version
  const files = version.files.map(
    ({ id, name, role, sha256, size, mediaType, pageCount, width, height, scan, virus }) => ({
      id,
      name,
      role,
      sha256,
      size,
      mediaType,
      pageCount,
      width,
      height,
      scan,
      virus,
    }),
  )
  return { id, number, depositedAt, depositedBy, decision, motive, decidedAt, files }
}

export function verdictOf({ status, criteria }: GrappeSnapshot['verdict']) {
  return {
    status,
    criteria: criteria.map(criterion => ({
      ...criterion,
      esmsIds: [...criterion.esmsIds],
      ogIds: [...criterion.ogIds],
    })),
  }
}

export function boardOf(plan: DossierPlan, revision: number): z.infer<typeof boardAnswer> {
  return {
    revision,
    complete: plan.complete,
    pieces: plan.rows.map(row => ({
      pieceId: row.pieceId,
      code: row.code,
      name: row.pieceName,
      scope: row.owner.scope,
      owner: { id: row.owner.id, name: row.owner.name, finess: row.owner.finess },
      required: row.required,
      state: row.state,
      late: row.late,
      deadlineOn: row.deadlineOn,
      version: row.version === null ? null : versionOf(row.version),
    })),
  }
}

function askedOf(definition: PieceDefinition) {
  const { code, name, explanation, required, formats, maxFileMb, severalFiles, provenance } = definition
  return { code, name, explanation, required, formats: [...formats], maxFileMb, severalFiles, provenance }
}

export function pieceOf(piece: Piece, definition: PieceDefinition, call: Call) {
  return {
    pieceId: piece.id,
    ...askedOf(definition),
    deadlineOn: pieceDeadline(definition, call.window.closesOn, piece.extensions),
    state: pieceState(piece),
    nonApplicable: standingRequest(piece),
    versions: piece.versions.map(versionOf),
  }
}

/** A piece as a sealed version holds it: at most one deposit. */
export function sealedPieceOf(row: DossierRow, pieceId: string, definition: PieceDefinition) {
  const version = sealedVersionOf(row)
  const { deadlineOn, state } = row
  return {
    pieceId,
    ...askedOf(definition),
    deadlineOn,
    state,
    nonApplicable: row.nonApplicable,
    versions: version === null ? [] : [versionOf(version)],
  }
}

export function receiptOf(receipt: Receipt) {
  return {
    pieceId: receipt.pieceId,
    version: versionOf(receipt.version),
    alreadyReceived: receipt.alreadyReceived,
    refused: [...receipt.refused],
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

export function linkOf(link: HandedLink) {
  return {
    ...link,
    createdAt: link.createdAt.toISOString(),
    expiresAt: link.expiresAt.toISOString(),
    revokedAt: link.revokedAt?.toISOString() ?? null,
    lastUsedAt: link.lastUsedAt?.toISOString() ?? null,
    mail: link.mail && {
      writtenAt: link.mail.writtenAt.toISOString(),
      sentAt: link.mail.sentAt?.toISOString() ?? null,
      bouncedAt: link.mail.bouncedAt?.toISOString() ?? null,
      failure: link.mail.failure,
    },
  }
}

export function mailOf({ id, recipient, subject, text, createdAt, sentAt, failure }: Mail) {
  return {
    id,
    recipient,
    subject,
    text,
    createdAt: createdAt.toISOString(),
    sentAt: sentAt?.toISOString() ?? null,
    failure,
  }
}
