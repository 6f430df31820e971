/** Corrections that members made of their own records: accepted, declined, or applied at once. */
import type { FastifyPluginAsync } from 'fastify'
import {
  correctionModeContract,
  fieldMessages,
  proposalDecisionContract,
} from '../../../../schema/contracts/members.ts'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import { Corrections, motiveField } from '../../../../templates/pages/porteur/corrections.tsx'
import { correctionMode, setCorrectionMode } from '../../../steps/eligibility/correct-facts.ts'
import { decideProposal, listProposals } from '../../../steps/eligibility/decide-correction.ts'
import type { Context } from '../../../steps/ports.ts'
import { goTo, type PageSettings, sendPage } from '../page.ts'
import { fieldErrors, formFields, parameter } from '../request.ts'
import { type GrappeVisit, porteurGuards } from './access.ts'
import { formErrors, formStatus } from './forms.ts'

export function correctionPages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { onGrappe } = porteurGuards(context, settings)

  return async app => {
    const protect = { preHandler: app.csrfProtection }

    app.get(
      PATHS.corrections,
      onGrappe(visit => showCorrections(visit)),
    )
    app.post(PATHS.decideCorrection, protect, onGrappe(decide))
    app.post(PATHS.correctionMode, protect, onGrappe(setMode))
  }
}

async function showCorrections(
  { context, scope, reply, frame }: GrappeVisit,
  refused: Parameters<typeof Corrections>[0]['refused'] = null,
) {
  const page = Corrections({
    frame: frame(),
    grappe: scope,
    timeZone: scope.call.timeZone,
    mode: await correctionMode(context, scope.grappeId),
    proposals: await listProposals(context, scope.grappeId),
    refused,
  })
  return sendPage(reply, page, formStatus(refused?.errors ?? []))
}

async function decide(visit: GrappeVisit) {
  const { context, scope, request, reply, refuse } = visit
  const id = parameter(request, 'proposal')
  const fields = formFields(request)
  const motive = fields[motiveField(id)] ?? ''
  const again = (errors: { field: string; message: string }[]) =>
    showCorrections(visit, {
      id,
      motive,
      errors: errors.map(({ message }) => ({ field: motiveField(id), message })),
    })
  const parsed = proposalDecisionContract.safeParse({ decision: fields.decision, motive })
  if (!parsed.success) return await again(fieldErrors(fieldMessages(parsed.error)))
  const decided = await decideProposal(context, scope, id, parsed.data)
  if (!decided.ok) {
    const isField = decided.refusal.code === 'invalid-fields'
    return isField ? await again(formErrors(decided.refusal, 'motive')) : refuse(decided.refusal)
  }
  const done = parsed.data.decision === 'acceptee' ? 'acceptée' : 'déclinée'
  return goTo(reply, correctionsUrl(visit), `Correction de « ${decided.value.memberName} » ${done}.`)
}

async function setMode(visit: GrappeVisit) {
  const { context, scope, request, reply, refuse } = visit
  const parsed = correctionModeContract.safeParse(formFields(request))
  if (!parsed.success) {
    return refuse({ code: 'invalid-fields', fields: fieldMessages(parsed.error) })
  }
  await setCorrectionMode(context, scope, parsed.data.mode)
  return goTo(reply, correctionsUrl(visit), 'Réglage enregistré.')
}

const correctionsUrl = ({ scope }: GrappeVisit) => urlTo('corrections', { grappe: scope.grappeId })
