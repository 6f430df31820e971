/**
 * What a dossier is drawn from: one snapshot in, one plan out; the ZIP, the workbook and the texts follow the
 * plan.
 */

import type { Call, Day, Instant, PieceDefinition, PieceScope } from './call.ts'
import type { Completeness } from './completeness.ts'
import { factNames, type MissingFact } from './condition.ts'
import { dossierName, folderNamer, nameSortKey, type Place, pieceFileName } from './dossier-names.ts'
import type { Verdict } from './eligibility.ts'
import { type Exchanges, listExchanges, type WrittenWords } from './exchanges.ts'
import type { FoundSignature } from './file-facts.ts'
import { type PieceAnswers, type ToldAnswers, toldAnswers } from './forms/told.ts'
import type { GovernanceValues } from './governance/governance.ts'
import type { Esms, EsmsDetails, Grappe } from './grappe.ts'
import { activeEsms } from './grappe.ts'
import { groupBy } from './group-by.ts'
import type { NonApplicable, Piece, PieceState, Version } from './piece.ts'
import {
  currentVersion,
  documentsOf,
  expectedPieces,
  isLate,
  motiveOf,
  pieceDeadline,
  pieceKey,
  pieceState,
  scanOf,
  standingRequest,
  withheld,
} from './piece.ts'
import type { RegistryDate } from './registry.ts'
import type { Opinion, PieceReview } from './review.ts'
import type { SealMark } from './seal-mark.ts'
import type { AppliedKey } from './sharing/key.ts'
import { type FollowedSigning, type Signing, signingsOf } from './signing.ts'
import type { SubmissionLine } from './submission-lines.ts'

export interface JournalEntry {
  at: Instant
  actor: string
  event: string
}

/** The journal up to one line: whoever kept it can tell whether a line before was changed since. */
export interface JournalHead {
  /** Up to that one included. */
  lines: number
  /** Of that line, which covers those before: docs/adr/0020. */
  hash: string
}

/** Who carries the grappe, and whom the ARS calls. */
export interface DossierPorteur {
  ogName: string
  finessEj: string | null
  contactName: string | null
  contactEmail: string | null
  contactPhone: string | null
}

/** Everything about one grappe at one instant, read in one transaction. */
export interface DossierSnapshot {
  takenAt: Instant
  /** The day of `takenAt` in the call's time zone. */
  today: Day
  callTitle: string
  callCode: string
  fictional: boolean
  /** Which FINESS registry the numbers were compared with; null without one. */
  registry: RegistryDate | null
  timeZone: string
  closesOn: Day | null
  grappe: Grappe
  /** Of each ESMS, by its id. */
  details: ReadonlyMap<string, EsmsDetails>
  /** Of the call. */
  rules: Call['rules']
  /** In the call's order, which numbers the pieces: the one list whose order means something. */
  definitions: readonly PieceDefinition[]
  pieces: readonly Piece[]
  /** Whether deposits go through an antivirus; said in the dossier when they do not. */
  antivirus: boolean
  verdict: Verdict
  /** Everything that happened, for the porteur. */
  journal: readonly JournalEntry[]
  /** Null while nothing happened. */
  journalHead: JournalHead | null
  /** Deposits, decisions, dates and answers: what the ARS reads of it. */
  dossierJournal: readonly JournalEntry[]
  /** Of the OG that carries the grappe; null until it is chosen. */
  porteur: DossierPorteur | null
  /** How shared costs are split; null as long as nobody said. */
  sharing: AppliedKey | null
  /** Who does what, the meetings, the risks; null where it is not for whoever reads. */
  governance: GovernanceValues | null
  /** What the ARS said of earlier sealed versions, oldest first. */
  reviews: readonly PieceReview[]
  opinions: readonly Opinion[]
  /** What was said about the pieces; null when nobody asked for it. */
  written: WrittenWords | null
  /** What was answered on screen; null likewise. */
  answered: readonly PieceAnswers[] | null
  /** What was noted last of the signature of each piece, by its id; null likewise. */
  signings: ReadonlyMap<string, Signing> | null
  /** The deposit and what follows it; null likewise. */
  submission: readonly SubmissionLine[] | null
}

/** Of a snapshot, what a board shows: read without the rest, so that nothing can take that for empty. */
export type BoardSnapshot = Omit<
  DossierSnapshot,
  | 'journal'
  | 'journalHead'
  | 'dossierJournal'
  | 'porteur'
  | 'sharing'
  | 'governance'
  | 'reviews'
  | 'opinions'
  | 'written'
  | 'answered'
  | 'signings'
  | 'submission'
>

/**
 * Who owes pieces: the grappe, then each OG followed by its ESMS; the porteur's OG first, the others by name.
 */
export interface DossierOwner {
  scope: PieceScope
  /** Of the OG or ESMS; null for the grappe. */
  id: string | null
  name: string
  /** EJ for an OG, ET for an ESMS. */
  finess: string | null
  /** The OG's own name, or that of the ESMS' OG; null for the grappe. */
  ogName: string | null
  /** In the ZIP, without a final slash. */
  folder: string
}

/** One expected piece: what was asked, of whom, where it stands. */
export interface DossierRow {
  owner: DossierOwner
  /** Of the recorded piece; null when it is expected but not recorded yet. */
  pieceId: string | null
  code: string
  pieceName: string
  required: boolean
  /**
   * Facts that nobody has given and that would tell whether it is owed: until then it is not required of
   * anybody, and nothing says that it is not. Empty when it is owed; absent from the first sealed ones.
   */
  awaits?: readonly MissingFact[]
  state: PieceState
  /** Owed past its last day: an optional piece never is. */
  late: boolean
  deadlineOn: Day | null
  /** The current version, refused or not; null when nothing was deposited. */
  version: Version | null
  /** Why it is to be done again; null otherwise. */
  motive: string | null
  /** The request « non applicable » that stands, answered or not. */
  nonApplicable: NonApplicable | null
  /** Deposited, and out of the ZIP until the antivirus says that it is safe. */
  awaitsScan: boolean
  /** Paths in the ZIP, in the order of the version's files; empty when the piece is not in it. */
  paths: readonly string[]
}

/** Deposited, but not asked for today: left out of the ZIP and told. */
export interface SetAside {
  ownerName: string
  pieceName: string
  reason: 'membre-retire' | 'sans-objet' | 'plus-demandee'
  versionNumber: number
  depositedAt: Instant
}

/** One file of the ZIP, stored under `sha256`. */
export interface DossierEntry {
  path: string
  fileId: string
  sha256: string
  crc32: number
  size: number
  mediaType: string
  /** Of a PDF; absent when nobody could tell, and from plans sealed before it was looked for. */
  signature?: FoundSignature
  pieceName: string
  ownerName: string
  versionId: string
  versionNumber: number
}

/** Its details are absent from plans sealed before they were known. */
export interface DossierMember extends Esms, Partial<EsmsDetails> {
  ogName: string
  ogFinessEj: string | null
  /** `Éditeur – Produit`, or null when not given. */
  solution: string | null
}

/**
 * Plain data, so that a plan can be stored and drawn again. What is optional is absent from the first sealed
 * ones.
 */
export interface DossierPlan
  extends Pick<
      DossierSnapshot,
      | 'takenAt'
      | 'today'
      | 'callTitle'
      | 'callCode'
      | 'fictional'
      | 'registry'
      | 'timeZone'
      | 'closesOn'
      | 'definitions'
      | 'antivirus'
      | 'verdict'
      | 'journal'
      | 'reviews'
      | 'opinions'
    >,
    Partial<Pick<DossierSnapshot, 'dossierJournal' | 'journalHead' | 'porteur' | 'sharing' | 'governance'>> {
  /** Without extension; says INCOMPLET when a required piece is a gap, A-VERIFIER when nobody knows. */
  name: string
  grappeName: string
  porteurName: string | null
  /** What members and porteur said to each other, in this edition; absent when it was not read. */
  exchanges?: Exchanges
  /** What was answered on screen, in this edition; absent when it was not read. */
  answers?: readonly ToldAnswers[]
  /** Where each signature stands; absent when it was not read, and where it is not for whoever reads. */
  signings?: readonly FollowedSigning[]
  /** The deposit and what follows it; absent likewise. */
  submission?: readonly SubmissionLine[]
  /** False also when nobody knows whether some pieces are owed: see `completenessOf`. */
  complete: boolean
  owners: readonly DossierOwner[]
  /** Every ESMS, withdrawn ones last. */
  members: readonly DossierMember[]
  /** One per expected piece, by owner then by definition. */
  rows: readonly DossierRow[]
  /** Rows that are out of the ZIP though required, or though something was deposited. */
  gaps: readonly DossierRow[]
  setAside: readonly SetAside[]
  /** Sorted by path. */
  entries: readonly DossierEntry[]
  /** Of a sealed version; null for a dossier as it stands. */
  seal: SealMark | null
}

/** Of a plan, what a board is drawn from. */
export type BoardPlan = Pick<
  DossierPlan,
  | (keyof BoardSnapshot & keyof DossierPlan)
  | 'name'
  | 'grappeName'
  | 'porteurName'
  | 'complete'
  | 'owners'
  | 'members'
  | 'rows'
  | 'gaps'
>

/** A row, and its files that go into the dossier. */
interface FilledRow {
  row: DossierRow
  entries: readonly DossierEntry[]
}

/** A board that can be brought up to date piece by piece. */
export interface StandingBoard {
  plan: BoardPlan
  /** Those of the plan, in its order. */
  filled: readonly FilledRow[]
}

/** The same rows as the dossier, from the same pieces. */
export const planBoard = (snapshot: BoardSnapshot): BoardPlan => standBoard(snapshot).plan

/** The same, to be brought up to date. */
export function standBoard(snapshot: BoardSnapshot): StandingBoard {
  const { plan, filled } = planRows(snapshot, null)
  return { plan, filled }
}

/**
 * The board where nothing but these pieces has changed since: it equals `standBoard` of the snapshot, and
 * every other row is the very same object.
 *
 * @param snapshot with the changed pieces among its own; of the same day as the board.
 */
export function restandBoard(
  standing: StandingBoard,
  snapshot: BoardSnapshot,
  changed: readonly Piece[],
): StandingBoard {
  const pieceOf = new Map(changed.map(piece => [piece.id, inVersionOrder(piece)]))
  const definitionOf = new Map(snapshot.definitions.map(each => [`${each.scope} ${each.code}`, each]))
  const fillRow = rowFiller(snapshot)
  const filled = standing.filled.map((each): FilledRow => {
    const { pieceId, owner, code, awaits = [] } = each.row
    const piece = pieceOf.get(pieceId ?? '')
    const definition = definitionOf.get(`${owner.scope} ${code}`)
    return piece === undefined || definition === undefined ? each : fillRow(owner, definition, awaits, piece)
  })
  const { plan } = standing
  const { takenAt } = snapshot
  return { plan: { ...plan, takenAt, ...standOf(filled, plan, null) }, filled }
}

/**
 * The dossier of one grappe as it stands: every required expected piece is an entry or a gap, and nothing
 * that was deposited is left out in silence. Pure; the order in which rows came from a database changes
 * nothing.
 *
 * @param version the number that it is to be sealed under; it goes into its name.
 */
export function planDossier(snapshot: DossierSnapshot, version: number | null = null): DossierPlan {
  const { plan, filled, grappe, pieces } = planRows(snapshot, version)
  const { rows } = plan
  return {
    ...plan,
    ...contentsOf(plan, filled, grappe, pieces),
    journal: inTimeOrder(snapshot.journal),
    journalHead: snapshot.journalHead,
    dossierJournal: inTimeOrder(snapshot.dossierJournal),
    porteur: snapshot.porteur,
    // What members pay each other is not for the ARS: a version to be sealed does not hold it.
    sharing: version === null ? snapshot.sharing : null,
    // Risks, contacts and what was decided are the grappe's own: the ARS reads the note that it is given.
    governance: version === null ? snapshot.governance : null,
    reviews: snapshot.reviews,
    opinions: snapshot.opinions,
    ...exchangesOf(snapshot, pieces, version),
    ...answersOf(snapshot, rows, version),
    ...followedOf(snapshot, rows, version),
    seal: null,
  }
}

/** What a dossier holds and leaves out, file by file. */
export type DossierContents = Pick<DossierPlan, 'setAside' | 'entries'>

/** The dossier as it stands, as its page shows it. */
export type ShownDossier = BoardPlan & DossierContents & Pick<DossierPlan, 'reviews' | 'opinions'>

/** That of a board. */
export const standingContents = (
  { plan, filled }: StandingBoard,
  { grappe, pieces }: Pick<BoardSnapshot, 'grappe' | 'pieces'>,
): DossierContents => contentsOf(plan, filled, grappe, pieces)

function contentsOf(
  { rows, definitions }: Pick<BoardPlan, 'rows' | 'definitions'>,
  filled: readonly FilledRow[],
  grappe: Grappe,
  pieces: readonly Piece[],
): DossierContents {
  return {
    setAside: listSetAside(grappe, definitions, pieces, rows),
    entries: sortedBy(
      filled.flatMap(({ entries }) => entries),
      entry => [entry.path],
    ),
  }
}

const inVersionOrder = (piece: Piece): Piece => ({
  ...piece,
  versions: piece.versions.toSorted((a, b) => a.number - b.number),
})

function planRows(snapshot: BoardSnapshot, version: number | null) {
  const grappe = inDossierOrder(snapshot.grappe)
  const pieces = sortedBy(snapshot.pieces, piece => [piece.id]).map(inVersionOrder)
  const owners = listOwners(grappe)
  const filled = fillRows(owners, grappe, pieces, snapshot)
  const { takenAt, today, callTitle, callCode, fictional, registry, timeZone, closesOn, definitions } =
    snapshot
  const named = { callCode, grappeName: grappe.name, today, definitions }
  const { name, complete, rows, gaps } = standOf(filled, named, version)
  const plan: BoardPlan = {
    takenAt,
    today,
    callTitle,
    callCode,
    fictional,
    registry,
    timeZone,
    closesOn,
    definitions,
    antivirus: snapshot.antivirus,
    name,
    grappeName: grappe.name,
    porteurName: grappe.ogs.find(og => og.id === grappe.porteurOgId)?.name ?? null,
    complete,
    owners,
    members: listMembers(grappe, snapshot.details),
    rows,
    gaps,
    verdict: inMembersOrder(snapshot.verdict, grappe),
  }
  return { plan, filled, grappe, pieces }
}

/** What the rows make of the plan. */
function standOf(
  filled: readonly FilledRow[],
  {
    callCode,
    grappeName,
    today,
    definitions,
  }: Pick<BoardPlan, 'callCode' | 'grappeName' | 'today' | 'definitions'>,
  version: number | null,
): Pick<BoardPlan, 'rows' | 'gaps' | 'complete' | 'name'> {
  const rows = filled.map(({ row }) => row)
  const gaps = rows.filter(
    row => row.paths.length === 0 && row.state !== 'non-applicable' && (row.required || row.version !== null),
  )
  const complete = !gaps.some(row => row.required) && unsettledRows({ rows, definitions }).length === 0
  const completeness = completenessOf({ complete, gaps })
  return { rows, gaps, complete, name: dossierName({ callCode, grappeName, version, completeness, today }) }
}

/** A version to be sealed goes to the ARS. */
function exchangesOf(
  { grappe, rules, definitions, written }: DossierSnapshot,
  pieces: readonly Piece[],
  version: number | null,
): Pick<DossierPlan, 'exchanges'> {
  if (written === null) return {}
  const call = { rules, pieces: definitions }
  const readBy = version === null ? 'porteur' : 'ars'
  return { exchanges: listExchanges({ grappe, call, pieces, ...written }, readBy) }
}

function answersOf(
  { answered }: DossierSnapshot,
  rows: readonly DossierRow[],
  version: number | null,
): Pick<DossierPlan, 'answers'> {
  return answered === null
    ? {}
    : { answers: toldAnswers(rows, answered, version === null ? 'porteur' : 'ars') }
}

/** The porteur's own record: a version to be sealed holds none of it. */
function followedOf(
  { definitions, signings, submission }: DossierSnapshot,
  rows: readonly DossierRow[],
  version: number | null,
): Pick<DossierPlan, 'signings' | 'submission'> {
  if (version !== null) return {}
  return {
    ...(signings === null ? {} : { signings: signingsOf(rows, definitions, signings) }),
    ...(submission === null ? {} : { submission }),
  }
}

const inTimeOrder = (journal: readonly JournalEntry[]) =>
  sortedBy(journal, ({ at, actor, event }) => [at, actor, event])

/**
 * The porteur's OG first, then by name; ESMS follow their OG, withdrawn ones last. Ids settle what names
 * leave open.
 */
function inDossierOrder(grappe: Grappe): Grappe {
  const ogs = sortedBy(grappe.ogs, og => [
    og.id === grappe.porteurOgId ? '0' : '1',
    nameSortKey(og.name),
    og.id,
  ])
  const ogRank = new Map(ogs.map((og, rank) => [og.id, String(rank).padStart(6, '0')]))
  const esms = sortedBy(grappe.esms, member => [
    member.withdrawnOn === null ? '0' : '1',
    ogRank.get(member.ogId) ?? '',
    nameSortKey(member.name),
    member.id,
  ])
  return { ...grappe, ogs, esms }
}

/** Who owes pieces, in the order and with the folders of the dossier. */
export const dossierOwners = (grappe: Grappe): DossierOwner[] => listOwners(inDossierOrder(grappe))

function listOwners(grappe: Grappe): DossierOwner[] {
  const activeOf = groupBy(activeEsms(grappe), esms => esms.ogId)
  const ogFolder = folderNamer()
  const esmsFolder = folderNamer()
  return [
    { scope: 'grappe', id: null, name: grappe.name, finess: null, ogName: null, folder: '01_Grappe' },
    ...grappe.ogs.flatMap((og): DossierOwner[] => {
      const active = activeOf.get(og.id)
      if (!active) return []
      const asOwner = { name: og.name, finess: og.finessEj }
      return [
        { scope: 'og', id: og.id, ...asOwner, ogName: og.name, folder: `02_OG/${ogFolder(asOwner)}` },
        ...active.map(({ id, name, finess }): DossierOwner => {
          return {
            scope: 'esms',
            id,
            name,
            finess,
            ogName: og.name,
            folder: `03_ESMS/${esmsFolder({ name, finess })}`,
          }
        }),
      ]
    }),
  ]
}

function listMembers(grappe: Grappe, details: DossierSnapshot['details']): DossierMember[] {
  const ogs = new Map(grappe.ogs.map(og => [og.id, og]))
  const solutions = new Map(
    grappe.solutions.map(({ id, editeur, produit }) => [id, `${editeur} – ${produit}`]),
  )
  return grappe.esms.map(esms => ({
    ...esms,
    ...(details.get(esms.id) ?? { commune: null, capacite: null }),
    ogName: ogs.get(esms.ogId)?.name ?? '',
    ogFinessEj: ogs.get(esms.ogId)?.finessEj ?? null,
    solution: solutions.get(esms.solutionId ?? '') ?? null,
  }))
}

/** One row per expected piece, with one entry per file of each version that goes in. */
function fillRows(
  owners: readonly DossierOwner[],
  grappe: Grappe,
  pieces: readonly Piece[],
  snapshot: BoardSnapshot,
): FilledRow[] {
  const recorded = new Map(pieces.map(piece => [pieceKey(piece), piece]))
  const expected = expectedPieces(snapshot.definitions, grappe)
  const expectedOf = groupBy(expected, piece => piece.esmsId ?? piece.ogId)
  const fillRow = rowFiller(snapshot)
  const filled = owners.flatMap(owner =>
    (expectedOf.get(owner.id) ?? []).map(({ definition, ogId, esmsId, missing }) => {
      const piece = recorded.get(pieceKey({ code: definition.code, ogId, esmsId })) ?? null
      return fillRow(owner, definition, missing, piece)
    }),
  )
  if (filled.length !== expected.length) throw new Error('An ESMS belongs to an OG that is not in the grappe')
  return filled
}

function rowFiller({ definitions, closesOn, today, antivirus }: BoardSnapshot) {
  const places = piecePlaces(definitions)
  return (
    owner: DossierOwner,
    definition: PieceDefinition,
    missing: readonly MissingFact[],
    piece: Piece | null,
  ): FilledRow => {
    // Shown, and demanded of nobody as long as the fact that would tell is missing.
    const required = definition.required && missing.length === 0
    const version = piece && currentVersion(piece)
    const state = piece === null ? 'attendue' : pieceState(piece)
    const deadlineOn = pieceDeadline(definition, closesOn, piece?.extensions ?? [])
    const awaitsScan = version !== null && withheld({ scan: scanOf(version) }, antivirus) === 'awaits-scan'
    const entries =
      version === null || awaitsScan || state === 'refusee' || state === 'non-applicable'
        ? []
        : listEntries(version, definition, owner, places.get(definition.code) ?? { number: 0, of: 0 })
    const row: DossierRow = {
      owner,
      pieceId: piece?.id ?? null,
      code: definition.code,
      pieceName: definition.name,
      required,
      awaits: missing,
      state,
      late: isLate({ required, state }, deadlineOn, today),
      deadlineOn,
      version,
      motive: piece && motiveOf(piece),
      nonApplicable: piece && standingRequest(piece),
      awaitsScan,
      paths: entries.map(entry => entry.path),
    }
    return { row, entries }
  }
}

/**
 * Pieces that may be required, of which nobody knows because a fact is missing, and that are not in the
 * dossier: it is neither complete nor said to lack them.
 */
export function unsettledRows({
  rows,
  definitions,
}: Pick<DossierPlan, 'rows' | 'definitions'>): DossierRow[] {
  const required = new Set(definitions.flatMap(each => (each.required ? [each.code] : [])))
  return rows.filter(row => row.paths.length === 0 && isUnsettled(row) && required.has(row.code))
}

/** Whether nobody knows if it is owed. */
export const isUnsettled = ({ awaits = [], state }: Pick<DossierRow, 'awaits' | 'state'>): boolean =>
  awaits.length > 0 && state !== 'non-applicable'

/** « domaine, réponse à « … » »: what a piece waits for. */
export const awaitedWords = (
  { awaits = [] }: Pick<DossierRow, 'awaits'>,
  { verdict }: Pick<DossierPlan, 'verdict'>,
): string => factNames(awaits, code => verdict.criteria.find(({ rule }) => rule === code)?.title)

export function completenessOf({ complete, gaps }: Pick<DossierPlan, 'complete' | 'gaps'>): Completeness {
  if (complete) return 'complet'
  return gaps.some(row => row.required) ? 'incomplet' : 'a-verifier'
}

/** Place of each piece among those of its scope. */
function piecePlaces(definitions: readonly PieceDefinition[]): Map<string, Place> {
  const perScope = groupBy(definitions, ({ scope }) => scope)
  return new Map(
    [...perScope.values()].flatMap(group =>
      group.map(({ code }, i) => [code, { number: i + 1, of: group.length }] as const),
    ),
  )
}

function listEntries(
  version: Version,
  definition: PieceDefinition,
  owner: DossierOwner,
  place: Place,
): DossierEntry[] {
  const { code, name: pieceName } = definition
  const documents = documentsOf(version)
  return documents.map(({ id: fileId, name: ownName, sha256, crc32, size, mediaType, signature }, i) => {
    const position = documents.length > 1 ? { number: i + 1, of: documents.length } : null
    const file = pieceFileName({ place, code, version: version.number, position, ownName, mediaType })
    return {
      path: `${owner.folder}/${file}`,
      fileId,
      sha256,
      crc32,
      size,
      mediaType,
      ...(signature === undefined ? {} : { signature }),
      pieceName,
      ownerName: owner.name,
      versionId: version.id,
      versionNumber: version.number,
    }
  })
}

function listSetAside(
  grappe: Grappe,
  definitions: readonly PieceDefinition[],
  pieces: readonly Piece[],
  rows: readonly DossierRow[],
): SetAside[] {
  const asked = new Set(rows.map(({ code, owner }) => ownedKey(code, owner.scope, owner.id)))
  const definitionOf = new Map(
    definitions.map(definition => [`${definition.scope} ${definition.code}`, definition]),
  )
  const names = new Map([...grappe.ogs, ...grappe.esms].map(({ id, name }) => [id, name]))
  const active = new Set(activeEsms(grappe).flatMap(esms => [esms.id, esms.ogId]))

  const setAside = pieces.flatMap((piece): SetAside[] => {
    const ownerId = piece.esmsId ?? piece.ogId
    const version = currentVersion(piece)
    if (version === null || asked.has(ownedKey(piece.code, piece.scope, ownerId))) return []
    const definition = definitionOf.get(`${piece.scope} ${piece.code}`)
    const gone = ownerId !== null && !active.has(ownerId)
    return [
      {
        ownerName: ownerId === null ? grappe.name : (names.get(ownerId) ?? 'Membre inconnu'),
        pieceName: definition?.name ?? piece.code,
        reason: gone ? 'membre-retire' : definition ? 'sans-objet' : 'plus-demandee',
        versionNumber: version.number,
        depositedAt: version.depositedAt,
      },
    ]
  })
  return sortedBy(setAside, ({ ownerName, pieceName }) => [nameSortKey(ownerName), nameSortKey(pieceName)])
}

function ownedKey(code: string, scope: PieceScope, ownerId: string | null): string {
  return pieceKey({ code, ogId: scope === 'og' ? ownerId : null, esmsId: scope === 'esms' ? ownerId : null })
}

function inMembersOrder(verdict: Verdict, grappe: Grappe): Verdict {
  const ranks = new Map([...grappe.ogs, ...grappe.esms].map(({ id }, rank) => [id, rank]))
  const ordered = (ids: readonly string[]) =>
    ids.toSorted((a, b) => (ranks.get(a) ?? 0) - (ranks.get(b) ?? 0))
  return {
    ...verdict,
    criteria: verdict.criteria.map(criterion => ({
      ...criterion,
      esmsIds: ordered(criterion.esmsIds),
      ogIds: ordered(criterion.ogIds),
    })),
  }
}

/** Compares keys one after the other by code unit, so that no locale makes two machines differ. */
function sortedBy<T>(items: readonly T[], keysOf: (item: T) => readonly string[]): T[] {
  const compare = (a: readonly string[], b: readonly string[]) => {
    const i = a.findIndex((key, at) => key !== b[at])
    return i < 0 ? 0 : (a[i] ?? '') < (b[i] ?? '') ? -1 : 1
  }
  return items
    .map(item => ({ item, keys: keysOf(item) }))
    .sort((a, b) => compare(a.keys, b.keys))
    .map(({ item }) => item)
}
