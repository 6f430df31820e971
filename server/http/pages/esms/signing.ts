/** What a member notes by its link of the signature of one of its pieces. */
import type { FastifyPluginAsync } from 'fastify'
import { fieldMessages } from '../../../../schema/contracts/members.ts'
import { signingContract } from '../../../../schema/contracts/signing.ts'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import type { FieldError } from '../../../../templates/pages/components.tsx'
import { RefusedExchange } from '../../../../templates/pages/exchanges.tsx'
import { SigningForm } from '../../../../templates/pages/signing.tsx'
import { noteLinkUse } from '../../../steps/access/links.ts'
import { noteSigning } from '../../../steps/collection/note-signing.ts'
import type { Context } from '../../../steps/ports.ts'
import { problemOf } from '../../refusals.ts'
import { notedWords, typedSigning } from '../../signing-fields.ts'
import { goTo, type PageSettings, sendPage } from '../page.ts'
import { fieldErrors, formFields, parameter } from '../request.ts'
import { type MemberVisit, memberGuards, readOwnPiece } from './access.ts'

export function memberSigningPages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { onLink } = memberGuards(context, settings)

  return async app => {
    app.post(PATHS.memberSigning, onLink(note))
    // A refused form is shown at its own address: reloading it there leads back to the piece.
    app.get(PATHS.memberSigning, onLink(backToPiece))
  }
}

async function note(visit: MemberVisit) {
  const { context, scope, request, reply, refuse } = visit
  const found = await readOwnPiece(visit)
  if (found === null) return refuse({ code: 'not-found' })
  const parsed = signingContract.safeParse(formFields(request))
  if (!parsed.success) return showAgain(visit, fieldErrors(fieldMessages(parsed.error)))
  const noted = await noteSigning(context, { by: 'member', member: scope }, [found.piece.id], parsed.data)
  if (!noted.ok) {
    return noted.refusal.code === 'day-to-come'
      ? showAgain(visit, [{ field: 'on', message: problemOf(noted.refusal).detail }])
      : refuse(noted.refusal)
  }
  await noteLinkUse(context, scope.linkId)
  return goTo(reply, `${pieceUrl(visit)}#signature`, notedWords(noted.value.noted))
}

async function backToPiece(visit: MemberVisit) {
  const found = await readOwnPiece(visit)
  return found === null ? visit.refuse({ code: 'not-found' }) : goTo(visit.reply, pieceUrl(visit))
}

const pieceUrl = ({ token, request }: MemberVisit): string =>
  urlTo('memberPiece', { token, piece: parameter(request, 'piece') })

/** The form alone, as it was typed. */
function showAgain(visit: MemberVisit, errors: readonly FieldError[]) {
  const { frame, memberName: who } = visit.page()
  const { request } = visit
  const values = typedSigning(formFields(request))
  const children = SigningForm({ action: request.url, csrf: null, values, errors })
  const title = 'Signature non notée'
  const page = RefusedExchange({
    frame,
    porteur: null,
    who,
    title,
    backHref: pieceUrl(visit),
    errors,
    children,
  })
  return sendPage(visit.reply, page, 422)
}
