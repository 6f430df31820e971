/** A sealed version: its page, its files, and the acts on the whole of it. */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { fieldMessages } from '../../../../schema/contracts/members.ts'
import { complementsContract, opinionContract } from '../../../../schema/contracts/reviews.ts'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import { ArsDossier, type ArsDossierProps, ArsWaiting } from '../../../../templates/pages/ars/dossier.tsx'
import { READING_BY_LINK } from '../../../../templates/pages/ars/frame.tsx'
import { count } from '../../../../templates/pages/format.ts'
import { answersOf, reviewsByRow } from '../../../domain/answers.ts'
import { dayOf } from '../../../domain/deadline.ts'
import { proposedDeadline } from '../../../domain/review.ts'
import { type AskedComplements, askComplements } from '../../../steps/ask-complements.ts'
import { giveOpinion, opinionHolder } from '../../../steps/give-opinion.ts'
import { memberArchive } from '../../../steps/member-archive.ts'
import { noteAccess } from '../../../steps/note-access.ts'
import type { Context } from '../../../steps/ports.ts'
import { readFile } from '../../../steps/read-file.ts'
import { readDrafts, readOpinions, readReviews } from '../../../steps/read-reviews.ts'
import { readSealedPlan } from '../../../steps/read-seals.ts'
import { findSealOfFile } from '../../../steps/sealed-history.ts'
import {
  canPreview,
  disposition,
  sendFile,
  sendReading,
  sendSealedArchive,
  sendSealedWorkbook,
} from '../../downloads.ts'
import { problemOf } from '../../refusals.ts'
import { DOWNLOADED, noteDownload } from '../../reviewer-downloads.ts'
import { fieldErrors, formFields, goTo, type PageSettings, parameter, sendPage } from '../page.ts'
import { passSecondStep } from '../second-step.ts'
import { protectActs, type Reading, reviewerGuards, tokenOf } from './access.ts'

export function reviewerDossierPages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { refuse, onDossier, onVersion, arsFrameOf } = reviewerGuards(context, settings)

  async function showVersion(
    { scope, seal, offered }: Reading,
    request: FastifyRequest,
    reply: FastifyReply,
    again: Pick<ArsDossierProps, 'errors' | 'typed'> & { deadlineOn?: string } = {},
  ) {
    const plan = await readSealedPlan(context, seal.id)
    const reviews = await readReviews(context.db, scope.grappeId, plan.definitions)
    const drafts = await readDrafts(context.db, scope.grappeId, scope.actor)
    const motives = new Map(drafts.map(({ pieceId, motive }) => [pieceId, motive]))
    const today = dayOf(context.now().toISOString(), plan.timeZone)
    const page = ArsDossier({
      frame: arsFrameOf(request, reply, scope),
      seal: {
        number: seal.number,
        hash: seal.sealHash,
        zipLength: seal.zipLength,
        readingSize: seal.readingSize,
        offered,
      },
      plan,
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

  const onFile = (kind: 'attachment' | 'inline') =>
    onDossier(async (scope, request, reply) => {
      const fileId = parameter(request, 'file')
      const seal = await findSealOfFile(context, scope.grappeId, fileId)
      if (seal === null) return refuse(request, reply, { code: 'not-found' })
      const file = await readFile(context, scope.grappeId, fileId)
      if (!file.ok) return refuse(request, reply, file.refusal)
      if (kind === 'attachment' || !canPreview(file.value.mediaType)) {
        await noteDownload(context, request, scope, seal, `« ${file.value.name} »`)
      }
      return await sendFile(context, reply, file.value, kind)
    })

  /** The last version has an address of its own: a download that resumes must not go on in another one. */
  const toLatest = (name: 'arsVersionZip' | 'arsVersionXlsx') =>
    onVersion(async ({ seal }, request, reply) =>
      reply.redirect(urlTo(name, { token: tokenOf(request), number: String(seal.number) }), 302),
    )

  const versionUrl = (request: FastifyRequest, { seal }: Reading) =>
    urlTo('arsVersion', { token: tokenOf(request), number: String(seal.number) })

  return async app => {
    const protect = { preHandler: protectActs(app) }

    app.get(
      PATHS.arsHome,
      onVersion(
        (reading, request, reply) => showVersion(reading, request, reply),
        async (scope, request, reply) =>
          sendPage(
            reply,
            ArsWaiting({
              frame: arsFrameOf(request, reply, scope),
              grappeName: scope.grappeName,
              callTitle: scope.call.title,
              porteurEmail: scope.porteurEmail,
            }),
          ),
      ),
    )
    app.get(
      PATHS.arsVersion,
      onVersion((reading, request, reply) => showVersion(reading, request, reply)),
    )

    // Sent by the page's script at the first gesture. Without a forgery token: another site sends no cookie along with
    // a POST, and an opening noted too many harms nobody.
    app.post(
      PATHS.arsSeen,
      onVersion(
        async ({ scope, seal }, _request, reply) => {
          await noteAccess(context, scope, seal, { act: 'ouverture' })
          return reply.code(204).send()
        },
        async (scope, _request, reply) => {
          await noteAccess(context, scope, null, { act: 'ouverture' })
          return reply.code(204).send()
        },
      ),
    )

    app.post(
      PATHS.arsComplements,
      protect,
      onVersion(async (reading, request, reply) => {
        const { scope, seal } = reading
        const fields = formFields(request)
        const drafts = await readDrafts(context.db, scope.grappeId, scope.actor)
        const parsed = complementsContract.safeParse({
          deadlineOn: fields.deadlineOn ?? '',
          requests: drafts.filter(({ pieceId }) => fields[`piece-${pieceId}`] === 'oui'),
        })
        const deadlineOn = fields.deadlineOn ?? ''
        if (!parsed.success) {
          const errors = fieldErrors(fieldMessages(parsed.error))
          return await showVersion(reading, request, reply, { errors, deadlineOn })
        }
        const asked = await askComplements(context, scope, seal, parsed.data)
        if (asked.ok) {
          await noteAccess(context, scope, seal, { act: 'ouverture' })
          return goTo(reply, versionUrl(request, reading), sentNotice(asked.value))
        }
        if (asked.refusal.code !== 'invalid-fields') return refuse(request, reply, asked.refusal)
        const errors = fieldErrors(problemOf(asked.refusal).fields)
        return await showVersion(reading, request, reply, { errors, deadlineOn })
      }),
    )

    app.post(
      PATHS.arsOpinion,
      protect,
      onVersion(async (reading, request, reply) => {
        const { scope, seal } = reading
        const fields = formFields(request)
        const typed = { avis: fields.avis ?? '', note: fields.note ?? '' }
        const parsed = opinionContract.safeParse(fields)
        if (!parsed.success) {
          const errors = fieldErrors(fieldMessages(parsed.error))
          return await showVersion(reading, request, reply, { errors, typed })
        }
        const give = () => giveOpinion(context, scope, seal, parsed.data)
        let given = await give()
        const holder = opinionHolder(scope)
        if (holder !== null && !given.ok && given.refusal.code !== 'invalid-fields') {
          const passed = await passSecondStep(context, request, reply, {
            holder,
            purpose: 'avis',
            action: request.url,
            page: () => ({
              frame: arsFrameOf(request, reply, scope),
              porteur: null,
              who: READING_BY_LINK,
              backHref: versionUrl(request, reading),
            }),
          })
          if (!passed) return reply
          given = await give()
        }
        if (given.ok) {
          await noteAccess(context, scope, seal, { act: 'ouverture' })
          return goTo(reply, versionUrl(request, reading), 'Avis donné : le porteur est prévenu.')
        }
        if (given.refusal.code !== 'invalid-fields') return refuse(request, reply, given.refusal)
        const errors = fieldErrors(problemOf(given.refusal).fields)
        return await showVersion(reading, request, reply, { errors, typed })
      }),
    )

    // A refused form is shown at its own address: reloading it there leads back to the version.
    for (const path of [PATHS.arsComplements, PATHS.arsOpinion]) {
      app.get(
        path,
        onVersion(async (reading, request, reply) => goTo(reply, versionUrl(request, reading))),
      )
    }

    app.get(PATHS.arsFile, onFile('attachment'))
    app.get(PATHS.arsPreviewFile, onFile('inline'))
    app.get(PATHS.arsDossierZip, toLatest('arsVersionZip'))
    app.get(PATHS.arsDossierXlsx, toLatest('arsVersionXlsx'))
    app.get(
      PATHS.arsVersionZip,
      onVersion(async (reading, request, reply) => {
        await noteDownload(context, request, reading.scope, reading.seal, DOWNLOADED.zip)
        return await sendSealedArchive(context, request, reply, reading.seal)
      }),
    )
    app.get(
      PATHS.arsVersionXlsx,
      onVersion(async (reading, request, reply) => {
        await noteDownload(context, request, reading.scope, reading.seal, DOWNLOADED.xlsx)
        return await sendSealedWorkbook(context, reply, reading.seal)
      }),
    )
    app.get(
      PATHS.arsVersionReading,
      onVersion(async ({ scope, seal }, request, reply) => {
        if (seal.readingSize === null) return refuse(request, reply, { code: 'reading-not-ready' })
        await noteDownload(context, request, scope, seal, DOWNLOADED.reading)
        return (
          (await sendReading(context, reply, seal)) ?? refuse(request, reply, { code: 'reading-not-ready' })
        )
      }),
    )
    app.get(
      PATHS.arsMemberZip,
      onVersion(async (reading, request, reply) => {
        const { owner } = request.params as { owner: string }
        const found = await memberArchive(context, reading.seal, owner === 'grappe' ? null : owner)
        if (!found.ok) return refuse(request, reply, found.refusal)
        const { fileName, memberName, open } = found.value
        await noteDownload(context, request, reading.scope, reading.seal, `ZIP de « ${memberName} »`)
        return reply
          .header('content-type', 'application/zip')
          .header('content-disposition', disposition('attachment', `${fileName}.zip`))
          .send(await open())
      }),
    )
  }
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
