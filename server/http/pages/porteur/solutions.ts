/** Pages of a grappe's DUI solutions. */
import type { FastifyPluginAsync } from 'fastify'
import {
  fieldMessages,
  type SolutionRecordBody,
  solutionRecordContract,
} from '../../../../schema/contracts/members.ts'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import type { FieldError } from '../../../../templates/pages/components.tsx'
import { count } from '../../../../templates/pages/format.ts'
import { EditSolution, Solutions } from '../../../../templates/pages/porteur/solutions.tsx'
import { activeEsms, type Solution } from '../../../domain/grappe.ts'
import { proposeMerges, solutionName } from '../../../domain/solution-identity.ts'
import { readSolutionLines, type SolutionLine } from '../../../domain/solution-sheet.ts'
import { chooseSolution } from '../../../steps/eligibility/choose-solution.ts'
import { mergeSolutions } from '../../../steps/eligibility/merge-solutions.ts'
import { importSolutions, saveSolution } from '../../../steps/eligibility/save-solution.ts'
import type { Context } from '../../../steps/ports.ts'
import { readGrappe } from '../../../steps/read/read-grappe.ts'
import { type FormsWithFile, formsWithFile } from '../form-with-file.ts'
import { goTo, type PageSettings, sendPage } from '../page.ts'
import { fieldErrors, formFields, parameter, validId } from '../request.ts'
import { type GrappeVisit, porteurGuards } from './access.ts'
import { formStatus } from './forms.ts'

export function solutionPages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { onGrappe } = porteurGuards(context, settings)

  return async app => {
    const protect = { preHandler: app.csrfProtection }
    const forms = formsWithFile(app)
    const protectFile = { preHandler: forms.preHandler }

    app.get(PATHS.solutions, onGrappe(showList))
    app.get(PATHS.newSolution, onGrappe(showNewSolution))
    app.post(PATHS.newSolution, protect, onGrappe(addSolution))
    app.get(PATHS.editSolution, onGrappe(showSolution))
    app.post(PATHS.editSolution, protect, onGrappe(correctSolution))
    app.post(PATHS.chooseSolution, protect, onGrappe(choose))
    app.post(PATHS.mergeSolutions, protect, onGrappe(merge))
    app.post(
      PATHS.importSolutions,
      protectFile,
      onGrappe(visit => importList(visit, forms)),
    )
  }
}

async function showList(visit: GrappeVisit, errors: readonly FieldError[] = []) {
  const { context, scope, reply, refuse } = visit
  const record = await readGrappe(context.db, scope.grappeId)
  if (record === null) return refuse({ code: 'not-found' })
  const active = activeEsms(record)
  const solutions = record.solutions.map(solution => ({
    ...solution,
    members: active
      .filter(({ solutionId }) => solutionId === solution.id)
      .map(({ id, name }) => ({ id, name, version: record.solutionVersions.get(id) ?? null })),
  }))
  const page = Solutions({
    ...shared(visit),
    solutions,
    withoutSolution: active.filter(({ solutionId }) => solutionId === null).length,
    proposals: solutions.length > MOST_SOLUTIONS_COMPARED ? [] : proposeMerges(solutions),
    errors,
  })
  return sendPage(reply, page, formStatus(errors))
}

async function showNewSolution(visit: GrappeVisit) {
  const page = EditSolution({ ...shared(visit), solutionId: null, values: {}, errors: [] })
  return sendPage(visit.reply, page)
}

async function showSolution(visit: GrappeVisit) {
  const solution = await findSolution(visit)
  if (solution === null) return visit.refuse({ code: 'not-found' })
  const { id: solutionId } = solution
  const page = EditSolution({ ...shared(visit), solutionId, values: valuesOf(solution), errors: [] })
  return sendPage(visit.reply, page)
}

const addSolution = (visit: GrappeVisit) => save(visit, null)

const correctSolution = (visit: GrappeVisit) => save(visit, parameter(visit.request, 'solution'))

/** Saves what the form holds, or shows it again with what to correct. */
async function save(visit: GrappeVisit, solutionId: string | null) {
  const { context, scope, request, reply, refuse } = visit
  const values = formFields(request)
  const parsed = solutionRecordContract.safeParse(values)
  const saved = parsed.success ? await saveSolution(context, scope, solutionId, parsed.data) : null
  if (saved?.ok) return backToList(visit, 'La solution est enregistrée.')
  if (saved?.refusal.code === 'not-found') return refuse(saved.refusal)
  const fields = parsed.success ? (saved?.refusal.fields ?? {}) : fieldMessages(parsed.error)
  const page = EditSolution({ ...shared(visit), solutionId, values, errors: fieldErrors(fields) })
  return sendPage(reply, page, 422)
}

async function choose(visit: GrappeVisit) {
  const { context, scope, refuse } = visit
  const solution = await findSolution(visit)
  if (solution === null) return refuse({ code: 'not-found' })
  const { editeur, produit } = solution
  const chosen = await chooseSolution(context, scope, { editeur, produit })
  if (!chosen.ok) return refuse(chosen.refusal)
  return backToList(visit, `Tous les membres ont maintenant « ${solutionName(solution)} ».`)
}

async function merge(visit: GrappeVisit) {
  const { context, scope, request } = visit
  const { garder = '', reunir = '' } = formFields(request)
  const asked = { keptId: validId(garder), mergedId: validId(reunir) }
  const merged = await mergeSolutions(context, scope, asked)
  // A second click finds one record only: what was asked is done.
  if (!merged.ok) return backToList(visit, 'Ces deux fiches ne sont plus à réunir.')
  return backToList(visit, mergedSentence(merged.value.kept, merged.value.members))
}

async function importList(visit: GrappeVisit, forms: FormsWithFile) {
  const { context, scope, request } = visit
  const refused = (...messages: string[]) =>
    showList(
      visit,
      messages.map(message => ({ field: 'fichier', message })),
    )
  const file = await forms.fileOf(request)
  if (file === null) return await refused('Choisissez un fichier, puis importez-le.')
  if (!file.ok) return await refused(file.sentence)
  const reading = await context.sheets.readFile(file.bytes)
  if (!reading.ok) return await refused(reading.refusal.sentence)
  const lines = readSolutionLines(reading.rows)
  if (lines === null) return await refused(NO_HEADINGS)
  const read = readBodies(lines)
  if (read.problems.length > 0) return await refused(...read.problems)
  const { added, updated } = await importSolutions(context, scope, read.bodies)
  const unchanged = read.bodies.length - added - updated
  const parts = [
    count(added, 'ajoutée'),
    count(updated, 'mise à jour', 'mises à jour'),
    count(unchanged, 'inchangée'),
  ]
  return backToList(visit, `Solutions de la liste : ${parts.join(', ')}.`)
}

function shared({ scope, frame }: GrappeVisit) {
  return { frame: frame(), grappe: scope }
}

function backToList({ scope, reply }: GrappeVisit, notice: string) {
  return goTo(reply, urlTo('solutions', { grappe: scope.grappeId }), notice)
}

async function findSolution({ context, scope, request }: GrappeVisit): Promise<Solution | null> {
  const record = await readGrappe(context.db, scope.grappeId)
  return record?.solutions.find(({ id }) => id === parameter(request, 'solution')) ?? null
}

const NO_HEADINGS =
  'Aucune ligne d’en-têtes avec « éditeur » et « produit » n’a été trouvée : ' +
  'ajoutez-la au-dessus de vos lignes.'

function mergedSentence(kept: string, members: number): string {
  const moved = members === 0 ? '' : ` pour ${members === 1 ? '1 membre' : `${members} membres`} de plus`
  return `Il ne reste que « ${kept} »${moved}.`
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
      more > 0
        ? [
            ...problems.slice(0, MOST_PROBLEMS),
            `Et ${count(more, 'autre point', 'autres points')} à corriger.`,
          ]
        : problems,
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
