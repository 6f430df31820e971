/** The identity card of the group as a PDF: what its porteur typed on Gouvernance, and what is known. */
import { formFileName } from '../../domain/dossier-names.ts'
import { formOf } from '../../domain/forms/form.ts'
import { FICHE_IDENTITE } from '../../domain/forms/models.ts'
import { MODELS } from '../../domain/kit/models.ts'
import { valuesFor } from '../../domain/kit/values.ts'
import type { PorteurScope } from '../access/porteur-scope.ts'
import type { Context } from '../ports.ts'
import type { GrappeSnapshot } from '../read/read-snapshot.ts'
import { identityStore } from './answer-store.ts'
import { kitOfGrappe } from './hand-out-kit.ts'

/** Printed twice the same day with the same facts, it is the same file. */
export async function printIdentity(
  context: Context,
  scope: PorteurScope,
  snapshot: GrappeSnapshot,
): Promise<{ fileName: string; bytes: Buffer }> {
  const { facts, owners } = await kitOfGrappe(context, snapshot, scope.porteur.contactEmail)
  const owner = owners.find(each => each.scope === 'grappe')
  if (owner === undefined) throw new Error('A kit has no documents of the grappe')
  const { code } = FICHE_IDENTITE
  const stored = await identityStore(scope.grappeId).read(context.db)
  const lineIds = { etablissements: facts.esms.map(({ id }) => id) }
  const bytes = await context.drawForm({
    title: MODELS.find(model => model.code === code)?.title ?? code,
    grappeName: scope.grappeName,
    callTitle: scope.call.title,
    fictional: scope.call.fictional,
    ownerName: owner.name,
    finess: null,
    form: formOf(FICHE_IDENTITE, { values: valuesFor(facts, owner), lineIds, answered: new Set() }),
    answers: new Map(stored.map(each => [each.field, each])),
    told: [],
    byHand: false,
    at: `${snapshot.today}T00:00:00.000Z`,
  })
  return { fileName: formFileName(code, owner.name), bytes }
}
