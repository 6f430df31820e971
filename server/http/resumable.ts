/**
 * Uploads that survive a lost line, for members and porteurs: the tus protocol under the page of the piece,
 * then a deposit of what has arrived. Answers are for a script: JSON, each refusal with the sentence that a
 * page would show.
 */
import type { FastifyError, FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { fill, PATHS, urlTo } from '../../schema/urls.ts'
import { BYTES_PER_MB } from '../domain/file-acceptance.ts'
import { noteLinkUse } from '../steps/access/links.ts'
import { openMemberScope } from '../steps/access/member-scope.ts'
import { type PieceSide, scopeOf } from '../steps/access/piece-sides.ts'
import { openPorteurScope } from '../steps/access/porteur-scope.ts'
import { findSession } from '../steps/access/sign-in.ts'
import { depositUploads, laneOf } from '../steps/collection/deposit-uploads.ts'
import { findDepositTarget } from '../steps/collection/find-deposit-target.ts'
import {
  looseLane,
  MOST_LOOSE_MB,
  openLooseEnvelopes,
  refuseLooseFiles,
} from '../steps/collection/loose-files.ts'
import type { Received } from '../steps/collection/receive-document.ts'
import type { ArrivingUpload, Context, UploadLane } from '../steps/ports.ts'
import { done, type Outcome, type Refusal, refuse } from '../steps/refusals.ts'
import { problemOfError } from './errors.ts'
import { depositNotice, keptSentence } from './pages/deposit-words.ts'
import { openedNotice } from './pages/loose-words.ts'
import { leaveNotice } from './pages/page.ts'
import { parameter } from './pages/request.ts'
import { problemOf } from './refusals.ts'
import { refusalOfRole } from './rights.ts'
import { SESSION_COOKIE } from './security.ts'
import { ADDING_MS, BEGINNING_MS, keptFor } from './upload-admission.ts'
import { keptOf } from './uploads.ts'

const CHUNK_TYPE = 'application/offset+octet-stream'
const UPLOAD_ID = /^[0-9a-f]{32}$/
/** On a POST, the method that is meant: networks of hospitals refuse PATCH. */
const METHOD_OVERRIDE = 'x-http-method-override'

/** Where uploads go: how they are found, who may come in, and what becomes of those that are there. */
interface Door {
  uploads: string
  upload: string
  deposit: string
  /** Whether requests carry the page's forgery token; an address that is itself a secret needs none. */
  forgeryToken: boolean
  admit(request: FastifyRequest): Promise<Outcome<PieceSide>>
  laneOf(by: PieceSide, request: FastifyRequest): UploadLane
  /** What a file begun now may weigh, or why none may be. */
  takes(context: Context, admitted: Admitted): Promise<Outcome<{ maxFileMb: number }>>
  /** Whether it is shown to whoever comes back. */
  shows(upload: ArrivingUpload): boolean
  /** What is done of uploads that are there; it answers. */
  finish(visit: Visit): Promise<unknown>
}

/** The door of one side of a piece. */
interface PieceDoor extends Door {
  /** Where to read that the deposit is made, and what to say there. */
  receipt(request: FastifyRequest, received: Received): { location: string; notice: string | null }
  /** The page of the piece, which asks for the rest of a deposit that was not taken whole. */
  rest(request: FastifyRequest, received: Received): string
}

/** What both doors of a piece have in common. */
const ofPiece: Pick<PieceDoor, 'laneOf' | 'takes' | 'shows'> = {
  laneOf: (by, request) => laneOf(by, parameter(request, 'piece')),
  async takes(context, { by, lane }) {
    const target = await findDepositTarget(context, by, lane.pieceId)
    return target.ok ? done(target.value.definition) : target
  },
  shows: () => true,
}

/** @param chunksPerMinute limit of requests of one address: a file takes many more than a page. */
export function resumableUploads(context: Context, chunksPerMinute: number): FastifyPluginAsync {
  const member: PieceDoor = {
    ...ofPiece,
    finish: visit => deposit(visit, member),
    uploads: PATHS.memberUploads,
    upload: PATHS.memberUpload,
    deposit: PATHS.depositMemberUploads,
    forgeryToken: false,
    async admit(request) {
      const { token = '' } = request.params as Record<string, string>
      const scope = await openMemberScope(context, token)
      return scope.ok ? done({ by: 'member', member: scope.value }) : scope
    },
    receipt(request, received) {
      const { token = '' } = request.params as Record<string, string>
      const { pieceId, version } = received
      const location = urlTo('memberReceipt', { token, piece: pieceId, version: version.id })
      return { location, notice: depositNotice(received) }
    },
    rest(request, { pieceId, version }) {
      const { token = '' } = request.params as Record<string, string>
      return `${urlTo('memberPiece', { token, piece: pieceId })}?suite=${version.id}`
    },
  }
  const admitPorteur: Door['admit'] = async request => {
    const cookie = request.cookies[SESSION_COOKIE]
    const signedIn = cookie === undefined ? null : await findSession(context, cookie)
    if (signedIn === null) return refuse('signed-out')
    const reserved = await refusalOfRole(context, request, signedIn)
    if (reserved !== null) return { ok: false, refusal: reserved }
    const scope = await openPorteurScope(context, signedIn, parameter(request, 'grappe'))
    return scope === null ? refuse('not-found') : done({ by: 'porteur', porteur: scope })
  }
  const porteur: PieceDoor = {
    ...ofPiece,
    finish: visit => deposit(visit, porteur),
    uploads: PATHS.pieceUploads,
    upload: PATHS.pieceUpload,
    deposit: PATHS.depositPieceUploads,
    forgeryToken: true,
    admit: admitPorteur,
    receipt(request, received) {
      const { pieceId, version } = received
      const location = urlTo('piece', { grappe: parameter(request, 'grappe'), piece: pieceId })
      return { location, notice: depositNotice(received) ?? `Version ${version.number} déposée.` }
    },
    rest(request, { pieceId, version }) {
      const piece = urlTo('piece', { grappe: parameter(request, 'grappe'), piece: pieceId })
      return `${piece}?suite=${version.id}`
    },
  }
  const loose: Door = {
    uploads: PATHS.looseUploads,
    upload: PATHS.looseUpload,
    deposit: PATHS.openLooseUploads,
    forgeryToken: true,
    admit: admitPorteur,
    laneOf: by => looseLane(scopeOf(by)),
    takes: async (_context, { by }) =>
      (by.by === 'porteur' ? refuseLooseFiles(by.porteur) : null) ?? done({ maxFileMb: MOST_LOOSE_MB }),
    // Those that are whole wait on the page itself, to be filed.
    shows: ({ received, size }) => received < size,
    finish: openAll,
  }

  return async app => {
    // Chunks are left on the line: the store of uploads reads them.
    app.addContentTypeParser(CHUNK_TYPE, (_request, _payload, parsed) => parsed(null))
    const ending = endAtStop(app)
    app.setErrorHandler<FastifyError>((error, request, reply) => {
      const { status, detail } = problemOfError(error, request)
      if (status >= 500) request.log.error(error)
      return reply.code(status).send({ detail, reference: request.id })
    })
    for (const door of [member, porteur, loose]) routes(app, context, door, { chunksPerMinute, ending })
  }
}

function routes(
  app: FastifyInstance,
  context: Context,
  door: Door,
  { chunksPerMinute, ending }: { chunksPerMinute: number; ending: Ending },
): void {
  const onRequest = door.forgeryToken ? { onRequest: app.csrfProtection } : {}
  const manyRequests = { config: { rateLimit: { max: chunksPerMinute } } }

  const admit = async (request: FastifyRequest): Promise<Outcome<Admitted>> => {
    const admitted = await door.admit(request)
    return admitted.ok ? done({ by: admitted.value, lane: door.laneOf(admitted.value, request) }) : admitted
  }
  const admitToBegin = async (request: FastifyRequest): Promise<Outcome<Beginning>> => {
    const admitted = await admit(request)
    if (!admitted.ok) return admitted
    const taken = await door.takes(context, admitted.value)
    return taken.ok ? done({ ...admitted.value, maxFileMb: taken.value.maxFileMb }) : taken
  }
  const beginsOften = keptFor(BEGINNING_MS, context.now, admitToBegin)
  const addsOften = keptFor(ADDING_MS, context.now, admit)

  /** Hands on whoever may come in. */
  const through =
    <Who extends Admitted>(
      letIn: (request: FastifyRequest) => Promise<Outcome<Who>>,
      act: (visit: Visit & Who) => Promise<unknown>,
    ) =>
    (request: FastifyRequest, reply: FastifyReply): Promise<unknown> =>
      ending(reply, async () => {
        const admitted = await letIn(request)
        if (!admitted.ok) return sendRefusal(reply, admitted.refusal)
        return await act({ context, door, request, reply, ...admitted.value })
      })

  app.get(door.uploads, through(admit, listUploads))
  app.post(door.uploads, { ...onRequest, ...manyRequests }, through(beginsOften, beginUpload))
  app.delete(door.upload, { ...onRequest, ...manyRequests }, through(admit, goOnWithUpload))
  app.route({
    method: ['HEAD', 'PATCH', 'POST'],
    url: door.upload,
    ...manyRequests,
    ...onRequest,
    handler: through(addsOften, goOnWithUpload),
  })
  app.post(door.deposit, onRequest, through(admit, door.finish))
}

interface Admitted {
  by: PieceSide
  lane: UploadLane
}

interface Beginning extends Admitted {
  /** What a file may weigh. */
  maxFileMb: number
}

interface Visit extends Admitted {
  context: Context
  door: Door
  request: FastifyRequest
  reply: FastifyReply
}

async function listUploads(visit: Visit) {
  const { context, door, lane, request, reply } = visit
  const taken = await door.takes(context, visit)
  // A piece that takes nothing more today still shows what was begun.
  if (!taken.ok && taken.refusal.code === 'not-found') return sendRefusal(reply, taken.refusal)
  const uploads = addressOf(door, request)
  const shown = (await context.uploads.list(lane)).filter(each => door.shows(each))
  return shown.map(({ id, name, folder, modified, size, received }) => ({
    id,
    address: `${uploads}/${id}`,
    name,
    folder,
    modified,
    size,
    received,
  }))
}

const beginUpload = async (visit: Visit & Beginning) => await answerProtocol(visit, null, visit.maxFileMb)

async function goOnWithUpload(visit: Visit) {
  const { context, lane, request, reply } = visit
  const { upload = '' } = request.params as Record<string, string>
  const own = UPLOAD_ID.test(upload) && (await context.uploads.list(lane)).some(({ id }) => id === upload)
  if (!own) return sendRefusal(reply, { code: 'not-found' })
  if (request.method === 'POST') {
    if (request.headers[METHOD_OVERRIDE] !== 'PATCH') return sendRefusal(reply, { code: 'not-found' })
    request.raw.method = 'PATCH'
  }
  return await answerProtocol(visit, upload, Number.POSITIVE_INFINITY)
}

async function answerProtocol(visit: Visit, id: string | null, maxFileMb: number) {
  const { context, door, lane, request, reply } = visit
  const refused = await context.uploads.answer({
    request: request.raw,
    response: reply.raw,
    lane,
    id,
    address: addressOf(door, request),
    maxBytes: maxFileMb * BYTES_PER_MB,
    explain: status => JSON.stringify({ detail: sentenceOf(status) }),
  })
  if (refused !== null) return sendRefusal(reply, { code: refused, facts: { maxFileMb: `${maxFileMb}` } })
  return reply.hijack()
}

async function deposit({ context, by, lane: { pieceId }, request, reply }: Visit, side: PieceDoor) {
  const body = request.body as { uploads?: unknown; garder?: unknown } | null | undefined
  const ids = Array.isArray(body?.uploads) ? body.uploads.map(String) : []
  const kept = keptOf([body?.garder ?? []].flat().map(String))
  const received = await depositUploads(context, by, pieceId, ids, kept)
  if (!received.ok) {
    const refused = 'refused' in received ? received.refused : []
    return sendRefusal(reply, received.refusal, {
      refused: refused.map(({ position, reason }) => ({ upload: ids[position], reason })),
    })
  }
  if (by.by === 'member') await noteLinkUse(context, by.member.linkId)
  const { version, alreadyReceived, refused } = received.value
  const files = version.files.map(({ name, sha256, size }) => ({ name, sha256, size }))
  const made = { number: version.number, files, alreadyReceived }
  if (refused.length > 0) {
    return reply.code(201).send({
      location: side.rest(request, received.value),
      ...made,
      detail: keptSentence(version),
      refused: refused.map(({ position, reason }) => ({ upload: ids[position], reason })),
    })
  }
  const { location, notice } = side.receipt(request, received.value)
  if (notice !== null) leaveNotice(reply, notice)
  return reply.code(201).send({ location, ...made, refused: [] })
}

/** The files that are there wait on their page: those that hold others are opened first. */
async function openAll({ context, by, request, reply }: Visit) {
  if (by.by !== 'porteur') return sendRefusal(reply, { code: 'not-found' })
  const opened = await openLooseEnvelopes(context, by.porteur)
  leaveNotice(reply, openedNotice(opened))
  const location = urlTo('looseFiles', { grappe: parameter(request, 'grappe') })
  return reply.code(201).send({ location, refused: [] })
}

function addressOf(door: Door, request: FastifyRequest): string {
  return fill(door.uploads, request.params as Record<string, string>)
}

/** What a refusal of the protocol itself means to a person. */
function sentenceOf(status: number): string {
  if (status === 507) return problemOf({ code: 'storage-full' }).detail
  if (status === 413)
    return 'Ce fichier est plus long qu’annoncé : il a changé pendant l’envoi. Choisissez-le de nouveau.'
  if (status === 404 || status === 410) return problemOf({ code: 'uploads-gone' }).detail
  return problemOf({ code: 'upload-cut-off' }).detail
}

function sendRefusal(reply: FastifyReply, refusal: Refusal, more: object = {}): FastifyReply {
  const { status, detail } = problemOf(refusal)
  return reply.code(status).send({ code: refusal.code, detail, ...more })
}

type Ending = (reply: FastifyReply, act: () => Promise<unknown>) => Promise<unknown>

/**
 * A server that stops does not wait for slow lines: their uploads go on where they are, once it is back. What
 * it had begun for a line that was cut ends before it closes what that asks: its database, its store.
 */
function endAtStop(app: FastifyInstance): Ending {
  const lines = new Set<FastifyRequest>()
  const acts = new Set<Promise<unknown>>()
  app.addHook('onRequest', async (request, reply) => {
    if (request.headers['content-type'] !== CHUNK_TYPE) return
    lines.add(request)
    reply.raw.once('close', () => lines.delete(request))
  })
  app.addHook('preClose', done => {
    for (const { raw } of lines) raw.destroy()
    done()
  })
  app.addHook('onClose', async () => {
    await Promise.allSettled(acts)
  })
  return async (reply, act) => {
    // Cut while it waited to be let in.
    if (reply.raw.destroyed) return reply.hijack()
    const begun = act()
    acts.add(begun)
    try {
      return await begun
    } finally {
      acts.delete(begun)
    }
  }
}
