/** Members from a spreadsheet: the file or the cells, the preview corrected in place, the confirmation. */
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { FastifyPluginAsync } from 'fastify'
import {
  type ColumnUses,
  type ImportDraft,
  MAX_CELL_CHARACTERS,
  readImportDraft,
} from '../../../../schema/contracts/member-import.ts'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import type { FieldError } from '../../../../templates/pages/components.tsx'
import { count } from '../../../../templates/pages/format.ts'
import { ImportMembers } from '../../../../templates/pages/porteur/import.tsx'
import { importFields, type ShownColumn } from '../../../../templates/pages/porteur/import-form.tsx'
import { PreviewMembers } from '../../../../templates/pages/porteur/import-preview.tsx'
import { MEDIA_TYPES } from '../../../domain/file-acceptance.ts'
import { COLUMN_USES, MEMBER_FIELDS, tidy } from '../../../domain/member-import/columns.ts'
import {
  emptyingCorrections,
  fillingCorrections,
  mergingWay,
  type ProblemGroup,
  problemGroups,
  proposedCorrections,
} from '../../../domain/member-import/problem-groups.ts'
import {
  applyCorrections,
  type Correction,
  exampleCells,
  type MemberTable,
  readMemberTable,
  sheetShape,
} from '../../../domain/member-import/table.ts'
import { keepColumnUses, recallColumnUses } from '../../../steps/eligibility/column-uses.ts'
import {
  importMembers,
  type MembersImport,
  type MembersPreview,
  previewMembers,
} from '../../../steps/eligibility/import-members.ts'
import type { Context, SheetReading } from '../../../steps/ports.ts'
import { disposition } from '../../downloads.ts'
import { type FormsWithFile, formsWithFile } from '../form-with-file.ts'
import { goTo, type PageSettings, sendPage } from '../page.ts'
import { formFields } from '../request.ts'
import { type GrappeVisit, porteurGuards } from './access.ts'
import { formStatus } from './forms.ts'

/** The table travels in the form: 2,000 lines of twelve full cells take about 2 MB once encoded. */
const MAX_DRAFT_BYTES = 8_000_000

/** Encoding makes at most three bytes of each: a table that would not come back is refused at once. */
const MAX_DRAFT_CHARACTERS = 2_500_000

export function importPages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { onGrappe } = porteurGuards(context, settings)

  return async app => {
    const forms = formsWithFile(app)
    const protect = { bodyLimit: MAX_DRAFT_BYTES, preHandler: forms.preHandler }

    app.get(PATHS.importMembers, onGrappe(showStart))
    app.get(PATHS.importModel, onGrappe(downloadModel))
    app.post(
      PATHS.importPreview,
      protect,
      onGrappe(visit => answerImport(visit, forms)),
    )
    // Reached by reloading: what was shown is not kept here, so the import starts again.
    app.get(PATHS.importPreview, onGrappe(backToStart))
  }
}

async function showStart(visit: GrappeVisit, errors: readonly FieldError[] = []) {
  const pasted = formFields(visit.request).texte ?? ''
  return sendPage(visit.reply, ImportMembers({ ...shared(visit), errors, pasted }), formStatus(errors))
}

/** What the person is looking at in the preview. */
interface Looking {
  refused?: boolean
  showColumns?: boolean
  editedLine?: number | null
  readyPage?: number
}

function showPreview(
  visit: GrappeVisit,
  draft: ImportDraft,
  table: MemberTable,
  preview: MembersPreview,
  { refused = false, showColumns = false, editedLine = null, readyPage = 1 }: Looking = {},
) {
  const page = PreviewMembers({
    ...shared(visit),
    draft,
    packed: packed(draft),
    table,
    preview,
    groups: problemGroups(preview.lines),
    columns: shownColumns(draft, table),
    editedLine,
    readyPage,
    showColumns: showColumns || table.lines.length === 0,
    refused,
  })
  return sendPage(visit.reply, page, refused ? 422 : 200)
}

function shownColumns({ rows }: ImportDraft, table: MemberTable): ShownColumn[] {
  const read = table.columns.map(({ column, header, use }) => ({ column, header, use, reason: null }))
  const unread = table.unusedColumns.map(column => ({ ...column, use: null }))
  return [...read, ...unread]
    .toSorted((a, b) => a.column - b.column)
    .map(shown => ({ ...shown, examples: exampleCells(rows, table, shown.column) }))
}

function shared({ scope, frame }: GrappeVisit) {
  return { frame: frame(), grappe: scope }
}

async function backToStart({ scope, reply }: GrappeVisit) {
  return goTo(reply, urlTo('importMembers', { grappe: scope.grappeId }))
}

async function downloadModel({ context, reply }: GrappeVisit) {
  return reply
    .type(MEDIA_TYPES.xlsx)
    .header('content-disposition', disposition('attachment', 'Modèle membres de la grappe.xlsx'))
    .send(await context.sheets.memberModel())
}

/** The first time a file or cells come, then the preview's own form, as often as it is corrected. */
async function answerImport(visit: GrappeVisit, forms: FormsWithFile) {
  const file = await forms.fileOf(visit.request)
  if (file !== null && !file.ok) {
    return await showStart(visit, [{ field: 'fichier', message: file.sentence }])
  }
  const fields = formFields(visit.request)
  return fields.tableau === undefined
    ? await readTable(visit, file?.bytes ?? null)
    : await answerPreview(visit, fields.tableau)
}

async function readTable(visit: GrappeVisit, bytes: Buffer | null) {
  const { context, scope, request } = visit
  const reading =
    bytes === null
      ? await context.sheets.readPasted(formFields(request).texte ?? '')
      : await context.sheets.readFile(bytes)
  const read = draftOf(reading)
  if (!read.ok) {
    return await showStart(visit, [{ field: bytes === null ? 'texte' : 'fichier', message: read.sentence }])
  }
  const draft = await asLastTime(visit, read.draft)
  const table = tableOf(draft)
  const preview = await previewMembers(context.db, scope.grappeId, table)
  return showPreview(visit, draft, table, preview, { showColumns: !draft.isRemembered })
}

/** What the person said of the columns of the last sheet with these headers. */
async function asLastTime({ context, scope }: GrappeVisit, draft: ImportDraft): Promise<ImportDraft> {
  const uses = await recallColumnUses(context, scope, sheetShape(draft.rows))
  if (uses === null || sameUses(uses, usesOf(tableOf(draft)))) return draft
  return { ...draft, uses, isRemembered: true }
}

async function answerPreview(visit: GrappeVisit, tableau: string) {
  const { context, scope, request, reply } = visit
  const fields = formFields(request)
  const sent = unpacked(tableau)
  if (sent === null) return await showStart(visit, [{ field: 'fichier', message: DAMAGED }])
  const action = fields.action ?? 'verifier'
  const mapped = withUses(sent, fields, action)
  const columnsChanged = !sameUses(usesOf(tableOf(mapped)), usesOf(tableOf(sent)))
  if (columnsChanged) {
    await keepColumnUses(context, scope, sheetShape(sent.rows), usesOf(tableOf(mapped)))
  }
  const shown = tableOf(sent)
  const before = await previewMembers(context.db, scope.grappeId, shown)
  const groups = problemGroups(before.lines)
  const merged = before.mergeProposals[numberAfter(action, 'reunir ') ?? -1]
  const draft = withCorrections(takenBack(mapped, fields), [
    ...typedCorrections(fields, shown),
    ...chosenCorrections(fields, groups),
    ...correctionsOfAction(action, groups, shown),
    ...(merged === undefined ? [] : mergingWay(merged, before.lines).corrections),
  ])
  const table = tableOf(draft)
  if (action === 'ajouter') {
    const imported = await importMembers(context, scope, table)
    if (!imported.ok) return showPreview(visit, draft, table, imported.preview, { refused: true })
    return goTo(reply, urlTo('members', { grappe: scope.grappeId }), importSentence(imported))
  }
  const preview = await previewMembers(context.db, scope.grappeId, table)
  const filled = withCorrections(draft, filledCorrections(fields, preview))
  const isFilled = filled.corrections.length > draft.corrections.length
  const last = isFilled ? tableOf(filled) : table
  return showPreview(
    visit,
    filled,
    last,
    isFilled ? await previewMembers(context.db, scope.grappeId, last) : preview,
    {
      showColumns: columnsChanged,
      editedLine: numberAfter(action, 'ligne '),
      readyPage: numberAfter(action, 'pretes ') ?? (Number(fields.pretes) || 1),
    },
  )
}

/** The table of a draft, with all that the person changed. */
function tableOf({ rows, uses, takenBack: back, corrections }: ImportDraft): MemberTable {
  const result = readMemberTable(rows, {
    ...(uses === null ? {} : { uses: new Map(uses.entries()) }),
    takenBack: new Set(back),
    keepEmpty: true,
  })
  if (!result.ok) throw new Error('A draft is only made of a sheet that has columns')
  return applyCorrections(result.table, corrections)
}

function usesOf({ columns, unusedColumns }: MemberTable): ColumnUses {
  const last = Math.max(-1, ...[...columns, ...unusedColumns].map(({ column }) => column))
  const uses = new Map(columns.map(({ column, use }) => [column, use]))
  return Array.from({ length: last + 1 }, (_, column) => uses.get(column) ?? null)
}

const sameUses = (a: ColumnUses, b: ColumnUses): boolean => JSON.stringify(a) === JSON.stringify(b)

/** The draft with its columns as the form's lists say. */
function withUses(draft: ImportDraft, fields: Readonly<Record<string, string>>, action: string): ImportDraft {
  if (action === 'reconnues') return { ...draft, uses: null, isRemembered: false }
  const shown = usesOf(tableOf(draft))
  const chosen = shown.map((use, column) => {
    const sent = fields[importFields.use(column)]
    return sent === undefined ? use : (COLUMN_USES.find(each => each === sent) ?? null)
  })
  return sameUses(chosen, shown) ? draft : { ...draft, uses: chosen, isRemembered: false }
}

/** As the form carries it: a page that shows hundreds of lines does not weigh their table once more. */
const packed = (draft: ImportDraft): string => deflateRawSync(JSON.stringify(draft)).toString('base64url')

/** Null when it is none that this server made. */
function unpacked(text: string): ImportDraft | null {
  try {
    const json = inflateRawSync(Buffer.from(text, 'base64url'), { maxOutputLength: MAX_DRAFT_BYTES })
    return readImportDraft(json.toString())
  } catch {
    return null
  }
}

const TOO_MUCH_TEXT =
  'Ce tableau contient trop de texte pour être vérifié en une fois : ' +
  'gardez les seules colonnes utiles, ou importez-le en plusieurs parties.'

const DAMAGED = 'Ce tableau est revenu abîmé, rien n’a été ajouté. Déposez-le ou collez-le de nouveau.'

function draftOf(reading: SheetReading): { ok: true; draft: ImportDraft } | { ok: false; sentence: string } {
  if (!reading.ok) return { ok: false, sentence: reading.refusal.sentence }
  const { sheetName, otherSheets, doubt, rows } = reading
  const known = readMemberTable(rows)
  // A sheet whose headers say nothing has its columns told by the person.
  const readable =
    known.ok || known.refusal.code === 'no-lines' ? known : readMemberTable(rows, { keepEmpty: true })
  if (!readable.ok) return { ok: false, sentence: readable.refusal.sentence }
  const draft: ImportDraft = {
    sheetName,
    otherSheets,
    doubt,
    rows,
    uses: null,
    isRemembered: false,
    takenBack: [],
    corrections: [],
  }
  return JSON.stringify(draft).length > MAX_DRAFT_CHARACTERS
    ? { ok: false, sentence: TOO_MUCH_TEXT }
    : { ok: true, draft }
}

/** The page's fields compared with what it showed: only what the person changed. */
function typedCorrections(fields: Readonly<Record<string, string>>, shown: MemberTable): Correction[] {
  return shown.lines.flatMap(({ line, values }): Correction[] => {
    if (fields[importFields.ignore(line)] !== undefined) return [{ line, ignore: true }]
    return MEMBER_FIELDS.flatMap((field): Correction[] => {
      const shownValue = values[field] ?? ''
      const typed = tidy(fields[importFields.cell(line, field)] ?? shownValue)
      return typed === shownValue ? [] : [{ line, field, value: typed.slice(0, MAX_CELL_CHARACTERS) }]
    })
  })
}

/** The value chosen for all the lines of a problem. */
function chosenCorrections(
  fields: Readonly<Record<string, string>>,
  groups: readonly ProblemGroup[],
): Correction[] {
  return groups.flatMap(({ id, cells, values }) => {
    const value = fields[importFields.choice(id)] ?? ''
    return values.includes(value) ? cells.map(({ line, field }): Correction => ({ line, field, value })) : []
  })
}

/** The value given for all the lines that say nothing of a field. */
function filledCorrections(
  fields: Readonly<Record<string, string>>,
  { lines }: Pick<MembersPreview, 'lines'>,
): Correction[] {
  return MEMBER_FIELDS.flatMap(field => {
    const value = tidy(fields[importFields.fill(field)] ?? '').slice(0, MAX_CELL_CHARACTERS)
    return value === '' ? [] : fillingCorrections(lines, field, value)
  })
}

/** The draft without the setting aside of the lines that are wanted again. */
function takenBack(draft: ImportDraft, fields: Readonly<Record<string, string>>): ImportDraft {
  const wanted = ({ line }: { line: number }) => fields[importFields.restore(line)] !== undefined
  const corrections = draft.corrections.filter(correction => !('ignore' in correction && wanted(correction)))
  const back = draft.rows.filter(wanted).map(({ line }) => line)
  return { ...draft, corrections, takenBack: [...new Set([...draft.takenBack, ...back])] }
}

const numberAfter = (action: string, prefix: string): number | null =>
  action.startsWith(prefix) ? Number(action.slice(prefix.length)) : null

function correctionsOfAction(
  action: string,
  groups: readonly ProblemGroup[],
  { hiddenLines }: Pick<MemberTable, 'hiddenLines'>,
): Correction[] {
  const aside = (lines: readonly number[]) => lines.map((line): Correction => ({ line, ignore: true }))
  if (action === 'proposer') return proposedCorrections(groups)
  if (action === 'vider') return emptyingCorrections(groups)
  if (action === 'masquees') return aside(hiddenLines)
  if (action === 'laisser') return aside(groups.flatMap(linesToCorrect))
  const group = groups.find(({ id }) => action === importFields.setAside(id))
  if (group !== undefined) return aside(linesToCorrect(group))
  return groups.flatMap(({ id, ways }) =>
    ways.flatMap(({ corrections }, way) => (action === importFields.way(id, way) ? corrections : [])),
  )
}

/** Those that have the problem: the other line that it is about may be right. */
const linesToCorrect = ({ cells }: ProblemGroup): number[] =>
  cells.flatMap(({ line, reason }) => (reason === '' ? [] : [line]))

/** The last correction of a cell replaces the others, so that the list does not grow with each answer. */
function withCorrections(draft: ImportDraft, more: readonly Correction[]): ImportDraft {
  const key = (correction: Correction) =>
    'ignore' in correction ? `${correction.line}` : `${correction.line} ${correction.field}`
  const byCell = new Map([...draft.corrections, ...more].map(correction => [key(correction), correction]))
  return { ...draft, corrections: [...byCell.values()] }
}

function importSentence({ added, newOgs, alreadyPresent }: Extract<MembersImport, { ok: true }>): string {
  if (added === 0) return `Rien n’a été ajouté : ${whyNothing(alreadyPresent)}.`
  const members = added === 1 ? '1 membre ajouté' : `${added} membres ajoutés`
  const ogs =
    newOgs === 0 ? '' : `, avec ${count(newOgs, 'organisme gestionnaire', 'organismes gestionnaires')}`
  const present =
    alreadyPresent === 0 ? '' : ` ${count(alreadyPresent, 'autre y était', 'autres y étaient')} déjà.`
  return `${members}${ogs}.${present}`
}

function whyNothing(alreadyPresent: number): string {
  if (alreadyPresent === 0) return 'toutes les lignes sont laissées de côté'
  return alreadyPresent === 1
    ? 'le membre de ce tableau est déjà dans la grappe'
    : `les ${alreadyPresent} membres de ce tableau sont déjà dans la grappe`
}
