/** Reads one grappe whole, in a fixed number of queries whatever its size. */
import { and, asc, eq, inArray } from 'drizzle-orm'
import { storedGovernance } from '../../../schema/contracts/governance.ts'
import { type StoredSharing, storedSharing } from '../../../schema/contracts/sharing.ts'
import { type StoredSubmission, storedSubmission } from '../../../schema/contracts/submission.ts'
import { esms, grappes, ogs, solutions } from '../../../schema/tables.ts'
import type { Call, Domaine, Projet } from '../../domain/call.ts'
import { byName } from '../../domain/dossier-names.ts'
import type { Governance } from '../../domain/governance/governance.ts'
import type { Esms, EsmsDetails, Grappe } from '../../domain/grappe.ts'
import { groupBy } from '../../domain/group-by.ts'
import type { OgIdentity } from '../../domain/member-facts.ts'
import type { Database } from '../ports.ts'
import { storedCall } from './stored-call.ts'

/** An OG or an ESMS as its porteur sees it: the facts that rules judge, and whom to write to. */
export interface Contact {
  contactName: string | null
  contactEmail: string | null
  contactPhone: string | null
}

export interface GrappeRecord extends Grappe {
  porteurId: string
  call: Call
  revision: number
  createdAt: Date
  /** Null while it is current. */
  archivedAt: Date | null
  /** How shared costs are split. */
  sharing: StoredSharing
  /** What happened with the deposit and after it. */
  submission: StoredSubmission
  governance: Governance
  contacts: ReadonlyMap<string, Contact>
  /** Who each OG is in its letters, by its id. */
  identities: ReadonlyMap<string, OgIdentity>
  /** Of each ESMS, by its id. */
  details: ReadonlyMap<string, EsmsDetails>
  /** Why each withdrawn ESMS left. */
  withdrawalMotives: ReadonlyMap<string, string>
  /** Each member's own version of its solution, by the member's id; only those that are known. */
  solutionVersions: ReadonlyMap<string, string>
}

/** Not the call that a newer one is compared with: it is as long as the grappe's own. */
const columns = {
  id: grappes.id,
  porteurId: grappes.porteurId,
  name: grappes.name,
  porteurOgId: grappes.porteurOgId,
  call: grappes.call,
  revision: grappes.revision,
  createdAt: grappes.createdAt,
  archivedAt: grappes.archivedAt,
  sharing: grappes.sharing,
  submission: grappes.submission,
  governance: grappes.governance,
}
type GrappeRow = Pick<typeof grappes.$inferSelect, keyof typeof columns>

/** @returns null when there is no such grappe, or when it belongs to another porteur than the one given. */
export async function readGrappe(
  db: Database,
  grappeId: string,
  ownedBy?: { porteurId: string },
): Promise<GrappeRecord | null> {
  const owned = ownedBy === undefined ? undefined : eq(grappes.porteurId, ownedBy.porteurId)
  const [row] = await db
    .select(columns)
    .from(grappes)
    .where(and(eq(grappes.id, grappeId), owned))
  return row === undefined ? null : ((await recordsOf(db, [row])).get(grappeId) ?? null)
}

/** The same for several, by their ids, in as many queries. */
export async function readGrappes(db: Database, ids: readonly string[]): Promise<Map<string, GrappeRecord>> {
  return await recordsOf(
    db,
    await db
      .select(columns)
      .from(grappes)
      .where(inArray(grappes.id, [...ids])),
  )
}

async function recordsOf(db: Database, rows: readonly GrappeRow[]): Promise<Map<string, GrappeRecord>> {
  const ids = rows.map(({ id }) => id)
  const ofGrappe = <Row extends { grappeId: string }>(all: readonly Row[]) =>
    groupBy(all, ({ grappeId }) => grappeId)
  const ogsOf = ofGrappe(await db.select().from(ogs).where(inArray(ogs.grappeId, ids)).orderBy(asc(ogs.id)))
  const esmsOf = ofGrappe(
    await db.select().from(esms).where(inArray(esms.grappeId, ids)).orderBy(asc(esms.id)),
  )
  const solutionsOf = ofGrappe(
    await db
      .select()
      .from(solutions)
      .where(inArray(solutions.grappeId, ids))
      .orderBy(asc(solutions.editeur), asc(solutions.produit)),
  )
  return new Map(
    rows.map(row => [
      row.id,
      recordOf(row, {
        ogRows: byName(ogsOf.get(row.id) ?? []),
        esmsRows: byName(esmsOf.get(row.id) ?? []),
        solutionRows: solutionsOf.get(row.id) ?? [],
      }),
    ]),
  )
}

interface RowsOfGrappe {
  ogRows: ReadonlyArray<typeof ogs.$inferSelect>
  esmsRows: ReadonlyArray<typeof esms.$inferSelect>
  solutionRows: ReadonlyArray<typeof solutions.$inferSelect>
}

function recordOf(row: GrappeRow, { ogRows, esmsRows, solutionRows }: RowsOfGrappe): GrappeRecord {
  return {
    id: row.id,
    porteurId: row.porteurId,
    name: row.name,
    porteurOgId: row.porteurOgId,
    call: storedCall(row.call),
    revision: row.revision,
    createdAt: row.createdAt,
    archivedAt: row.archivedAt,
    sharing: storedSharing(row.sharing),
    submission: storedSubmission(row.submission),
    governance: storedGovernance(row.governance),
    ogs: ogRows.map(og => ({ id: og.id, name: og.name, finessEj: og.finessEj })),
    esms: esmsRows.map(esmsOfRow),
    solutions: solutionRows.map(({ id, editeur, produit, segur }) => ({ id, editeur, produit, segur })),
    contacts: new Map(
      [...ogRows, ...esmsRows].map(({ id, contactName, contactEmail, contactPhone }) => [
        id,
        { contactName, contactEmail, contactPhone },
      ]),
    ),
    identities: new Map(
      ogRows.map(({ id, representative, representativeRole, seatAddress, siren }) => [
        id,
        { representative, representativeRole, seatAddress, siren },
      ]),
    ),
    details: new Map(esmsRows.map(({ id, commune, capacite }) => [id, { commune, capacite }])),
    withdrawalMotives: new Map(esmsRows.map(({ id, withdrawalMotive }) => [id, withdrawalMotive ?? ''])),
    solutionVersions: new Map(
      esmsRows.flatMap(({ id, solutionVersion }): [string, string][] =>
        solutionVersion === null ? [] : [[id, solutionVersion]],
      ),
    ),
  }
}

export function esmsOfRow(row: typeof esms.$inferSelect): Esms {
  return {
    id: row.id,
    ogId: row.ogId,
    name: row.name,
    finess: row.finess,
    domaine: row.domaine as Domaine | null,
    projet: row.projet as Projet | null,
    solutionId: row.solutionId,
    categorie: row.categorie,
    registry: 'non-verifie',
    registryEj: null,
    inOtherGrappe: null,
    declarations: row.declarations,
    answeredBy: row.answeredBy,
    withdrawnOn: row.withdrawnOn,
  }
}
