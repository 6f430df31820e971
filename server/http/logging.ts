/** The log: one JSON object a line for machines, one short line for whoever watches a terminal. */
import type { FastifyLoggerOptions } from 'fastify'
import pinoPretty, { type PrettyOptions } from 'pino-pretty'
import { loggedUrl } from './security.ts'

type LoggerOptions = FastifyLoggerOptions & {
  redact: { paths: string[]; censor: string }
  hooks: { logMethod: typeof sayWithoutValues }
}

export type LogFormat = 'lisible' | 'json'

/** @param format null: readable on a terminal, JSON anywhere else. */
export function loggerOptions(level: string, format: LogFormat | null): LoggerOptions {
  const isReadable = (format ?? (process.stdout.isTTY ? 'lisible' : 'json')) === 'lisible'
  return {
    level,
    serializers: {
      req: request => ({ method: request.method, url: loggedUrl(request.url), remoteAddress: request.ip }),
      err: loggedError,
    },
    redact: { paths: SECRETS, censor: '[masqué]' },
    hooks: { logMethod: sayWithoutValues },
    ...(isReadable ? { stream: pinoPretty(READABLE) } : {}),
  }
}

/**
 * Names under which a secret travels. No line is meant to hold one: this is for the line that somebody adds
 * one day.
 */
const SECRETS = [
  ...['authorization', 'cookie', 'set-cookie', 'x-csrf-token', 'csrf'],
  ...['token', 'secret', 'secretKey', 'password', 'email', 'recipient'],
].flatMap(name => [`["${name}"]`, `*["${name}"]`, `*.*["${name}"]`])

type LoggedError = {
  type: string
  message: string
  stack: string
  code?: string
}

/**
 * An error fit for a log: what failed, where and why, without the values that a statement was given.
 * The query builder and the database both repeat them, and they are people's names and addresses.
 */
function loggedError(error: Error & { code?: unknown; query?: unknown }): LoggedError {
  const { name, cause } = error
  const code = typeof error.code === 'string' ? error.code : ''
  const calls = (error.stack ?? '').split('\n').filter(line => /^\s+at /.test(line))
  const own = ownMessage(error.message, code, error.query)
  const stack = [`${name}${code && ` ${code}`}: ${own}`, ...calls].join('\n')
  const why = cause instanceof Error ? loggedError(cause) : null
  return {
    type: name,
    message: why === null ? own : `${own}: ${why.message}`,
    stack: why === null ? stack : `${stack}\ncaused by: ${why.stack}`,
    ...(code && { code }),
  }
}

function ownMessage(message: string, code: string, query: unknown): string {
  if (SQLSTATE.test(code)) return message.replace(REPEATED_VALUE, '')
  return typeof query === 'string' ? `Failed query: ${query}` : message
}

/** What an error says, in one line fit for whoever reads the log. */
export const messageWithoutValues = (error: unknown): string =>
  error instanceof Error ? loggedError(error).message : String(error)

/** The line of an error says its message by itself, whole: the one fit for a log stands in its place. */
function sayWithoutValues(this: object, args: unknown[], log: (...args: unknown[]) => void): void {
  const [first, said, ...rest] = args
  const error = first instanceof Error ? first : (first as { err?: unknown } | null)?.err
  const isWhole = error instanceof Error && (said === undefined || said === error.message)
  if (isWhole) log.call(this, first === error ? { err: error } : first, messageWithoutValues(error), ...rest)
  else log.apply(this, args)
}

const SQLSTATE = /^[0-9A-Z]{5}$/
/** As in « invalid input syntax for type uuid: "…" »; names of tables and constraints follow no colon. */
const REPEATED_VALUE = /: "[\s\S]*$/

const READABLE: PrettyOptions = {
  sync: true,
  translateTime: 'SYS:HH:MM:ss',
  ignore: 'pid,hostname,reqId,req,res,responseTime',
  singleLine: true,
  messageFormat: (line, messageKey) => readableLine(line, String(line[messageKey] ?? '')),
}

/** A request and its answer each on one line, without the rest that Fastify tells of them. */
function readableLine(line: Record<string, unknown>, message: string): string {
  const { req, res, responseTime, reqId } = line as {
    req?: { method: string; url: string }
    res?: { statusCode: number }
    responseTime?: number
    reqId?: string
  }
  const of = reqId === undefined ? '' : `  [${reqId}]`
  if (req !== undefined && res === undefined) return `${req.method} ${req.url}${of}`
  if (res !== undefined && responseTime !== undefined)
    return `  ${res.statusCode}, ${Math.round(responseTime)} ms${of}`
  return `${message}${of}`
}
