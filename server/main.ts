/** The process: settings, parts, listening, and stopping without losing what is under way. */
import { existsSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { FolderInUseError } from './adapters/data-folder/folder-lock.ts'
import { buildApp } from './app.ts'
import { type Config, ConfigError, readConfig } from './config.ts'
import { createContext, type OpenContext } from './context.ts'
import { buildMetricsApp, METRICS_PATH } from './http/metrics.ts'
import { listBackupJobs, listJobs, listScrubJobs } from './jobs.ts'
import { openWatch } from './watch.ts'
import { welcome } from './welcome.ts'

/** Longest wait for requests in flight once asked to stop. */
const STOP_MS = 30_000

const PARENT_WATCH_MS = 500

/** Characters of a statement: beyond, nobody reads it. */
const MOST_LOGGED = 2000

async function main(): Promise<void> {
  if (existsSync('.env')) process.loadEnvFile('.env')
  const config = readConfig(process.env)
  const context = await createContext(config)
  const app = await buildApp(context, config)
  if (context.keptRows !== null)
    app.log.warn({ folder: context.keptRows }, 'A new version: rows kept as the former one left them')

  if (config.slowQueryMs > 0) {
    context.database.tellSlowStatements(config.slowQueryMs, (statement, ms) => {
      context.metrics?.countSlowStatement()
      app.log.warn({ statement: statement.slice(0, MOST_LOGGED), ms }, 'A slow statement')
    })
  }
  const watch = openWatch(context, app.log)
  const metricsApp = context.metrics === null ? null : buildMetricsApp(context, context.metrics)

  let stopping = false
  const stop = async () => {
    if (stopping) return
    stopping = true
    // Told first, and still answering: whoever stands in front sends the next requests elsewhere.
    context.isStopping = true
    await pause(config.stopDelayS * 1000)
    setTimeout(() => process.exit(1), STOP_MS).unref()
    // A connection whose last answer has just left is idle from then on: it must not hold the stop back.
    watch.stop()
    await metricsApp?.close()
    const sweep = setInterval(() => app.server.closeIdleConnections(), 100)
    await app.close()
    clearInterval(sweep)
    await context.close()
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  if (config.startedByNpm) stopWithParent(stop)

  try {
    await sweep(context, app.log)
    context.isStarting = true
    const address = await app.listen({ host: config.host, port: config.port })
    if (config.publicUrl === undefined) context.setPublicUrl(address)
    if (metricsApp !== null) await listenForMetrics(metricsApp, config, app.log)
    watch.start()
    const jobs = [...listJobs(context), ...listScrubJobs(context, config), ...listBackupJobs(context, config)]
    await context.jobs.start(jobs, fault => app.log.error(fault))
    await welcome(context, config)
    context.isStarting = false
  } catch (error) {
    // Asked to stop while it was starting: what the stop closed is no fault.
    if (stopping) return
    await stop()
    throw listenFault(error, config)
  }
}

/** Told once it answers: with port 0, this is where the port is read. */
async function listenForMetrics(
  metricsApp: FastifyInstance,
  { metricsHost, metricsPort }: Config,
  log: FastifyBaseLogger,
): Promise<void> {
  try {
    const address = await metricsApp.listen({ host: metricsHost, port: metricsPort ?? 0 })
    log.info(`Metrics at ${address}${METRICS_PATH}`)
  } catch (cause) {
    throw new ConfigError(
      `Impossible d’écouter sur ${metricsHost}:${metricsPort} pour les mesures. ` +
        'Vérifiez METRICS_HOST et METRICS_PORT.',
      { cause },
    )
  }
}

/**
 * Tells each file that was set aside: whoever looks for one later finds it by its name. A failure holds
 * nothing back.
 */
async function sweep(context: OpenContext, log: FastifyBaseLogger): Promise<void> {
  try {
    for (const { folder, names, total, isTooMany } of await context.sweep()) {
      if (isTooMany) {
        const count = names.length
        log.error({ folder, count, total }, 'Too much that nothing refers to: see npm run storage -- sweep')
      } else for (const name of names) log.warn({ folder, name }, 'Set aside: nothing refers to it')
    }
  } catch (error) {
    log.error(error, 'The sweep failed')
  }
}

/**
 * npm passes SIGTERM on to the shell that it starts, and the shell dies without telling us: its end is our
 * signal. Only under npm, since a server left running by a shell on purpose must outlive it.
 */
function stopWithParent(stop: () => Promise<void>): void {
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(watch)
    void stop()
  }, PARENT_WATCH_MS)
  watch.unref()
}

/** An address that cannot be listened on is a mistake of the person who starts the server: one sentence. */
function listenFault(error: unknown, { host, port }: Config): unknown {
  if (!(error instanceof Error) || !('syscall' in error) || error.syscall !== 'listen') return error
  const code = 'code' in error ? error.code : ''
  if (code === 'EADDRINUSE') {
    return new ConfigError(
      `Le port ${port} de ${host} est déjà pris par un autre programme. Arrêtez-le, ou ` +
        `choisissez un autre port : PORT=${port + 1} npm start`,
    )
  }
  if (code === 'EACCES') {
    return new ConfigError(
      `Ce compte n’a pas le droit d’écouter sur le port ${port}. Choisissez un port à ` +
        'partir de 1024 : PORT=3000 npm start',
    )
  }
  return new ConfigError(`Impossible d’écouter sur ${host}:${port} (${String(code)}). Vérifiez HOST et PORT.`)
}

main().catch((error: unknown) => {
  const explained = error instanceof ConfigError || error instanceof FolderInUseError
  const text = error instanceof Error ? (explained ? error.message : error.stack) : String(error)
  process.stderr.write(`${text}\n`)
  if (!explained && error instanceof Error && error.cause !== undefined)
    process.stderr.write(`${String(error.cause)}\n`)
  process.exitCode = 1
})
