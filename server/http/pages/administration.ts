/** For whoever started the server and holds its link: its state, the FINESS registry, and the outbox. */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { PATHS } from '../../../schema/urls.ts'
import { Administration } from '../../../templates/pages/administration.tsx'
import type { Frame } from '../../../templates/pages/layout.tsx'
import { ServerStatePage } from '../../../templates/pages/server-state.tsx'
import { registryLabel } from '../../domain/registry.ts'
import { reportLines } from '../../domain/registry-report.ts'
import type { ServerState } from '../../domain/server-state.ts'
import { findLink } from '../../steps/access/links.ts'
import { readOutbox } from '../../steps/access/send-mail.ts'
import { importFinessRegistry } from '../../steps/eligibility/import-finess-registry.ts'
import type { Context } from '../../steps/ports.ts'
import { readRegistryDate } from '../../steps/read/look-up-finess.ts'
import { problemOf } from '../refusals.ts'
import { frameOf, type PageSettings, sendPage, sendProblemPage } from './page.ts'

/** The national files weigh 36 MB (CSV) and 50 MB (FINESS+, gzipped). */
const MAX_REGISTRY_BYTES = 300_000_000

type TokenRequest = FastifyRequest<{ Params: { token: string } }>

type Watched = Context & { readState(): Promise<ServerState> }

export function administrationPages(context: Watched, { assetsVersion }: PageSettings): FastifyPluginAsync {
  const onLink =
    (handler: (visit: Visit) => Promise<unknown>) => (request: TokenRequest, reply: FastifyReply) =>
      handler({ context, request, reply, frame: () => frameOf(request, reply, assetsVersion) })

  return async app => {
    // The unguessable link in the path is the proof of all of them: their form needs no token of its own.
    app.addHook<{ Params: { token: string } }>('onRequest', async (request, reply) => {
      const found = await findLink(context, request.params.token, ['administration'])
      return found.ok ? undefined : sendProblemPage(request, reply, assetsVersion, problemOf(found.refusal))
    })

    app.get(PATHS.administration, onLink(showAdministration))
    app.post(PATHS.registryImport, onLink(importRegistry))
    app.get(PATHS.serverState, onLink(showServerState))
  }
}

interface Visit {
  context: Watched
  request: TokenRequest
  reply: FastifyReply
  frame: () => Frame
}

/** What the last import answered, in sentences. */
interface ImportOutcome {
  lines: readonly string[]
  refused: boolean
}

async function showAdministration(
  { context, request, reply, frame }: Visit,
  outcome: ImportOutcome | null = null,
) {
  const registry = await readRegistryDate(context.db)
  const page = Administration({
    frame: frame(),
    token: request.params.token,
    registry: registry === null ? null : registryLabel(registry),
    outcome,
    // What a mail server sent is for its recipients: the links in it open what is theirs.
    mails: context.mailer === null ? await readOutbox(context) : null,
  })
  return sendPage(reply, page, outcome?.refused ? 422 : 200)
}

async function showServerState({ context, request, reply, frame }: Visit) {
  const state = await context.readState()
  return sendPage(reply, ServerStatePage({ frame: frame(), token: request.params.token, state }))
}

async function importRegistry(visit: Visit) {
  const { context, request } = visit
  // To a temporary file first: on the embedded database, an import that waits for the network stops pages.
  const { files } = await request.saveRequestFiles({ limits: { fileSize: MAX_REGISTRY_BYTES, files: 1 } })
  const [file] = files
  if (file === undefined || file.filename === '') return await refuseFile(visit, NO_FILE)
  if (file.file.truncated) return await refuseFile(visit, TOO_LONG)
  const imported = await importFinessRegistry(context, await context.readRegistry(file.filepath))
  return imported.ok
    ? await showAdministration(visit, { lines: reportLines(imported.report), refused: false })
    : await refuseFile(visit, imported.reason, 'Le registre précédent est inchangé.')
}

const refuseFile = (visit: Visit, ...lines: readonly string[]) =>
  showAdministration(visit, { lines, refused: true })

const NO_FILE = 'Aucun fichier n’a été choisi. Choisissez le fichier du registre, puis importez-le.'
const TOO_LONG = 'Ce fichier dépasse 300 Mo. Choisissez le fichier national tel qu’il est publié.'
