/** Members from a spreadsheet: the file or the cells, the preview that is corrected in place, the confirmation. */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import {
  type ImportDraft,
  MAX_CELL_CHARACTERS,
  readImportDraft,
} from '../../../../schema/contracts/member-import.ts'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import type { FieldError } from '../../../../templates/pages/components.tsx'
import { count } from '../../../../templates/pages/format.ts'
import {
  correctionFields,
  type ImportAction,
  ImportMembers,
  PreviewMembers,
} from '../../../../templates/pages/porteur/import.tsx'
import { MEDIA_TYPES } from '../../../domain/file-acceptance.ts'
import type { Correction, MemberTable } from '../../../domain/member-columns.ts'
import { applyCorrections, MEMBER_FIELDS, readMemberTable, tidy } from '../../../domain/member-columns.ts'
import { type ImportPreview, proposedCorrections } from '../../../domain/member-import.ts'
import {
  importMembers,
  type MembersImport,
  type MembersPreview,
  previewMembers,
} from '../../../steps/import-members.ts'
import type { PorteurScope } from '../../../steps/porteur-scope.ts'
import type { Context, SheetReading } from '../../../steps/ports.ts'
import { disposition } from '../../downloads.ts'
import { formsWithFile } from '../form-with-file.ts'
import { formFields, goTo, type PageSettings, porteurFrameOf, porteurGuards, sendPage } from '../page.ts'

/** The table travels in the form: 2,000 lines of twelve full cells take about 2 MB once encoded. */
const MAX_DRAFT_BYTES = 8_000_000

/** Encoding makes at most three bytes of each: a table that would not come back is refused at once. */
const MAX_DRAFT_CHARACTERS = 2_500_000

export function importPages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { onGrappe } = porteurGuards(context, settings)
  const shared = (scope: PorteurScope, request: FastifyRequest, reply: FastifyReply) => ({
    frame: porteurFrameOf(request, reply, settings.assetsVersion, scope.porteur),
    grappeId: scope.grappeId,
    grappeName: scope.grappeName,
  })

  return async app => {
    const forms = formsWithFile(app)

    const showStart = (
      scope: PorteurScope,
      request: FastifyRequest,
      reply: FastifyReply,
      errors: readonly FieldError[] = [],
    ) => {
      const pasted = formFields(request).texte ?? ''
      const page = ImportMembers({ ...shared(scope, request, reply), errors, pasted })
      return sendPage(reply, page, errors.length === 0 ? 200 : 422)
    }

    const showPreview = (
      scope: PorteurScope,
      request: FastifyRequest,
      reply: FastifyReply,
      draft: ImportDraft,
      preview: MembersPreview,
      refused = false,
    ) => {
      const table = applyCorrections(draft.table, draft.corrections)
      const page = PreviewMembers({ ...shared(scope, request, reply), draft, table, preview, refused })
      return sendPage(reply, page, refused ? 422 : 200)
    }

    app.get(
      PATHS.importMembers,
      onGrappe(async (scope, request, reply) => showStart(scope, request, reply)),
    )

    // Reached by reloading: what was shown is not kept here, so the import starts again.
    app.get(
      PATHS.importPreview,
      onGrappe(async (scope, _request, reply) =>
        goTo(reply, urlTo('importMembers', { grappe: scope.grappeId })),
      ),
    )

    app.get(
      PATHS.importModel,
      onGrappe(async (_scope, _request, reply) =>
        reply
          .type(MEDIA_TYPES.xlsx)
          .header('content-disposition', disposition('attachment', 'Modèle membres de la grappe.xlsx'))
          .send(await context.sheets.memberModel()),
      ),
    )

    app.post(
      PATHS.importPreview,
      { bodyLimit: MAX_DRAFT_BYTES, preHandler: forms.preHandler },
      onGrappe(async (scope, request, reply) => {
        const file = await forms.fileOf(request)
        if (file !== null && !file.ok) {
          return showStart(scope, request, reply, [{ field: 'fichier', message: file.sentence }])
        }
        const fields = formFields(request)
        if (fields.tableau === undefined) {
          const field = file === null ? 'texte' : 'fichier'
          const reading =
            file === null
              ? context.sheets.readPasted(fields.texte ?? '')
              : await context.sheets.readFile(file.bytes)
          const read = draftOf(reading)
          if (!read.ok) return showStart(scope, request, reply, [{ field, message: read.sentence }])
          const preview = await previewMembers(context.db, scope.grappeId, read.draft.table)
          return showPreview(scope, request, reply, read.draft, preview)
        }

        const sent = readImportDraft(fields.tableau)
        if (sent === null) {
          const message =
            'Ce tableau est revenu abîmé, rien n’a été ajouté. Déposez-le ou collez-le de nouveau.'
          return showStart(scope, request, reply, [{ field: 'fichier', message }])
        }
        const shown = applyCorrections(sent.table, sent.corrections)
        const draft = withCorrections(takenBack(sent, fields), typedCorrections(fields, shown))
        const action = (fields.action ?? 'verifier') as ImportAction
        const table = applyCorrections(draft.table, draft.corrections)
        if (action === 'ajouter') {
          const imported = await importMembers(context, scope, table)
          if (!imported.ok) return showPreview(scope, request, reply, draft, imported.preview, true)
          return goTo(reply, urlTo('members', { grappe: scope.grappeId }), importSentence(imported))
        }
        const preview = await previewMembers(context.db, scope.grappeId, table)
        const more = correctionsOfAction(action, preview)
        if (more.length === 0) return showPreview(scope, request, reply, draft, preview)
        const next = withCorrections(draft, more)
        const nextTable = applyCorrections(next.table, next.corrections)
        const nextPreview = await previewMembers(context.db, scope.grappeId, nextTable)
        return showPreview(scope, request, reply, next, nextPreview)
      }),
    )
  }
}

function draftOf(reading: SheetReading): { ok: true; draft: ImportDraft } | { ok: false; sentence: string } {
  if (!reading.ok) return { ok: false, sentence: reading.refusal.sentence }
  const result = readMemberTable(reading.rows)
  if (!result.ok) return { ok: false, sentence: result.refusal.sentence }
  const { sheetName, otherSheets } = reading
  const draft = { sheetName, otherSheets, table: result.table, corrections: [] }
  return JSON.stringify(draft).length > MAX_DRAFT_CHARACTERS
    ? {
        ok: false,
        sentence:
          'Ce tableau contient trop de texte pour être vérifié en une fois : gardez les seules colonnes utiles, ou importez-le en plusieurs parties.',
      }
    : { ok: true, draft }
}

/** The page's fields compared with what it showed: only what the person changed. */
function typedCorrections(fields: Readonly<Record<string, string>>, shown: MemberTable): Correction[] {
  const { cell, accept, ignore } = correctionFields
  return shown.lines.flatMap(({ line, values }): Correction[] => {
    if (fields[ignore(line)] !== undefined) return [{ line, ignore: true }]
    return MEMBER_FIELDS.flatMap((field): Correction[] => {
      const shownValue = values[field] ?? ''
      const typed = tidy(fields[cell(line, field)] ?? shownValue)
      // What is typed weighs more than a proposal ticked.
      const value = typed === shownValue ? (fields[accept(line, field)] ?? typed) : typed
      return value === shownValue ? [] : [{ line, field, value: value.slice(0, MAX_CELL_CHARACTERS) }]
    })
  })
}

/** The draft without the lines that were left aside and are wanted again. */
function takenBack(draft: ImportDraft, fields: Readonly<Record<string, string>>): ImportDraft {
  const corrections = draft.corrections.filter(
    correction =>
      !('ignore' in correction) || fields[correctionFields.restore(correction.line)] === undefined,
  )
  return { ...draft, corrections }
}

function correctionsOfAction(action: ImportAction, preview: ImportPreview): Correction[] {
  if (action === 'proposer') return proposedCorrections(preview)
  if (action !== 'laisser') return []
  return preview.lines.flatMap(({ line, status }) =>
    status === 'a-corriger' ? [{ line, ignore: true }] : [],
  )
}

/** The last correction of a cell replaces the others, so that the list does not grow with each answer. */
function withCorrections(draft: ImportDraft, more: readonly Correction[]): ImportDraft {
  const key = (correction: Correction) =>
    'ignore' in correction ? `${correction.line}` : `${correction.line} ${correction.field}`
  const byCell = new Map([...draft.corrections, ...more].map(correction => [key(correction), correction]))
  return { ...draft, corrections: [...byCell.values()] }
}

function importSentence({ added, newOgs, alreadyPresent }: Extract<MembersImport, { ok: true }>): string {
  if (added === 0) {
    return alreadyPresent === 0
      ? 'Rien n’a été ajouté : toutes les lignes sont laissées de côté.'
      : `Rien n’a été ajouté : ${alreadyPresent === 1 ? 'le membre de ce tableau est déjà' : `les ${alreadyPresent} membres de ce tableau sont déjà`} dans la grappe.`
  }
  const members = added === 1 ? '1 membre ajouté' : `${added} membres ajoutés`
  const ogs =
    newOgs === 0 ? '' : `, avec ${count(newOgs, 'organisme gestionnaire', 'organismes gestionnaires')}`
  const present =
    alreadyPresent === 0 ? '' : ` ${count(alreadyPresent, 'autre y était', 'autres y étaient')} déjà.`
  return `${members}${ogs}.${present}`
}
