/** The application, read from top to bottom: protections, pages of the three journeys, API, errors. */
import formbody from '@fastify/formbody'
import multipart from '@fastify/multipart'
import Fastify, { type FastifyInstance } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { keyFor } from './adapters/tokens.ts'
import type { Config } from './config.ts'
import type { OpenContext } from './context.ts'
import { accessApi } from './http/api/access.ts'
import { answerFormsApi } from './http/api/answer-forms.ts'
import { callCopyApi } from './http/api/call-copy.ts'
import { callValuesApi } from './http/api/call-values.ts'
import { callsApi } from './http/api/calls.ts'
import { codesApi } from './http/api/codes.ts'
import { colleaguesApi } from './http/api/colleagues.ts'
import { contactsApi } from './http/api/contacts.ts'
import { describeApi } from './http/api/description.ts'
import { digestsApi } from './http/api/digests.ts'
import { documentsApi } from './http/api/documents.ts'
import { exchangesApi, memberExchangesApi } from './http/api/exchanges.ts'
import { governanceApi } from './http/api/governance.ts'
import { grappesApi } from './http/api/grappes.ts'
import { importApi } from './http/api/import.ts'
import { linksApi } from './http/api/links.ts'
import { looseFilesApi } from './http/api/loose-files.ts'
import { memberRecordsApi } from './http/api/member-records.ts'
import { membersApi } from './http/api/members.ts'
import { modelsApi } from './http/api/models.ts'
import { personalDataApi } from './http/api/personal-data.ts'
import { piecesApi } from './http/api/pieces.ts'
import { retentionApi } from './http/api/retention.ts'
import { reviewerApi } from './http/api/reviewer.ts'
import { sealsApi } from './http/api/seals.ts'
import { servicesApi } from './http/api/services.ts'
import { sharingApi } from './http/api/sharing.ts'
import { signingApi } from './http/api/signing.ts'
import { submissionApi } from './http/api/submission.ts'
import { readAssets } from './http/assets.ts'
import { calendarFeeds } from './http/calendar.ts'
import { compressTexts } from './http/compression.ts'
import { answerErrors } from './http/errors.ts'
import { health } from './http/health.ts'
import { loggerOptions } from './http/logging.ts'
import { measureRequests } from './http/metrics.ts'
import { administrationPages } from './http/pages/administration.ts'
import { apiAccessPages } from './http/pages/api-access.ts'
import { apiDocsPages } from './http/pages/api-docs.ts'
import { arsPages } from './http/pages/ars/index.ts'
import { providerPages } from './http/pages/ars/provider.ts'
import { callPages } from './http/pages/calls/index.ts'
import { digestPages } from './http/pages/digests.ts'
import { memberFormPages } from './http/pages/esms/answer-form.ts'
import { memberContactPages } from './http/pages/esms/contacts.ts'
import { memberDocumentPages } from './http/pages/esms/documents.ts'
import { memberExchangePages } from './http/pages/esms/exchanges.ts'
import { memberHomePages } from './http/pages/esms/home.ts'
import { memberOgRecordPages } from './http/pages/esms/og-record.ts'
import { memberDataPages } from './http/pages/esms/own-data.ts'
import { memberPiecePages } from './http/pages/esms/piece.ts'
import { memberRecordPages } from './http/pages/esms/record.ts'
import { memberSigningPages } from './http/pages/esms/signing.ts'
import { memberTakeOutPages } from './http/pages/esms/take-out.ts'
import { homePages } from './http/pages/home.ts'
import { type PageSettings, sendProblemPage } from './http/pages/page.ts'
import { passkeyPages } from './http/pages/passkeys.ts'
import { personalDataPages } from './http/pages/personal-data.ts'
import { accountPages } from './http/pages/porteur/account.ts'
import { porteurFormPages } from './http/pages/porteur/answer-form.ts'
import { boardPages } from './http/pages/porteur/board.ts'
import { callCopyPages } from './http/pages/porteur/call-copy.ts'
import { callValuePages } from './http/pages/porteur/call-values.ts'
import { colleaguePages } from './http/pages/porteur/colleagues.ts'
import { contactPages } from './http/pages/porteur/contacts.ts'
import { correctionPages } from './http/pages/porteur/corrections.ts'
import { deadlinePages } from './http/pages/porteur/deadlines.ts'
import { documentPages } from './http/pages/porteur/documents.ts'
import { eligibilityPages } from './http/pages/porteur/eligibility.ts'
import { porteurExchangePages } from './http/pages/porteur/exchanges.ts'
import { governancePages } from './http/pages/porteur/governance.ts'
import { grappePages } from './http/pages/porteur/grappe.ts'
import { grappeSettingsPages } from './http/pages/porteur/grappe-settings.ts'
import { importPages } from './http/pages/porteur/import.ts'
import { linkPages } from './http/pages/porteur/links.ts'
import { mailPages } from './http/pages/porteur/mails.ts'
import { memberPages } from './http/pages/porteur/members.ts'
import { ownModelPages } from './http/pages/porteur/own-model.ts'
import { personPages } from './http/pages/porteur/person.ts'
import { relancePages } from './http/pages/porteur/relances.ts'
import { retentionPages } from './http/pages/porteur/retention.ts'
import { revokeAllPages } from './http/pages/porteur/revoke-all.ts'
import { sessionPages } from './http/pages/porteur/sessions.ts'
import { sharingPages } from './http/pages/porteur/sharing.ts'
import { signingPages } from './http/pages/porteur/signings.ts'
import { solutionPages } from './http/pages/porteur/solutions.ts'
import { submissionPages } from './http/pages/porteur/submission.ts'
import { signInPages } from './http/pages/sign-in.ts'
import { verifyPages } from './http/pages/verify.ts'
import { requestIds, tellRequestIds } from './http/request-ids.ts'
import { resumableUploads } from './http/resumable.ts'
import { sealedTexts } from './http/sealed-texts.ts'
import { protect } from './http/security.ts'
import { sharedLimits } from './http/shared-limits.ts'
import { paceSignIns } from './http/sign-in-pace.ts'
import { cutSlowBodies } from './http/slow-bodies.ts'
import { keepTextsStorable } from './http/storable-text.ts'
import { drainAnsweredUploads } from './http/uploads.ts'
import { keptBoards } from './steps/read/kept-boards.ts'

/** Longest body that is not an upload: a form or a JSON document. */
const MAX_BODY_BYTES = 1_000_000

/**
 * A browser sends its headers at once; one that drips them, or says nothing, holds a connection for nothing.
 */
const HEADERS_MS = 20_000

/**
 * Beyond these a new connection is closed at once: the process keeps handles for its files and its database.
 */
const MAX_CONNECTIONS = 5000

/** A chunk is little work beside a page: an address may send this many times more of them. */
const CHUNKS_PER_REQUEST = 10

export async function buildApp(context: OpenContext, config: Config): Promise<FastifyInstance> {
  const app = Fastify({
    bodyLimit: MAX_BODY_BYTES,
    // Bodies have no limit in all, but a least pace: `cutSlowBodies` says why.
    requestTimeout: 0,
    http: { headersTimeout: HEADERS_MS, connectionsCheckingInterval: HEADERS_MS / 4 },
    trustProxy: (_address, hop) => hop < config.trustedProxies,
    // A request in flight is answered; idle keep-alive connections do not hold the stop back.
    forceCloseConnections: 'idle',
    // One that comes while it stops is answered too: its connection then ends by itself.
    return503OnClosing: false,
    // Node bounds the whole address; what is too long for an id names nothing, and is answered as such.
    routerOptions: { maxParamLength: 20_000 },
    rewriteUrl: ({ url = '/' }) => decodable(url),
    genReqId: requestIds(config.trustedProxies > 0),
    logger: loggerOptions(config.logLevel, config.logFormat),
  })
  app.server.maxConnections = MAX_CONNECTIONS
  tellRequestIds(app)
  sendCallersElsewhere(app, context)
  measureRequests(app, context.metrics)
  cutSlowBodies(app, {
    leastBytesPerSecond: config.bodyLeastBytesPerS,
    patienceSeconds: config.bodyPatienceS,
  })
  // What no contract says in its own words is said in French all the same.
  z.config(z.locales.fr())
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  const assets = await readAssets()
  answerErrors(app, (request, reply, problem) => sendProblemPage(request, reply, assets.version, problem))

  await protect(app, {
    cookieKey: keyFor(context.secretKey, 'cookies'),
    formKey: keyFor(context.secretKey, 'formulaires'),
    secureCookies: config.publicUrl?.startsWith('https:') ?? false,
    rateLimitPerMinute: config.rateLimitPerMinute,
    limits: sharedLimits(context, keyFor(context.secretKey, 'limites')),
  })
  const boards = keptBoards(context)
  const paceSignIn = paceSignIns(app, config.signInLimitPerMailbox)
  const pages: PageSettings = {
    assetsVersion: assets.version,
    signInLimitPerHour: config.signInLimitPerHour,
    paceSignIn,
    boards,
    provider: context.provider,
    sealed: sealedTexts(context.secretKey),
  }
  await app.register(formbody, { bodyLimit: MAX_BODY_BYTES })
  await app.register(multipart, { throwFileSizeLimit: false })
  drainAnsweredUploads(app)
  keepTextsStorable(app)
  compressTexts(app)
  await app.register(assets.serve)

  await app.register(health(context))
  await app.register(homePages(context, pages))
  await app.register(administrationPages(context, pages))
  await app.register(signInPages(context, pages))
  await app.register(providerPages(context, pages))
  await app.register(passkeyPages(context, pages))
  await app.register(grappePages(context, pages))
  await app.register(grappeSettingsPages(context, pages))
  await app.register(retentionPages(context, pages))
  await app.register(personPages(context, pages))
  await app.register(sharingPages(context, pages))
  await app.register(submissionPages(context, pages))
  await app.register(signingPages(context, pages))
  await app.register(governancePages(context, pages))
  await app.register(memberPages(context, pages))
  await app.register(linkPages(context, pages))
  await app.register(eligibilityPages(context, pages))
  await app.register(callCopyPages(context, pages))
  await app.register(callValuePages(context, pages))
  await app.register(correctionPages(context, pages))
  await app.register(importPages(context, pages))
  await app.register(solutionPages(context, pages))
  await app.register(boardPages(context, pages))
  await app.register(mailPages(context, pages))
  await app.register(relancePages(context, pages))
  await app.register(deadlinePages(context, pages))
  await app.register(documentPages(context, pages))
  await app.register(ownModelPages(context, pages))
  await app.register(callPages(context, pages, 'porteur'))
  await app.register(callPages(context, pages, 'ars'))
  await app.register(apiAccessPages(context, pages))
  await app.register(digestPages(context, pages))
  await app.register(colleaguePages(context, pages))
  await app.register(sessionPages(context, pages))
  await app.register(revokeAllPages(context, pages))
  await app.register(accountPages(context, pages))
  await app.register(resumableUploads(context, config.rateLimitPerMinute * CHUNKS_PER_REQUEST))
  await app.register(porteurFormPages(context, pages))
  await app.register(porteurExchangePages(context, pages))
  await app.register(contactPages(context, pages))
  await app.register(memberHomePages(context, pages))
  await app.register(memberPiecePages(context, pages))
  await app.register(memberFormPages(context, pages))
  await app.register(memberTakeOutPages(context, pages))
  await app.register(memberExchangePages(context, pages))
  await app.register(memberSigningPages(context, pages))
  await app.register(memberContactPages(context, pages))
  await app.register(memberRecordPages(context, pages))
  await app.register(memberOgRecordPages(context, pages))
  await app.register(memberDocumentPages(context, pages))
  await app.register(memberDataPages(context, pages))
  await app.register(calendarFeeds(context))
  await app.register(arsPages(context, pages))
  await app.register(verifyPages(context, pages))
  await app.register(personalDataPages(pages, config))
  await app.register(apiDocsPages(context, pages))

  await describeApi(app)
  await app.register(accessApi(context, pages))
  await app.register(digestsApi(context))
  await app.register(grappesApi(context, boards))
  await app.register(callsApi(context))
  await app.register(membersApi(context))
  await app.register(callCopyApi(context))
  await app.register(callValuesApi(context))
  await app.register(retentionApi(context))
  await app.register(personalDataApi(context))
  await app.register(sharingApi(context))
  await app.register(submissionApi(context))
  await app.register(signingApi(context))
  await app.register(governanceApi(context))
  await app.register(memberRecordsApi(context))
  await app.register(linksApi(context))
  await app.register(importApi(context))
  await app.register(piecesApi(context))
  await app.register(sealsApi(context))
  await app.register(exchangesApi(context))
  await app.register(contactsApi(context))
  await app.register(documentsApi(context))
  await app.register(modelsApi(context))
  await app.register(answerFormsApi(context))
  await app.register(looseFilesApi(context))
  await app.register(memberExchangesApi(context))
  await app.register(reviewerApi(context))
  await app.register(codesApi(context))
  await app.register(colleaguesApi(context))
  await app.register(servicesApi(context))
  return app
}

/** Whoever keeps a connection open to a server that stops opens its next one at another. */
function sendCallersElsewhere(app: FastifyInstance, context: Pick<OpenContext, 'isStopping'>): void {
  app.addHook('onSend', async (_request, reply) => {
    if (context.isStopping) reply.header('connection', 'close')
  })
}

/** An address as it came; where a percent sign encodes nothing, it stands for itself and leads to no page. */
function decodable(url: string): string {
  const [path = '', ...query] = url.split('?')
  try {
    decodeURI(path)
    return url
  } catch {
    return [path.replaceAll('%', '%25'), ...query].join('?')
  }
}
