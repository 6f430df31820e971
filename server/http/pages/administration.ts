/** For whoever started the server and holds its link: the outbox, and the FINESS registry. */
import { createReadStream } from 'node:fs'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { PATHS } from '../../../schema/urls.ts'
import { Administration } from '../../../templates/pages/administration.tsx'
import { registryLabel } from '../../domain/registry.ts'
import { reportLines } from '../../domain/registry-report.ts'
import { importFinessRegistry } from '../../steps/import-finess-registry.ts'
import { findLink } from '../../steps/links.ts'
import { readRegistryDate } from '../../steps/look-up-finess.ts'
import type { Context } from '../../steps/ports.ts'
import { readOutbox } from '../../steps/send-mail.ts'
import { problemOf } from '../refusals.ts'
import { frameOf, type PageSettings, sendPage, sendProblemPage } from './page.ts'

/** The national files weigh 36 MB (CSV) and 50 MB (FINESS+, gzipped). */
const MAX_REGISTRY_BYTES = 300_000_000

type TokenRequest = FastifyRequest<{ Params: { token: string } }>

export function administrationPages(context: Context, { assetsVersion }: PageSettings): FastifyPluginAsync {
  /** Shows the page; `outcome` is what the last import answered, in sentences. */
  const show = async (
    request: TokenRequest,
    reply: FastifyReply,
    outcome: { lines: readonly string[]; refused: boolean } | null,
  ) => {
    const registry = await readRegistryDate(context.db)
    const mails = await readOutbox(context)
    return sendPage(
      reply,
      Administration({
        frame: frameOf(request, reply, assetsVersion),
        token: request.params.token,
        registry: registry === null ? null : registryLabel(registry),
        outcome,
        mails: mails.map(mail => ({ ...mail, createdAt: mail.createdAt.toISOString() })),
        sends: context.mailer !== null,
      }),
      outcome?.refused ? 422 : 200,
    )
  }

  return async app => {
    // The unguessable link in the path is the proof of both pages: their form needs no token of its own.
    app.addHook<{ Params: { token: string } }>('onRequest', async (request, reply) => {
      const found = await findLink(context, request.params.token, ['administration'])
      return found.ok ? undefined : sendProblemPage(request, reply, assetsVersion, problemOf(found.refusal))
    })

    app.get<{ Params: { token: string } }>(PATHS.administration, (request, reply) =>
      show(request, reply, null),
    )

    app.post<{ Params: { token: string } }>(PATHS.registryImport, async (request, reply) => {
      // To a temporary file first: on the embedded database, an import that waits for the network stops every page.
      const { files } = await request.saveRequestFiles({ limits: { fileSize: MAX_REGISTRY_BYTES, files: 1 } })
      const [file] = files
      if (file === undefined || file.filename === '') {
        const lines = ['Aucun fichier n’a été choisi. Choisissez le fichier du registre, puis importez-le.']
        return await show(request, reply, { lines, refused: true })
      }
      if (file.file.truncated) {
        const lines = ['Ce fichier dépasse 300 Mo. Choisissez le fichier national tel qu’il est publié.']
        return await show(request, reply, { lines, refused: true })
      }
      const imported = await importFinessRegistry(
        context,
        context.readRegistry(createReadStream(file.filepath)),
      )
      return imported.ok
        ? await show(request, reply, { lines: reportLines(imported.report), refused: false })
        : await show(request, reply, {
            lines: [imported.reason, 'Le registre précédent est inchangé.'],
            refused: true,
          })
    })
  }
}
