/** Following signatures: the list of a grappe, several noted at once, and one on the page of its piece. */
import type { FastifyPluginAsync } from 'fastify'
import { fieldMessages } from '../../../../schema/contracts/members.ts'
import { signingContract, signingsContract } from '../../../../schema/contracts/signing.ts'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import type { FieldError } from '../../../../templates/pages/components.tsx'
import { RefusedExchange } from '../../../../templates/pages/exchanges.tsx'
import { SigningsPage } from '../../../../templates/pages/porteur/signings.tsx'
import { SigningForm, type SigningValues } from '../../../../templates/pages/signing.tsx'
import { planDossier } from '../../../domain/dossier-plan.ts'
import { signingsOf } from '../../../domain/signing.ts'
import { noteSigning } from '../../../steps/collection/note-signing.ts'
import type { Context } from '../../../steps/ports.ts'
import { readSignings } from '../../../steps/read/read-signings.ts'
import { readSnapshot } from '../../../steps/read/read-snapshot.ts'
import { problemOf } from '../../refusals.ts'
import { notedWords, typedSigning } from '../../signing-fields.ts'
import { goTo, type PageSettings, sendPage } from '../page.ts'
import { fieldErrors, fieldValues, formFields, parameter } from '../request.ts'
import { type GrappeVisit, porteurGuards } from './access.ts'
import { formStatus } from './forms.ts'
import { backToPiece, pieceUrl } from './show-piece.ts'

export function signingPages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { onGrappe } = porteurGuards(context, settings)

  return async app => {
    const protect = { preHandler: app.csrfProtection }

    app.get(PATHS.signings, onGrappe(showSignings))
    app.post(PATHS.signings, protect, onGrappe(noteSeveral))
    app.post(PATHS.pieceSigning, protect, onGrappe(noteOne))
    // A refused form is shown at its own address: reloading it there leads back to the piece.
    app.get(PATHS.pieceSigning, onGrappe(backToPiece))
  }
}

/** A form refused, as it was typed. */
interface Refused {
  values: SigningValues
  ticked: readonly string[]
  errors: readonly FieldError[]
}

async function showSignings(visit: GrappeVisit, refused: Refused | null = null) {
  const { context, scope, reply, frame, refuse } = visit
  const snapshot = await readSnapshot(context, scope.grappeId)
  if (snapshot === null) return refuse({ code: 'not-found' })
  const { rows, definitions } = planDossier(snapshot)
  const page = SigningsPage({
    frame: frame(),
    grappe: scope,
    timeZone: snapshot.timeZone,
    followed: signingsOf(rows, definitions, await readSignings(context.db, scope.grappeId)),
    values: refused?.values ?? { step: '', on: snapshot.today, signatory: '' },
    ticked: refused?.ticked ?? [],
    errors: refused?.errors ?? [],
  })
  return sendPage(reply, page, formStatus(refused?.errors ?? []))
}

async function noteSeveral(visit: GrappeVisit) {
  const { context, scope, request, reply, refuse } = visit
  const fields = formFields(request)
  const ticked = fieldValues(request, 'pieces')
  const again = (errors: readonly FieldError[]) =>
    showSignings(visit, { values: typedSigning(fields), ticked, errors })
  const parsed = signingsContract.safeParse({ ...fields, pieces: ticked })
  if (!parsed.success) return await again(fieldErrors(fieldMessages(parsed.error)))
  const { pieces, ...said } = parsed.data
  const noted = await noteSigning(context, { by: 'porteur', porteur: scope }, pieces, said)
  if (noted.ok)
    return goTo(reply, urlTo('signings', { grappe: scope.grappeId }), notedWords(noted.value.noted))
  return noted.refusal.code === 'day-to-come'
    ? await again([{ field: 'on', message: problemOf(noted.refusal).detail }])
    : refuse(noted.refusal)
}

async function noteOne(visit: GrappeVisit) {
  const { context, scope, request, reply, refuse } = visit
  const fields = formFields(request)
  const parsed = signingContract.safeParse(fields)
  if (!parsed.success) return showAgain(visit, fieldErrors(fieldMessages(parsed.error)))
  const side = { by: 'porteur', porteur: scope } as const
  const noted = await noteSigning(context, side, [parameter(request, 'piece')], parsed.data)
  if (noted.ok) return goTo(reply, `${pieceUrl(visit)}#signature`, notedWords(noted.value.noted))
  return noted.refusal.code === 'day-to-come'
    ? showAgain(visit, [{ field: 'on', message: problemOf(noted.refusal).detail }])
    : refuse(noted.refusal)
}

/** The form alone, as it was typed. */
function showAgain(visit: GrappeVisit, errors: readonly FieldError[]) {
  const frame = visit.frame()
  const values = typedSigning(formFields(visit.request))
  const children = SigningForm({ action: visit.request.url, csrf: frame.csrf, values, errors })
  const title = 'Signature non notée'
  const backHref = pieceUrl(visit)
  const page = RefusedExchange({ frame, porteur: frame, who: null, title, backHref, errors, children })
  return sendPage(visit.reply, page, 422)
}
