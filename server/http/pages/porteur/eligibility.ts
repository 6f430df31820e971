/** The verdict, what members declare, and what would happen if some left. */
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import { PATHS } from '../../../../schema/urls.ts'
import type { FieldError } from '../../../../templates/pages/components.tsx'
import { count } from '../../../../templates/pages/format.ts'
import { answerField } from '../../../../templates/pages/porteur/declarations.tsx'
import { Eligibility } from '../../../../templates/pages/porteur/eligibility.tsx'
import { declarationsUrl } from '../../../../templates/pages/porteur/to-dos.tsx'
import type { Day } from '../../../domain/call.ts'
import { dayOf } from '../../../domain/deadline.ts'
import { type AskedDeclaration, askedDeclarations } from '../../../domain/declarations.ts'
import { activeEsms, type Esms } from '../../../domain/grappe.ts'
import { marginOf, whatIf } from '../../../domain/margin.ts'
import { listPeople } from '../../../steps/access/people.ts'
import type { PorteurScope } from '../../../steps/access/porteur-scope.ts'
import { type DeclaredFact, declareFacts } from '../../../steps/eligibility/declare-facts.ts'
import type { Context } from '../../../steps/ports.ts'
import { readLastAsked } from '../../../steps/read/read-asked.ts'
import { goTo, type PageSettings, sendPage } from '../page.ts'
import { formFields } from '../request.ts'
import { porteurGuards, type SnapshotVisit } from './access.ts'
import { formStatus } from './forms.ts'

export function eligibilityPages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { onSnapshot } = porteurGuards(context, settings)

  return async app => {
    app.get(
      PATHS.eligibility,
      onSnapshot(visit => showEligibility(visit)),
    )
    app.post(PATHS.declarations, { preHandler: app.csrfProtection }, onSnapshot(declare))
  }
}

async function showEligibility(
  { context, scope, snapshot, request, reply, frame }: SnapshotVisit,
  basisErrors: readonly FieldError[] = [],
) {
  const { record, today, verdict, registry } = snapshot
  const facts = { grappe: record, today }
  const esms = activeEsms(record)
  const leavingIds = leaving(request, esms)
  const declarations = askedDeclarations(scope.call)
  const isNoting = basisErrors.length > 0 || (request.query as Record<string, unknown>).declarations === 'oui'
  const fields = basisErrors.length > 0 ? formFields(request) : {}
  const page = Eligibility({
    frame: frame(),
    grappe: scope,
    verdict,
    registry,
    margin: marginOf(scope.call, facts),
    declarations,
    recommendations: scope.call.recommendations,
    asked: await askedMembers(context, scope, esms),
    noted: isNoting
      ? {
          askedEmails: await emailsToAsk(context, scope, esms, declarations),
          basis: fields.dapres ?? '',
          basisErrors,
          chosen: fields,
        }
      : null,
    ogs: record.ogs,
    esms,
    whatIf: leavingIds.size === 0 ? null : { leavingIds, verdict: whatIf(scope.call, facts, leavingIds) },
  })
  return sendPage(reply, page, formStatus(basisErrors))
}

async function declare(visit: SnapshotVisit) {
  const { context, scope, snapshot, request, reply, refuse } = visit
  const esms = activeEsms(snapshot.record)
  const facts = answersOf(request, scope, esms)
  const known = new Map(esms.map(({ id, declarations }) => [id, declarations]))
  const isNew = facts.some(
    ({ esmsId, code, answer }) => answer !== null && known.get(esmsId)?.[code] !== answer,
  )
  if (isNew && facts.every(({ basis }) => basis === null)) {
    const message = 'Dites comment vous le savez : un appel, un courriel, et son jour.'
    return await showEligibility(visit, [{ field: 'dapres', message }])
  }
  const declared = await declareFacts(context, scope, facts)
  if (!declared.ok) return refuse(declared.refusal)
  const url = declarationsUrl({ grappe: scope.grappeId })
  return goTo(reply, url, declaredSentence(declared.value.changed))
}

/** The day on which each member was last asked, itself or its OG. */
async function askedMembers(
  { db }: Pick<Context, 'db'>,
  { grappeId, call }: PorteurScope,
  esms: readonly Esms[],
): Promise<ReadonlyMap<string, Day>> {
  const last = await readLastAsked(db, grappeId)
  return new Map(
    esms.flatMap(({ id, ogId }): [string, Day][] => {
      const at = [last.get(id), last.get(ogId)]
        .filter(each => each !== undefined)
        .toSorted()
        .at(-1)
      return at === undefined ? [] : [[id, dayOf(at, call.timeZone)]]
    }),
  )
}

/** Those who answer for a member that has not declared everything, or else for its OG. */
async function emailsToAsk(
  { db }: Pick<Context, 'db'>,
  { grappeId }: PorteurScope,
  esms: readonly Esms[],
  declarations: readonly AskedDeclaration[],
): Promise<string[]> {
  const people = await listPeople(db, grappeId)
  const answering = (ownerId: string) =>
    people.filter(({ owners }) => owners.some(({ id }) => id === ownerId))
  const asked = esms
    .filter(each =>
      declarations.some(({ code, isAskedOf }) => isAskedOf(each) && each.declarations[code] === undefined),
    )
    .flatMap(({ id, ogId }) => {
      const own = answering(id)
      return own.length > 0 ? own : answering(ogId)
    })
  return [...new Set(asked.map(({ email }) => email))]
}

function declaredSentence(changed: number): string {
  return changed === 0
    ? 'Aucune réponse n’a changé.'
    : `${count(changed, 'réponse')} ${changed < 2 ? 'enregistrée' : 'enregistrées'}.`
}

/** The members ticked out in the address, one by one (`sans`) or by whole OG (`og`). */
function leaving(request: FastifyRequest, esms: readonly Esms[]): ReadonlySet<string> {
  const { sans, og } = request.query as Record<string, unknown>
  const ticked = new Set([sans].flat())
  const tickedOgs = new Set([og].flat())
  return new Set(esms.filter(({ id, ogId }) => ticked.has(id) || tickedOgs.has(ogId)).map(({ id }) => id))
}

const ANSWERS: Readonly<Record<string, boolean | null>> = { oui: true, non: false, '': null }

/** The answers sent; the button of a declaration answers yes for members that have none. */
function answersOf(request: FastifyRequest, { call }: PorteurScope, esms: readonly Esms[]): DeclaredFact[] {
  const fields = formFields(request)
  const basis = fields.dapres?.trim().slice(0, 300) || null
  return askedDeclarations(call).flatMap(({ code, isAskedOf }) =>
    esms.filter(isAskedOf).flatMap(({ id }): DeclaredFact[] => {
      const answer = ANSWERS[fields[answerField(id, code)] ?? 'absent']
      if (answer === undefined) return []
      return [{ esmsId: id, code, answer: answer === null && fields.oui === code ? true : answer, basis }]
    }),
  )
}
