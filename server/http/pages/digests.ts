/** What a porteur receives without asking: stopped from the mail itself, taken again on its own page. */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { PATHS, urlTo } from '../../../schema/urls.ts'
import { DigestsPage, StopDigest } from '../../../templates/pages/digests.tsx'
import { chooseDigests, findDigest, readDigestChoices } from '../../steps/access/digests.ts'
import type { Context } from '../../steps/ports.ts'
import { problemOf } from '../refusals.ts'
import { frameOf, goTo, type PageSettings, sendPage, sendProblemPage } from './page.ts'
import { porteurGuards, type Visit } from './porteur/access.ts'
import { formFields } from './request.ts'

type TokenRequest = FastifyRequest<{ Params: { token: string } }>

export function digestPages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { signedIn } = porteurGuards(context, settings)
  const { assetsVersion } = settings

  /** With the choice that the address is about, as it stands after `change`. */
  const onMail =
    (change: (request: TokenRequest) => boolean | null) =>
    async (request: TokenRequest, reply: FastifyReply) => {
      const found = await findDigest(context, request.params.token)
      if (!found.ok) return sendProblemPage(request, reply, assetsVersion, problemOf(found.refusal))
      const { email, kind } = found.value
      const wanted = change(request)
      if (wanted !== null) await chooseDigests(context, email, { [kind]: wanted })
      return sendPage(
        reply,
        StopDigest({
          frame: frameOf(request, reply, assetsVersion),
          token: request.params.token,
          email,
          kind,
          wanted: wanted ?? found.value.wanted,
        }),
      )
    }

  return async app => {
    const protect = { preHandler: app.csrfProtection }

    app.get(
      PATHS.digestStop,
      onMail(() => null),
    )
    // The address is the proof, and mailboxes send it by themselves (RFC 8058): no token against forgery.
    app.post(
      PATHS.digestStop,
      onMail(request => formFields(request).recevoir === 'oui'),
    )
    app.get(PATHS.digests, signedIn(showChoices))
    app.post(PATHS.digests, protect, signedIn(saveChoices))
  }
}

async function showChoices({ context, porteur, reply, frame }: Visit) {
  const choices = await readDigestChoices(context.db, porteur.email)
  return sendPage(reply, DigestsPage({ frame: frame(), choices }))
}

async function saveChoices({ context, porteur, request, reply }: Visit) {
  const { hebdomadaire, depots } = formFields(request)
  await chooseDigests(context, porteur.email, {
    hebdomadaire: hebdomadaire === 'oui',
    depots: depots === 'oui',
  })
  return goTo(reply, urlTo('digests'), 'Enregistré : ces messages suivent vos choix dès maintenant.')
}
