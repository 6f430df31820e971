/** The dossier of one grappe: as it stands, sealed, and each sealed version with its files. */
import type { FastifyPluginAsync, FastifyReply } from 'fastify'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import { DossierPage } from '../../../../templates/pages/porteur/dossier.tsx'
import { SealedVersionPage } from '../../../../templates/pages/porteur/sealed-version.tsx'
import { standingContents } from '../../../domain/dossier-plan.ts'
import type { PorteurScope } from '../../../steps/access/porteur-scope.ts'
import { servicesReading } from '../../../steps/access/services.ts'
import { assembleDossier } from '../../../steps/dossier/assemble-dossier.ts'
import { recheckSeal } from '../../../steps/dossier/check-seal.ts'
import { redrawReading } from '../../../steps/dossier/draw-reading.ts'
import { sealDossier } from '../../../steps/dossier/seal-dossier.ts'
import type { Context } from '../../../steps/ports.ts'
import type { KeptBoards } from '../../../steps/read/kept-boards.ts'
import { listAccesses, readOpinions, readReviews } from '../../../steps/read/read-reviews.ts'
import { findSeal, listSeals, type SealRow } from '../../../steps/read/read-seals.ts'
import {
  sendArchive,
  sendReading,
  sendSealedArchive,
  sendSealedWorkbook,
  sendWorkbook,
} from '../../downloads.ts'
import { type Problem, problemOf } from '../../refusals.ts'
import { pageParts } from '../kept-parts.ts'
import { goTo, type PageSettings, sendPage } from '../page.ts'
import { formFields, versionNumber } from '../request.ts'
import { type GrappeVisit, porteurGuards } from './access.ts'

export function dossierPages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { onGrappe } = porteurGuards(context, settings)
  const showDossier = dossierShown(settings.boards)
  const onVersion = (handler: VersionHandler) => onGrappe(withVersion(handler))
  const onOffered = (handler: VersionHandler) => onGrappe(withVersion(onceRead(handler)))

  return async app => {
    const protect = { preHandler: app.csrfProtection }

    app.get(
      PATHS.dossier,
      onGrappe(visit => showDossier(visit)),
    )
    app.post(PATHS.sealDossier, protect, onGrappe(seal))
    app.get(PATHS.dossierZip, onGrappe(downloadDraft))
    app.get(PATHS.dossierXlsx, onGrappe(downloadDraftWorkbook))

    app.get(PATHS.sealedVersion, onGrappe(showVersion))
    app.get(PATHS.sealedProgress, onVersion(tellProgress))
    app.post(PATHS.recheckVersion, protect, onVersion(recheck))
    app.post(PATHS.redrawReading, protect, onVersion(redraw))
    app.get(PATHS.sealedZip, onOffered(downloadArchive))
    app.get(PATHS.sealedXlsx, onOffered(downloadWorkbook))
    app.get(PATHS.sealedReading, onOffered(downloadReading))
  }

  async function seal(visit: GrappeVisit) {
    const { scope, request, reply } = visit
    const acceptIncomplete = formFields(request).incomplet === 'oui'
    const sealed = await sealDossier(context, scope, { acceptIncomplete })
    if (!sealed.ok) return await showDossier(visit, problemOf(sealed.refusal))
    return goTo(reply, versionUrl(scope, sealed.value.number))
  }
}

/** The page of the dossier as it stands, with why it was not sealed when it was tried. */
const dossierShown =
  (boards: KeptBoards) =>
  async (
    { context, scope, reply, frame, refuse }: GrappeVisit,
    problem: Problem | null = null,
  ): Promise<FastifyReply> => {
    const { grappeId } = scope
    const kept = await boards.read(grappeId)
    if (kept === null) return refuse({ code: 'not-found' })
    const { board, standing } = kept
    const seals = await listSeals(context, grappeId)
    const { part, fill } = pageParts()
    const page = DossierPage({
      frame: frame(),
      grappe: scope,
      plan: {
        ...standing.plan,
        ...standingContents(standing, board),
        reviews: await readReviews(context.db, grappeId, board.record.call.pieces),
        opinions: await readOpinions(context.db, grappeId),
      },
      seals: seals.map(each => ({ ...each, sealedAt: each.sealedAt.toISOString() })),
      problem: problem?.detail ?? null,
      accesses: await listAccesses(context, grappeId),
      services: await servicesReading(context, grappeId),
      part,
    })
    return sendPage(reply, page, problem?.status ?? 200, fill)
  }

async function downloadDraft({ context, scope, reply, refuse }: GrappeVisit) {
  const dossier = await assembleDossier(context, scope.grappeId)
  return dossier.ok ? await sendArchive(context, reply, dossier.value) : refuse(dossier.refusal)
}

async function downloadDraftWorkbook({ context, scope, reply, refuse }: GrappeVisit) {
  const dossier = await assembleDossier(context, scope.grappeId)
  return dossier.ok ? await sendWorkbook(reply, dossier.value) : refuse(dossier.refusal)
}

async function showVersion({ context, scope, request, reply, frame, refuse }: GrappeVisit) {
  const seals = await listSeals(context, scope.grappeId)
  const sealed = seals.find(({ number }) => number === versionNumber(request))
  if (sealed === undefined) return refuse({ code: 'not-found' })
  const page = SealedVersionPage({
    frame: frame(),
    grappe: scope,
    seal: { ...sealed, sealedAt: sealed.sealedAt.toISOString() },
    checking: isChecking(sealed),
    timeZone: scope.call.timeZone,
  })
  return sendPage(reply, page)
}

/** On one sealed version of the grappe. */
interface VersionVisit extends GrappeVisit {
  sealed: SealRow
}

type VersionHandler = (visit: VersionVisit) => Promise<unknown>

function withVersion(handler: VersionHandler): (visit: GrappeVisit) => Promise<unknown> {
  return async visit => {
    const { context, scope, request, refuse } = visit
    const sealed = await findSeal(context, scope.grappeId, versionNumber(request))
    return sealed === null ? refuse({ code: 'not-found' }) : await handler({ ...visit, sealed })
  }
}

/** A version is handed out once all its files were read again. */
function onceRead(handler: VersionHandler): VersionHandler {
  return async visit =>
    visit.sealed.state === 'scelle' ? await handler(visit) : visit.refuse({ code: 'seal-not-ready' })
}

async function tellProgress({ sealed, reply }: VersionVisit): Promise<FastifyReply> {
  return reply.send({
    enCours: isChecking(sealed),
    octetsRelus: sealed.checkedBytes,
    octetsEnTout: sealed.totalBytes,
  })
}

async function recheck({ context, scope, sealed, reply }: VersionVisit) {
  await recheckSeal(context, sealed.id)
  return goTo(reply, versionUrl(scope, sealed.number))
}

async function redraw({ context, scope, sealed, reply }: VersionVisit) {
  await redrawReading(context, sealed.id)
  return goTo(reply, versionUrl(scope, sealed.number))
}

const downloadArchive = ({ context, sealed, request, reply }: VersionVisit) =>
  sendSealedArchive(context, request, reply, sealed)

const downloadWorkbook = ({ context, sealed, reply }: VersionVisit) =>
  sendSealedWorkbook(context, reply, sealed)

async function downloadReading({ context, sealed, reply, refuse }: VersionVisit) {
  return await sendReading(context, reply, sealed, () => refuse({ code: 'reading-not-ready' }))
}

function versionUrl({ grappeId }: Pick<PorteurScope, 'grappeId'>, number: number): string {
  return urlTo('sealedVersion', { grappe: grappeId, number: String(number) })
}

const isChecking = ({ state, finishedAt }: SealRow) => state !== 'refuse' && finishedAt === null
