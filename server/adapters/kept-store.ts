/** A store of files as whoever runs the server keeps it, wherever its bytes are. */
import type { Identity } from '../domain/installation.ts'
import type { BlobStore } from '../steps/ports.ts'

/**
 * `prepared`: written by a start that stopped before it was confirmed; worth what the database says of it.
 */
export interface FoundIdentity {
  settled: Identity | null
  prepared: Identity | null
}

/** A blob that was set aside. */
export interface AsideBlob {
  /** AAAA-MM-JJ. */
  day: string
  sha256: string
  /** In bytes. */
  bytes: number
}

export interface KeptStore extends BlobStore {
  /** As a sentence calls it, without its secrets. */
  name: string
  /** Makes ready what deposits need: to be called once the store is known to go with the database. */
  prepare(): Promise<void>
  /** The SHA-256 of everything in it. */
  list(): Promise<string[]>
  /** When the blob came, or came again. */
  cameAt(sha256: string): Promise<Date>
  /** Out of reach of every reader, and not deleted. @param day AAAA-MM-JJ. */
  setAside(sha256s: readonly string[], day: string): Promise<void>
  /** Oldest day first. */
  listAside(): Promise<AsideBlob[]>
  /** Back under its hash; the bytes that are there already, if any, are the same. */
  putBack(blob: AsideBlob): Promise<void>
  /** Moves bytes that are not those of their name where nothing reads them. */
  keepDamaged(sha256: string): Promise<void>
  deleteAside(blobs: readonly AsideBlob[]): Promise<void>
  identity: {
    /** @throws when the settled identity is there and says nothing that can be read. */
    read(): Promise<FoundIdentity>
    prepare(identity: Identity): Promise<void>
    /** Confirms what was prepared: to be called once the database has committed the same. */
    settle(): Promise<void>
  }
}

/** The place holds what no store of ours put there: one French sentence. */
export class NotAStore extends Error {
  override name = 'NotAStore'
}
