/** What a member and its porteur say to each other about a piece. */
import type { Instant } from './call.ts'

export type MessageSide = 'membre' | 'porteur'

export interface Message {
  id: string
  at: Instant
  side: MessageSide
  /** Who wrote, as shown. */
  author: string
  /** Plain text, of several lines. */
  text: string
}
