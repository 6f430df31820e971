/** The reviewer's pages: its place, each dossier handed to it, each piece. */
import type { FastifyPluginAsync } from 'fastify'
import type { Context } from '../../../steps/ports.ts'
import type { PageSettings } from '../page.ts'
import { reviewerAccountPages } from './account.ts'
import { reviewerDossierPages } from './dossier.ts'
import { reviewerPiecePages } from './piece.ts'
import { reviewerServicePages } from './service.ts'
import { reviewerSessionPages } from './sessions.ts'

export function arsPages(context: Context, settings: PageSettings): FastifyPluginAsync {
  return async app => {
    await app.register(reviewerAccountPages(context, settings))
    await app.register(reviewerDossierPages(context, settings))
    await app.register(reviewerPiecePages(context, settings))
    await app.register(reviewerSessionPages(context, settings))
    await app.register(reviewerServicePages(context, settings))
  }
}
