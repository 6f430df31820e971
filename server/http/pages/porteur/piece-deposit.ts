/** What the porteur puts in for a member: files, and the order of a document's pages. */
import type { FastifyRequest } from 'fastify'
import { documentsOf } from '../../../domain/piece.ts'
import { findDepositTarget } from '../../../steps/collection/find-deposit-target.ts'
import { reorderPages } from '../../../steps/collection/reorder-pages.ts'
import { ranksOf } from '../../page-ranks.ts'
import { problemOf } from '../../refusals.ts'
import { type OpenDeposit, openDeposit } from '../../uploads.ts'
import { goTo } from '../page.ts'
import { formFields, parameter } from '../request.ts'
import type { GrappeVisit } from './access.ts'
import { depositSentence, pieceUrl, showPiece } from './show-piece.ts'

const begun = new WeakMap<FastifyRequest, OpenDeposit>()

/** Reads the form's fields, so that its token is checked before any byte of a file. */
export async function beginDeposit(visit: GrappeVisit) {
  const { context, scope, request } = visit
  const by = { by: 'porteur', porteur: scope } as const
  const opened = await openDeposit(context, by, request, parameter(request, 'piece'))
  if (!opened.ok) {
    const problem = depositSentence(opened.refusal)
    return await showPiece(visit, problemOf(opened.refusal).status, { problem })
  }
  request.body = opened.value.fields
  begun.set(request, opened.value)
  return undefined
}

export async function deposit(visit: GrappeVisit) {
  const { request, reply, refuse } = visit
  const began = begun.get(request)
  if (began === undefined) return refuse({ code: 'no-file' })
  const received = await began.receive()
  if (!received.ok) {
    const { status, detail } = problemOf(received.refusal)
    const refused = 'refused' in received ? received.refused : []
    const nothingKept = { outcome: { version: null, kept: [], refused } }
    return await showPiece(visit, status, refused.length > 0 ? nothingKept : { problem: detail })
  }
  const { version, refused, alreadyReceived } = received.value
  if (refused.length === 0) {
    return goTo(reply, pieceUrl(visit), depositedSentence(version.number, alreadyReceived))
  }
  // Shown in place: reloading sends the same files again, which makes no other version.
  const kept = documentsOf(version).map(({ name }) => name)
  const outcome = { version: version.number, kept, refused }
  return await showPiece(visit, 200, { outcome, kept: documentsOf(version).map(({ id }) => id) })
}

export async function orderPages(visit: GrappeVisit) {
  const { context, scope, request, reply } = visit
  const by = { by: 'porteur', porteur: scope } as const
  const target = await findDepositTarget(context, by, parameter(request, 'piece'))
  const ranks = ranksOf(formFields(request))
  const ordered = target.ok
    ? await reorderPages(context, by, target.value, parameter(request, 'file'), ranks)
    : target
  if (!ordered.ok) {
    const problem = depositSentence(ordered.refusal)
    return await showPiece(visit, problemOf(ordered.refusal).status, { problem })
  }
  return goTo(reply, pieceUrl(visit), `Pages réordonnées : version ${ordered.value.number}.`)
}

export function depositedSentence(version: number, alreadyReceived: boolean): string {
  return alreadyReceived
    ? `Ces fichiers sont déjà la version ${version} : rien n’a changé.`
    : `Version ${version} déposée.`
}
