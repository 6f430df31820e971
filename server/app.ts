/** The application, read from top to bottom: protections, pages of the three journeys, API, errors. */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import formbody from '@fastify/formbody'
import multipart from '@fastify/multipart'
import fastifyStatic from '@fastify/static'
import Fastify, { type FastifyInstance } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import { PATHS } from '../schema/urls.ts'
import type { Config } from './config.ts'
import type { OpenContext } from './context.ts'
import { accessApi } from './http/api/access.ts'
import { describeApi } from './http/api/description.ts'
import { exchangesApi } from './http/api/exchanges.ts'
import { grappesApi } from './http/api/grappes.ts'
import { importApi } from './http/api/import.ts'
import { piecesApi } from './http/api/pieces.ts'
import { reviewerApi } from './http/api/reviewer.ts'
import { sealsApi } from './http/api/seals.ts'
import { calendarFeeds } from './http/calendar.ts'
import { answerErrors } from './http/errors.ts'
import { health } from './http/health.ts'
import { administrationPages } from './http/pages/administration.ts'
import { apiAccessPages } from './http/pages/api-access.ts'
import { apiDocsPages } from './http/pages/api-docs.ts'
import { arsPages } from './http/pages/ars.ts'
import { esmsPages } from './http/pages/esms.ts'
import { homePages } from './http/pages/home.ts'
import { memberContactPages } from './http/pages/member-contacts.ts'
import { memberExchangePages } from './http/pages/member-exchanges.ts'
import { type PageSettings, sendProblemPage } from './http/pages/page.ts'
import { boardPages } from './http/pages/porteur/board.ts'
import { contactPages } from './http/pages/porteur/contacts.ts'
import { deadlinePages } from './http/pages/porteur/deadlines.ts'
import { eligibilityPages } from './http/pages/porteur/eligibility.ts'
import { porteurExchangePages } from './http/pages/porteur/exchanges.ts'
import { grappePages } from './http/pages/porteur/grappe.ts'
import { importPages } from './http/pages/porteur/import.ts'
import { linkPages } from './http/pages/porteur/links.ts'
import { memberPages } from './http/pages/porteur/members.ts'
import { relancePages } from './http/pages/porteur/relances.ts'
import { solutionPages } from './http/pages/porteur/solutions.ts'
import { signInPages } from './http/pages/sign-in.ts'
import { verifyPages } from './http/pages/verify.ts'
import { resumableUploads } from './http/resumable.ts'
import { loggedUrl, protect } from './http/security.ts'
import { drainAnsweredUploads } from './http/uploads.ts'

const assetsFolder = fileURLToPath(new URL('../templates/assets', import.meta.url))
/** The browser's side of the tus protocol, served from its package as it is. */
const tusScript = createRequire(import.meta.url).resolve('tus-js-client/dist/tus.min.js')

/** Longest body that is not an upload: a form or a JSON document. */
const MAX_BODY_BYTES = 1_000_000

/** A chunk is little work beside a page: an address may send this many times more of them. */
const CHUNKS_PER_REQUEST = 10

export async function buildApp(context: OpenContext, config: Config): Promise<FastifyInstance> {
  const app = Fastify({
    bodyLimit: MAX_BODY_BYTES,
    trustProxy: (_address, hop) => hop < config.trustedProxies,
    // A request in flight is answered; idle keep-alive connections do not hold the stop back.
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 200 },
    logger: {
      level: config.logLevel,
      serializers: {
        req: request => ({ method: request.method, url: loggedUrl(request.url), remoteAddress: request.ip }),
      },
    },
  })
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  const pages: PageSettings = {
    assetsVersion: await versionOfFiles([...(await filesOf(assetsFolder)), tusScript]),
    secureCookies: config.publicUrl?.startsWith('https:') ?? false,
    signInLimitPerHour: config.signInLimitPerHour,
  }
  answerErrors(app, (request, reply, problem) =>
    sendProblemPage(request, reply, pages.assetsVersion, problem),
  )

  await protect(app, { cookieSecret: context.secretKey, rateLimitPerMinute: config.rateLimitPerMinute })
  await app.register(formbody, { bodyLimit: MAX_BODY_BYTES })
  await app.register(multipart, { throwFileSizeLimit: false })
  drainAnsweredUploads(app)
  await app.register(fastifyStatic, {
    root: assetsFolder,
    prefix: PATHS.assets,
    maxAge: '1y',
    immutable: true,
  })
  app.get(`${PATHS.assets}${basename(tusScript)}`, (_request, reply) =>
    reply.sendFile(basename(tusScript), dirname(tusScript)),
  )

  await app.register(health(context))
  await app.register(homePages(context, pages))
  await app.register(administrationPages(context, pages))
  await app.register(signInPages(context, pages))
  await app.register(grappePages(context, pages))
  await app.register(memberPages(context, pages))
  await app.register(linkPages(context, pages))
  await app.register(eligibilityPages(context, pages))
  await app.register(importPages(context, pages))
  await app.register(solutionPages(context, pages))
  await app.register(boardPages(context, pages))
  await app.register(relancePages(context, pages))
  await app.register(deadlinePages(context, pages))
  await app.register(apiAccessPages(context, pages))
  await app.register(resumableUploads(context, config.rateLimitPerMinute * CHUNKS_PER_REQUEST))
  await app.register(porteurExchangePages(context, pages))
  await app.register(contactPages(context, pages))
  await app.register(esmsPages(context, pages))
  await app.register(memberExchangePages(context, pages))
  await app.register(memberContactPages(context, pages))
  await app.register(calendarFeeds(context))
  await app.register(arsPages(context, pages))
  await app.register(verifyPages(context, pages))
  await app.register(apiDocsPages(context, pages))

  await describeApi(app)
  await app.register(accessApi(context, config))
  await app.register(grappesApi(context))
  await app.register(importApi(context))
  await app.register(piecesApi(context))
  await app.register(sealsApi(context))
  await app.register(exchangesApi(context))
  await app.register(reviewerApi(context))
  return app
}

async function filesOf(folder: string): Promise<string[]> {
  return (await readdir(folder)).sort().map(name => join(folder, name))
}

/** Changes with any asset, so that browsers may keep each version for good. */
async function versionOfFiles(paths: readonly string[]): Promise<string> {
  const hash = createHash('sha256')
  for (const path of paths) hash.update(basename(path)).update(await readFile(path))
  return hash.digest('base64url').slice(0, 12)
}
