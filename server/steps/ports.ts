/**
 * What the steps need from outside. Adapters implement these; tests use the real ones on temporary folders.
 */

import type { Readable, Writable } from 'node:stream'
import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core'
import type { Example } from '../../schema/contracts/example.ts'
import type * as relations from '../../schema/relations.ts'
import type * as tables from '../../schema/tables.ts'
import type { CallTemplate, Day, Instant } from '../domain/call.ts'
import type { Completeness } from '../domain/completeness.ts'
import type { CodePurpose } from '../domain/confirm-by-code.ts'
import type { DossierEntry, DossierPlan } from '../domain/dossier-plan.ts'
import type { FileFault, FileUnderstanding } from '../domain/file-facts.ts'
import type { MailOrigin } from '../domain/filing/clues.ts'
import type { FormPaper } from '../domain/forms/paper.ts'
import type { ModelReading } from '../domain/kit/own-model.ts'
import type { PrintedValues, ReadTag } from '../domain/kit/print.ts'
import type { LinkRenewal } from '../domain/link.ts'
import type { MailLimits, Sender } from '../domain/mail.ts'
import type { SheetRow } from '../domain/member-import/columns.ts'
import type { Message } from '../domain/message.ts'
import type { PasskeySite } from '../domain/passkey.ts'
import type { Receipt } from '../domain/receipt.ts'
import type { RegistryItem } from '../domain/registry.ts'
import type { DatesAhead, OwedAnswers, OwedPiece, RelanceKind } from '../domain/relance.ts'
import type { ProvedBy, ReviewerProof } from '../domain/review.ts'
import type { IsHoliday } from '../domain/working-days.ts'
import type { WrittenCall } from '../domain/written-call.ts'

/** PGlite or PostgreSQL through drizzle, or a transaction of either. */
export type Database = PgDatabase<PgQueryResultHKT, typeof tables & typeof relations>

/** Bytes that may be read anywhere, without holding the whole. */
export interface ByteSource {
  size: number
  /** Fills the target from that position, and says how many bytes it got: fewer at the end, 0 past it. */
  read(position: number, target: Uint8Array): Promise<number>
}

/** What there is to say of some bytes. */
export interface Measured {
  /** Hexadecimal. */
  sha256: string
  /** Unsigned. */
  crc32: number
  /** In bytes. */
  size: number
}

/** A file received whole, not yet part of the store. Either publish it or discard it. */
export interface StagedBlob extends ByteSource, Measured {
  /** Where its bytes are until then, for another process of this machine. */
  path: string
  /** Makes the bytes durable under their hash. Publishing bytes that are already there is fine. */
  publish(): Promise<void>
  discard(): Promise<void>
}

/** What the bytes of the file at this path say, in bounded time and memory whatever they are. */
export type FileReader = (path: string) => Promise<FileUnderstanding>

/**
 * `page`: no more pixels than an A4 page can show; `full`: all of them; `thumbnail`: enough to know it
 * again.
 */
export type PhotoSize = 'page' | 'full' | 'thumbnail'

/** A photo made readable by everyone: JPEG, upright, without metadata. */
export interface DevelopedPhoto {
  jpeg: Buffer
  /** In pixels. */
  width: number
  height: number
  /** Of the photo as it was sent, upright. */
  originalWidth: number
  originalHeight: number
}

export type PhotoFault = Extract<FileFault, 'undecodable' | 'too-heavy' | 'busy'>

export interface Photos {
  /** The photo at this path, or why it cannot be decoded within bounds of time and memory. */
  develop(
    path: string,
    mediaType: string,
    size: PhotoSize,
    /** From 0, of a picture that has several. */
    page?: number,
  ): Promise<{ ok: true; photo: DevelopedPhoto } | { ok: false; fault: PhotoFault }>
  /** A PDF, one A4 page a photo, as it is drawn; the same photos give the same bytes. */
  toPdf(photos: AsyncIterable<DevelopedPhoto>): Readable
}

/**
 * The store did not answer, or did not say of what is asked whether it is there: nothing is known of it.
 * Never to be taken for a file that is missing.
 */
export class StoreUnreachable extends Error {
  override name = 'StoreUnreachable'
}

/** Bytes addressed by their SHA-256, immutable once published. Each act may throw `StoreUnreachable`. */
export interface BlobStore {
  /** Streams the source in; rejects with the source's or the disk's error and then leaves nothing behind. */
  stage(source: Readable): Promise<StagedBlob>
  /**
   * The same for a file of the data folder that nothing writes to any more: its bytes are not copied.
   *
   * @param known when they are new and on the disk for good, so that they need not be read either. The file
   * then stays where it is, whatever becomes of the blob.
   */
  stageFile(path: string, known?: Measured): Promise<StagedBlob>
  /** @throws when the blob is missing or unreadable. */
  open(sha256: string): Promise<Readable>
  /** Its bytes as a file, for another process of this machine; the path is good until `use` has answered. */
  withFile<Result>(sha256: string, use: (path: string) => Promise<Result>): Promise<Result>
  /** In bytes; null when the blob is missing. */
  size(sha256: string): Promise<number | null>
  read: ReadBlob
  /** @throws when it can be neither read nor written. */
  probe(): Promise<void>
  /** Moves infected bytes where nothing reads them; nothing happens when they are not there. */
  quarantine(sha256: string): Promise<void>
  /**
   * Removes these bytes for good, wherever they are: from the store, from quarantine, from what was set
   * aside.
   *
   * @param isUsed is asked once nobody can read them any more: they are put back when a row refers to them.
   * @returns `recent`: bytes that were published within the day stay, since a row may be on its way.
   */
  erase(sha256: string, now: Date, isUsed: () => Promise<boolean>): Promise<'erased' | 'used' | 'recent'>
}

/**
 * Fills `target` with the bytes of a blob from `position` on, and gives how many there were: fewer than asked
 * only at the blob's end. Rejects when the blob is missing. Nothing stays open in between, so a slow reader
 * holds no handle.
 */
export type ReadBlob = (sha256: string, position: number, target: Uint8Array) => Promise<number>

/** Bytes of the store, and what they have to be. */
export interface KnownBlob {
  /** How they are named to people. */
  path: string
  sha256: string
  /** In bytes. */
  size: number
}

/** One file of a sealed dossier; its path is distinct, `/` between folders. */
export interface SealedFile extends KnownBlob {
  /** Unsigned. */
  crc32: number
}

/** The bytes of a sealed dossier, all of them known without being read. */
export interface SealedArchive {
  /** In bytes. */
  length: number
  /**
   * Bytes `start` (included) to `end` (excluded), all of them by default. The memory of a chunk is used again
   * once the next one is asked for; leaving the loop frees everything. Throws `DamagedEntry`.
   */
  chunks(readBlob: ReadBlob, range?: { start: number; end: number }): AsyncGenerator<Buffer>
}

/** The blob of an entry is missing or not what it was: no byte of a wrong archive goes further. */
export class DamagedEntry extends Error {
  override name = 'DamagedEntry'
  readonly entry: Omit<KnownBlob, 'size'>

  constructor(entry: Omit<KnownBlob, 'size'>, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause)
    super(`${entry.path} (blob ${entry.sha256}): ${why}`, { cause })
    this.entry = entry
  }
}

/** Room for files being received. */
export interface DiskSpace {
  /**
   * Sets room aside until released.
   *
   * @param bytesToCome what remains to be written, as it stands whenever asked.
   * @returns null when the disk has not that much left beside what must stay free.
   */
  reserve(bytesToCome: () => number): { release(): void } | null
  /** Whether anything at all can still be written; it does not look at what uploads have to leave free. */
  hasRoom(): Promise<boolean>
  /** In bytes: what is free, and what uploads have to leave so. */
  measure(): Promise<{ free: number; keptFree: number; takesWrites: boolean }>
  /** Counts what is under way already, for as long as the process lives. */
  expect(bytesToCome: () => number): void
}

/** Whose upload it is, and for which piece: nobody else finds it. */
export interface UploadLane {
  /** The id of the link or of the porteur; of the grappe, for its files to file. */
  owner: string
  /** `TO_FILE` for files of which nobody said yet where they go. */
  pieceId: string
}

/** In the place of a piece: files that a porteur sent together, to be filed. */
export const TO_FILE = 'a-classer'

/** A file that arrives in several requests. */
export interface ArrivingUpload {
  id: string
  /** As the client sent it: any text at all. */
  name: string
  /**
   * When the file was last changed, as the client said it: with name and size, what a file is known again by.
   */
  modified: string
  /**
   * The folders that it was in, outermost first, `/` between them; empty when none is known. Any text at
   * all.
   */
  folder: string
  mail: MailOrigin | null
  /** Why it was left as it is, such as an archive that does not open: one French sentence; null otherwise. */
  note: string | null
  /** In bytes. */
  size: number
  received: number
  /** When it is given up unless something is done with it. */
  keptUntil: Date
}

/** A file that is whole already, and joins the uploads of a lane. */
export interface JoiningFile extends Pick<ArrivingUpload, 'name' | 'folder' | 'mail'> {
  /** 32 hexadecimal characters: one that is there already is left as it is. */
  id: string
  /** Where its bytes are, on the same disk: they are moved. */
  path: string
  size: number
}

/** One request of the tus protocol, from somebody who was let in to this lane. */
export interface UploadExchange {
  /** Node's own request and response, which the steps know nothing of. */
  request: Readable & { headers: Readonly<Record<string, string | string[] | undefined>> }
  response: Writable
  lane: UploadLane
  /** Of an upload of this lane; null to begin one. */
  id: string | null
  /** Under which uploads of this lane are found, without trailing slash. */
  address: string
  maxBytes: number
  /** The body of an answer that refuses. */
  explain(status: number): string
}

/** Uploads kept still while they become a version. */
export interface HeldUploads {
  /** Those of the lane, in the order asked for. */
  uploads: ReadonlyArray<
    ArrivingUpload & {
      /** Where all its bytes are on this machine, for as long as it is held. */
      path(): Promise<string>
      /** What is known of them without reading them, once they are on the disk for good; often nothing. */
      measured(): Promise<Measured | undefined>
      /** Read to its end even when it is removed meanwhile. */
      open(): Promise<Readable>
    }
  >
  /**
   * Notes which version they are about to become: should the process stop, the next one knows what to remove.
   */
  mark(versionId: string): Promise<void>
  /** @param which all of them unless it says otherwise. */
  remove(which?: (id: string) => boolean): Promise<void>
}

/** Uploads that survive: kept until they are deposited, given up, or too old. */
export interface Uploads {
  /** How many there are, whole or not, whoever sends them. */
  underWay(): Promise<number>
  list(lane: UploadLane): Promise<readonly ArrivingUpload[]>
  /** How many more this lane's owner may leave here. */
  roomFor(lane: UploadLane): Promise<number>
  /** @throws when the disk fails; nothing of the file is then in the lane. */
  join(lane: UploadLane, file: JoiningFile): Promise<void>
  /** The same for one that arrives now, in one go; one that is cut at the limit is dropped. */
  receive(
    lane: UploadLane,
    file: Omit<JoiningFile, 'path' | 'size'>,
    stream: Readable,
    isTruncated: () => boolean,
  ): Promise<void>
  /** Keeps what was found of one of them. */
  annotate(lane: UploadLane, id: string, note: string): Promise<void>
  /** Answers, unless it returns why nothing may begin: the answer is then left to the caller. */
  answer(exchange: UploadExchange): Promise<'too-many-uploads' | 'upload-too-large' | 'storage-full' | null>
  /** Runs the act while no request adds to these uploads or removes them. */
  hold<Result>(
    lane: UploadLane,
    ids: readonly string[],
    act: (held: HeldUploads) => Promise<Result>,
  ): Promise<Result>
  /** Removes, for good, those whose owner or piece is among these. */
  erase(ids: ReadonlySet<string>): Promise<void>
}

/** `empty`: it holds no file. `too-heavy`, `busy`: as of any file that is read. */
export type EnvelopeFault =
  | 'no-envelope'
  | 'password'
  | 'damaged'
  | 'too-many'
  | 'too-large'
  | 'empty'
  | 'too-heavy'
  | 'busy'

export interface EnvelopeOrder {
  path: string
  /** An empty folder, where the files are written. */
  into: string
  most: { files: number; bytes: number }
}

export interface TakenFromEnvelope extends Pick<ArrivingUpload, 'name' | 'folder' | 'mail' | 'size'> {
  path: string
}

/** `damaged`: names of the files in it that could not be read whole. */
export type OpenedEnvelope =
  | { ok: true; files: readonly TakenFromEnvelope[]; damaged: readonly string[] }
  | { ok: false; why: EnvelopeFault }

/** Opens what holds other files: a ZIP, or a message saved by a mail program. */
export interface Envelopes {
  /**
   * Hands on what it takes out, in a folder that is emptied afterwards.
   *
   * @throws when the disk fails.
   */
  open<Result>(
    path: string,
    most: EnvelopeOrder['most'],
    use: (opened: OpenedEnvelope) => Promise<Result>,
  ): Promise<Result>
}

/** `inconnu`: the antivirus answers, and will not judge this file; the reason is for the log. */
export type ScanAnswer =
  | { scan: 'sain' }
  | { scan: 'infecte'; virus: string }
  | { scan: 'inconnu'; reason: string }

/** Asked by clamd about each deposited file; `null` in the context when no antivirus is configured. */
export interface Antivirus {
  /**
   * Reads the source, and closes it.
   *
   * @throws when the antivirus does not answer: nothing is known of the file.
   */
  scan(source: Readable): Promise<ScanAnswer>
}

/** What there is to do in the background; `server/jobs.ts` says which step does it. */
export type JobName =
  | 'envois'
  | 'antivirus'
  | 'scellement'
  | 'lecture'
  | 'relances'
  | 'alertes'
  | 'sauvegarde'
  | 'conservation'
  | 'relecture'

/**
 * What the servers of one database tell one another. Hints only: whoever waits for one also looks for itself.
 */
export interface Signals {
  /**
   * @param told hears the id of a grappe that changed, the name of a job that was asked for, or null when
   * some of these may have been missed.
   * @returns what stops it.
   */
  hear(told: (news: { grappe: string } | { job: string } | null) => void): () => void
}

/** The ids of the grappes that a transaction changes, to be told once it is committed. */
export const changedIn = new WeakMap<Database, Set<string>>()

/**
 * The rows are the truth (`not sent yet`, `not scanned yet`): a job only goes and looks at them, and every
 * job runs from time to time by itself, so a lost kick delays and loses nothing.
 */
export interface Jobs {
  /** Asks for a run soon; to be called once the rows that it will look at are committed. */
  kick(name: JobName): Promise<void>
}

export interface OutgoingMail {
  /** Also makes the Message-ID: two tries of one mail are one message for whoever receives both. */
  id: string
  recipient: string
  subject: string
  text: string
  html: string | null
  replyTo: string | null
  /** The grappe that it is about, as mailboxes sort by list; null for a sign-in link. */
  grappe: { id: string; name: string } | null
  /** Where a digest is stopped at once; null for any other mail. */
  stopAddress: string | null
  /** Name of this server, for the mail's identifiers. */
  host: string
}

/**
 * `refused`: the address is refused for good. `failed`: to be tried again. `answer` is French, or the
 * server's own words.
 */
export type Delivery = { state: 'sent' } | { state: 'refused' | 'failed'; answer: string }

export interface DraftMail extends Pick<OutgoingMail, 'recipient' | 'subject' | 'text' | 'html'> {
  createdAt: Instant
}

/** Mails as `.eml` files, for whoever sends them by hand. */
export interface MailDrafts {
  one(draft: DraftMail): Promise<Buffer>
  /** A ZIP of several, numbered in their order. */
  zip(drafts: readonly DraftMail[]): Readable
}

/** `null` when no mail server is configured: mails then stay in the outbox. Never throws. */
export type Mailer = { send(mail: OutgoingMail): Promise<Delivery> } | null

/** What a sign-in by a provider waits with, in the browser that began it, until the person comes back. */
export interface PendingSignIn {
  state: string
  nonce: string
  /** Of PKCE; null where the provider takes none. */
  verifier: string | null
  /** Milliseconds since 1970. */
  until: number
}

/** What a provider said of whoever signed in. */
export interface AgentIdentity {
  /** Lower case; the provider vouches for it. */
  email: string
  /** Sent back to the provider to sign out of it, and of no other use. */
  idToken: string
}

/** `reason` is for the log: nothing of what was received is in it but codes. */
export type ProviderAnswer<Value> =
  | { ok: true; value: Value }
  | {
      ok: false
      fault:
        | 'provider-unreachable'
        | 'provider-declined'
        | 'provider-untrusted'
        | 'provider-weak'
        | 'provider-without-email'
        | 'sign-in-stale'
      reason: string
    }

/** Another server that tells who somebody is, by OpenID Connect. */
export interface IdentityProvider {
  /** As people know it. */
  name: string
  proof: Extract<ReviewerProof, 'proconnect' | 'oidc'>
  /** Lower case: addresses and `@domains` that may sign in by it. */
  agents: readonly string[]
  /** @param returnTo the address, absolute, to which the provider sends people back. */
  begin(returnTo: string, now: Date): Promise<ProviderAnswer<{ address: string; pending: PendingSignIn }>>
  /** @param returned the address by which the person came back, query included. */
  finish(returned: URL, pending: PendingSignIn): Promise<ProviderAnswer<AgentIdentity>>
  /** Where to sign out of it; null when it does not answer, or offers no such thing. */
  end(idToken: string, returnTo: string, state: string): Promise<string | null>
}

/** What is kept of a passkey, to know it again. */
export interface KnownPasskey {
  id: string
  /** base64url. */
  credentialId: string
  /** COSE, base64url. */
  publicKey: string
  counter: number
  transports: readonly string[]
}

/** What a browser is given to answer, as JSON, and the challenge in it. */
export interface PasskeyQuestion {
  options: string
  challenge: string
}

/** Whether this challenge was put, and not answered yet; it is answered by this call. */
export type IsAwaited = (challenge: string) => Promise<boolean>

/** The protocol of passkeys, WebAuthn. Answers are any text at all; null when one does not hold. */
export interface Passkeys {
  /** @param person `handle`: what the authenticator knows it by, 64 hexadecimal characters, no address. */
  askToCreate(
    site: PasskeySite,
    person: { email: string; handle: string },
    known: readonly KnownPasskey[],
  ): Promise<PasskeyQuestion>
  askToConfirm(site: PasskeySite, known: readonly KnownPasskey[]): Promise<PasskeyQuestion>
  created(site: PasskeySite, answer: string, isAwaited: IsAwaited): Promise<Omit<KnownPasskey, 'id'> | null>
  /** @returns which of them answered, and its counter from now on. */
  confirmed(
    site: PasskeySite,
    answer: string,
    known: readonly KnownPasskey[],
    isAwaited: IsAwaited,
  ): Promise<{ id: string; counter: number } | null>
}

/**
 * Link tokens are derived from a key kept out of the database, so that a mail can be shown again without
 * storing them.
 */
export interface Tokens {
  /** The token of a link, 43 base64url characters. The same id always gives the same token. */
  ofLink(linkId: string): string
  /** The token that stops a digest, 43 base64url characters. The same id always gives the same token. */
  ofDigest(digestId: string): string
  /** A token that nobody can derive again, for sessions. */
  random(): string
  /** The six digits of an e-mailed code. The same id always gives the same digits. */
  ofCode(codeId: string): string
  /**
   * What the database keeps of a code: six digits are too few for `hash`, so this one needs the server's key.
   */
  hashCode(codeId: string, digits: string): string
  /** SHA-256 in hexadecimal: what the database keeps. */
  hash(token: string): string
}

/**
 * A mail's words. Its text holds `{lien}` where the link's address goes, `{lien}/pieces/ID` for one of its
 * pieces, `{code:ID}` where an e-mailed code goes, and `{resume}` where a digest is stopped.
 */
export interface MailText {
  subject: string
  /** @param sender null when the server itself writes. */
  signedBy(sender: Sender | null): { text: string; html: string }
}

/** What most mails are about. */
export interface AboutPiece {
  grappe: string
  owner: string
  piece: string
  /** Of the piece's page: absolute, or a placeholder that stands for it. */
  address: string
}

/** A complement asked for, as a mail tells it. */
export interface ComplementWords {
  owner: string
  piece: string
  motive: string
}

interface AboutComplements {
  grappe: string
  call: string
  reviewer: string
  deadlineOn: Day
  requests: readonly ComplementWords[]
}

/** The wording of each mail, in French; lives in `templates/mails/`. */
export interface MailTexts {
  signIn(): MailText
  /** To a porteur: links of a grappe that ended together were replaced. */
  linksRenewed(about: {
    grappe: string
    why: LinkRenewal
    /** People who are mailed their new link. */
    mailed: number
    /** To whom the porteur hands the new one, for want of an address. */
    byHand: readonly string[]
    /** Holders of a calendar, which nothing replaces. */
    calendars: readonly string[]
    /** Where they are shown. */
    address: string
  }): MailText
  /** To whoever made an API token, which the server ended. */
  tokenEnded(about: { label: string; address: string }): MailText
  /** To each person of a porteur: nothing lets anybody in any more. */
  everythingRevoked(about: {
    by: string
    sessions: number
    tokens: number
    links: number
    calendars: number
    /** Whether members and the ARS are given other links. */
    renews: boolean
    signIn: string
  }): MailText
  colleagueInvited(about: {
    by: string
    /** As a verb. */
    role: string
    /** Names of the porteur's current grappes. */
    grappes: readonly string[]
    /** How long the link works. */
    days: number
    /** Where one asks for another link. */
    signIn: string
  }): MailText
  invitation(about: {
    grappe: string
    call: string
    /** Names of the members that the person answers for. */
    owners: readonly string[]
    contactName: string | null
    /** Of what the person owes. */
    ahead: DatesAhead
    /** Whether the link takes the place of an earlier one, which stops working. */
    replaces: boolean
  }): MailText
  /** To whoever manages an OG's ESMS from now on. `by`: whoever named it. */
  delegateNamed(about: {
    grappe: string
    call: string
    og: string
    by: string
    contactName: string | null
    /** Names of the OG's members. */
    esms: readonly string[]
  }): MailText
  /** To whoever managed them until now. */
  delegationEnded(about: {
    grappe: string
    call: string
    og: string
    contactName: string | null
    /** Address of whoever takes its place; null when nobody does. */
    successor: string | null
    /** Names of the members that it still answers for: the mail then carries another link. */
    still: readonly string[]
  }): MailText
  /** `seal`: the version that can be read today; null before the first. */
  reviewer(about: {
    grappe: string
    call: string
    seal: { number: number; completeness: Completeness; hash: string } | null
  }): MailText
  /** To a reviewer who holds a link: a new version can be read. */
  sealedVersion(about: {
    grappe: string
    call: string
    number: number
    completeness: Completeness
    hash: string
  }): MailText
  pieceRefused(about: AboutPiece & { motive: string; by: 'le porteur' | 'l’antivirus' }): MailText
  /** Several when they were written within a few minutes, oldest first. */
  messages(about: AboutPiece & { messages: readonly Pick<Message, 'author' | 'text'>[] }): MailText
  nonApplicableAsked(about: AboutPiece & { askedBy: string; reason: string }): MailText
  nonApplicableRefused(about: AboutPiece & { motive: string }): MailText
  receipt(about: { receipt: Receipt; address: string }): MailText
  confirmationCode(about: { code: string; purpose: CodePurpose; minutes: number }): MailText
  /** To a person: one of its passkeys was added or taken out, by whoever holds its session. */
  passkeyChanged(about: {
    name: string
    added: boolean
    at: Instant
    /** Addresses of the pages where it looks and takes back. */
    passkeys: string
    sessions: string
  }): MailText
  /** Signs a reviewer in once. */
  reviewerSignIn(): MailText
  /** To whom dossiers of a service are given to read, by the names of their grappes. */
  dossiersAssigned(about: {
    service: string
    assignedBy: string
    dossiers: readonly string[]
    address: string
  }): MailText
  /** To a reviewer invited in a service. `readers`: addresses of its members. */
  serviceInvitation(about: {
    service: string
    invitedBy: string
    readers: readonly string[]
    address: string
  }): MailText
  /** To a person: what is asked of its members. */
  complement(about: AboutComplements & { name: string | null }): MailText
  /** To the porteur: everything that is asked, and of whom it must be told otherwise. */
  complementToPorteur(
    about: AboutComplements & {
      told: number
      unreachable: readonly string[]
      own: boolean
      sends: boolean
      address: string
    },
  ): MailText
  /** To the porteur. */
  opinion(about: {
    grappe: string
    call: string
    reviewer: string
    sealNumber: number
    avis: string
    note: string | null
    proved: ProvedBy
    address: string
  }): MailText
  /** What one person still owes, the most urgent first. */
  relance(about: {
    grappe: string
    call: string
    contactName: string | null
    intro: string | null
    kind: RelanceKind
    /** When it was to leave: before `today` for one that a stop kept back. */
    dueOn: Day
    today: Day
    pieces: readonly OwedPiece[]
    answers: readonly OwedAnswers[]
  }): MailText
  /** To the porteur: its grappe will be erased. */
  erasureWarning(about: {
    grappe: string
    call: string
    rank: 1 | 2
    erasesOn: Day
    address: string
  }): MailText
  /** To the porteur: somebody of its own asked that the grappe be deleted. */
  /** To each person of a porteur. */
  accountDeletionAsked(about: {
    by: string
    /** Names of those that go with it. */
    grappes: readonly string[]
    deletesOn: Day
    address: string
  }): MailText
  accountDeletionCancelled(about: { by: string }): MailText
  deletionAsked(about: { grappe: string; by: string; deletesOn: Day; address: string }): MailText
  extensionGranted(about: MovedDeadline): MailText
  pieceReopened(about: MovedDeadline): MailText
  /** To the porteur: a batch of deposits, oldest first. */
  deposits(about: {
    grappe: string
    board: string
    deposits: readonly { ownerName: string; pieceName: string; number: number; by: string }[]
  }): MailText
  /** To the porteur: its week. */
  digest(about: {
    grappe: string
    board: string
    today: Day
    /** Of what members are still to deposit or to correct. */
    ahead: DatesAhead
    deposits: number
    toControl: number
    late: number
    /** `questions`: without an answer. */
    owing: readonly { ownerName: string; missing: number; late: number; questions: number }[]
  }): MailText
}

/** A later last day, as told to one person. */
interface MovedDeadline {
  grappe: string
  contactName: string | null
  motive: string
  deadlineOn: Day
  pieces: readonly { pieceId: string; name: string; ownerName: string }[]
}

/** A line of a calendar: the whole of one day. */
export interface CalendarEvent {
  /** Stays the same from one reading to the next. */
  uid: string
  day: Day
  title: string
  description: string
  /** Of a meeting; a last day is of the whole day, and nowhere. */
  meeting?: {
    /** Null: of the whole day, the hour is not known. */
    startsAt: Instant | null
    place: string | null
    isCancelled: boolean
    /** Grows when any of this changes: by it a calendar knows which of two readings is the later. */
    sequence: number
  }
}

/** Calls as the text of a call file. */
export interface CallYaml {
  /** French sentences, with the line, when it cannot be read; pieces and provenances may still be missing. */
  read(
    text: string,
  ):
    | { ok: true; call: WrittenCall; unknownKeys: readonly string[] }
    | { ok: false; problems: readonly string[] }
  write(call: WrittenCall): string
}

/** Draws a calendar as iCalendar text (RFC 5545). `revisedAt` is when its contents last changed. */
export type CalendarWriter = (calendar: {
  name: string
  revisedAt: Instant
  events: readonly CalendarEvent[]
}) => string

/**
 * Reads the FINESS registry file of either format at this path; what a bad file gives is one `unreadable`
 * item. The file is read and judged whole before the first item: whoever stores them never waits for it.
 */
export type RegistryReader = (path: string) => Promise<AsyncIterable<RegistryItem>>

/** Draws a plan as files. */
export interface DossierWriter {
  /** The ZIP as a stream that fails, rather than skips, when a blob is missing or altered. */
  archive(plan: DossierPlan, openBlob: BlobStore['open']): Promise<Readable>
  /** Some entries alone, with their `SHA256SUMS`; fails as the archive does. */
  excerpt(
    plan: Pick<DossierPlan, 'entries' | 'takenAt' | 'timeZone'>,
    openBlob: BlobStore['open'],
  ): Promise<Readable>
  workbook(plan: DossierPlan): Promise<Buffer>
  /** Every file of a sealed version that nobody deposited, in their order at the head of the ZIP. */
  drawSealed(plan: DossierPlan, manifest: string): Promise<{ path: string; bytes: Buffer }[]>
  /** The ZIP of these files in this order; the plan gives the date of all of them. */
  sealed(files: readonly SealedFile[], plan: Pick<DossierPlan, 'takenAt' | 'timeZone'>): SealedArchive
}

/** Draws the reading copy (PDF de lecture) of a sealed version: every piece in one bookmarked PDF. */
export interface ReadingWriter {
  /**
   * @param keep is given the whole PDF as a stream, once; the file behind it is removed afterwards.
   * @param onProgress files drawn, of how many.
   * @returns the entry that is no longer what was deposited, when there is one: nothing is then kept.
   */
  draw<Kept>(
    sealed: { plan: DossierPlan; number: number; hash: string },
    openBlob: BlobStore['open'],
    onProgress: (done: number, total: number) => Promise<void>,
    keep: (pdf: Readable) => Promise<Kept>,
  ): Promise<{ ok: true; kept: Kept } | { ok: false; damaged: DossierEntry }>
}

export type SheetReading =
  | {
      ok: true
      /** Null for CSV and pasted cells. */
      sheetName: string | null
      /** Other visible sheets that look like lists of members: they are not read. */
      otherSheets: readonly string[]
      /** What is uncertain in the way it was read, in one French sentence; null when nothing is. */
      doubt: string | null
      rows: readonly SheetRow[]
    }
  /** The sentence is French and says what to do. */
  | { ok: false; refusal: { code: string; sentence: string } }

/** Draws the receipt of one deposit as a PDF: the same bytes for the same receipt. */
export type ReceiptDrawing = (receipt: Receipt) => Promise<Buffer>

/** Draws a form as a PDF, with its answers or to be filled in by hand: the same bytes for the same paper. */
export type FormDrawing = (paper: FormPaper) => Promise<Buffer>

/** A file of a ZIP that is made on the spot. */
export interface ZippedDocument {
  path: string
  bytes: Buffer
}

/** The models of the kit, by their codes: what each holds, and each filled in as a Word file. */
export interface KitWriter {
  tagsOf(model: string): Promise<readonly ReadTag[]>
  /** As it is in this server, to be adapted. */
  blank(model: string): Promise<Buffer>
  write(model: string, values: PrintedValues): Promise<Buffer>
  /** `date`: of each file in it. */
  zip(files: AsyncIterable<ZippedDocument>, date: Date): Readable
}

/** `unfillable`: its lists and its tables do not fit. */
export type FilledModel =
  | { ok: true; bytes: Buffer }
  | { ok: false; why: 'unfillable' | 'too-heavy' | 'busy' }

/** The models that people bring: read and filled in outside the server's process. */
export interface OwnModelFiles {
  check(bytes: Uint8Array): Promise<ModelReading>
  /** @param model where it is, or the model itself. */
  fill(model: string | Uint8Array, values: PrintedValues): Promise<FilledModel>
}

/** Spreadsheets as people have them; whatever cannot be read safely is refused. */
export interface Sheets {
  /** XLSX or CSV, told from the bytes. */
  readFile(bytes: Uint8Array): Promise<SheetReading>
  readPasted(text: string): Promise<SheetReading>
  /** The workbook to fill in with members, XLSX. */
  memberModel(): Promise<Buffer>
}

/**
 * Long work that would be harmless twice, and is not worth it: whoever asks while another server, or another
 * run, is at it leaves it to that one. Where a server dies, the work is anybody's at once.
 *
 * @param work its name.
 */
export type OnOneServer = (work: string, act: () => Promise<unknown>) => Promise<void>

/** Everything a step may use. Time, ids and randomness come in here, never from the step itself. */
export interface Context {
  db: Database
  onOneServer: OnOneServer
  blobs: BlobStore
  disk: DiskSpace
  uploads: Uploads
  understandFile: FileReader
  envelopes: Envelopes
  photos: Photos
  dossiers: DossierWriter
  readings: ReadingWriter
  drawReceipt: ReceiptDrawing
  drawForm: FormDrawing
  kit: KitWriter
  ownModels: OwnModelFiles
  readRegistry: RegistryReader
  sheets: Sheets
  antivirus: Antivirus | null
  jobs: Jobs
  signals: Signals
  mailer: Mailer
  mailLimits: MailLimits
  mailTexts: MailTexts
  mailDrafts: MailDrafts
  isHoliday: IsHoliday
  drawCalendar: CalendarWriter
  callYaml: CallYaml
  /** Calls offered when a grappe is created. */
  calls: readonly CallTemplate[]
  /** Addresses and domains (`@ars.sante.fr`) that may publish calls as an ARS; empty: every reviewer. */
  callWriters: readonly string[]
  /** Null: nobody signs in by a provider. */
  provider: IdentityProvider | null
  passkeys: Passkeys
  /** Groupings told in the source documents, fictional in their details, from which a grappe may start. */
  examples: readonly Example[]
  tokens: Tokens
  /** The API token by which an act is done: the links that it makes end with it. */
  bearerId?: string
  now: () => Date
  newId: () => string
  /** Without trailing slash; known once the server listens. */
  publicUrl: () => string
}
