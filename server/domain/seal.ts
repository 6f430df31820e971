/**
 * A sealed version of a dossier: its mark, the manifest that its hash is of, and what changed since the one
 * before.
 */
import { completenessOf, type DossierPlan, type DossierRow, unsettledRows } from './dossier-plan.ts'
import { groupBy } from './group-by.ts'
import { becameOf, type PieceChange, type SealChanges, type SealMark } from './seal-mark.ts'

/** Name of the workbook at the root of the ZIP, where its relative links start. */
export const WORKBOOK_PATH = '00_Synthese.xlsx'

/** Ends the path of a text in a member's folder: drawn at sealing, so that it is not under the seal. */
export const EXCHANGES_PATH = '/_ECHANGES.txt'

/** Name of the manifest in the ZIP: its SHA-256 is the seal's hash. */
export const MANIFEST_PATH = '00_SCEAU.txt'

export type { PieceChange, SealChanges, SealMark }

/** Compares what two plans put into the ZIP, piece by piece; a renamed owner is still the same. */
export function sealChanges(
  before: Pick<DossierPlan, 'rows' | 'verdict' | 'complete' | 'gaps'>,
  after: Pick<DossierPlan, 'rows' | 'verdict' | 'complete' | 'gaps'>,
  since: number,
): SealChanges {
  const present = (plan: Pick<DossierPlan, 'rows'>) =>
    new Map(plan.rows.filter(({ paths }) => paths.length > 0).map(row => [keyOf(row), row]))
  const earlier = present(before)
  const later = present(after)
  const [from, to] = [completenessOf(before), completenessOf(after)]
  const change = (from: DossierRow | undefined, to: DossierRow | undefined): PieceChange => ({
    ownerName: (to ?? from)?.owner.name ?? '',
    pieceName: (to ?? from)?.pieceName ?? '',
    from: from?.version?.number ?? null,
    to: to?.version?.number ?? null,
  })
  return {
    since,
    added: [...later].filter(([key]) => !earlier.has(key)).map(([, row]) => change(undefined, row)),
    replaced: [...later].flatMap(([key, row]) => {
      const old = earlier.get(key)
      return old !== undefined && old.version?.id !== row.version?.id ? [change(old, row)] : []
    }),
    removed: [...earlier].filter(([key]) => !later.has(key)).map(([, row]) => change(row, undefined)),
    verdict:
      before.verdict.status === after.verdict.status
        ? null
        : { from: before.verdict.status, to: after.verdict.status },
    complete: before.complete === after.complete ? null : { from: before.complete, to: after.complete },
    completeness: from === to ? null : { from, to },
  }
}

const keyOf = ({ owner, code }: DossierRow) => `${owner.scope} ${owner.id ?? ''} ${code}`

/** Whether anything at all differs. */
export function hasChanges(changes: SealChanges): boolean {
  const { added, replaced, removed, verdict } = changes
  return added.length + replaced.length + removed.length > 0 || verdict !== null || becameOf(changes) !== null
}

/**
 * What the seal's hash is of: the version, its instant, its verdict, every deposited file with its SHA-256,
 * every gap, every piece of which nobody knows whether it is owed, the head of the journal. The workbook and
 * the texts are not in it, since they tell the hash; `SHA256SUMS` covers them.
 */
export function sealManifest(plan: DossierPlan, number: number, sealedBy: string): string {
  const lines = [
    MANIFEST_TITLE,
    `dossier ${plan.name}`,
    `version ${number}`,
    `instant ${plan.takenAt}`,
    `par ${sealedBy}`,
    `eligibilite ${plan.verdict.status}`,
    `complet ${MANIFEST_WORDS[completenessOf(plan)]}`,
    ...(plan.journalHead ? [`journal ${plan.journalHead.lines} ${plan.journalHead.hash}`] : []),
    ...plan.gaps.map(row => `manque ${row.owner.folder} ${row.code}`),
    ...unsettledRows(plan).map(row => `a-verifier ${row.owner.folder} ${row.code}`),
    ...plan.entries.map(({ sha256, size, path }) => `fichier ${sha256} ${size} ${path}`),
  ]
  // One fact per line, whatever people typed.
  return lines.map(line => `${line.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')}\n`).join('')
}

const MANIFEST_WORDS = { complet: 'oui', incomplet: 'non', 'a-verifier': 'a-verifier' } as const

const MANIFEST_TITLE = 'Sceau grappe-kit 1'

/** A file that a manifest or a list of sums speaks of. */
export interface ListedFile {
  path: string
  sha256: string
  /** In bytes; null where the list does not tell. */
  size: number | null
}

/** The deposited files of a manifest; null when the text is none. */
export function readManifest(text: string): { name: string; number: number; files: ListedFile[] } | null {
  const lines = text.split('\n')
  const fact = (word: string) =>
    lines.find(line => line.startsWith(`${word} `))?.slice(word.length + 1) ?? null
  const name = fact('dossier')
  const number = Number(fact('version'))
  if (lines[0] !== MANIFEST_TITLE || name === null || !Number.isInteger(number)) return null
  const files = lines.flatMap(line => {
    const [, sha256 = '', size = '', path = ''] = /^fichier ([0-9a-f]{64}) (\d+) (.+)$/.exec(line) ?? []
    return path === '' ? [] : [{ path, sha256, size: Number(size) }]
  })
  return { name, number, files }
}

/** Reads what `sha256sum` writes; lines that are none of its are ignored. */
export function readSums(text: string): ListedFile[] {
  return text.split(/\r?\n/).flatMap(line => {
    const [, sha256 = '', path = ''] = /^([0-9a-f]{64}) [ *](.+)$/i.exec(line.trimStart()) ?? []
    return path === '' ? [] : [{ path: path.replace(/^\.\//, ''), sha256: sha256.toLowerCase(), size: null }]
  })
}

/**
 * What was sealed, each file under its own path; under that of a found one with the same bytes where the path
 * was erased.
 */
export function namedAs(
  sealed: ReadonlyArray<{ path: string | null; sha256: string; size: number | null }>,
  found: readonly Pick<ListedFile, 'path' | 'sha256'>[],
): ListedFile[] {
  const paths = groupBy(found, ({ sha256 }) => sha256)
  return sealed.map(({ path, sha256, size }) => ({
    path: path ?? paths.get(sha256)?.shift()?.path ?? `fichier d’empreinte ${sha256}`,
    sha256,
    size,
  }))
}

/** Paths that are not as they should be. */
export interface Differences {
  missing: readonly string[]
  altered: readonly string[]
  extra: readonly string[]
}

/** The same for some files of what is expected: none is missing. */
export function compareExtract(
  expected: readonly ListedFile[],
  found: readonly Pick<ListedFile, 'path' | 'sha256'>[],
): Differences {
  return { ...compareFiles(expected, found), missing: [] }
}

/** What is found against what is expected, by path and SHA-256. */
export function compareFiles(
  expected: readonly ListedFile[],
  found: readonly Pick<ListedFile, 'path' | 'sha256'>[],
): Differences {
  const sums = new Map(found.map(({ path, sha256 }) => [path, sha256]))
  const known = new Set(expected.map(({ path }) => path))
  return {
    missing: expected.filter(({ path }) => !sums.has(path)).map(({ path }) => path),
    altered: expected
      .filter(({ path, sha256 }) => sums.has(path) && sums.get(path) !== sha256)
      .map(({ path }) => path),
    extra: found.filter(({ path }) => !known.has(path)).map(({ path }) => path),
  }
}

/** What lists tell of a version, whose plan they do not read. */
export interface SealFigures {
  porteurName: string | null
  verdict: DossierPlan['verdict']['status']
  /** ESMS that had not withdrawn. */
  members: number
  /** Required pieces that are not in it. */
  missing: number
  /** The pieces in it, in the plan's order, and at the same places their versions. */
  pieceIds: string[]
  versionIds: string[]
}

export function sealFigures({ porteurName, verdict, members, gaps, rows }: DossierPlan): SealFigures {
  const held = rows.flatMap(({ pieceId, version, paths }) =>
    pieceId === null || version === null || paths.length === 0 ? [] : [{ pieceId, versionId: version.id }],
  )
  return {
    porteurName,
    verdict: verdict.status,
    members: members.filter(({ withdrawnOn }) => withdrawnOn === null).length,
    missing: gaps.filter(({ required }) => required).length,
    pieceIds: held.map(({ pieceId }) => pieceId),
    versionIds: held.map(({ versionId }) => versionId),
  }
}
