/** The page where whoever received a dossier checks it: against itself, then against what was sealed. */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { PATHS } from '../../../schema/urls.ts'
import { VerifyPage, type VerifyProps } from '../../../templates/pages/verify.tsx'
import { compareExtract, compareFiles, MANIFEST_PATH, namedAs, readSums } from '../../domain/seal.ts'
import type { Context } from '../../steps/ports.ts'
import { findSealByHash } from '../../steps/read/read-seals.ts'
import { frameOf, type PageSettings, sendPage } from './page.ts'
import { formFields } from './request.ts'

const SEAL = /^[0-9a-f]{64}$/i
const SUMS_PATH = 'SHA256SUMS'

export function verifyPages(context: Context, { assetsVersion }: PageSettings): FastifyPluginAsync {
  const answer = async (request: FastifyRequest, reply: FastifyReply, given: Given) => {
    const compared = await compare(context, given)
    return sendPage(reply, VerifyPage({ frame: frameOf(request, reply, assetsVersion), ...compared }))
  }

  return async app => {
    app.get(PATHS.verify, (request, reply) => {
      const { sceau } = request.query as { sceau?: unknown }
      return answer(request, reply, { sceau: typeof sceau === 'string' ? sceau : '', sommes: '' })
    })
    // Changes nothing, and asks nobody who they are: there is nothing to forge.
    app.post(PATHS.verify, (request, reply) => {
      const { sceau = '', sommes = '' } = formFields(request)
      return answer(request, reply, { sceau, sommes })
    })
  }
}

interface Given {
  sceau: string
  /** `SHA256SUMS` as pasted. */
  sommes: string
}

async function compare(context: Context, { sceau, sommes }: Given): Promise<Omit<VerifyProps, 'frame'>> {
  const hash = sceau.trim().toLowerCase()
  const found = SEAL.test(hash) ? await findSealByHash(context, hash) : null
  const listed = readSums(sommes)
  const shared = { hash, sums: sommes, problem: problemSentence(hash, found !== null) }
  if (found === null) return { ...shared, sealed: null, differences: null, extractOf: null }
  const { name, number, zipLength, zipSha256 } = found
  const sealedAt = found.sealedAt.toISOString()
  const erasedAt = found.erasedAt?.toISOString() ?? null
  const files = namedAs(found.files, listed)
  // The list of sums does not list itself.
  const expected = files.filter(({ path }) => path !== SUMS_PATH || listed.some(file => file.path === path))
  // The list of one member's files, as of a draft, names no manifest.
  const isExtract = listed.length > 0 && !listed.some(({ path }) => path === MANIFEST_PATH)
  return {
    ...shared,
    sealed: { name, number, sealedAt, erasedAt, zipLength, zipSha256, fileCount: files.length },
    differences:
      listed.length === 0
        ? null
        : isExtract
          ? compareExtract(expected, listed)
          : compareFiles(expected, listed),
    extractOf: isExtract ? listed.length : null,
  }
}

function problemSentence(hash: string, found: boolean): string | null {
  if (hash === '' || found) return null
  return SEAL.test(hash)
    ? 'Aucune version scellée ici ne porte ce sceau. Vérifiez qu’il est copié en entier, ' +
        'et que c’est bien ce service qui a remis le dossier.'
    : 'Un sceau compte 64 chiffres et lettres de a à f : copiez-le en entier.'
}
