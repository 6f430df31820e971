/** Control of one piece: reading it, deciding, depositing for its owner, and its files. */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { decisionContract, fieldMessages } from '../../../../schema/contracts/members.ts'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import { PiecePage, type PieceProps } from '../../../../templates/pages/porteur/piece.tsx'
import { controlQueue } from '../../../domain/board.ts'
import { planDossier } from '../../../domain/dossier-plan.ts'
import { currentVersion, documentsOf, type Piece, pieceDeadline } from '../../../domain/piece.ts'
import { decideOnPiece } from '../../../steps/decide-on-piece.ts'
import type { PorteurScope } from '../../../steps/porteur-scope.ts'
import type { Context } from '../../../steps/ports.ts'
import { readFile } from '../../../steps/read-file.ts'
import { readSnapshot } from '../../../steps/read-grappe.ts'
import { readThread } from '../../../steps/read-thread.ts'
import { type DepositTarget, findDepositTarget, receiveDocument } from '../../../steps/receive-document.ts'
import type { Refusal } from '../../../steps/refusals.ts'
import { reorderPages } from '../../../steps/reorder-pages.ts'
import { previewsOf, sendFile } from '../../downloads.ts'
import { ranksOf } from '../../page-ranks.ts'
import { problemOf } from '../../refusals.ts'
import { openUpload, reserveRoom, type UploadForm } from '../../uploads.ts'
import {
  fieldErrors,
  formFields,
  goTo,
  type PageSettings,
  parameter,
  porteurFrameOf,
  porteurGuards,
  sendPage,
} from '../page.ts'

/** What an act that was not done leaves on the page. */
type Aftermath = Pick<PieceProps, 'problem' | 'refusal' | 'outcome'>

export function piecePages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { refuse, onGrappe } = porteurGuards(context, settings)

  async function showPiece(
    scope: PorteurScope,
    request: FastifyRequest,
    reply: FastifyReply,
    status = 200,
    aftermath: Aftermath = {},
  ): Promise<FastifyReply> {
    const { grappeId, grappeName, call } = scope
    const snapshot = await readSnapshot(context, grappeId)
    const piece = snapshot?.pieces.find(({ id }) => id === parameter(request, 'piece'))
    const definition = call.pieces.find(({ code }) => code === piece?.code)
    if (snapshot === null || piece === undefined || definition === undefined) {
      return refuse(request, reply, { code: 'not-found' })
    }
    const plan = planDossier(snapshot)
    const row = plan.rows.find(({ pieceId }) => pieceId === piece.id) ?? null
    const { ogs, esms } = snapshot.grappe
    const owner = [...ogs, ...esms].find(({ id }) => id === (piece.esmsId ?? piece.ogId))
    const version = currentVersion(piece)
    const previews = version === null ? [] : previewsOf(version, snapshot.antivirus)
    const earlier = earlierVersions(piece, snapshot.antivirus)
    const { fichier, comparer, apres } = request.query as Record<string, unknown>
    const decided = plan.rows.find(({ pieceId }) => pieceId !== null && pieceId === apres)
    const page = PiecePage({
      frame: porteurFrameOf(request, reply, settings.assetsVersion, scope.porteur),
      grappeId,
      grappeName,
      timeZone: snapshot.timeZone,
      today: snapshot.today,
      piece,
      definition,
      ownerName: owner?.name ?? grappeName,
      deadlineOn: pieceDeadline(definition, snapshot.closesOn, piece.extensions),
      row,
      queue: controlQueue(plan, piece.id),
      previews,
      antivirus: snapshot.antivirus,
      shown: previews.find(({ id }) => id === fichier) ?? previews[0] ?? null,
      earlier,
      compared: earlier.find(({ version }) => version.id === comparer) ?? null,
      decidedBefore:
        decided?.pieceId == null
          ? null
          : { id: decided.pieceId, name: `${decided.pieceName}, ${decided.owner.name}` },
      depositBlocked: await whyNoDeposit(scope, piece.id),
      messages: await readThread(context.db, piece.id),
      ...aftermath,
    })
    return sendPage(reply, page, status)
  }

  async function nextToControl(grappeId: string, pieceId: string): Promise<string | null> {
    const snapshot = await readSnapshot(context, grappeId)
    return snapshot === null ? null : (controlQueue(planDossier(snapshot), pieceId).next?.pieceId ?? null)
  }

  async function whyNoDeposit(scope: PorteurScope, pieceId: string): Promise<string | null> {
    const target = await findDepositTarget(context, { by: 'porteur', porteur: scope }, pieceId)
    return target.ok ? null : depositSentence(target.refusal)
  }

  return async app => {
    app.get(
      PATHS.piece,
      onGrappe((scope, request, reply) => showPiece(scope, request, reply)),
    )

    app.post(
      PATHS.decidePiece,
      { preHandler: app.csrfProtection },
      onGrappe(async (scope, request, reply) => {
        const fields = formFields(request)
        const typed = { motive: fields.motive ?? '', usual: fields.motif ?? '' }
        const showAgain = (refused: Record<string, string>) =>
          showPiece(scope, request, reply, 422, { refusal: { ...typed, errors: fieldErrors(refused) } })
        const parsed = decisionContract.safeParse({
          ...fields,
          motive: `${typed.usual} ${typed.motive}`,
        })
        if (!parsed.success) return await showAgain(fieldMessages(parsed.error))

        const pieceId = parameter(request, 'piece')
        const decided = await decideOnPiece(context, scope, pieceId, parsed.data)
        if (decided.ok) {
          const notice = decided.value.decision === 'acceptee' ? 'Pièce acceptée.' : 'Pièce refusée.'
          const next = fields.rester === 'oui' ? null : await nextToControl(scope.grappeId, pieceId)
          const url = urlTo('piece', { grappe: scope.grappeId, piece: next ?? pieceId })
          return next === null
            ? goTo(reply, url, notice)
            : goTo(reply, `${url}?apres=${pieceId}`, `${notice} Voici la suivante à contrôler.`)
        }
        const { status, detail, fields: refused } = problemOf(decided.refusal)
        return decided.refusal.code === 'invalid-fields'
          ? await showAgain({ ...refused })
          : await showPiece(scope, request, reply, status, {
              problem: detail,
              refusal: { ...typed, errors: [] },
            })
      }),
    )

    const deposits = new WeakMap<FastifyRequest, { target: DepositTarget; form: UploadForm }>()
    /** Reads the form's fields, so that its token is checked before any byte of a file. */
    const beginDeposit = onGrappe(async (scope, request, reply) => {
      const target = await findDepositTarget(
        context,
        { by: 'porteur', porteur: scope },
        parameter(request, 'piece'),
      )
      if (!target.ok) {
        return await showPiece(scope, request, reply, problemOf(target.refusal).status, {
          problem: depositSentence(target.refusal),
        })
      }
      const noRoom = reserveRoom(context, request)
      if (noRoom !== null) {
        const { status, detail } = problemOf(noRoom)
        return await showPiece(scope, request, reply, status, { problem: detail })
      }
      const form = await openUpload(request, target.value.definition)
      request.body = form.fields
      deposits.set(request, { target: target.value, form })
      return undefined
    })

    app.post(
      PATHS.depositAsPorteur,
      { preHandler: [beginDeposit, app.csrfProtection] },
      onGrappe(async (scope, request, reply) => {
        const begun = deposits.get(request)
        if (begun === undefined) return refuse(request, reply, { code: 'no-file' })
        const { target, form } = begun
        const received = await receiveDocument(
          context,
          { by: 'porteur', porteur: scope },
          target,
          form.files,
          () => form.fields.garder === 'oui',
        )
        if (received.ok && received.value.refused.length === 0) {
          const { version, alreadyReceived } = received.value
          return goTo(
            reply,
            urlTo('piece', { grappe: scope.grappeId, piece: target.piece.id }),
            alreadyReceived
              ? `Ces fichiers sont déjà la version ${version.number} : rien n’a changé.`
              : `Version ${version.number} déposée.`,
          )
        }
        // Shown in place: reloading sends the same files again, which makes no other version.
        if (received.ok) {
          const { version, refused } = received.value
          const kept = documentsOf(version).map(({ name }) => name)
          return await showPiece(scope, request, reply, 200, {
            outcome: { version: version.number, kept, refused },
          })
        }
        const { status, detail } = problemOf(received.refusal)
        const refused = 'refused' in received ? received.refused : []
        return await showPiece(
          scope,
          request,
          reply,
          status,
          refused.length > 0 ? { outcome: { version: null, kept: [], refused } } : { problem: detail },
        )
      }),
    )

    app.post(
      PATHS.orderPagesAsPorteur,
      { preHandler: app.csrfProtection },
      onGrappe(async (scope, request, reply) => {
        const by = { by: 'porteur', porteur: scope } as const
        const target = await findDepositTarget(context, by, parameter(request, 'piece'))
        const ordered = target.ok
          ? await reorderPages(
              context,
              by,
              target.value,
              parameter(request, 'file'),
              ranksOf(formFields(request)),
            )
          : target
        if (!ordered.ok) {
          const problem = depositSentence(ordered.refusal)
          return await showPiece(scope, request, reply, problemOf(ordered.refusal).status, { problem })
        }
        return goTo(
          reply,
          urlTo('piece', { grappe: scope.grappeId, piece: parameter(request, 'piece') }),
          `Pages réordonnées : version ${ordered.value.number}.`,
        )
      }),
    )

    // A refused form is shown at its own address: reloading it there leads back to the piece.
    for (const path of [PATHS.decidePiece, PATHS.depositAsPorteur, PATHS.orderPagesAsPorteur]) {
      app.get(
        path,
        onGrappe(async ({ grappeId }, request, reply) =>
          goTo(reply, urlTo('piece', { grappe: grappeId, piece: parameter(request, 'piece') })),
        ),
      )
    }

    for (const [path, kind] of [
      [PATHS.file, 'attachment'],
      [PATHS.previewFile, 'inline'],
    ] as const) {
      app.get(
        path,
        onGrappe(async ({ grappeId }, request, reply) => {
          const file = await readFile(context, grappeId, parameter(request, 'file'))
          return file.ok
            ? await sendFile(context, reply, file.value, kind)
            : refuse(request, reply, file.refusal)
        }),
      )
    }
  }
}

/** The porteur mends by itself what a member is told to ask for. */
function depositSentence(refusal: Refusal): string {
  return refusal.code === 'piece-already-accepted'
    ? 'Cette pièce est acceptée. Pour la remplacer, changez d’abord votre décision : refusez la version actuelle.'
    : problemOf(refusal).detail
}

/** Earlier versions, the last first, each with its first document that a browser can show; the others are left out. */
function earlierVersions(piece: Piece, antivirus: boolean): PieceProps['earlier'] {
  return piece.versions
    .slice(0, -1)
    .toReversed()
    .flatMap(version => {
      const [file] = previewsOf(version, antivirus)
      return file === undefined ? [] : [{ version, file }]
    })
}
