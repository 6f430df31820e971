/** What a place for uploads under way is, to the protocol and to whoever runs the server. */
import type { DataStore } from '@tus/server'
import type { UploadLane, Uploads } from '../../steps/ports.ts'

/** Asked beside the library's own questions. */
export interface ArrivingStore extends DataStore {
  /** Uploads of this owner, whole or not, for whichever piece. */
  countOf(lane: Pick<UploadLane, 'owner'>): Promise<number>
  /** Whether the disk was full when this upload was last written to. Told once. */
  foundNoRoom(id: string): boolean
}

export interface OpenUploads extends Uploads {
  /** Whether an upload of that id is in the data folder: what it holds of others, a stop left behind. */
  isUnderWay(id: string): boolean
  /** Removes what has expired. Also done by itself from time to time. */
  purge(): Promise<void>
  close(): Promise<void>
}
