/**
 * Members from a spreadsheet: judged against the grappe and the registry, then written whole or not at all.
 */
import { and, eq, isNull } from 'drizzle-orm'
import { contacts, esms, grappes, ogs, solutions } from '../../../schema/tables.ts'
import type { Contact } from '../../domain/member-import/contact.ts'
import { finessNumbers, type RegistryFact } from '../../domain/member-import/numbers.ts'
import { type ImportPreview, type MemberToCreate, previewImport } from '../../domain/member-import/preview.ts'
import type { MemberTable } from '../../domain/member-import/table.ts'
import { type RegistryFinding, registryLabel } from '../../domain/registry.ts'
import { type PorteurScope, porteurActor } from '../access/porteur-scope.ts'
import { violatedUnique } from '../constraints.ts'
import type { Context, Database } from '../ports.ts'
import { lookUpFiness, readRegistryDate } from '../read/look-up-finess.ts'
import { readGrappe } from '../read/read-grappe.ts'
import { recordChange } from '../record-change.ts'
import { syncPieces } from './sync-pieces.ts'

/** What an import would do to the grappe as it stands. */
export interface MembersPreview extends ImportPreview {
  /** OG of the grappe that get the juridical number or the contact that they lacked. */
  completedOgs: readonly CompletedOg[]
  /** The new OG that would carry the application, when none does yet. */
  newPorteurOg: string | null
  /** How screens name the registry that answered; null when none is loaded, and nothing is verified. */
  registryLabel: string | null
}

interface CompletedOg {
  id: string
  name: string
  /** Null when it had one, or when none is told. */
  finessEj: string | null
  /** Null when it had an address, or when none is told. */
  contact: Contact | null
}

/** Judges every line. Writes nothing. */
export async function previewMembers(
  db: Database,
  grappeId: string,
  table: MemberTable,
): Promise<MembersPreview> {
  const grappe = await readGrappe(db, grappeId)
  if (grappe === null) throw new Error(`Grappe ${grappeId} went away while its members were read`)
  const findings = await lookUpFiness(db, finessNumbers(table))
  const registry = await readRegistryDate(db)
  const preview = previewImport(table, grappe, registry === null ? undefined : factsOf(findings))
  const known = new Map(grappe.ogs.map(og => [og.id, og]))
  return {
    ...preview,
    completedOgs: preview.ogs.flatMap(({ id, name, finessEj, contact }): CompletedOg[] => {
      if (id === null) return []
      const hadEmail = (grappe.contacts.get(id)?.contactEmail ?? null) !== null
      const completed = {
        id,
        name,
        finessEj: known.get(id)?.finessEj === null ? finessEj : null,
        contact: hadEmail || contact.contactEmail === null ? null : contact,
      }
      return completed.finessEj === null && completed.contact === null ? [] : [completed]
    }),
    newPorteurOg: grappe.porteurOgId === null ? (preview.ogs.find(og => og.id === null)?.name ?? null) : null,
    registryLabel: registry === null ? null : registryLabel(registry),
  }
}

function factsOf(findings: ReadonlyMap<string, RegistryFinding>): Map<string, RegistryFact> {
  return new Map(
    [...findings].map(([number, { status, structure, ejName, ets }]): [string, RegistryFact] => [
      number,
      {
        status,
        name: structure?.longName ?? structure?.name ?? null,
        ej: structure?.ejNumber ?? null,
        ejName,
        categorie: structure?.categorie ?? null,
        ets: ets.filter(({ open }) => open),
      },
    ]),
  )
}

export type MembersImport =
  | { ok: true; added: number; newOgs: number; newSolutions: number; alreadyPresent: number }
  /** A line is to correct: nothing was written. */
  | { ok: false; preview: MembersPreview }

/**
 * Adds every member of the table that the grappe does not have, with the OG and the solutions that they need,
 * in one transaction. Imports of one grappe follow one another: the second of two equal ones finds every
 * member present.
 */
export async function importMembers(
  context: Context,
  scope: PorteurScope,
  table: MemberTable,
): Promise<MembersImport> {
  const write = () => context.db.transaction(tx => writeMembers(context, tx, scope, table))
  try {
    return await write()
  } catch (error) {
    // Somebody added one of these by hand at the same instant: read again, it is now present.
    if (violatedUnique(error) === null) throw error
    return await write()
  }
}

/** Rows that a statement may carry: PostgreSQL takes 65,535 parameters, a member has fewer than twenty. */
const ROWS_PER_INSERT = 2_000

async function writeMembers(
  context: Context,
  tx: Database,
  scope: PorteurScope,
  table: MemberTable,
): Promise<MembersImport> {
  const { grappeId } = scope
  // Lets rows that point at the grappe be written meanwhile, but no other import.
  await tx.select({ id: grappes.id }).from(grappes).where(eq(grappes.id, grappeId)).for('no key update')
  const preview = await previewMembers(tx, grappeId, table)
  const { membersToCreate, counts } = preview
  if (membersToCreate === null) return { ok: false, preview }
  const done = {
    ok: true as const,
    added: membersToCreate.length,
    newOgs: preview.ogs.filter(og => og.id === null).length,
    newSolutions: preview.solutions.filter(solution => solution.id === null).length,
    alreadyPresent: counts['deja-present'],
  }
  if (done.added === 0) return done

  const createdAt = context.now()
  const identify = <Item extends { id: string | null }>(items: readonly Item[]) =>
    new Map(items.map(item => [item, item.id ?? context.newId()]))
  const ogIds = identify(preview.ogs)
  const solutionIds = identify(preview.solutions)
  const ogRows = [...ogIds].flatMap(([{ id: known, name, finessEj, contact }, id]) =>
    known === null ? [{ id, grappeId, name, finessEj, ...mainContact(contact), createdAt }] : [],
  )
  const solutionRows = [...solutionIds].flatMap(([{ id: known, editeur, produit }, id]) =>
    known === null ? [{ id, grappeId, editeur, produit, createdAt }] : [],
  )
  const esmsIds = new Map(membersToCreate.map(member => [member, context.newId()]))
  const esmsRows = [...esmsIds].map(([member, id]) =>
    esmsRow(member, id, grappeId, createdAt, ogIds, solutionIds),
  )
  const completed = new Set(preview.completedOgs.flatMap(({ id, contact }) => (contact === null ? [] : [id])))
  const contactRows = [
    ...[...ogIds].flatMap(([{ id: known, contact }, ogId]) =>
      known === null || completed.has(known) ? otherContacts(contact, { ogId, esmsId: null }) : [],
    ),
    ...[...esmsIds].flatMap(([member, esmsId]) => otherContacts(member, { ogId: null, esmsId })),
  ].map(row => ({ ...row, id: context.newId(), grappeId, createdAt }))
  await inBatches(ogRows, rows => tx.insert(ogs).values(rows))
  await inBatches(solutionRows, rows => tx.insert(solutions).values(rows))
  for (const { id, finessEj, contact } of preview.completedOgs) {
    const values = {
      ...(finessEj === null ? {} : { finessEj }),
      ...(contact === null ? {} : mainContact(contact)),
    }
    await tx.update(ogs).set(values).where(eq(ogs.id, id))
  }
  await inBatches(esmsRows, rows => tx.insert(esms).values(rows))
  await inBatches(contactRows, rows => tx.insert(contacts).values(rows).onConflictDoNothing())
  const [firstOg] = ogRows
  if (firstOg !== undefined) {
    await tx
      .update(grappes)
      .set({ porteurOgId: firstOg.id })
      .where(and(eq(grappes.id, grappeId), isNull(grappes.porteurOgId)))
  }
  await syncPieces(tx, grappeId, context.newId)
  await recordChange(tx, {
    grappeId,
    at: createdAt,
    actor: porteurActor(scope),
    act: {
      kind: 'members-imported',
      facts: {
        memberIds: [...ogRows, ...esmsRows].map(({ id }) => id),
        members: done.added,
        ogs: done.newOgs,
      },
    },
  })
  return done
}

const mainContact = ({ contactName, contactEmail, contactPhone }: Contact) => ({
  contactName,
  contactEmail,
  contactPhone,
})

function otherContacts({ otherEmails }: Contact, owner: { ogId: string | null; esmsId: string | null }) {
  return otherEmails.map(email => ({ ...owner, name: null, email, phone: null }))
}

async function inBatches<Row>(
  rows: readonly Row[],
  write: (rows: Row[]) => PromiseLike<unknown>,
): Promise<void> {
  for (let start = 0; start < rows.length; start += ROWS_PER_INSERT) {
    await write(rows.slice(start, start + ROWS_PER_INSERT))
  }
}

function esmsRow(
  member: MemberToCreate,
  id: string,
  grappeId: string,
  createdAt: Date,
  ogIds: ReadonlyMap<MemberToCreate['og'], string>,
  solutionIds: ReadonlyMap<NonNullable<MemberToCreate['solution']>, string>,
): typeof esms.$inferInsert {
  const ogId = ogIds.get(member.og)
  if (ogId === undefined)
    throw new Error(`Line ${member.line} belongs to an OG that the preview does not list`)
  return {
    id,
    grappeId,
    ogId,
    name: member.name,
    finess: member.finess,
    domaine: member.domaine,
    projet: member.projet,
    solutionId: member.solution === null ? null : (solutionIds.get(member.solution) ?? null),
    solutionVersion: member.version,
    ...mainContact(member),
    categorie: member.categorie,
    commune: member.commune,
    capacite: member.capacite,
    createdAt,
  }
}
