/** Finds an establishment in the FINESS registry from whatever the porteur has: a number, a name, a town. */
import { normaliseFiness } from '../../domain/finess.ts'
import type { RegistryDate, RegistryStructure } from '../../domain/registry.ts'
import type { Database } from '../ports.ts'
import { lookUpFiness } from '../read/look-up-finess.ts'
import { searchFiness } from './search-finess.ts'

export interface RegistryAnswer {
  /** Null when no registry is loaded: nothing can be found then. */
  registry: RegistryDate | null
  /** One French sentence when the answer needs one: juridical, absent or approximate. */
  remark: string | null
  hits: readonly (RegistryStructure & { ejName: string | null })[]
}

/**
 * A number is looked up, and one of an EJ answers with its ETs; anything else is searched by name and town.
 */
export async function findInRegistry(db: Database, text: string): Promise<RegistryAnswer> {
  const number = normaliseFiness(text)
  if (!number.ok) {
    const { hits, approximate, registry } = await searchFiness(db, text)
    const remark =
      hits.length === 0
        ? 'Rien ne correspond dans le registre. Essayez un autre mot du nom, ou la ville seule.'
        : approximate
          ? 'Rien n’est écrit exactement ainsi dans le registre : voici ce qui s’en approche.'
          : null
    return { registry, remark: registry === null ? null : remark, hits }
  }
  const finding = (await lookUpFiness(db, [number.finess])).get(number.finess)
  const registry = finding?.registry ?? null
  if (finding === undefined || registry === null) return { registry, remark: null, hits: [] }
  const { structure, ejName, ets } = finding
  if (finding.status === 'juridique') {
    return {
      registry,
      remark:
        `${number.finess} est un numéro juridique (EJ), celui de ` +
        `« ${structure?.name ?? number.finess} ». Choisissez l’un de ses établissements.`,
      hits: ets.map(et => ({ ...et, ejName: structure?.name ?? null })),
    }
  }
  if (structure === null) {
    return { registry, remark: `${number.finess} n’est pas dans le registre. Vérifiez le numéro.`, hits: [] }
  }
  return { registry, remark: null, hits: [{ ...structure, ejName }] }
}
