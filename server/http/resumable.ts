/**
 * Uploads that survive a lost line, for members and porteurs: the tus protocol under the page of the piece, then a
 * deposit of what has arrived. Answers are for a script: JSON, each refusal with the sentence that a page would show.
 */
import type { FastifyError, FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { fill, PATHS, urlTo } from '../../schema/urls.ts'
import { BYTES_PER_MB } from '../domain/file-acceptance.ts'
import { depositUploads, laneOf } from '../steps/deposit-uploads.ts'
import { noteLinkUse } from '../steps/links.ts'
import { openMemberScope } from '../steps/member-scope.ts'
import { openPorteurScope } from '../steps/porteur-scope.ts'
import type { Context } from '../steps/ports.ts'
import { type DepositScope, findDepositTarget, type Receipt } from '../steps/receive-document.ts'
import { done, type Outcome, type Refusal, refuse } from '../steps/refusals.ts'
import { findSession } from '../steps/sign-in.ts'
import { problemOfError } from './errors.ts'
import { leaveNotice, parameter } from './pages/page.ts'
import { problemOf } from './refusals.ts'
import { SESSION_COOKIE } from './security.ts'

const CHUNK_TYPE = 'application/offset+octet-stream'
const UPLOAD_ID = /^[0-9a-f]{32}$/

/** Uploads of one side: where they are found, and who may come in. */
interface Side {
  uploads: string
  upload: string
  deposit: string
  admit(request: FastifyRequest): Promise<Outcome<DepositScope>>
  /** Where to read that the deposit is made, and what to say there. */
  receipt(request: FastifyRequest, receipt: Receipt): { location: string; notice: string | null }
  /** Whether requests carry the page's forgery token; an address that is itself a secret needs none. */
  forgeryToken: boolean
}

/** @param chunksPerMinute limit of requests of one address: a file takes many more than a page. */
export function resumableUploads(context: Context, chunksPerMinute: number): FastifyPluginAsync {
  const member: Side = {
    uploads: PATHS.memberUploads,
    upload: PATHS.memberUpload,
    deposit: PATHS.depositMemberUploads,
    forgeryToken: false,
    async admit(request) {
      const { token = '' } = request.params as Record<string, string>
      const scope = await openMemberScope(context, token)
      return scope.ok ? done({ by: 'member', member: scope.value }) : scope
    },
    receipt(request, { pieceId, version, alreadyReceived }) {
      const { token = '' } = request.params as Record<string, string>
      const location = urlTo('memberReceipt', { token, piece: pieceId, version: version.id })
      return { location, notice: alreadyReceived ? ALREADY_THERE : null }
    },
  }
  const porteur: Side = {
    uploads: PATHS.pieceUploads,
    upload: PATHS.pieceUpload,
    deposit: PATHS.depositPieceUploads,
    forgeryToken: true,
    async admit(request) {
      const cookie = request.cookies[SESSION_COOKIE]
      const signedIn = cookie === undefined ? null : await findSession(context, cookie)
      if (signedIn === null) return refuse('signed-out')
      const scope = await openPorteurScope(context, signedIn, parameter(request, 'grappe'))
      return scope === null ? refuse('not-found') : done({ by: 'porteur', porteur: scope })
    },
    receipt(request, { pieceId, version, alreadyReceived }) {
      const location = urlTo('piece', { grappe: parameter(request, 'grappe'), piece: pieceId })
      return { location, notice: alreadyReceived ? ALREADY_THERE : `Version ${version.number} déposée.` }
    },
  }

  return async app => {
    // Chunks are left on the line: the store of uploads reads them.
    app.addContentTypeParser(CHUNK_TYPE, (_request, _payload, parsed) => parsed(null))
    cutChunksAtStop(app)
    app.setErrorHandler<FastifyError>((error, request, reply) => {
      const { status, detail } = problemOfError(error, request)
      if (status >= 500) request.log.error(error)
      return reply.code(status).send({ detail })
    })
    for (const side of [member, porteur]) routes(app, context, side, chunksPerMinute)
  }
}

const ALREADY_THERE = 'Ces fichiers étaient déjà déposés : rien n’a été enregistré deux fois.'

function routes(app: FastifyInstance, context: Context, side: Side, chunksPerMinute: number): void {
  const onRequest = side.forgeryToken ? { onRequest: app.csrfProtection } : {}
  const manyRequests = { config: { rateLimit: { max: chunksPerMinute } } }

  const onPiece =
    (act: (scope: DepositScope, request: FastifyRequest, reply: FastifyReply) => Promise<unknown>) =>
    async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
      const scope = await side.admit(request)
      return scope.ok ? await act(scope.value, request, reply) : sendRefusal(reply, scope.refusal)
    }

  app.get(
    side.uploads,
    onPiece(async (scope, request, reply) => {
      const target = await findDepositTarget(context, scope, parameter(request, 'piece'))
      // A piece that takes nothing more today still shows what was begun.
      if (!target.ok && target.refusal.code === 'not-found') return sendRefusal(reply, target.refusal)
      const uploads = addressOf(side, request)
      return context.uploads
        .list(laneOf(scope, parameter(request, 'piece')))
        .map(({ id, name, modified, size, received }) => ({
          id,
          address: `${uploads}/${id}`,
          name,
          modified,
          size,
          received,
        }))
    }),
  )

  app.post(
    side.uploads,
    { ...onRequest, ...manyRequests },
    onPiece(async (scope, request, reply) => {
      const pieceId = parameter(request, 'piece')
      const target = await findDepositTarget(context, scope, pieceId)
      if (!target.ok) return sendRefusal(reply, target.refusal)
      const { maxFileMb } = target.value.definition
      return await answer(scope, request, reply, null, maxFileMb)
    }),
  )

  app.route({
    method: ['HEAD', 'PATCH', 'DELETE'],
    url: side.upload,
    ...manyRequests,
    ...onRequest,
    handler: onPiece(async (scope, request, reply) => {
      const { upload = '' } = request.params as Record<string, string>
      const lane = laneOf(scope, parameter(request, 'piece'))
      const own = UPLOAD_ID.test(upload) && context.uploads.list(lane).some(({ id }) => id === upload)
      if (!own) return sendRefusal(reply, { code: 'not-found' })
      return await answer(scope, request, reply, upload, Number.POSITIVE_INFINITY)
    }),
  })

  app.post(
    side.deposit,
    onRequest,
    onPiece(async (scope, request, reply) => {
      const body = request.body as { uploads?: unknown; garder?: unknown } | null | undefined
      const ids = Array.isArray(body?.uploads) ? body.uploads.map(String) : []
      const pieceId = parameter(request, 'piece')
      const received = await depositUploads(context, scope, pieceId, ids, body?.garder === 'oui')
      if (!received.ok) {
        const refused = 'refused' in received ? received.refused : []
        return sendRefusal(reply, received.refusal, {
          refused: refused.map(({ position, reason }) => ({ upload: ids[position], reason })),
        })
      }
      if (scope.by === 'member') await noteLinkUse(context, scope.member.linkId)
      const { version, alreadyReceived } = received.value
      const { location, notice } = side.receipt(request, received.value)
      if (notice !== null) leaveNotice(reply, notice)
      const files = version.files.map(({ name, sha256, size }) => ({ name, sha256, size }))
      return reply.code(201).send({ location, number: version.number, files, alreadyReceived })
    }),
  )

  async function answer(
    scope: DepositScope,
    request: FastifyRequest,
    reply: FastifyReply,
    id: string | null,
    maxFileMb: number,
  ): Promise<unknown> {
    const refused = await context.uploads.answer({
      request: request.raw,
      response: reply.raw,
      lane: laneOf(scope, parameter(request, 'piece')),
      id,
      address: addressOf(side, request),
      maxBytes: maxFileMb * BYTES_PER_MB,
      explain: status => JSON.stringify({ detail: sentenceOf(status) }),
    })
    if (refused !== null) return sendRefusal(reply, { code: refused, facts: { maxFileMb: `${maxFileMb}` } })
    return reply.hijack()
  }
}

function addressOf(side: Side, request: FastifyRequest): string {
  return fill(side.uploads, request.params as Record<string, string>)
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

/** A server that stops does not wait for slow lines: their uploads go on where they are, once it is back. */
function cutChunksAtStop(app: FastifyInstance): void {
  const underWay = new Set<FastifyRequest>()
  app.addHook('onRequest', async (request, reply) => {
    if (request.headers['content-type'] !== CHUNK_TYPE) return
    underWay.add(request)
    reply.raw.once('close', () => underWay.delete(request))
  })
  app.addHook('preClose', done => {
    for (const { raw } of underWay) raw.destroy()
    done()
  })
}
