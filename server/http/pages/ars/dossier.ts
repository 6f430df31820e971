/** A sealed version: its page, its files, and the acts on the whole of it. */
import type { FastifyPluginAsync } from 'fastify'
import { fieldMessages } from '../../../../schema/contracts/members.ts'
import { complementsContract, opinionContract } from '../../../../schema/contracts/reviews.ts'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import { ArsDossier, type ArsDossierProps, ArsWaiting } from '../../../../templates/pages/ars/dossier.tsx'
import { count } from '../../../../templates/pages/format.ts'
import { answersOf, reviewsByRow } from '../../../domain/answers.ts'
import { dayOf } from '../../../domain/deadline.ts'
import { proposedDeadline } from '../../../domain/review.ts'
import { type AskedComplements, askComplements } from '../../../steps/dossier/ask-complements.ts'
import { giveOpinion } from '../../../steps/dossier/give-opinion.ts'
import { memberArchive } from '../../../steps/dossier/member-archive.ts'
import { noteAccess } from '../../../steps/dossier/note-access.ts'
import { findSealOfFile } from '../../../steps/dossier/sealed-history.ts'
import type { Context } from '../../../steps/ports.ts'
import { readFile } from '../../../steps/read/read-file.ts'
import { readDrafts, readOpinions, readReviews } from '../../../steps/read/read-reviews.ts'
import { readSealedPlan } from '../../../steps/read/read-seals.ts'
import {
  canPreview,
  sendFile,
  sendMadeZip,
  sendReading,
  sendSealedArchive,
  sendSealedWorkbook,
} from '../../downloads.ts'
import { problemOf } from '../../refusals.ts'
import { DOWNLOADED, noteDownload } from '../../reviewer-downloads.ts'
import { goTo, type PageSettings, sendPage } from '../page.ts'
import { fieldErrors, formFields, parameter } from '../request.ts'
import {
  type ActVisit,
  type DossierVisit,
  draftsOf,
  protectActs,
  reviewerGuards,
  type VersionVisit,
} from './access.ts'

export function reviewerDossierPages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { onDossier, onVersion, onAct } = reviewerGuards(context, settings)

  return async app => {
    const protect = { preHandler: protectActs(app) }

    app.get(PATHS.arsHome, onVersion(showVersion, showWaiting))
    app.get(PATHS.arsVersion, onVersion(showVersion))
    // Sent by the page's script at the first gesture. Without a forgery token: another site sends no cookie
    // along with a POST, and an opening noted too many harms nobody.
    app.post(PATHS.arsSeen, onVersion(noteSeen, noteSeen))
    app.post(PATHS.arsComplements, protect, onAct(sendComplements))
    app.post(PATHS.arsOpinion, protect, onAct(saveOpinion))
    // A refused form is shown at its own address: reloading it there leads back to the version.
    app.get(PATHS.arsComplements, onVersion(backToVersion))
    app.get(PATHS.arsOpinion, onVersion(backToVersion))

    app.get(PATHS.arsFile, onDossier(sendSealedFile('attachment')))
    app.get(PATHS.arsPreviewFile, onDossier(sendSealedFile('inline')))
    app.get(PATHS.arsDossierZip, onVersion(goToLatest('arsVersionZip')))
    app.get(PATHS.arsDossierXlsx, onVersion(goToLatest('arsVersionXlsx')))
    app.get(PATHS.arsVersionZip, onVersion(sendZip))
    app.get(PATHS.arsVersionXlsx, onVersion(sendXlsx))
    app.get(PATHS.arsVersionReading, onVersion(sendReadingPdf))
    app.get(PATHS.arsMemberZip, onVersion(sendMemberZip))
  }
}

/** A form of the version that was refused, as it was typed. */
type Again = Pick<ArsDossierProps, 'errors' | 'typed'> & { deadlineOn?: string }

function showVersion(visit: VersionVisit) {
  return show(visit)
}

async function show({ context, scope, seal, offered, reply, frame }: VersionVisit, again: Again = {}) {
  const plan = await readSealedPlan(context, seal.id)
  const reviews = await readReviews(context.db, scope.grappeId, plan.definitions)
  const drafts = await draftsOf(context, scope)
  const motives = new Map(drafts.map(({ pieceId, motive }) => [pieceId, motive]))
  const today = dayOf(context.now().toISOString(), plan.timeZone)
  const page = ArsDossier({
    frame: frame(),
    seal: {
      number: seal.number,
      hash: seal.sealHash,
      zipLength: seal.zipLength,
      readingSize: seal.readingSize,
      offered,
    },
    plan,
    porteurEmail: scope.porteurEmail,
    reviews: reviewsByRow(plan.rows, reviews),
    // An older version answers only what had been asked before it.
    answers: answersOf(
      reviews.filter(({ sealNumber }) => sealNumber <= seal.number),
      plan,
    ),
    opinions: await readOpinions(context.db, scope.grappeId),
    drafts: plan.rows.flatMap(row => {
      const { pieceId } = row
      const motive = motives.get(pieceId ?? '')
      return pieceId === null || motive === undefined ? [] : [{ row, pieceId, motive }]
    }),
    deadlineOn: proposedDeadline(today),
    ...again,
  })
  return sendPage(reply, page, again.errors === undefined ? 200 : 422)
}

async function showWaiting({ scope, reply, frame }: DossierVisit) {
  const { grappeName, call, porteurEmail } = scope
  return sendPage(reply, ArsWaiting({ frame: frame(), grappeName, callTitle: call.title, porteurEmail }))
}

async function noteSeen({ context, scope, reply, ...visit }: DossierVisit | VersionVisit) {
  await noteAccess(context, scope, 'seal' in visit ? visit.seal : null, { act: 'ouverture' })
  return reply.code(204).send()
}

async function backToVersion(visit: VersionVisit) {
  return goTo(visit.reply, versionUrl(visit))
}

async function sendComplements(visit: ActVisit) {
  const { context, scope, seal, request, reply, refuse } = visit
  const fields = formFields(request)
  const deadlineOn = fields.deadlineOn ?? ''
  const drafts = await readDrafts(context.db, scope.grappeId, scope.email)
  const requests = drafts.filter(({ pieceId }) => fields[`piece-${pieceId}`] === 'oui')
  const parsed = complementsContract.safeParse({ deadlineOn, requests })
  if (!parsed.success) {
    return await show(visit, { errors: fieldErrors(fieldMessages(parsed.error)), deadlineOn })
  }
  const asked = await askComplements(context, scope, seal, parsed.data)
  if (asked.ok) {
    await noteAccess(context, scope, seal, { act: 'ouverture' })
    return goTo(reply, versionUrl(visit), sentNotice(asked.value))
  }
  if (asked.refusal.code !== 'invalid-fields') return refuse(asked.refusal)
  return await show(visit, { errors: fieldErrors(problemOf(asked.refusal).fields), deadlineOn })
}

async function saveOpinion(visit: ActVisit) {
  const { context, scope, seal, request, reply, refuse } = visit
  const fields = formFields(request)
  const typed = { avis: fields.avis ?? '', note: fields.note ?? '' }
  const parsed = opinionContract.safeParse(fields)
  if (!parsed.success) return await show(visit, { errors: fieldErrors(fieldMessages(parsed.error)), typed })
  const given = await giveOpinion(context, scope, seal, parsed.data)
  if (given.ok) {
    await noteAccess(context, scope, seal, { act: 'ouverture' })
    return goTo(reply, versionUrl(visit), 'Avis donné : le porteur est prévenu.')
  }
  if (given.refusal.code !== 'invalid-fields') return refuse(given.refusal)
  return await show(visit, { errors: fieldErrors(problemOf(given.refusal).fields), typed })
}

const sendSealedFile = (kind: 'attachment' | 'inline') => async (visit: DossierVisit) => {
  const { context, scope, request, reply, refuse } = visit
  const fileId = parameter(request, 'file')
  const seal = await findSealOfFile(context, scope.grappeId, fileId)
  if (seal === null) return refuse({ code: 'not-found' })
  const file = await readFile(context, scope.grappeId, fileId)
  if (!file.ok) return refuse(file.refusal)
  if (kind === 'attachment' || !canPreview(file.value.mediaType)) {
    await noteDownload(context, request, scope, seal, `« ${file.value.name} »`)
  }
  return await sendFile(context, reply, file.value, kind)
}

/** The last version has an address of its own: a download that resumes must not go on in another one. */
const goToLatest =
  (name: 'arsVersionZip' | 'arsVersionXlsx') =>
  async ({ token, seal, reply }: VersionVisit) =>
    reply.redirect(urlTo(name, { token, number: String(seal.number) }), 302)

async function sendZip({ context, scope, seal, request, reply }: VersionVisit) {
  await noteDownload(context, request, scope, seal, DOWNLOADED.zip)
  return await sendSealedArchive(context, request, reply, seal)
}

async function sendXlsx({ context, scope, seal, request, reply }: VersionVisit) {
  await noteDownload(context, request, scope, seal, DOWNLOADED.xlsx)
  return await sendSealedWorkbook(context, reply, seal)
}

async function sendReadingPdf({ context, scope, seal, request, reply, refuse }: VersionVisit) {
  if (seal.readingSize === null) return refuse({ code: 'reading-not-ready' })
  await noteDownload(context, request, scope, seal, DOWNLOADED.reading)
  return await sendReading(context, reply, seal, () => refuse({ code: 'reading-not-ready' }))
}

async function sendMemberZip({ context, scope, seal, request, reply, refuse }: VersionVisit) {
  const { owner } = request.params as { owner: string }
  const found = await memberArchive(context, seal, owner === 'grappe' ? null : owner)
  if (!found.ok) return refuse(found.refusal)
  const { fileName, memberName, open } = found.value
  await noteDownload(context, request, scope, seal, `ZIP de « ${memberName} »`)
  return await sendMadeZip(context, reply, fileName, { open })
}

function versionUrl({ token, seal }: VersionVisit): string {
  return urlTo('arsVersion', { token, number: String(seal.number) })
}

function sentNotice({ sent, alreadyReplaced, unreachable }: AskedComplements): string {
  const replaced = alreadyReplaced.map(
    ({ pieceName, ownerName, versionNumber }) =>
      `« ${pieceName} » de ${ownerName} (version ${versionNumber})`,
  )
  return [
    `${count(sent, 'demande de complément envoyée', 'demandes de complément envoyées')}.`,
    ...(replaced.length === 0
      ? []
      : [`Déjà redéposé depuis la version lue : ${replaced.join(', ')} ; la demande reste notée.`]),
    ...(unreachable.length === 0
      ? []
      : [`Sans adresse e-mail, à prévenir par le porteur : ${unreachable.join(', ')}.`]),
  ].join(' ')
}
