/** The application, read from top to bottom: protections, pages of the three journeys, API, errors. */
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
import { grappesApi } from './http/api/grappes.ts'
import { piecesApi } from './http/api/pieces.ts'
import { answerErrors } from './http/errors.ts'
import { health } from './http/health.ts'
// import { arsPages } from './http/pages/ars.ts'
// import { esmsPages } from './http/pages/esms.ts'
// import { homePages } from './http/pages/home.ts'
// import { porteurPages } from './http/pages/porteur.ts'
// import { signInPages } from './http/pages/sign-in.ts'
import { loggedUrl, protect } from './http/security.ts'

const assetsFolder = fileURLToPath(new URL('../templates/assets', import.meta.url))

/** Longest body that is not an upload: a form or a JSON document. */
const MAX_BODY_BYTES = 1_000_000

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
  answerErrors(app, (_request, reply, problem) => reply.code(problem.status).send(problem.detail))

  await protect(app, { cookieSecret: context.secretKey, rateLimitPerMinute: config.rateLimitPerMinute })
  await app.register(formbody, { bodyLimit: MAX_BODY_BYTES })
  await app.register(multipart, { throwFileSizeLimit: false })
  await app.register(fastifyStatic, { root: assetsFolder, prefix: PATHS.assets, maxAge: '1h' })

  await app.register(health(context))
  //   await app.register(homePages(context))
  //   await app.register(signInPages(context, config))
  //   await app.register(porteurPages(context))
  //   await app.register(esmsPages(context))
  //   await app.register(arsPages(context))

  await describeApi(app)
  await app.register(accessApi(context, config))
  await app.register(grappesApi(context))
  await app.register(piecesApi(context))
  return app
}
