/** The API's description, read from the very document that programs read. */
import type { FastifyPluginAsync } from 'fastify'
import type { OpenAPIV3_1 } from 'openapi-types'
import { PATHS } from '../../../schema/urls.ts'
import { ApiDocs, type ApiField, type ApiOperation } from '../../../templates/pages/api-docs.tsx'
import type { Context } from '../../steps/ports.ts'
import { frameOf, type PageSettings, sendPage } from './page.ts'

type Schema = OpenAPIV3_1.SchemaObject

export function apiDocsPages(context: Context, { assetsVersion }: PageSettings): FastifyPluginAsync {
  return async app => {
    app.get(PATHS.apiDocs, async (request, reply) => {
      const { info, paths = {} } = app.swagger() as OpenAPIV3_1.Document
      const operations = Object.entries(paths).flatMap(([path, item]) =>
        (['get', 'post', 'put', 'delete'] as const).flatMap(method => {
          const operation = item?.[method]
          return operation === undefined ? [] : [operationOf(method, path, operation, context.publicUrl())]
        }),
      )
      const frame = frameOf(request, reply, assetsVersion)
      return sendPage(reply, ApiDocs({ frame, description: info.description ?? '', operations }))
    })
  }
}

/** Our own document holds no reference: every schema is written where it is used. */
function operationOf(
  method: string,
  path: string,
  operation: OpenAPIV3_1.OperationObject,
  publicUrl: string,
): ApiOperation {
  const parameters = (operation.parameters ?? []) as OpenAPIV3_1.ParameterObject[]
  const requestBody = operation.requestBody as OpenAPIV3_1.RequestBodyObject | undefined
  const [media] = Object.entries(requestBody?.content ?? {})
  const bodySchema = media?.[1].schema as Schema | undefined
  const responses = Object.entries(operation.responses ?? {}) as [string, OpenAPIV3_1.ResponseObject][]
  const needsToken = responses.some(([status]) => status === '401')
  return {
    id: `${method}${path.replaceAll(/[^a-z]+/gi, '-')}`,
    tag: operation.tags?.[0] ?? 'Autres',
    method: method.toUpperCase(),
    path,
    summary: operation.summary ?? path,
    description: operation.description ?? null,
    parameters: parameters.map(({ name, required, description, schema }) => ({
      name,
      type: typeOf((schema ?? {}) as Schema),
      required: required === true,
      description: description ?? null,
    })),
    body:
      media === undefined || bodySchema === undefined
        ? null
        : { mediaType: media[0], fields: fieldsOf(bodySchema) },
    answers: responses.map(([status, { description, content }]) => {
      const schema = content?.['application/json']?.schema as Schema | undefined
      return {
        status: Number(status),
        description: description === 'Default Response' ? (schema?.description ?? '') : description,
        fields: schema === undefined || Number(status) >= 400 ? [] : fieldsOf(schema),
      }
    }),
    curl: curlOf(method, publicUrl + path, needsToken, media?.[0], bodySchema),
  }
}

/** Every field of a schema, nested ones under their path: `versions[].files[].sha256`. */
function fieldsOf(schema: Schema, prefix = ''): ApiField[] {
  const { items } = schema as { items?: Schema }
  if (items !== undefined) return fieldsOf(items, `${prefix}[]`)
  const variants = (schema.anyOf ?? []).filter(option => (option as Schema).type === 'object') as Schema[]
  if (variants.length > 0) return inAnyOf(variants.map(variant => fieldsOf(variant, prefix)))
  return Object.entries(schema.properties ?? {}).flatMap(([name, value]) => {
    const property = value as Schema
    const path = prefix === '' ? name : `${prefix}.${name}`
    const field = {
      name: path,
      type: typeOf(property),
      required: schema.required?.includes(name) ?? false,
      description: property.description ?? null,
    }
    return [field, ...fieldsOf(property, path)]
  })
}

/** The fields of all the forms that a value may take, once each; one that a form does without is optional. */
function inAnyOf(forms: readonly ApiField[][]): ApiField[] {
  const byName = new Map(forms.flat().map(field => [field.name, field]))
  return [...byName.values()].map(field => ({
    ...field,
    required: forms.every(form => form.some(({ name, required }) => required && name === field.name)),
  }))
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'texte',
  number: 'nombre',
  integer: 'entier',
  boolean: 'vrai ou faux',
  object: 'objet',
  array: 'liste',
  null: 'null',
}
const FORMAT_WORDS: Readonly<Record<string, string>> = {
  uuid: 'identifiant (UUID)',
  'date-time': 'instant (ISO 8601, UTC)',
  email: 'adresse e-mail',
  binary: 'fichier',
}

function typeOf(schema: Schema): string {
  if (schema.anyOf !== undefined) return schema.anyOf.map(option => typeOf(option as Schema)).join(' ou ')
  if (schema.enum !== undefined) return schema.enum.map(value => `« ${String(value)} »`).join(' ou ')
  if (schema.const !== undefined) return `« ${String(schema.const)} »`
  const { items } = schema as { items?: Schema }
  if (items !== undefined) return `liste de : ${typeOf(items)}`
  const types = [schema.type ?? 'object'].flat()
  return types
    .map(
      type => (type === 'string' ? FORMAT_WORDS[schema.format ?? ''] : undefined) ?? TYPE_WORDS[type] ?? type,
    )
    .join(' ou ')
}

function curlOf(
  method: string,
  url: string,
  needsToken: boolean,
  mediaType: string | undefined,
  body: Schema | undefined,
): string {
  const lines = [`curl${method === 'get' ? '' : ` -X ${method.toUpperCase()}`} '${url}'`]
  if (needsToken) lines.push(`-H 'Authorization: Bearer JETON'`)
  if (mediaType === 'multipart/form-data') lines.push(`-F 'fichiers=@document.pdf'`)
  else if (mediaType !== undefined && body !== undefined) {
    lines.push(`-H 'Content-Type: ${mediaType}'`, `-d '${JSON.stringify(exampleOf(body))}'`)
  }
  return lines.join(' \\\n  ')
}

/** A value of the right shape; `…` stands for what the reader puts there. */
function exampleOf(schema: Schema): unknown {
  if (schema.enum !== undefined) return schema.enum[0]
  if (schema.const !== undefined) return schema.const
  if (schema.anyOf !== undefined) return exampleOf((schema.anyOf[0] ?? {}) as Schema)
  const [type] = [schema.type ?? 'object'].flat()
  if (type === 'object') {
    return Object.fromEntries(
      Object.entries(schema.properties ?? {}).map(([name, value]) => [name, exampleOf(value as Schema)]),
    )
  }
  if (type === 'boolean') return true
  if (type === 'array') return []
  return type === 'string' ? '…' : 0
}
