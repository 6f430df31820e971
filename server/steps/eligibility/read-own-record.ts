/** What a member's link shows of one of its own ESMS: its facts, its answers, its corrections. Reads only. */
import { and, eq } from 'drizzle-orm'
import { esms, ogs, solutions } from '../../../schema/tables.ts'
import { formatMoment } from '../../domain/deadline.ts'
import { askedDeclarations } from '../../domain/declarations.ts'
import type { AnswerSource } from '../../domain/grappe.ts'
import {
  type CorrectionMode,
  factsOfMember,
  type MemberFacts,
  type OgFacts,
} from '../../domain/member-facts.ts'
import { openQuestions, type Question } from '../../domain/questions.ts'
import { solutionName } from '../../domain/solution-identity.ts'
import type { MemberScope } from '../access/member-scope.ts'
import type { Context } from '../ports.ts'
import { correctionMode } from './correct-facts.ts'
import { ogFactsOf } from './correct-og.ts'
import { lastDeclined, listProposals, type Proposal } from './decide-correction.ts'

export interface OwnRecord {
  esms: { id: string; name: string }
  facts: MemberFacts
  questions: readonly Question[]
  answers: readonly {
    code: string
    title: string
    statement: string
    answer: boolean | null
    /** Who gave it, in words; null where nobody did or it was not kept. */
    source: string | null
  }[]
  /** Among which a member chooses its own. */
  solutions: readonly { id: string; name: string }[]
  mode: CorrectionMode
  waiting: Proposal | null
  declined: Declined
}

/** The same of an OG that the link answers for. */
export interface OwnOgRecord {
  og: { id: string; name: string }
  facts: OgFacts
  mode: CorrectionMode
  waiting: Proposal | null
  declined: Declined
}

type Declined = Awaited<ReturnType<typeof lastDeclined>>

/** @returns null for a member outside the link's scope. */
export async function readOwnRecord(
  context: Pick<Context, 'db'>,
  scope: MemberScope,
  esmsId: string,
): Promise<OwnRecord | null> {
  const own = scope.esms.find(({ id }) => id === esmsId)
  if (own === undefined) return null
  const [row] = await context.db
    .select()
    .from(esms)
    .where(and(eq(esms.id, esmsId), eq(esms.grappeId, scope.grappeId)))
  if (row === undefined) return null
  const offered = await context.db.select().from(solutions).where(eq(solutions.grappeId, scope.grappeId))
  return {
    esms: { id: own.id, name: own.name },
    facts: factsOfMember(own, row),
    questions: openQuestions(scope.call, own, scope.ogSizes),
    answers: askedDeclarations(scope.call).flatMap(({ code, title, statement, isAskedOf }) => {
      const source = own.answeredBy?.[code]
      const answer = own.declarations[code] ?? null
      return statement === null || !isAskedOf(own)
        ? []
        : [
            {
              code,
              title,
              statement,
              answer,
              source: source === undefined ? null : sourceWords(source, scope),
            },
          ]
    }),
    solutions: offered.map(solution => ({ id: solution.id, name: solutionName(solution) })),
    ...(await readCorrections(context, scope, esmsId)),
  }
}

/** @returns null for an OG that the link does not answer for. */
export async function readOwnOgRecord(
  context: Pick<Context, 'db'>,
  scope: MemberScope,
  ogId: string,
): Promise<OwnOgRecord | null> {
  const own = scope.ogs.find(({ id }) => id === ogId)
  if (own === undefined) return null
  const [row] = await context.db
    .select()
    .from(ogs)
    .where(and(eq(ogs.id, ogId), eq(ogs.grappeId, scope.grappeId)))
  if (row === undefined) return null
  const { id, name } = row
  return { og: { id, name }, facts: ogFactsOf(row), ...(await readCorrections(context, scope, ogId)) }
}

/** What becomes of what is corrected: the porteur's setting, what waits, or the last that was declined. */
async function readCorrections(context: Pick<Context, 'db'>, { grappeId }: MemberScope, memberId: string) {
  const [waiting = null] = await listProposals(context, grappeId, memberId)
  return {
    mode: await correctionMode(context, grappeId),
    waiting,
    declined: waiting === null ? await lastDeclined(context, memberId) : null,
  }
}

function sourceWords({ by, at, basis }: AnswerSource, { call }: Pick<MemberScope, 'call'>): string {
  const when = formatMoment(at, call.timeZone)
  return by === 'membre'
    ? `Réponse donnée par votre lien, ${when}`
    : `Réponse notée par le porteur, ${when}${basis === null ? '' : `, d’après : ${basis}`}`
}
