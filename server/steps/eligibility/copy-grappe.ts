/**
 * A grappe starts with the members of another of the same porteur, usually for another call. No deposit comes
 * along, no link, and of what members answered to another call only what is asked for: the same questions,
 * word for word.
 */
import { and, eq, isNotNull } from 'drizzle-orm'
import { storedGovernance } from '../../../schema/contracts/governance.ts'
import type { CopyGrappeBody } from '../../../schema/contracts/members.ts'
import { contacts, esms, grappes, ogs, solutions } from '../../../schema/tables.ts'
import type { Call, Projet } from '../../domain/call.ts'
import { formatMoment } from '../../domain/deadline.ts'
import { sameQuestions } from '../../domain/declarations.ts'
import { copiedGovernance, isGoverned } from '../../domain/governance/copy.ts'
import { type Governance, valuesOf } from '../../domain/governance/governance.ts'
import type { AnswerSource, CopiedPart } from '../../domain/grappe.ts'
import { type PorteurScope, porteurActor } from '../access/porteur-scope.ts'
import type { Context, Database } from '../ports.ts'
import { storedCall } from '../read/stored-call.ts'
import { recordChange } from '../record-change.ts'
import { done, type Outcome } from '../refusals.ts'
import { createGrappe } from './create-grappe.ts'

/** How many of each came along. */
export interface Copied {
  ogs: number
  members: number
  contacts: number
  solutions: number
  /** To questions that both calls ask in the same words. */
  answers: number
  /** Absent when it was left, or when nothing of it was written. */
  governance?: true
  /** Withdrawn from the grappe copied: left there. */
  left: number
}

/**
 * @param grappeId the id that a form proposes: sent twice, it copies once.
 * @returns `copied` is null when the same form had copied already.
 */
export async function copyGrappe(
  context: Context,
  scope: PorteurScope,
  { parts, ...body }: CopyGrappeBody,
  grappeId: string = context.newId(),
): Promise<Outcome<{ grappeId: string; copied: Copied | null }>> {
  const told: { copied: Copied | null } = { copied: null }
  const created = await createGrappe(
    context,
    scope.porteur,
    { ...body, example: null },
    grappeId,
    async (tx, callTitle) => {
      const copied = await copyMembers(tx, context, { from: scope.grappeId, to: grappeId }, new Set(parts))
      told.copied = copied
      const at = context.now()
      const actor = porteurActor(scope)
      const { left: _, ...counted } = copied
      await recordChange(tx, {
        grappeId,
        at,
        actor,
        act: {
          kind: 'grappe-copied-from',
          facts: { fromId: scope.grappeId, name: scope.grappeName, ...counted },
        },
      })
      await recordChange(tx, {
        grappeId: scope.grappeId,
        at,
        actor,
        act: { kind: 'grappe-copied-to', facts: { toId: grappeId, name: body.name, callTitle } },
      })
    },
  )
  return created.ok ? done({ grappeId, copied: told.copied }) : created
}

/** What the grappe could give, and where it comes from itself: for the page that asks what to take. */
export async function readCopy(context: Pick<Context, 'db'>, scope: PorteurScope) {
  const { db } = context
  const [origin] = await db
    .select({ copiedFromId: grappes.copiedFromId })
    .from(grappes)
    .where(eq(grappes.id, scope.grappeId))
  const [from] = origin?.copiedFromId
    ? await db
        .select({ id: grappes.id, name: grappes.name })
        .from(grappes)
        .where(and(eq(grappes.id, origin.copiedFromId), eq(grappes.porteurId, scope.porteur.id)))
    : []
  return { from: from ?? null, withdrawn: await db.$count(esms, withdrawnOf(scope.grappeId)) }
}

const withdrawnOf = (grappeId: string) => and(eq(esms.grappeId, grappeId), isNotNull(esms.withdrawnOn))

/** Members a statement may carry: PostgreSQL takes 65,535 parameters, each row has some twenty. */
const ROWS_PER_INSERT = 1_000

async function inserted<Row>(
  rows: readonly Row[],
  insert: (some: Row[]) => Promise<unknown>,
): Promise<number> {
  for (let start = 0; start < rows.length; start += ROWS_PER_INSERT) {
    await insert(rows.slice(start, start + ROWS_PER_INSERT))
  }
  return rows.length
}

const NO_CONTACT = { contactName: null, contactEmail: null, contactPhone: null }
const hasContact = ({
  contactName,
  contactEmail,
}: {
  contactName: string | null
  contactEmail: string | null
}) => Boolean(contactName ?? contactEmail)

async function copyMembers(
  tx: Database,
  context: Pick<Context, 'newId' | 'now'>,
  { from, to }: { from: string; to: string },
  parts: ReadonlySet<CopiedPart>,
): Promise<Copied> {
  const created = { grappeId: to, createdAt: context.now() }
  const ids = new Map<string, string>()
  const idOf = (id: string) => {
    const known = ids.get(id) ?? context.newId()
    ids.set(id, known)
    return known
  }
  const [source] = await tx.select().from(grappes).where(eq(grappes.id, from))
  const ogRows = parts.has('membres') ? await tx.select().from(ogs).where(eq(ogs.grappeId, from)) : []
  const all = parts.has('membres') ? await tx.select().from(esms).where(eq(esms.grappeId, from)) : []
  const members = all.filter(({ withdrawnOn }) => withdrawnOn === null)
  const solutionRows = parts.has('solutions')
    ? await tx.select().from(solutions).where(eq(solutions.grappeId, from))
    : []
  const counted = { left: all.length - members.length }
  const solutionCount = await inserted(
    solutionRows.map(row => ({ ...row, ...created, id: idOf(row.id) })),
    rows => tx.insert(solutions).values(rows),
  )
  const noContact = parts.has('contacts') ? {} : NO_CONTACT
  const ogCount = await inserted(
    ogRows.map(row => ({ ...row, ...created, ...noContact, id: idOf(row.id) })),
    rows => tx.insert(ogs).values(rows),
  )
  const holding = parts.has('reponses') && source ? await holdingAnswers(tx, context, source, to) : null
  const copies = members.map(row => {
    const projet = parts.has('volets') ? row.projet : null
    return {
      ...row,
      ...created,
      ...noContact,
      projet,
      ...(parts.has('places') ? {} : { commune: null, capacite: null }),
      id: idOf(row.id),
      ogId: idOf(row.ogId),
      solutionId: parts.has('solutions') && row.solutionId !== null ? idOf(row.solutionId) : null,
      solutionVersion: parts.has('solutions') ? row.solutionVersion : null,
      // What was answered to another call is not an answer to this one.
      ...(holding?.({ ...row, projet }) ?? { declarations: {}, answeredBy: {} }),
    }
  })
  const memberCount = await inserted(copies, rows => tx.insert(esms).values(rows))
  const others = parts.has('contacts')
    ? await tx.select().from(contacts).where(eq(contacts.grappeId, from))
    : []
  const otherCount = await inserted(
    others
      .filter(({ ogId, esmsId }) => ids.has(ogId ?? esmsId ?? ''))
      .map(row => ({
        ...row,
        ...created,
        id: context.newId(),
        ogId: row.ogId && idOf(row.ogId),
        esmsId: row.esmsId && idOf(row.esmsId),
      })),
    rows => tx.insert(contacts).values(rows),
  )
  const porteurOg = ogRows.length > 0 ? source?.porteurOgId : null
  const governance = governanceTaken(source?.governance ?? null, parts, ids)
  await tx
    .update(grappes)
    .set({ copiedFromId: from, porteurOgId: porteurOg ? idOf(porteurOg) : null, governance })
    .where(eq(grappes.id, to))
  const own = parts.has('contacts') ? [...ogRows, ...members].filter(hasContact).length : 0
  return {
    ...counted,
    ogs: ogCount,
    members: memberCount,
    contacts: own + otherCount,
    solutions: solutionCount,
    answers: copies.reduce((sum, { declarations }) => sum + Object.keys(declarations).length, 0),
    ...(governance === null ? {} : { governance: true }),
  }
}

/** Null when it is left, or when there is none. */
function governanceTaken(
  stored: unknown,
  parts: ReadonlySet<CopiedPart>,
  ids: ReadonlyMap<string, string>,
): Governance | null {
  const values = valuesOf(storedGovernance(stored))
  if (!parts.has('gouvernance') || !isGoverned(values)) return null
  const ogIdOf = (ogId: string) => ids.get(ogId) ?? null
  return copiedGovernance(values, { ogIdOf, withContacts: parts.has('contacts') })
}

type Row = typeof esms.$inferSelect
type Answers = Pick<Row, 'declarations' | 'answeredBy'>

/**
 * What gives the answers of a member that hold for the new call: those to its own questions, word for word.
 * Each is noted as the porteur's, who took it from the other grappe, so that the member may give its own.
 */
async function holdingAnswers(
  tx: Database,
  { now }: Pick<Context, 'now'>,
  source: typeof grappes.$inferSelect,
  to: string,
): Promise<(row: Row) => Answers> {
  const [target] = await tx.select({ call: grappes.call }).from(grappes).where(eq(grappes.id, to))
  const call = storedCall(source.call)
  const same = target === undefined ? [] : sameQuestions(call, storedCall(target.call))
  const at = now().toISOString()
  const from = `réponse à la même question dans la grappe « ${source.name} » (appel « ${call.title} »)`
  return row => {
    const declarations: Record<string, boolean> = {}
    const answeredBy: Row['answeredBy'] = {}
    for (const { code, asked } of same) {
      const answer = row.declarations[code]
      if (answer === undefined || !asked.isAskedOf({ projet: row.projet as Projet | null })) continue
      const given = row.answeredBy[code]
      declarations[asked.code] = answer
      answeredBy[asked.code] = { by: 'porteur', who: 'Porteur', at, basis: from + givenWords(given, call) }
    }
    return { declarations, answeredBy }
  }
}

function givenWords(given: AnswerSource | undefined, { timeZone }: Pick<Call, 'timeZone'>): string {
  if (given === undefined) return ''
  const who = given.by === 'membre' ? ', donnée par son lien' : ', notée par le porteur'
  const how = given.basis === null ? '' : `, d’après : ${given.basis}`
  return `${who}, ${formatMoment(given.at, timeZone)}${how}`
}
