/** What a place for uploads under way is, to the protocol and to whoever runs the server. */
import type { Readable } from 'node:stream'
import type { ArrivingUpload, UploadLane, Uploads } from '../../steps/ports.ts'

/** Asked by the protocol; each act on an upload while no other request has it. */
export interface ArrivingStore {
  /** Uploads of this owner, whole or not, for whichever piece. */
  countOf(lane: Pick<UploadLane, 'owner'>): Promise<number>
  /** @param follows whether bytes come with it: `write` is then called next. */
  create(lane: UploadLane, file: BegunFile, follows: boolean): Promise<void>
  /** Null when there is none. */
  find(id: string): Promise<Found | null>
  /**
   * Adds what comes. What a broken line brought counts as well.
   *
   * @returns how many bytes it has now.
   * @throws UploadFault
   */
  write(source: Readable, upload: Found): Promise<number>
  /** @throws UploadFault when there is none, or when it is being deposited. */
  remove(id: string): Promise<void>
}

/** An upload that begins: nothing of it has come. */
export type BegunFile = Pick<ArrivingUpload, 'id' | 'name' | 'modified' | 'folder' | 'size'>

export type Found = BegunFile & Pick<ArrivingUpload, 'received'>

/** Why the protocol refuses, by its status. */
export class UploadFault extends Error {
  override name = 'UploadFault'
  readonly status: number

  constructor(status: number, cause?: unknown) {
    super(`An upload was answered ${status}`, { cause })
    this.status = status
  }
}

export interface OpenUploads extends Uploads {
  /** Whether an upload of that id is in the data folder: what it holds of others, a stop left behind. */
  isUnderWay(id: string): boolean
  /** Removes what has expired. Also done by itself from time to time. */
  purge(): Promise<void>
  close(): Promise<void>
}
