/**
 * Pieces that follow the deposit: its proof, those that the call lists, those that the porteur adds. Each is
 * deposited, scanned and kept as every piece is; none is of the dossier, nor counted anywhere.
 */
import { type Call, type Day, FORMATS, type PieceDefinition } from './call.ts'

/** Of the piece that every grappe has. */
export const PROOF_CODE = 'preuve-depot'

/** How the codes of the others begin. */
export const FOLLOW_UP_PREFIX = 'apres-depot-'

export const isReservedCode = (code: string): boolean =>
  code === PROOF_CODE || code.startsWith(FOLLOW_UP_PREFIX)

type Pieces = Pick<Call, 'pieces'>

/** Whether a recorded piece follows the deposit: a call of before these codes were reserved keeps its own. */
export const isFollowUp = ({ pieces }: Pieces, code: string): boolean =>
  isReservedCode(code) && !pieces.some(each => each.code === code)

/** One that the porteur adds, such as a signed convention. */
export interface OwnFollowUp {
  code: string
  name: string
  explanation: string
  /** Null when nobody knows it. */
  dueOn: Day | null
}

/** What every piece that is received after the deposit has in common, where its call says nothing else. */
export const RECEIVED_PIECE = {
  scope: 'grappe' as const,
  condition: null,
  required: false,
  formats: FORMATS,
  maxFileMb: 50,
  severalFiles: true,
  signatory: null,
}

const ownPiece = (
  own: Pick<PieceDefinition, 'code' | 'name' | 'explanation' | 'deadlineOn' | 'provenance'>,
) => ({
  ...own,
  ...RECEIVED_PIECE,
})

const PROOF: PieceDefinition = ownPiece({
  code: PROOF_CODE,
  name: 'Preuve du dépôt',
  explanation:
    'L’accusé, le courriel de confirmation ou la capture d’écran qui montre que le dossier est déposé.',
  deadlineOn: null,
  provenance: { kind: 'hypothesis', reference: 'gardée par la grappe, aucun texte ne la demande' },
})

/** The proof first, then those of the call, then the porteur's own. */
export function followUpPieces(
  call: Pick<Call, 'pieces' | 'followUp'>,
  own: readonly OwnFollowUp[],
): PieceDefinition[] {
  const added = own.map(({ dueOn, ...each }) =>
    ownPiece({ ...each, deadlineOn: dueOn, provenance: { kind: 'carrier', reference: 'suite du dépôt' } }),
  )
  return [PROOF, ...(call.followUp?.pieces ?? []), ...added].filter(({ code }) => isFollowUp(call, code))
}
