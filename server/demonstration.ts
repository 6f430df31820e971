/** The fictional grappe of the first run, made by the same steps as a real one. */
import { Readable } from 'node:stream'
import { asc, eq } from 'drizzle-orm'
import { esms, grappes, porteurs } from '../schema/tables.ts'
import { governDemonstration } from './demonstration-governance.ts'
import { windowAt } from './domain/call.ts'
import { stepsOf } from './domain/submission.ts'
import { inviteColleague } from './steps/access/colleagues.ts'
import { openMemberScope, readMemberPieces } from './steps/access/member-scope.ts'
import { openPorteurScope, type PorteurScope } from './steps/access/porteur-scope.ts'
import { findOrCreatePorteur, noteJoined } from './steps/access/sign-in.ts'
import { findDepositTarget } from './steps/collection/find-deposit-target.ts'
import { inviteMember } from './steps/collection/invite-members.ts'
import { listLinks } from './steps/collection/list-links.ts'
import { receiveDocument } from './steps/collection/receive-document.ts'
import { decideOnPiece } from './steps/control/decide-on-piece.ts'
import { checkSeals } from './steps/dossier/check-seal.ts'
import { followSubmission } from './steps/dossier/follow-submission.ts'
import { handToReviewer } from './steps/dossier/hand-to-reviewer.ts'
import { sealDossier } from './steps/dossier/seal-dossier.ts'
import { createGrappe } from './steps/eligibility/create-grappe.ts'
import type { Context } from './steps/ports.ts'
import { readPieces } from './steps/read/read-pieces.ts'
import type { Outcome } from './steps/refusals.ts'

/** `.invalid` never receives mail (RFC 2606). */
export const DEMONSTRATION_PORTEUR = 'porteur@demonstration.invalid'

/** A colleague who only reads, so that what a role closes can be seen. */
export const DEMONSTRATION_READER = 'lecture@demonstration.invalid'

const REVIEWER = { label: 'Instructrice fictive, ARS', email: 'instruction@demonstration.invalid' }

/** How far the members of the demonstration have come: enough of each state to see them all on the board. */
const DEPOSITED_MEMBERS = 12
const ACCEPTED_MEMBERS = 7

/**
 * One person answers for several members, as a head office does: its link shows a piece accepted, one to
 * correct, one to be examined and one that is missing.
 */
const OFFICE_EMAIL = 'siege@demonstration.invalid'
const OF_THE_OFFICE: readonly number[] = [
  ACCEPTED_MEMBERS - 1,
  ACCEPTED_MEMBERS,
  ACCEPTED_MEMBERS + 1,
  DEPOSITED_MEMBERS,
]

/** Makes the demonstration when the database holds no grappe at all. */
export async function makeDemonstrationOnce(context: Context): Promise<void> {
  const [existing] = await context.db.select({ id: grappes.id }).from(grappes).limit(1)
  if (existing !== undefined) return
  // Each of its acts would ask for a run of what sends mails: they wait for the next minute together.
  await makeDemonstration({ ...context, jobs: { kick: async () => {} } })
}

async function makeDemonstration(context: Context): Promise<void> {
  const porteur = await findOrCreatePorteur(context.db, context, DEMONSTRATION_PORTEUR)
  const { grappeId } = granted(
    await createGrappe(context, porteur, {
      name: 'Grappe de démonstration (fictive)',
      call: 'demonstration',
      example: 'happy',
    }),
  )
  const scope = await openPorteurScope(context, porteur, grappeId)
  if (scope === null) throw new Error('The demonstration cannot be read back')
  const members = await context.db
    .select({ id: esms.id, name: esms.name })
    .from(esms)
    .where(eq(esms.grappeId, grappeId))
    .orderBy(asc(esms.finess))
  for (const [order, { id }] of members.entries()) {
    const contact = OF_THE_OFFICE.includes(order)
      ? { contactName: 'Secrétariat du siège', contactEmail: OFFICE_EMAIL }
      : { contactName: 'Secrétariat', contactEmail: `secretariat${order + 1}@demonstration.invalid` }
    await context.db.update(esms).set(contact).where(eq(esms.id, id))
  }

  await governDemonstration(context, scope)
  await depositForGrappe(context, scope)
  for (const [order, member] of members.entries()) {
    const [invited] = granted(await inviteMember(context, scope, { kind: 'esms', id: member.id }))
    if (invited === undefined || order >= DEPOSITED_MEMBERS) continue
    const decision = order < ACCEPTED_MEMBERS ? 'acceptee' : order === ACCEPTED_MEMBERS ? 'refusee' : null
    await depositForMember(context, scope, invited.address, member, decision)
  }
  granted(await sealDossier(context, scope, { acceptIncomplete: true }))
  // The jobs may not run yet, and the reviewer's link must show something at once.
  await checkSeals(context)
  granted(await handToReviewer(context, scope, REVIEWER))
  await beginSubmission(context, scope)
  const reader = granted(
    await inviteColleague(context, porteur, { email: DEMONSTRATION_READER, role: 'lire' }),
  )
  // As whoever followed its invitation: its own link is given at each start.
  await noteJoined(context.db, context, reader.id)
}

/** The first step of the deposit, so that the page of it shows one ticked and the others to do. */
async function beginSubmission(context: Context, scope: PorteurScope): Promise<void> {
  const [step] = stepsOf(scope.call)
  if (step === undefined) return
  const on = windowAt(scope.call, context.now().toISOString()).today
  const done = { on, reference: 'DEMO-0001 (inventée)' }
  granted(await followSubmission(context, scope, { seen: 0, act: { kind: 'etape', step, done } }))
}

async function depositForGrappe(context: Context, scope: PorteurScope): Promise<void> {
  const [definition] = scope.call.pieces.filter(piece => piece.scope === 'grappe')
  const recorded = await readPieces(context.db, scope.grappeId)
  const piece = recorded.find(({ code }) => code === definition?.code)
  if (definition === undefined || piece === undefined) return
  const version = await deposit(
    context,
    { by: 'porteur', porteur: scope },
    piece.id,
    definition.name,
    scope.grappeName,
  )
  granted(
    await decideOnPiece(context, scope, piece.id, { versionId: version, decision: 'acceptee', motive: null }),
  )
}

async function depositForMember(
  context: Context,
  scope: PorteurScope,
  address: string,
  { id, name }: { id: string; name: string },
  decision: 'acceptee' | 'refusee' | null,
): Promise<void> {
  const member = granted(await openMemberScope(context, address.split('/').at(-1) ?? ''))
  const own = (await readMemberPieces(context, member)).filter(({ piece }) => piece.esmsId === id)
  for (const { piece, definition } of own) {
    const version = await deposit(context, { by: 'member', member }, piece.id, definition.name, name)
    if (decision === null) continue
    const motive = decision === 'refusee' ? 'La dernière page manque : déposez le document entier.' : null
    granted(await decideOnPiece(context, scope, piece.id, { versionId: version, decision, motive }))
  }
}

async function deposit(
  context: Context,
  scope: Parameters<typeof findDepositTarget>[1],
  pieceId: string,
  pieceName: string,
  ownerName: string,
): Promise<string> {
  const target = granted(await findDepositTarget(context, scope, pieceId))
  const bytes = await fictionalPdf(pieceName, ownerName)
  const files = [{ name: `${pieceName}.pdf`, stream: Readable.from([bytes]), isTruncated: () => false }]
  const received = await receiveDocument(context, scope, target, asIncoming(files), () => [])
  return granted(received).version.id
}

async function* asIncoming<File>(files: readonly File[]): AsyncGenerator<File> {
  yield* files
}

function granted<Value>(outcome: Outcome<Value>): Value {
  if (!outcome.ok) throw new Error(`The demonstration is refused: ${outcome.refusal.code}`)
  return outcome.value
}

/** A real one-page PDF which says that it is none. */
export async function fictionalPdf(title: string, owner: string): Promise<Buffer> {
  const { default: PDFDocument } = await import('pdfkit')
  return await new Promise((resolve, reject) => {
    const document = new PDFDocument({
      size: 'A4',
      margin: 60,
      info: { Title: title, CreationDate: new Date(0) },
    })
    const chunks: Buffer[] = []
    document.on('data', (chunk: Buffer) => chunks.push(chunk))
    document.on('end', () => resolve(Buffer.concat(chunks)))
    document.on('error', reject)
    document.fontSize(20).text(title).moveDown()
    document.fontSize(13).text(owner).moveDown()
    document.fontSize(11).text('Document fictif, produit pour la démonstration. Il n’engage personne.')
    document.end()
  })
}

/** The demonstration's links still usable; null when it was never made or its links are revoked. */
export async function findDemonstrationLinks(
  context: Context,
): Promise<{ porteurEmail: string; member: string; reviewer: string } | null> {
  const [grappe] = await context.db
    .select({ id: grappes.id })
    .from(grappes)
    .innerJoin(porteurs, eq(grappes.porteurId, porteurs.id))
    .where(eq(porteurs.email, DEMONSTRATION_PORTEUR))
    .orderBy(asc(grappes.createdAt))
    .limit(1)
  if (grappe === undefined) return null
  const links = await listLinks(context, grappe.id)
  const members = links.filter(({ kind, address }) => kind === 'personne' && address !== null)
  const member = members.find(({ email }) => email === OFFICE_EMAIL) ?? members[0]
  const reviewer = links.find(({ kind, address }) => kind === 'ars' && address !== null)
  if (!member?.address || !reviewer?.address) return null
  return { porteurEmail: DEMONSTRATION_PORTEUR, member: member.address, reviewer: reviewer.address }
}
