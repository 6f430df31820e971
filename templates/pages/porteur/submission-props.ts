/** What the page « Dépôt et suites » is given. */
import type { Day, Instant, PieceDefinition, SubmissionPlace } from '../../../server/domain/call.ts'
import type { OwnFollowUp } from '../../../server/domain/follow-up.ts'
import type { Version } from '../../../server/domain/piece.ts'
import type { SealChanges } from '../../../server/domain/seal.ts'
import type { Award, Checklist, FollowUpShown } from '../../../server/domain/submission.ts'
import type { Attachments, TypedFact } from '../../../server/domain/submission-facts.ts'
import type { FieldError } from '../components.tsx'
import type { PorteurFrame } from '../layout.tsx'
import type { GrappeTitle } from './grappe-nav.tsx'

export interface SubmissionProps {
  frame: PorteurFrame
  grappe: GrappeTitle
  timeZone: string
  today: Day
  /** Null where the call does not say it. */
  place: SubmissionPlace | null
  facts: readonly TypedFact[]
  /** Null before a version is sealed. */
  sealed: {
    number: number
    sealedAt: Instant
    zipLength: number
    attachments: readonly Attachments[]
    gaps: readonly { pieceName: string; owner: { name: string } }[]
    changes: SealChanges
    membersDiffer: boolean
  } | null
  checklist: Checklist
  /** Since when every step is done; null while one is left. */
  doneOn: Day | null
  award: Award | null
  followUps: readonly FollowUpShown[]
  /** The proof of the deposit first. */
  toReceive: readonly {
    definition: PieceDefinition
    pieceId: string
    version: Version | null
    /** Nothing was ever deposited on it. */
    isEmpty: boolean
    /** As the porteur added it; null for the proof and those of the call. */
    own: OwnFollowUp | null
  }[]
  porteurOgId: string | null
  revision: number
  /** The form just refused, as it was typed. */
  refused: { form: string; values: Readonly<Record<string, string>>; errors: readonly FieldError[] } | null
}
