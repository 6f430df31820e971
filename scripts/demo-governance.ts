/** Of `npm run demo`: what the members agree on, written as a porteur's program would. */
import { randomUUID } from 'node:crypto'
import type { z } from 'zod'
import type { grappeAnswer } from '../schema/contracts/api.ts'
import { API_PATHS, fill } from '../schema/urls.ts'
import type { Role } from '../server/domain/governance/governance.ts'
import { type Api, say } from './demo-api.ts'

/** The form, a project manager and a référent for each OG, a COPIL each month, the risks that are known. */
export async function agreeOnGovernance(porteur: Api, grappe: z.infer<typeof grappeAnswer>): Promise<void> {
  const at = { grappe: grappe.id }
  const keep = (part: string, value: unknown) =>
    porteur.send('PUT', fill(API_PATHS.governance, at), { seen: 0, part, value })
  const role = (kind: Role['kind'], name: string, ogId: string | null): Role => ({
    ...{ id: randomUUID(), kind, name, position: null, contact: null, ogId },
  })
  const roles = [
    role('chef-projet-si', 'Camille Exemple', null),
    ...grappe.ogs.map(({ id, name }) => role('referent', `Référent de ${name}`, id)),
  ]
  await keep('forme', { form: 'partenariat', basis: null })
  await keep('roles', roles)
  const first = new Date(Date.now() + DAY_MS).toISOString().slice(0, 10)
  const meetings = await porteur.json<{ added: number }>('POST', fill(API_PATHS.governanceMeetings, at), {
    ...{ seen: 0, first, time: '14:00' },
  })
  const risks = await porteur.json<{ added: number }>('POST', fill(API_PATHS.governanceRisks, at), {
    seen: 0,
  })
  say(`Gouvernance : ${roles.length} rôles, ${meetings.added} COPIL, ${risks.added} risques connus`)
}

const DAY_MS = 86_400_000
