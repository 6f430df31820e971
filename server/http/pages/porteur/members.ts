import type { FastifyPluginAsync } from 'fastify'
import type { Context } from '../../../steps/ports.ts'
import type { PageSettings } from '../page.ts'

export function memberPages(_context: Context, _settings: PageSettings): FastifyPluginAsync {
  return async () => {}
}
