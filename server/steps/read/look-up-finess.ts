/** What the registry says of FINESS numbers: one query, however many numbers. */
import { sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import { finessRegistry, finessStructures } from '../../../schema/registry-tables.ts'
import { groupBy } from '../../domain/group-by.ts'
import type { RegistryDate, RegistryFinding, RegistryStructure } from '../../domain/registry.ts'
import type { Database } from '../ports.ts'

/**
 * @param numbers normalised numbers (nine characters, upper case), ET or EJ.
 * @returns one finding for each number given; all `non-verifie` when no registry was imported.
 */
export async function lookUpFiness(
  db: Database,
  numbers: readonly string[],
): Promise<ReadonlyMap<string, RegistryFinding>> {
  const wanted = sql`array(select json_array_elements_text(${JSON.stringify(numbers)}::json))`
  const ej = alias(finessStructures, 'ej')
  const rows = await db
    .select({ registry: finessRegistry, structure: structureColumns, ejName: ej.name })
    .from(finessRegistry)
    .leftJoin(
      finessStructures,
      sql`${finessStructures.number} = any(${wanted}) or ${finessStructures.ejNumber} = any(${wanted})`,
    )
    .leftJoin(ej, sql`${ej.number} = ${finessStructures.ejNumber}`)
    .orderBy(sql`${finessStructures.open} desc`, finessStructures.name, finessStructures.number)

  const [first] = rows
  const registry = first === undefined ? null : dateOf(first.registry)
  const found = rows.flatMap(({ structure, ejName }) => (structure === null ? [] : [{ structure, ejName }]))
  const byNumber = new Map(found.map(row => [row.structure.number, row]))
  const byEj = groupBy(found, row => row.structure.ejNumber)
  return new Map(
    numbers.map(number => {
      const { structure, ejName } = byNumber.get(number) ?? { structure: null, ejName: null }
      const ets = structure?.kind === 'EJ' ? (byEj.get(number) ?? []).map(row => row.structure) : []
      return [number, { status: statusOf(structure, registry), structure, ejName, ets, registry }]
    }),
  )
}

/** Which registry is loaded; null when none was imported. */
export async function readRegistryDate(db: Database): Promise<RegistryDate | null> {
  const [row] = await db.select().from(finessRegistry)
  return row === undefined ? null : dateOf(row)
}

/** The columns of a `RegistryStructure`. */
export const structureColumns = {
  number: finessStructures.number,
  kind: finessStructures.kind,
  name: finessStructures.name,
  longName: finessStructures.longName,
  ejNumber: finessStructures.ejNumber,
  categorie: finessStructures.categorie,
  departement: finessStructures.departement,
  acheminement: finessStructures.acheminement,
  siret: finessStructures.siret,
  open: finessStructures.open,
}

function dateOf({ format, dataOn }: RegistryDate): RegistryDate {
  return { format, dataOn }
}

function statusOf(
  structure: RegistryStructure | null,
  registry: RegistryDate | null,
): RegistryFinding['status'] {
  if (registry === null) return 'non-verifie'
  if (structure === null) return 'absent'
  if (structure.kind === 'EJ') return 'juridique'
  return structure.open ? 'ouvert' : 'ferme'
}
