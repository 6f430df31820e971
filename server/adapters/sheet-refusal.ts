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

const PASSWORD =
  'Ce classeur est protégé par un mot de passe : ouvrez-le dans votre tableur, retirez le mot de passe (Fichier, Informations, Protéger le classeur), enregistrez-le et déposez-le de nouveau.'

/** Told whatever the way it is protected. */
export const passwordProtected = (): RefusedSheet => refuseSheet('password', PASSWORD)
