/** The OpenAPI document, made from the routes' own contracts. */
import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import { jsonSchemaTransform } from 'fastify-type-provider-zod'
import type { OpenAPIV3_1 } from 'openapi-types'
import { PATHS } from '../../../schema/urls.ts'

const UPLOAD_BODY: OpenAPIV3_1.RequestBodyObject = {
  required: true,
  content: {
    'multipart/form-data': {
      schema: {
        type: 'object',
        required: ['fichiers'],
        properties: {
          garder: {
            type: 'array',
            items: { type: 'string' },
            description:
              'Identifiants des documents de la version précédente qui restent avec ceux-ci, ou « oui » ' +
              'pour tous (pièces à plusieurs fichiers). Sans lui, ce dépôt les remplace.',
          },
          fichiers: { type: 'array', items: { type: 'string', format: 'binary' } },
        },
      },
    },
  },
}

const MODEL_BODY: OpenAPIV3_1.RequestBodyObject = {
  required: true,
  content: {
    'multipart/form-data': {
      schema: {
        type: 'object',
        required: ['fichier'],
        properties: {
          fichier: { type: 'string', format: 'binary', description: 'Un document Word (.docx)' },
        },
      },
    },
  },
}

/** Errors are sent as problem details, whose media type Fastify does not know of. */
function describeProblems(responses: OpenAPIV3_1.ResponsesObject): void {
  for (const [status, response] of Object.entries(responses)) {
    if (Number(status) < 400 || !('content' in response) || response.content === undefined) continue
    const { 'application/json': problem, ...others } = response.content
    if (problem !== undefined) response.content = { ...others, 'application/problem+json': problem }
  }
}

/** To be called before the routes that it describes are registered. */
export async function describeApi(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'grappe-kit',
        version: '1',
        description:
          'Tout ce que font les pages, en JSON. Authentification : « Authorization: Bearer JETON », avec ' +
          'un jeton d’API de porteur, ou le jeton (dernier segment de l’adresse) d’un lien de membre ou ' +
          'de lecture ARS. Les erreurs suivent la RFC 9457, avec un « detail » en français.',
      },
      components: { securitySchemes: { jeton: { type: 'http', scheme: 'bearer' } } },
      security: [{ jeton: [] }],
    },
    // Streamed bodies have no contract that Fastify could check: they are declared here by hand.
    transformObject: document => {
      const { openapiObject } = document as { openapiObject: OpenAPIV3_1.Document }
      for (const [path, item] of Object.entries(openapiObject.paths ?? {})) {
        if (item?.post && path.endsWith('/versions')) Object.assign(item.post, { requestBody: UPLOAD_BODY })
        if (item?.post && path.endsWith('/modeles/{model}'))
          Object.assign(item.post, { requestBody: MODEL_BODY })
        for (const operation of [item?.get, item?.post, item?.put, item?.delete]) {
          if (operation?.responses) describeProblems(operation.responses)
        }
      }
      return openapiObject
    },
    transform: input => {
      const hidden = !input.url.startsWith('/api/v1/') || input.url === PATHS.openApi
      return jsonSchemaTransform(hidden ? { ...input, schema: { ...input.schema, hide: true } } : input)
    },
  })
  app.get(PATHS.openApi, { schema: { hide: true } }, async () => app.swagger())
}
