/**
 * Whatever was not answered by a route: unknown addresses, bodies that cannot be read, limits, and our own
 * faults.
 */
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { isDiskFull } from '../domain/full-disk.ts'
import { DamagedDossier } from '../steps/dossier/assemble-dossier.ts'
import { DamagedEntry, StoreUnreachable } from '../steps/ports.ts'
import { sendProblem } from './api/problems.ts'
import { type Problem, problemOf } from './refusals.ts'

/** Shows a problem as a page; given by the pages so that the API does not depend on them. */
export type ShowProblem = (request: FastifyRequest, reply: FastifyReply, problem: Problem) => FastifyReply

/** The code of a multipart body that cannot be read to its end. */
export const UNREADABLE_BODY = 'UNREADABLE_BODY'

const READABLE: Readonly<Record<string, { status: number; title: string; detail: string }>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: {
    status: 413,
    title: 'Envoi trop long',
    detail: 'Ce formulaire est trop long. Raccourcissez les textes, puis envoyez-le de nouveau.',
  },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    status: 415,
    title: 'Format d’envoi inconnu',
    detail: 'Envoyez du JSON (Content-Type: application/json), ou un formulaire.',
  },
  FST_ERR_CTP_EMPTY_JSON_BODY: {
    status: 400,
    title: 'Corps vide',
    detail: 'Le corps de la demande est vide. Envoyez un objet JSON.',
  },
  FST_ERR_CTP_INVALID_JSON_BODY: {
    status: 400,
    title: 'JSON illisible',
    detail: 'Le corps de la demande n’est pas du JSON valide.',
  },
  FST_INVALID_MULTIPART_CONTENT_TYPE: {
    status: 415,
    title: 'Format d’envoi inconnu',
    detail: 'Envoyez les fichiers en multipart/form-data, dans un champ « fichiers ».',
  },
  [UNREADABLE_BODY]: {
    status: 400,
    title: 'Envoi illisible',
    detail:
      'Cet envoi est mal formé, ou s’est arrêté avant sa fin : rien n’en est gardé. Recommencez ; ' +
      'un programme doit annoncer la même « boundary » qu’il écrit, et fermer son corps multipart.',
  },
  FST_FILES_LIMIT: {
    status: 413,
    title: 'Trop de fichiers',
    detail: 'Un dépôt compte 50 fichiers au plus. Réunissez vos pages en moins de documents.',
  },
  FST_PARTS_LIMIT: {
    status: 413,
    title: 'Trop de fichiers',
    detail: 'Un dépôt compte 50 fichiers au plus. Réunissez vos pages en moins de documents.',
  },
  FST_CSRF_MISSING_SECRET: {
    status: 403,
    title: 'Formulaire périmé',
    detail: 'Ce formulaire est resté ouvert trop longtemps. Rechargez la page, puis envoyez-le de nouveau.',
  },
  FST_CSRF_INVALID_TOKEN: {
    status: 403,
    title: 'Formulaire périmé',
    detail: 'Ce formulaire est resté ouvert trop longtemps. Rechargez la page, puis envoyez-le de nouveau.',
  },
}

/** One that dies while it commits may have done so: on the one that takes its place, a deposit was there. */
const DATABASE_GONE = {
  status: 503,
  title: 'Service momentanément indisponible',
  detail:
    'La base de données ne répond pas. Ce qui était enregistré l’est toujours ; votre dernière ' +
    'demande ne l’est peut-être pas. Réessayez dans une minute.',
}

const STORE_GONE = {
  status: 503,
  title: 'Service momentanément indisponible',
  detail:
    'Le stockage des fichiers ne répond pas : rien n’a été enregistré, et rien de ce qui ' +
    'l’était n’est perdu. Réessayez dans une minute.',
}

/**
 * What a connection says that breaks, or cannot be made; the last ones are PostgreSQL's, of classes 08 and
 * 57P, and of a server that only follows another.
 */
const CONNECTION_FAULT = /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|08\d{3}|57P0[1-3]|25006)$/
const CONNECTION_WORDS =
  /connection terminated|connection error and is not queryable|timeout exceeded when trying to connect/i

/** The query builder wraps the fault of the connection. */
function isDatabaseGone(error: Error): boolean {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    const code = 'code' in cause ? String(cause.code) : ''
    if (CONNECTION_FAULT.test(code) || CONNECTION_WORDS.test(cause.message)) return true
  }
  return false
}

/** Errors of the HTTP layer, in its own words only for programs that send what nobody typed. */
export function problemOfError(error: FastifyError, request: FastifyRequest): Problem {
  if (hasZodFastifySchemaValidationErrors(error)) {
    const fields: Record<string, string> = {}
    for (const { instancePath, message } of error.validation) {
      fields[instancePath.split('/').filter(Boolean).join('.') || 'corps'] ??= message ?? ''
    }
    // An address with a malformed id names nothing.
    if (error.validationContext === 'params') return problemOf({ code: 'not-found' })
    return problemOf({ code: 'invalid-fields', fields })
  }
  if (isDiskFull(error)) return problemOf({ code: 'storage-full' })
  if (error instanceof StoreUnreachable) return { ...STORE_GONE, fields: {} }
  // A reader of bodies gives its own faults a status: those are of the caller's line.
  if (error.statusCode === undefined && isDatabaseGone(error)) return { ...DATABASE_GONE, fields: {} }
  const readable = READABLE[error.code ?? '']
  if (readable !== undefined) return { ...readable, fields: {} }
  if (error.statusCode === 429)
    return { status: 429, title: 'Trop de demandes', detail: error.message, fields: {} }
  if (error.statusCode !== undefined && error.statusCode < 500) {
    return {
      status: error.statusCode,
      title: 'Demande refusée',
      detail: 'Cette demande n’a pas pu être lue. Rechargez la page et recommencez.',
      fields: {},
    }
  }
  if (error instanceof DamagedDossier) {
    const names = error.entries.map(({ pieceName, ownerName }) => `« ${pieceName} » de ${ownerName}`)
    return {
      status: 500,
      title: 'Dossier non assemblé',
      detail:
        `Des fichiers déposés ne sont plus lisibles sur le serveur : ${names.join(', ')}. ` +
        'Aucun dossier incomplet n’est envoyé. Demandez à nouveau ces pièces, et prévenez ' +
        `l’administrateur (référence ${request.id}).`,
      fields: {},
    }
  }
  if (error instanceof DamagedEntry) {
    return {
      status: 500,
      title: 'Fichier abîmé',
      detail:
        `« ${error.entry.path} » est abîmé sur le serveur : ce n’est plus ce qui a été enregistré, ` +
        'et rien n’en est donné pour bon. Si c’est une pièce, redéposez-la ou demandez-la de nouveau ; ' +
        `prévenez l’administrateur (référence ${request.id}).`,
      fields: {},
    }
  }
  return {
    status: 500,
    title: 'Erreur du serveur',
    detail:
      'Une erreur est survenue de notre côté, vos dépôts précédents sont intacts. ' +
      'Réessayez dans quelques minutes ; si cela dure, transmettez cette référence à ' +
      `l’administrateur : ${request.id}.`,
    fields: {},
  }
}

export function answerErrors(app: FastifyInstance, showProblem: ShowProblem): void {
  const answer = (request: FastifyRequest, reply: FastifyReply, problem: Problem) =>
    request.url.startsWith('/api/v1') ? sendProblem(reply, problem) : showProblem(request, reply, problem)

  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const problem = problemOfError(error, request)
    if (problem.status >= 500) request.log.error(error)
    return answer(request, reply, problem)
  })
  app.setNotFoundHandler((request, reply) => answer(request, reply, problemOf({ code: 'not-found' })))
}
