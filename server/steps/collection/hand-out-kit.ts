/**
 * The prefilled documents of a grappe, of one of its members, or of a member's link. Nothing is written but
 * what each told when it was handed out.
 */
import type { Readable } from 'node:stream'
import { and, eq, inArray } from 'drizzle-orm'
import { storedSharing } from '../../../schema/contracts/sharing.ts'
import {
  esms as esmsTable,
  grappes,
  ogs as ogsTable,
  solutions as solutionsTable,
} from '../../../schema/tables.ts'
import { type Call, windowAt } from '../../domain/call.ts'
import { ogSizes } from '../../domain/condition.ts'
import { kitDocumentName, kitName } from '../../domain/dossier-names.ts'
import { dossierOwners } from '../../domain/dossier-plan.ts'
import { activeEsms } from '../../domain/grappe.ts'
import { unfilledText } from '../../domain/kit/flaw-words.ts'
import { type DocumentModel, documentModels } from '../../domain/kit/models.ts'
import type { BroughtModel, KeptModel, OwnModel } from '../../domain/kit/own-model.ts'
import { factsIn, missingIn, type PrintedValues, printed, type ReadTag } from '../../domain/kit/print.ts'
import {
  type KitDocument,
  type KitFacts,
  type KitOwner,
  modelsFor,
  ownerKey,
  valuesFor,
} from '../../domain/kit/values.ts'
import { UNKNOWN_IDENTITY } from '../../domain/member-facts.ts'
import { sharingFacts } from '../../domain/sharing/facts.ts'
import { type OwedParts, owedParts } from '../../domain/sharing/owed.ts'
import { solutionName } from '../../domain/solution-identity.ts'
import type { MemberScope } from '../access/member-scope.ts'
import { type Context, DamagedEntry, type Database, type ZippedDocument } from '../ports.ts'
import { callModelsOf } from '../read/read-call-models.ts'
import { readGrappe } from '../read/read-grappe.ts'
import { modelsInPlace } from '../read/read-own-models.ts'
import type { GrappeSnapshot } from '../read/read-snapshot.ts'
import { proveWhole } from '../read/stored-bytes.ts'
import { done, type Outcome, refuse } from '../refusals.ts'
import { noteHandOut } from './note-hand-out.ts'

type Filling = Pick<Context, 'kit' | 'ownModels' | 'blobs' | 'antivirus'>
type Handing = Filling & Pick<Context, 'db' | 'now' | 'newId'>

/** What may be handed out, and what it is drawn from. */
export interface Kit {
  grappeId: string
  facts: KitFacts
  owners: readonly (KitOwner & { folder: string; ogId: string | null })[]
  /** The porteur's own models, by the document that is filled in from each: before any other. */
  own: ReadonlyMap<string, OwnModel>
  /** Those that the call brings, by their SHA-256: before this server's. */
  ofCall: ReadonlyMap<string, KeptModel>
}

/** Of the whole grappe, for its porteur. */
export async function kitOfGrappe(
  { db }: Pick<Context, 'db'>,
  snapshot: GrappeSnapshot,
  porteurEmail: string,
): Promise<Kit> {
  const { record, today, closesOn, verdict, sharing } = snapshot
  const solutions = new Map(record.solutions.map(solution => [solution.id, solutionName(solution)]))
  const members = activeEsms(record)
  const facts: KitFacts = {
    today,
    closesOn,
    grappeName: record.name,
    call: record.call,
    porteurOgId: record.porteurOgId,
    porteurEmail,
    ogs: record.ogs.map(og => ({ ...og, ...(record.identities.get(og.id) ?? UNKNOWN_IDENTITY) })),
    esms: members.map(esms => ({
      ...esms,
      ...(record.details.get(esms.id) ?? { commune: null, capacite: null }),
      solution: solutions.get(esms.solutionId ?? '') ?? null,
      solutionVersion: record.solutionVersions.get(esms.id) ?? null,
    })),
    sizes: ogSizes(record),
    verdict,
    sharing: sharing && owedParts(sharing),
    governance: snapshot.governance,
  }
  const ogOf = new Map(members.map(({ id, ogId }) => [id, ogId]))
  const owners = dossierOwners(record).map(({ scope, id, name, folder }) => ({
    scope,
    id,
    name,
    folder,
    ogId: scope === 'og' ? id : (ogOf.get(id ?? '') ?? null),
  }))
  return { grappeId: record.id, facts, owners, ...(await broughtModels(db, record.id, record.call)) }
}

/**
 * Of a member's link: its own facts, the name of its OG, and who carries the grappe. Nothing of any other
 * member is told; the others are read only where a key needs them to give this one its part.
 */
export async function kitOfLink(context: Pick<Context, 'db' | 'now'>, scope: MemberScope): Promise<Kit> {
  const { call, grappeId } = scope
  const { today, closesOn } = windowAt(call, context.now().toISOString())
  const ids = scope.esms.map(({ id }) => id)
  const own = new Set([...scope.ogs.map(({ id }) => id), scope.porteurOgId])
  const ogIds = [...own, ...scope.esms.map(({ ogId }) => ogId)].filter(id => id !== null)
  const ogRows = await context.db
    .select()
    .from(ogsTable)
    .where(and(eq(ogsTable.grappeId, grappeId), inArray(ogsTable.id, ogIds)))
  const rows = await context.db
    .select({ esms: esmsTable, solution: solutionsTable })
    .from(esmsTable)
    .leftJoin(solutionsTable, eq(esmsTable.solutionId, solutionsTable.id))
    .where(and(eq(esmsTable.grappeId, grappeId), inArray(esmsTable.id, ids)))
  const rowOf = new Map(rows.map(row => [row.esms.id, row]))
  const facts: KitFacts = {
    today,
    closesOn,
    grappeName: scope.grappeName,
    call,
    porteurOgId: scope.porteurOgId,
    porteurEmail: scope.porteurEmail,
    ogs: ogRows.map(row => {
      const { id, name, finessEj, representative, representativeRole, seatAddress, siren } = row
      const identity = { representative, representativeRole, seatAddress, siren }
      return { id, name, finessEj, ...(own.has(id) ? identity : UNKNOWN_IDENTITY) }
    }),
    esms: scope.esms.map(esms => {
      const row = rowOf.get(esms.id)
      return {
        ...esms,
        commune: row?.esms.commune ?? null,
        capacite: row?.esms.capacite ?? null,
        solution: row?.solution ? solutionName(row.solution) : null,
        solutionVersion: row?.esms.solutionVersion ?? null,
      }
    }),
    sizes: scope.ogSizes,
    verdict: null,
    sharing: await ownParts(context, scope),
    governance: null,
  }
  const owners = [
    ...scope.ogs.map(({ id, name }) => ({ scope: 'og' as const, id, name, folder: '', ogId: id })),
    ...scope.esms.map(({ id, name, ogId }) => ({ scope: 'esms' as const, id, name, folder: '', ogId })),
  ]
  return { grappeId, facts, owners, ...(await broughtModels(context.db, grappeId, call)) }
}

const broughtModels = async (db: Database, grappeId: string, { pieces }: Pick<Call, 'pieces'>) => ({
  own: await modelsInPlace(db, grappeId),
  ofCall: await callModelsOf(db, pieces),
})

/** The rule, and the parts of this link's own OG and ESMS: those of the others stay with the porteur. */
async function ownParts(
  { db }: Pick<Context, 'db'>,
  { grappeId, ogs, esms }: MemberScope,
): Promise<OwedParts | null> {
  const [row] = await db.select({ sharing: grappes.sharing }).from(grappes).where(eq(grappes.id, grappeId))
  const { key } = storedSharing(row?.sharing ?? null)
  // Most grappes have none, and a member's page then reads no other member.
  const record = key && (await readGrappe(db, grappeId))
  if (key === null || record === null) return null
  const owed = owedParts({ key, facts: sharingFacts(record, record.details, record.call) })
  const own = new Set([...ogs, ...esms].map(({ id }) => id))
  const parts = owed.parts && new Map([...owed.parts].filter(([id]) => own.has(id)))
  return { ...owed, parts }
}

/** The owners in the kit for whom a document is made of this model. */
export const ownersWith = ({ facts, owners }: Kit, { code }: DocumentModel): Kit['owners'] =>
  owners.filter(owner => modelsFor(facts, owner).some(model => model.code === code))

/** What a document is filled in from: the porteur's own, else the call's, else this server's. */
function sourceOf({ own, ofCall }: Pick<Kit, 'own' | 'ofCall'>, model: DocumentModel) {
  const brought = own.get(model.code) ?? (model.ofCall && keptOf(ofCall, model.ofCall))
  return brought ?? model.code
}

/** A copy names no model that this server never had: were its row gone, its bytes would be said to be. */
const keptOf = (ofCall: Kit['ofCall'], model: Pick<BroughtModel, 'fileName' | 'sha256'>): BroughtModel => ({
  ...model,
  tags: ofCall.get(model.sha256)?.tags ?? [],
  // Without a row its bytes are said to be gone: nobody waits for an antivirus.
  isJudged: ofCall.get(model.sha256)?.isJudged ?? true,
})

export async function tagsIn(
  context: Pick<Context, 'kit'>,
  kit: Pick<Kit, 'own' | 'ofCall'>,
  model: DocumentModel,
): Promise<readonly ReadTag[]> {
  const source = sourceOf(kit, model)
  return typeof source === 'string' ? await context.kit.tagsOf(source) : source.tags
}

/** @returns model-unfilled, -unscanned or -busy, of a model that the porteur or the call brought. */
export async function fillIn(
  context: Filling,
  model: string | Omit<BroughtModel, 'tags'>,
  values: PrintedValues,
): Promise<Outcome<Buffer>> {
  if (typeof model === 'string') return done(await context.kit.write(model, values))
  if (context.antivirus !== null && !model.isJudged)
    return refuse('model-unscanned', { file: model.fileName })
  if (!(await isWhole(context, model))) return refuse('model-unfilled', { file: model.fileName })
  const filled = await context.blobs.withFile(model.sha256, path => context.ownModels.fill(path, values))
  if (filled.ok) return done(filled.bytes)
  return filled.why === 'busy' ? refuse('model-busy') : refuse('model-unfilled', { file: model.fileName })
}

/** A model damaged or gone is told in the place of its document; a store that is away stops everything. */
async function isWhole({ blobs }: Filling, model: Omit<BroughtModel, 'tags'>): Promise<boolean> {
  try {
    await proveWhole(blobs, { ...model, path: model.fileName })
    return true
  } catch (fault) {
    if (fault instanceof DamagedEntry) return false
    throw fault
  }
}

/** Every document of the kit, in the order of its owners then of the models. */
export async function listDocuments(context: Pick<Context, 'kit'>, kit: Kit): Promise<KitDocument[]> {
  const { facts, owners } = kit
  const documents: KitDocument[] = []
  for (const owner of owners) {
    const models = modelsFor(facts, owner)
    const values = models.length === 0 ? {} : valuesFor(facts, owner)
    for (const model of models) {
      const missing = missingIn(await tagsIn(context, kit, model), values)
      documents.push({ owner, model, missing, byHand: kit.own.has(model.code) ? [] : model.byHand })
    }
  }
  return documents
}

/**
 * @param noted false when nobody is handed anything, such as for a HEAD request.
 * @returns not-found for an owner outside the kit, or a model that is not for it; what `fillIn` refuses.
 */
export async function writeDocument(
  context: Handing,
  kit: Kit,
  asked: { owner: string; model: string },
  noted = true,
): Promise<Outcome<{ fileName: string; bytes: Buffer }>> {
  const owner = kit.owners.find(each => ownerKey(each) === asked.owner)
  if (owner === undefined) return refuse('not-found')
  const model = modelsFor(kit.facts, owner).find(({ code }) => code === asked.model)
  if (model === undefined) return refuse('not-found')
  const written = await handOut(context, kit, owner, model, noted)
  if (!written.ok) return written
  return done({ fileName: kitDocumentName(model.code, owner.name), bytes: written.value })
}

/** Filled in, and noted: what comes back later was taken from it. */
async function handOut(
  context: Handing,
  kit: Kit,
  owner: KitOwner,
  model: DocumentModel,
  noted: boolean,
): Promise<Outcome<Buffer>> {
  const values = valuesFor(kit.facts, owner)
  const filled = await fillIn(context, sourceOf(kit, model), printed(values))
  if (filled.ok && noted) {
    const told = factsIn(await tagsIn(context, kit, model), values)
    await noteHandOut(context, kit.grappeId, { owner, model: model.code, told })
  }
  return filled
}

/** The others are handed out all the same: which one is missing, and why, stands in its place. */
function lackOf(kit: Kit, model: DocumentModel, refused: string): Buffer {
  const source = sourceOf(kit, model)
  const fileName = typeof source === 'string' ? null : source.fileName
  const why = refused === 'model-busy' ? 'busy' : refused === 'model-unscanned' ? 'unscanned' : 'unfillable'
  return Buffer.from(unfilledText(model.title, fileName, why))
}

export interface KitArchive {
  /** Without extension. */
  name: string
  open(): Readable
}

/**
 * The documents of the whole grappe, or of one owner: an OG with its ESMS, an ESMS, or the grappe's own.
 *
 * @returns not-found when there is none.
 */
export function zipDocuments(
  context: Handing,
  kit: Kit,
  ownerAsked: string | null,
  noted = true,
): Outcome<KitArchive> {
  const { facts, owners } = kit
  const owner = owners.find(each => ownerKey(each) === ownerAsked) ?? null
  const chosen =
    ownerAsked === null
      ? owners
      : owners.filter(each => each === owner || (owner?.scope === 'og' && each.ogId === owner.id))
  const files = chosen.flatMap(each => modelsFor(facts, each).map(model => ({ owner: each, model })))
  if (files.length === 0) return refuse('not-found')
  async function* written(): AsyncGenerator<ZippedDocument> {
    for (const { owner: whose, model } of files) {
      const filled = await handOut(context, kit, whose, model, noted)
      const path = `${whose.folder}/${kitDocumentName(model.code, null)}`
      yield filled.ok
        ? { path, bytes: filled.value }
        : { path: path.replace(/docx$/, 'MANQUE.txt'), bytes: lackOf(kit, model, filled.refusal.code) }
    }
  }
  const { grappeName, today } = facts
  return done({
    name: kitName({ grappeName, ownerName: owner?.name ?? null, today }),
    open: () => context.kit.zip(written(), context.now()),
  })
}

/** Models of which nobody in the kit has a document, such as one for home services where there is none. */
export const unusedModels = ({ facts }: Pick<Kit, 'facts'>, documents: readonly KitDocument[]) =>
  documentModels(facts.call.pieces).filter(({ code }) => !documents.some(({ model }) => model.code === code))
