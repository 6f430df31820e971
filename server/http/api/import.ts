/** API of the import: the same preview as the page, and the same all or nothing. */
import type { FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { importAnswer, importPreviewAnswer, problemAnswer } from '../../../schema/contracts/api.ts'
import { importContract, readCorrections, tableOfLines } from '../../../schema/contracts/member-import.ts'
import { API_PATHS } from '../../../schema/urls.ts'
import {
  applyCorrections,
  type Correction,
  type MemberTable,
  readMemberTable,
} from '../../domain/member-columns.ts'
import { importMembers, previewMembers } from '../../steps/import-members.ts'
import type { Context, SheetReading } from '../../steps/ports.ts'
import { done, type Outcome, refuseFields } from '../../steps/refusals.ts'
import { MAX_SHEET_MB, readSheetFile } from '../sheet-files.ts'
import { openUpload } from '../uploads.ts'
import { importPreviewOf } from './answers.ts'
import { guards } from './bearer.ts'
import { sendRefusal } from './problems.ts'

/** Pasted text and lines hold what a file of that size does. */
const MAX_BODY_BYTES = MAX_SHEET_MB * 1_000_000

interface AskedImport {
  table: MemberTable
  confirmed: boolean
}

export function importApi(context: Context): FastifyPluginAsyncZod {
  const admitted = guards(context)
  return async app => {
    app.post(
      API_PATHS.importMembers,
      {
        onRequest: admitted.grappe.onRequest,
        bodyLimit: MAX_BODY_BYTES,
        schema: {
          tags: ['Membres'],
          summary: 'Importer des membres : vérifier, puis tout ajouter ou rien',
          description:
            'En JSON, ou en multipart/form-data avec les champs « corrections » (JSON) et « confirmer » (oui) puis le fichier « fichier » (XLSX ou CSV). 200 : rien n’est écrit. 201 : tout est ajouté. 422 : une ligne est à corriger, rien n’est écrit.',
          params: z.object({ grappe: z.uuid() }),
          body: importContract.nullish(),
          response: {
            200: importPreviewAnswer,
            201: importAnswer,
            401: problemAnswer,
            404: problemAnswer,
            422: z.union([importPreviewAnswer, problemAnswer]),
          },
        },
      },
      async (request, reply) => {
        const scope = admitted.grappe.of(request)
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
  }
}

async function askedByFile(context: Context, request: FastifyRequest): Promise<Outcome<AskedImport>> {
  const form = await openUpload(request, { maxFileMb: MAX_SHEET_MB })
  const file = await readSheetFile(form)
  if (!file.ok) return refuseFields({ fichier: file.sentence })
  const corrections = readCorrections(form.fields.corrections ?? '[]')
  if (corrections === null) return refuseFields({ corrections: 'Envoyez une liste JSON de corrections.' })
  return askedOf(
    await context.sheets.readFile(file.bytes),
    'fichier',
    corrections,
    form.fields.confirmer === 'oui',
  )
}

async function askedAsJson(
  context: Context,
  body: z.infer<typeof importContract> | null | undefined,
): Promise<Outcome<AskedImport>> {
  const { lignes, texte, corrections = [], confirmer = false } = body ?? {}
  if (lignes !== undefined) {
    return done({ table: applyCorrections(tableOfLines(lignes), corrections), confirmed: confirmer })
  }
  if (texte === undefined) {
    return refuseFields({ lignes: 'Envoyez « lignes », « texte », ou un fichier en multipart/form-data.' })
  }
  return askedOf(context.sheets.readPasted(texte), 'texte', corrections, confirmer)
}

function askedOf(
  reading: SheetReading,
  field: string,
  corrections: readonly Correction[],
  confirmed: boolean,
): Outcome<AskedImport> {
  if (!reading.ok) return refuseFields({ [field]: reading.refusal.sentence })
  const read = readMemberTable(reading.rows)
  return read.ok
    ? done({ table: applyCorrections(read.table, corrections), confirmed })
    : refuseFields({ [field]: read.refusal.sentence })
}
