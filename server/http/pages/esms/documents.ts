/** The prefilled documents of a member's link: its own, and no other's. */
import type { FastifyPluginAsync } from 'fastify'
import { PATHS } from '../../../../schema/urls.ts'
import { kitOfLink, writeDocument } from '../../../steps/collection/hand-out-kit.ts'
import type { Context } from '../../../steps/ports.ts'
import { isHandedOut, sendDocument } from '../../kit-downloads.ts'
import type { PageSettings } from '../page.ts'
import { type MemberVisit, memberGuards } from './access.ts'

export function memberDocumentPages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { onLink } = memberGuards(context, settings)

  return async app => {
    app.get(PATHS.memberDocument, onLink(sendOwnDocument))
  }
}

async function sendOwnDocument({ context, scope, request, reply, refuse }: MemberVisit) {
  const asked = request.params as { owner: string; model: string }
  const kit = await kitOfLink(context, scope)
  const written = await writeDocument(context, kit, asked, isHandedOut(request))
  return written.ok ? sendDocument(reply, written.value) : refuse(written.refusal)
}
