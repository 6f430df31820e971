/** The place of a reviewer who signed in by e-mail: every dossier handed to its address. */
import type { FastifyPluginAsync } from 'fastify'
import { fieldMessages, signInContract } from '../../../../schema/contracts/members.ts'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import { ArsDossiers } from '../../../../templates/pages/ars/dossiers.tsx'
import { ArsSignIn, ArsSignInSent } from '../../../../templates/pages/ars/sign-in.tsx'
import { DOSSIER_STATES, type DossierFilter, filterDossiers } from '../../../domain/handed-dossier.ts'
import { listHandedDossiers } from '../../../steps/list-dossiers.ts'
import type { Context } from '../../../steps/ports.ts'
import { requestReviewerSignIn } from '../../../steps/reviewer-sign-in.ts'
import { signOut } from '../../../steps/sign-in.ts'
import { REVIEWER_COOKIE } from '../../security.ts'
import { fieldErrors, formFields, frameOf, goTo, type PageSettings, sendPage } from '../page.ts'
import { reviewerGuards } from './access.ts'

export function reviewerAccountPages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { assetsVersion } = settings
  const { sessionOf } = reviewerGuards(context, settings)

  return async app => {
    app.get(PATHS.arsDossiers, async (request, reply) => {
      const email = await sessionOf(request)
      const frame = frameOf(request, reply, assetsVersion)
      const csrf = reply.generateCsrf()
      if (email === null) return sendPage(reply, ArsSignIn({ frame, csrf, email: '', errors: [] }))
      const dossiers = await listHandedDossiers(context, email)
      const filter = filterOf(request.query)
      return sendPage(
        reply,
        ArsDossiers({
          frame: { ...frame, csrf, email },
          dossiers: filterDossiers(dossiers, filter),
          total: dossiers.length,
          filter,
        }),
      )
    })

    app.post(
      PATHS.arsDossiers,
      {
        config: { rateLimit: { max: settings.signInLimitPerHour, timeWindow: '1 hour' } },
        preHandler: app.csrfProtection,
      },
      async (request, reply) => {
        const fields = formFields(request)
        const parsed = signInContract.safeParse(fields)
        const frame = frameOf(request, reply, assetsVersion)
        if (!parsed.success) {
          const errors = fieldErrors(fieldMessages(parsed.error))
          const csrf = reply.generateCsrf()
          return sendPage(reply, ArsSignIn({ frame, csrf, email: fields.email ?? '', errors }), 422)
        }
        const { email } = parsed.data
        await requestReviewerSignIn(context, email)
        return sendPage(reply, ArsSignInSent({ frame, email, sends: context.mailer !== null }))
      },
    )

    app.post(PATHS.arsSignOut, { preHandler: app.csrfProtection }, async (request, reply) => {
      const cookie = request.cookies[REVIEWER_COOKIE]
      if (cookie !== undefined) await signOut(context, cookie)
      reply.clearCookie(REVIEWER_COOKIE, { path: PATHS.arsDossiers })
      return goTo(reply, urlTo('home'), 'Vous êtes déconnecté.')
    })
  }
}

function filterOf(query: unknown): DossierFilter {
  const { texte, avis, dossier, nouveau } = query as Record<string, unknown>
  return {
    text: typeof texte === 'string' ? texte.slice(0, 200) : '',
    state: DOSSIER_STATES.find(state => state === avis) ?? null,
    complete: dossier === 'complet' ? true : dossier === 'incomplet' ? false : null,
    onlyNew: nouveau === 'oui',
  }
}
