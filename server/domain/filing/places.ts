/** Each file with the piece that it is proposed to, and what filing it there would do. */
import type { PieceDefinition } from '../call.ts'
import { activeEsms, type Grappe } from '../grappe.ts'
import { groupBy } from '../group-by.ts'
import { currentVersion, expectedPieces, isSettled, type Piece, pieceKey } from '../piece.ts'
import type { LooseFile } from './clues.ts'
import type { Recognised, Recogniser } from './recognise.ts'

/** The piece that a file would go to. */
export interface Place {
  pieceId: string
  pieceName: string
  ownerName: string
  /** Number of the version that it would replace; null when nothing is there. */
  replaces: number | null
}

export interface Placed<File> {
  file: File
  reasons: readonly string[]
  place: Place | null
  /** What speaks against the place, or why there is none: one French sentence, null when nothing does. */
  doubt: string | null
}

/**
 * Where each file is proposed to go; whatever has a doubt is to be looked at before it is filed.
 *
 * @param rows the pieces as they are recorded.
 * @param ownerOf how an owner is shown.
 */
export function placesOf<File extends LooseFile>(
  files: readonly File[],
  recogniser: Recogniser,
  rows: readonly Piece[],
  ownerOf: (piece: Pick<Piece, 'ogId' | 'esmsId'>) => string,
): Array<Placed<File>> {
  const byKey = new Map(rows.map(row => [pieceKey(row), row]))
  const placed = files.map(file => placeOf(file, recogniser.recognise(file), byKey, ownerOf))
  const rivals = rivalsOf(placed)
  return placed.map(each =>
    each.doubt === null && rivals.has(each.file) ? { ...each, doubt: RIVALS } : each,
  )
}

const RIVALS = 'Un autre fichier est proposé à la même pièce, qui n’en attend qu’un : choisissez'

function placeOf<File extends LooseFile>(
  file: File,
  { expected, reasons, lacking }: Recognised,
  byKey: ReadonlyMap<string, Piece>,
  ownerOf: (piece: Pick<Piece, 'ogId' | 'esmsId'>) => string,
): Placed<File> & { severalFiles: boolean } {
  const none = { file, reasons, place: null, severalFiles: false }
  if (expected === null) return { ...none, doubt: lacking }
  const { definition, ogId, esmsId } = expected
  const row = byKey.get(pieceKey({ code: definition.code, ogId, esmsId }))
  const ownerName = ownerOf({ ogId, esmsId })
  if (row === undefined) return { ...none, doubt: `« ${definition.name} » n’est pas encore demandée` }
  if (isSettled(row)) {
    return {
      ...none,
      doubt: `« ${definition.name} » de ${ownerName} est déjà acceptée : elle ne reçoit plus rien`,
    }
  }
  const replaces = currentVersion(row)?.number ?? null
  return {
    file,
    reasons,
    place: { pieceId: row.id, pieceName: definition.name, ownerName, replaces },
    doubt: replaces === null ? null : `Remplacera la version ${replaces}, qui reste dans l’historique`,
    severalFiles: definition.severalFiles,
  }
}

/** Pictures of one document are pages of it; anything else makes one document each. */
const PICTURE = /\.(jpe?g|png|heic|heif|webp|tiff?)$/i

function rivalsOf<File extends LooseFile>(
  placed: ReadonlyArray<Placed<File> & { severalFiles: boolean }>,
): ReadonlySet<File> {
  const single = placed.filter(({ place, severalFiles }) => place !== null && !severalFiles)
  const groups = groupBy(single, ({ place }) => place?.pieceId ?? '')
  return new Set(
    [...groups.values()]
      .filter(group => group.length > 1 && !group.every(({ file }) => PICTURE.test(file.name)))
      .flatMap(group => group.map(({ file }) => file)),
  )
}

/** Everybody of whom a piece may be asked, as a list to choose from: the grappe itself first. */
export function ownerChoices(grappe: Grappe): Array<{ id: string; name: string }> {
  return [
    { id: grappe.id, name: `La grappe ${grappe.name}` },
    ...grappe.ogs.map(({ id, name }) => ({ id, name })),
    ...activeEsms(grappe).map(({ id, name }) => ({ id, name })),
  ]
}

/** The piece of that name that is expected today of that owner; null when none is. */
export function pieceAskedOf(
  snapshot: { definitions: readonly PieceDefinition[]; grappe: Grappe; pieces: readonly Piece[] },
  { owner, code }: { owner: string; code: string },
): Piece | null {
  const { definitions, grappe, pieces } = snapshot
  const expected = expectedPieces(definitions, grappe).find(
    each => each.definition.code === code && (each.esmsId ?? each.ogId ?? grappe.id) === owner,
  )
  const key = expected && pieceKey({ ...expected, code })
  return pieces.find(piece => pieceKey(piece) === key) ?? null
}

/** The same where an ESMS stands for its OG, and anybody for the grappe: what one means by two choices. */
export function pieceMeant(
  snapshot: { definitions: readonly PieceDefinition[]; grappe: Grappe; pieces: readonly Piece[] },
  { owner, code }: { owner: string; code: string },
): Piece | null {
  const { definitions, grappe } = snapshot
  const scope = definitions.find(each => each.code === code)?.scope
  const ogId = grappe.esms.find(({ id }) => id === owner)?.ogId
  const meant = scope === 'grappe' ? grappe.id : scope === 'og' ? (ogId ?? owner) : owner
  return pieceAskedOf(snapshot, { owner: meant, code })
}
