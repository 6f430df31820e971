/** The verdict, what members declare, and what would happen if some left. */
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import { count } from '../../../../templates/pages/format.ts'
import { answerField, Eligibility } from '../../../../templates/pages/porteur/eligibility.tsx'
import { askedDeclarations } from '../../../domain/declarations.ts'
import { activeEsms, type Esms } from '../../../domain/grappe.ts'
import { marginOf, whatIf } from '../../../domain/margin.ts'
import { type DeclaredFact, declareFacts } from '../../../steps/declare-facts.ts'
import type { PorteurScope } from '../../../steps/porteur-scope.ts'
import type { Context } from '../../../steps/ports.ts'
import { readGrappe, readSnapshot } from '../../../steps/read-grappe.ts'
import { formFields, goTo, type PageSettings, porteurFrameOf, porteurGuards, sendPage } from '../page.ts'

export function eligibilityPages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { onGrappe, refuse } = porteurGuards(context, settings)
  return async app => {
    app.get(
      PATHS.eligibility,
      onGrappe(async (scope, request, reply) => {
        const snapshot = await readSnapshot(context, scope.grappeId)
        if (snapshot === null) return refuse(request, reply, { code: 'not-found' })
        const { record, today, verdict } = snapshot
        const facts = { grappe: record, today }
        const esms = activeEsms(record)
        const leavingIds = leaving(request, esms)
        return sendPage(
          reply,
          Eligibility({
            frame: porteurFrameOf(request, reply, settings.assetsVersion, scope.porteur),
            grappe: scope,
            verdict,
            registry: snapshot.registry,
            margin: marginOf(scope.call, facts),
            declarations: askedDeclarations(scope.call),
            ogs: record.ogs,
            esms,
            whatIf:
              leavingIds.size === 0 ? null : { leavingIds, verdict: whatIf(scope.call, facts, leavingIds) },
          }),
        )
      }),
    )

    app.post(
      PATHS.declarations,
      { preHandler: app.csrfProtection },
      onGrappe(async (scope, request, reply) => {
        const record = await readGrappe(context.db, scope.grappeId)
        if (record === null) return refuse(request, reply, { code: 'not-found' })
        const declared = await declareFacts(context, scope, answersOf(request, scope, activeEsms(record)))
        if (!declared.ok) return refuse(request, reply, declared.refusal)
        const { changed } = declared.value
        const notice =
          changed === 0
            ? 'Aucune réponse n’a changé.'
            : `${count(changed, 'réponse')} ${changed < 2 ? 'enregistrée' : 'enregistrées'}.`
        return goTo(reply, urlTo('eligibility', { grappe: scope.grappeId }), notice)
      }),
    )
  }
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
  return askedDeclarations(call).flatMap(({ code, isAskedOf }) =>
    esms.filter(isAskedOf).flatMap(({ id }): DeclaredFact[] => {
      const answer = ANSWERS[fields[answerField(id, code)] ?? 'absent']
      if (answer === undefined) return []
      return [{ esmsId: id, code, answer: answer === null && fields.oui === code ? true : answer }]
    }),
  )
}
