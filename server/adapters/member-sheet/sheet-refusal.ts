/** Why a spreadsheet is not read. */
export type SheetRefusalCode =
  | 'empty'
  | 'too-large'
  | 'too-many-lines'
  | 'too-many-columns'
  | 'long-cell'
  | 'bomb'
  | 'password'
  | 'macros'
  | 'wrong-kind'
  | 'web-page'
  | 'unreadable'
  | 'too-heavy'
  | 'busy'

export interface SheetRefusal {
  code: SheetRefusalCode
  /** French, says what to do. */
  sentence: string
}

export type RefusedSheet = { ok: false; refusal: SheetRefusal }

export const refuseSheet = (code: SheetRefusalCode, sentence: string): RefusedSheet => ({
  ok: false,
  refusal: { code, sentence },
})

/** What is read of a spreadsheet; checked as it is read, before anything is made of it. */
export interface SheetLimits {
  maxFileBytes: number
  /** Of the parts of an XLSX that hold cells. */
  maxInflatedBytes: number
  maxCellCharacters: number
  /** Non-blank lines, headers included. */
  maxRows: number
  maxColumns: number
  /** Of all lines together, blank cells between two others included. */
  maxCells: number
}

/** @param address of the first one, such as `GS2`. */
export const beyondColumns = (address: string, maxColumns: number): RefusedSheet =>
  refuseSheet(
    'too-many-columns',
    `La cellule ${address} est remplie, au-delà des ${maxColumns} colonnes lues : gardez ` +
      'les seules colonnes utiles.',
  )

export const tooManyLines = (maxRows: number): RefusedSheet =>
  refuseSheet(
    'too-many-lines',
    `Ce tableau a plus de ${maxRows} lignes remplies, c’est le plus qui soit lu : gardez ` +
      'les seuls membres de la grappe.',
  )

export const tooManyCells = (): RefusedSheet =>
  refuseSheet(
    'bomb',
    'Ce tableau a trop de cellules pour une liste de membres : gardez les seules ' +
      'colonnes utiles et les seuls membres de la grappe.',
  )

const PASSWORD =
  'Ce classeur est protégé par un mot de passe : ouvrez-le dans votre tableur, retirez ' +
  'le mot de passe (Fichier, Informations, Protéger le classeur), enregistrez-le et ' +
  'déposez-le de nouveau.'

/** Told whatever the way it is protected. */
export const passwordProtected = (): RefusedSheet => refuseSheet('password', PASSWORD)

export const START_AGAIN = 'Copiez la seule liste des membres dans un classeur neuf, ou partez du modèle.'

export const tooHeavyOnceOpen = (maxInflatedBytes: number): RefusedSheet =>
  refuseSheet(
    'bomb',
    `Une fois décompressé, ce classeur dépasse ${Math.floor(maxInflatedBytes / 1e6)} Mo : il n’est pas ` +
      `ouvert. ${START_AGAIN}`,
  )
