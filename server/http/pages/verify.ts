/** The page where whoever received a dossier checks it: against itself, then against what was sealed. */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { PATHS } from '../../../schema/urls.ts'
import { VerifyPage } from '../../../templates/pages/verify.tsx'
import { compareFiles, readSums } from '../../domain/seal.ts'
import type { Context } from '../../steps/ports.ts'
import { findSealByHash } from '../../steps/read-seals.ts'
import { formFields, frameOf, type PageSettings, sendPage } from './page.ts'

const SEAL = /^[0-9a-f]{64}$/i
const SUMS_PATH = 'SHA256SUMS'

export function verifyPages(context: Context, { assetsVersion }: PageSettings): FastifyPluginAsync {
  const show = async (
    request: FastifyRequest,
    reply: FastifyReply,
    given: { sceau: string; sommes: string },
  ) => {
    const hash = given.sceau.trim().toLowerCase()
    const found = SEAL.test(hash) ? await findSealByHash(context, hash) : null
    const listed = readSums(given.sommes)
    // The list of sums does not list itself.
    const expected = (found?.files ?? []).filter(
      ({ path }) => path !== SUMS_PATH || listed.some(file => file.path === path),
    )
    return sendPage(
      reply,
      VerifyPage({
        frame: frameOf(request, reply, assetsVersion),
        hash,
        sums: given.sommes,
        problem:
          hash === ''
            ? null
            : !SEAL.test(hash)
              ? 'Un sceau compte 64 chiffres et lettres de a à f : copiez-le en entier.'
              : found === null
                ? 'Aucune version scellée ici ne porte ce sceau. Vérifiez qu’il est copié en entier, et que c’est bien ce service qui a remis le dossier.'
                : null,
        sealed:
          found === null
            ? null
            : {
                name: found.seal.name,
                number: found.seal.number,
                sealedAt: found.seal.sealedAt.toISOString(),
                zipLength: found.seal.zipLength,
                zipSha256: found.seal.zipSha256,
                fileCount: found.files.length,
              },
        differences: found === null || listed.length === 0 ? null : compareFiles(expected, listed),
      }),
    )
  }

  return async app => {
    app.get(PATHS.verify, (request, reply) => {
      const { sceau } = request.query as { sceau?: unknown }
      return show(request, reply, { sceau: typeof sceau === 'string' ? sceau : '', sommes: '' })
    })
    // Changes nothing, and asks nobody who they are: there is nothing to forge.
    app.post(PATHS.verify, (request, reply) => {
      const { sceau = '', sommes = '' } = formFields(request)
      return show(request, reply, { sceau, sommes })
    })
  }
}
