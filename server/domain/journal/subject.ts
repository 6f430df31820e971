/** What the acts of the journal have in common, whatever their room. Facts are what was so at that moment. */

/** An act about OG and ESMS, by their ids: a member finds what concerned it. */
export interface MemberFacts {
  memberIds: readonly string[]
}

/** An act about a piece, with the names that it and its owner had. */
export interface PieceFacts extends MemberFacts {
  pieceId: string
  pieceName: string
  ownerName: string
}

/** An act about one deposit on a piece. */
export interface VersionFacts extends PieceFacts {
  versionId: string
  /** 1, 2, 3… on its piece. */
  number: number
}

/**
 * How a room tells its acts: the name of the kind, in a list, and the sentence drawn from the facts, for the
 * porteur.
 */
export type ActWords<Facts> = {
  readonly [Kind in keyof Facts]: {
    label: string
    sentence: (facts: Facts[Kind]) => string
    /** In the journal of the dossier, which the ARS reads; absent for what is the porteur's own business. */
    forArs?: (facts: Facts[Kind]) => string
  }
}

/** @param owner the OG or ESMS; without id, the grappe itself. */
export function pieceFacts(
  pieceId: string,
  pieceName: string,
  owner: { id: string | null; name: string },
): PieceFacts {
  return { pieceId, memberIds: owner.id === null ? [] : [owner.id], pieceName, ownerName: owner.name }
}

/** « Charte » de EHPAD Les Lilas, version 2 */
export const deposited = ({ pieceName, ownerName, number }: VersionFacts): string =>
  `« ${pieceName} » de ${ownerName}, version ${number}`
