/** The first page, for whoever comes without a link. */
import type { FastifyPluginAsync } from 'fastify'
import { PATHS } from '../../../schema/urls.ts'
import { Home } from '../../../templates/pages/home.tsx'
import type { Context } from '../../steps/ports.ts'
import { frameOf, type PageSettings, sendPage } from './page.ts'

export function homePages(_context: Context, { assetsVersion }: PageSettings): FastifyPluginAsync {
  return async app => {
    app.get(PATHS.home, async (request, reply) =>
      sendPage(reply, Home({ frame: frameOf(request, reply, assetsVersion) })),
    )
  }
}
