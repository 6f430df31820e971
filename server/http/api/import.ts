/** API of the import: the same preview as the page, and the same all or nothing. */
import type { FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { importAnswer, importPreviewAnswer, problemAnswer } from '../../../schema/contracts/api.ts'
import {
  type ColumnUses,
  importContract,
  readCorrections,
  readSentColumnUses,
  tableOfLines,
} from '../../../schema/contracts/member-import.ts'
import { API_PATHS } from '../../../schema/urls.ts'
import {
  applyCorrections,
  type Correction,
  type MemberTable,
  readMemberTable,
} from '../../domain/member-import/table.ts'
import { importMembers, previewMembers } from '../../steps/eligibility/import-members.ts'
import type { Context, SheetReading } from '../../steps/ports.ts'
import { done, type Outcome, refuseFields } from '../../steps/refusals.ts'
import { MAX_SHEET_MB, readSmallFile, SHEET } from '../sheet-files.ts'
import { openUpload } from '../uploads.ts'
import { importPreviewOf } from './answers.ts'
import { forGrappe, grappeParams } from './bearer.ts'
import { sendRefusal } from './problems.ts'

/** Pasted text and lines hold what a file of that size does. */
const MAX_BODY_BYTES = MAX_SHEET_MB * 1_000_000

interface AskedImport {
  table: MemberTable
  confirmed: boolean
}

export function importApi(context: Context): FastifyPluginAsyncZod {
  return async app => {
    app.post(API_PATHS.importMembers, { ...postImportMembers(context), bodyLimit: MAX_BODY_BYTES })
  }
}

const postImportMembers = forGrappe(
  {
    tags: ['Membres'],
    summary: 'Importer des membres : vérifier, puis tout ajouter ou rien',
    description:
      'En JSON, ou en multipart/form-data avec les champs « colonnes » et « corrections » (JSON) et ' +
      '« confirmer » (oui) puis le fichier « fichier » (XLSX, ODS ou CSV). 200 : rien n’est écrit. ' +
      '201 : tout est ajouté. 422 : une ligne est à corriger, rien n’est écrit.',
    params: grappeParams,
    body: importContract.nullish(),
    response: {
      200: importPreviewAnswer,
      201: importAnswer,
      401: problemAnswer,
      404: problemAnswer,
      422: z.union([importPreviewAnswer, problemAnswer]),
    },
  },
  async ({ context, scope, request, reply }) => {
    const asked = request.isMultipart()
      ? await askedByFile(context, request)
      : await askedAsJson(context, request.body)
    if (!asked.ok) return sendRefusal(reply, asked.refusal)
    const { table, confirmed } = asked.value
    if (!confirmed) return importPreviewOf(await previewMembers(context.db, scope.grappeId, table), table)
    const imported = await importMembers(context, scope, table)
    if (!imported.ok) return reply.code(422).send(importPreviewOf(imported.preview, table))
    const { ok: _, ...answer } = imported
    return reply.code(201).send(answer)
  },
)

async function askedByFile(context: Context, request: FastifyRequest): Promise<Outcome<AskedImport>> {
  const form = await openUpload(request, { maxFileMb: MAX_SHEET_MB })
  const file = await readSmallFile(form, SHEET)
  if (!file.ok) return refuseFields({ fichier: file.sentence })
  const corrections = readCorrections(form.fields.corrections ?? '[]')
  if (corrections === null) return refuseFields({ corrections: 'Envoyez une liste JSON de corrections.' })
  const { colonnes } = form.fields
  const uses = colonnes === undefined ? null : readSentColumnUses(colonnes)
  if (colonnes !== undefined && uses === null) {
    return refuseFields({ colonnes: 'Envoyez une liste JSON : ce que contient chaque colonne, ou null.' })
  }
  const asked = { uses, corrections, confirmed: form.fields.confirmer === 'oui' }
  return askedOf(await context.sheets.readFile(file.bytes), 'fichier', asked)
}

async function askedAsJson(
  context: Context,
  body: z.infer<typeof importContract> | null | undefined,
): Promise<Outcome<AskedImport>> {
  const { lignes, texte, colonnes = null, corrections = [], confirmer = false } = body ?? {}
  if (lignes !== undefined) {
    return done({ table: applyCorrections(tableOfLines(lignes), corrections), confirmed: confirmer })
  }
  if (texte === undefined) {
    return refuseFields({ lignes: 'Envoyez « lignes », « texte », ou un fichier en multipart/form-data.' })
  }
  const asked = { uses: colonnes, corrections, confirmed: confirmer }
  return askedOf(await context.sheets.readPasted(texte), 'texte', asked)
}

function askedOf(
  reading: SheetReading,
  field: string,
  asked: { uses: ColumnUses | null; corrections: readonly Correction[]; confirmed: boolean },
): Outcome<AskedImport> {
  const { uses, corrections, confirmed } = asked
  if (!reading.ok) return refuseFields({ [field]: reading.refusal.sentence })
  const read = readMemberTable(reading.rows, uses === null ? {} : { uses: new Map(uses.entries()) })
  return read.ok
    ? done({ table: applyCorrections(read.table, corrections), confirmed })
    : refuseFields({ [field]: read.refusal.sentence })
}
