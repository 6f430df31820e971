/** Pages of a grappe's DUI solutions. */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import {
  fieldMessages,
  type SolutionRecordBody,
  solutionRecordContract,
} from '../../../../schema/contracts/members.ts'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import type { FieldError } from '../../../../templates/pages/components.tsx'
import { EditSolution, Solutions } from '../../../../templates/pages/porteur/solutions.tsx'
import { activeEsms, type Solution } from '../../../domain/grappe.ts'
import { proposeMerges, solutionName } from '../../../domain/solution-identity.ts'
import { readSolutionLines, type SolutionLine } from '../../../domain/solution-sheet.ts'
import { chooseSolution } from '../../../steps/choose-solution.ts'
import { mergeSolutions } from '../../../steps/merge-solutions.ts'
import type { PorteurScope } from '../../../steps/porteur-scope.ts'
import type { Context } from '../../../steps/ports.ts'
import { readGrappe } from '../../../steps/read-grappe.ts'
import { importSolutions, saveSolution } from '../../../steps/save-solution.ts'
import { formsWithFile } from '../form-with-file.ts'
import {
  fieldErrors,
  formFields,
  goTo,
  type PageSettings,
  parameter,
  porteurFrameOf,
  porteurGuards,
  sendPage,
  validId,
} from '../page.ts'

export function solutionPages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { onGrappe, refuse } = porteurGuards(context, settings)
  const shared = (scope: PorteurScope, request: FastifyRequest, reply: FastifyReply) => ({
    frame: porteurFrameOf(request, reply, settings.assetsVersion, scope.porteur),
    grappeId: scope.grappeId,
    grappeName: scope.grappeName,
  })
  const listUrl = (scope: PorteurScope) => urlTo('solutions', { grappe: scope.grappeId })

  const findSolution = async (scope: PorteurScope, request: FastifyRequest): Promise<Solution | null> => {
    const record = await readGrappe(context.db, scope.grappeId)
    return record?.solutions.find(({ id }) => id === parameter(request, 'solution')) ?? null
  }

  const showList = async (
    scope: PorteurScope,
    request: FastifyRequest,
    reply: FastifyReply,
    errors: readonly FieldError[] = [],
  ) => {
    const record = await readGrappe(context.db, scope.grappeId)
    if (record === null) return refuse(request, reply, { code: 'not-found' })
    const active = activeEsms(record)
    const solutions = record.solutions.map(solution => ({
      ...solution,
      members: active
        .filter(({ solutionId }) => solutionId === solution.id)
        .map(({ id, name }) => ({ id, name, version: record.solutionVersions.get(id) ?? null })),
    }))
    const page = Solutions({
      ...shared(scope, request, reply),
      solutions,
      withoutSolution: active.filter(({ solutionId }) => solutionId === null).length,
      proposals: solutions.length > MOST_SOLUTIONS_COMPARED ? [] : proposeMerges(solutions),
      errors,
    })
    return sendPage(reply, page, errors.length === 0 ? 200 : 422)
  }

  /** Saves what the form holds, or shows it again with what to correct. */
  const save = async (
    scope: PorteurScope,
    request: FastifyRequest,
    reply: FastifyReply,
    solutionId: string | null,
  ) => {
    const values = formFields(request)
    const parsed = solutionRecordContract.safeParse(values)
    const saved = parsed.success ? await saveSolution(context, scope, solutionId, parsed.data) : null
    if (saved?.ok) return goTo(reply, listUrl(scope), 'La solution est enregistrée.')
    if (saved?.refusal.code === 'not-found') return refuse(request, reply, saved.refusal)
    const fields = parsed.success ? (saved?.refusal.fields ?? {}) : fieldMessages(parsed.error)
    const page = EditSolution({
      ...shared(scope, request, reply),
      solutionId,
      values,
      errors: fieldErrors(fields),
    })
    return sendPage(reply, page, 422)
  }

  return async app => {
    const forms = formsWithFile(app)
    const checked = { preHandler: app.csrfProtection }

    app.get(
      PATHS.solutions,
      onGrappe(async (scope, request, reply) => await showList(scope, request, reply)),
    )

    app.get(
      PATHS.newSolution,
      onGrappe(async (scope, request, reply) =>
        sendPage(
          reply,
          EditSolution({ ...shared(scope, request, reply), solutionId: null, values: {}, errors: [] }),
        ),
      ),
    )

    app.post(
      PATHS.newSolution,
      checked,
      onGrappe(async (scope, request, reply) => await save(scope, request, reply, null)),
    )

    app.get(
      PATHS.editSolution,
      onGrappe(async (scope, request, reply) => {
        const solution = await findSolution(scope, request)
        if (solution === null) return refuse(request, reply, { code: 'not-found' })
        const values = valuesOf(solution)
        const page = EditSolution({
          ...shared(scope, request, reply),
          solutionId: solution.id,
          values,
          errors: [],
        })
        return sendPage(reply, page)
      }),
    )

    app.post(
      PATHS.editSolution,
      checked,
      onGrappe(
        async (scope, request, reply) => await save(scope, request, reply, parameter(request, 'solution')),
      ),
    )

    app.post(
      PATHS.chooseSolution,
      checked,
      onGrappe(async (scope, request, reply) => {
        const solution = await findSolution(scope, request)
        if (solution === null) return refuse(request, reply, { code: 'not-found' })
        const { editeur, produit } = solution
        const chosen = await chooseSolution(context, scope, { editeur, produit })
        if (!chosen.ok) return refuse(request, reply, chosen.refusal)
        return goTo(reply, listUrl(scope), `Tous les membres ont maintenant « ${solutionName(solution)} ».`)
      }),
    )

    app.post(
      PATHS.mergeSolutions,
      checked,
      onGrappe(async (scope, request, reply) => {
        const { garder = '', reunir = '' } = formFields(request)
        const merged = await mergeSolutions(context, scope, {
          keptId: validId(garder),
          mergedId: validId(reunir),
        })
        // A second click finds one record only: what was asked is done.
        if (!merged.ok) return goTo(reply, listUrl(scope), 'Ces deux fiches ne sont plus à réunir.')
        const { kept, members } = merged.value
        const moved =
          members === 0 ? '' : ` pour ${members === 1 ? '1 membre' : `${members} membres`} de plus`
        return goTo(reply, listUrl(scope), `Il ne reste que « ${kept} »${moved}.`)
      }),
    )

    app.post(
      PATHS.importSolutions,
      { preHandler: forms.preHandler },
      onGrappe(async (scope, request, reply) => {
        const refused = (...messages: string[]) =>
          showList(
            scope,
            request,
            reply,
            messages.map(message => ({ field: 'fichier', message })),
          )
        const file = await forms.fileOf(request)
        if (file === null) return await refused('Choisissez un fichier, puis importez-le.')
        if (!file.ok) return await refused(file.sentence)
        const reading = await context.sheets.readFile(file.bytes)
        if (!reading.ok) return await refused(reading.refusal.sentence)
        const lines = readSolutionLines(reading.rows)
        if (lines === null) {
          return await refused(
            'Aucune ligne d’en-têtes avec « éditeur » et « produit » n’a été trouvée : ajoutez-la au-dessus de vos lignes.',
          )
        }
        const read = readBodies(lines)
        if (read.problems.length > 0) return await refused(...read.problems)
        const { added, updated } = await importSolutions(context, scope, read.bodies)
        const unchanged = read.bodies.length - added - updated
        const parts = [`${added} ajoutées`, `${updated} mises à jour`, `${unchanged} inchangées`]
        return goTo(reply, listUrl(scope), `Solutions de la liste : ${parts.join(', ')}.`)
      }),
    )
  }
}

/** A grappe has a handful: hundreds are a catalogue, whose near names mean nothing. */
const MOST_SOLUTIONS_COMPARED = 300

/** Beyond, the person corrects these first. */
const MOST_PROBLEMS = 20

function readBodies(lines: readonly SolutionLine[]): { bodies: SolutionRecordBody[]; problems: string[] } {
  const bodies: SolutionRecordBody[] = []
  const problems: string[] = []
  for (const { line, values } of lines) {
    const parsed = solutionRecordContract.safeParse(values)
    if (parsed.success) bodies.push(parsed.data)
    else {
      problems.push(...Object.values(fieldMessages(parsed.error)).map(message => `Ligne ${line}. ${message}`))
    }
  }
  const more = problems.length - MOST_PROBLEMS
  return {
    bodies,
    problems:
      more > 0 ? [...problems.slice(0, MOST_PROBLEMS), `Et ${more} autres points à corriger.`] : problems,
  }
}

function valuesOf({ editeur, produit, segur }: Solution): Record<string, string> {
  return {
    editeur,
    produit,
    statut: segur?.status ?? '',
    couloirs: segur?.couloirs?.join(', ') ?? '',
    source: segur?.source ?? '',
    date: segur?.readOn ?? '',
  }
}
