/** An ESMS of the grappe: added, by hand or from what the registry knows, and corrected. */
import type { FastifyRequest } from 'fastify'
import { esmsContract, fieldMessages } from '../../../../schema/contracts/members.ts'
import { urlTo } from '../../../../schema/urls.ts'
import type { FieldError } from '../../../../templates/pages/components.tsx'
import { count } from '../../../../templates/pages/format.ts'
import { EsmsForm, type EsmsFormProps } from '../../../../templates/pages/porteur/esms-form.tsx'
import { offeredDomaines, offeredProjets } from '../../../domain/call.ts'
import { normaliseFiness } from '../../../domain/finess.ts'
import { activeEsms } from '../../../domain/grappe.ts'
import { categorieLabel } from '../../../domain/nomenclature.ts'
import { registryLabel } from '../../../domain/registry.ts'
import { solutionName } from '../../../domain/solution-identity.ts'
import { findInRegistry, type RegistryAnswer } from '../../../steps/eligibility/find-in-registry.ts'
import { saveEsms } from '../../../steps/eligibility/save-esms.ts'
import { goTo, sendPage } from '../page.ts'
import { fieldErrors, formFields, parameter } from '../request.ts'
import type { RecordVisit } from './access.ts'
import { formErrors, formStatus, proposedId, shownValues } from './forms.ts'

export async function showNewEsms(visit: RecordVisit) {
  const { context, scope, record, request, reply } = visit
  if (record.ogs.length === 0) {
    const url = urlTo('newOg', { grappe: scope.grappeId })
    return goTo(reply, url, 'Ajoutez d’abord l’organisme gestionnaire de cet ESMS.')
  }
  const values = { ...commonToAll(visit), ...queryTexts(request) }
  const search = await searchRegistry(visit, values)
  return showForm(visit, { esmsId: null, newId: context.newId(), values, errors: [], search })
}

export async function showEsms(visit: RecordVisit) {
  const { record, request, refuse } = visit
  const esms = record.esms.find(({ id }) => id === parameter(request, 'esms'))
  if (esms === undefined) return refuse({ code: 'not-found' })
  const { id, name, finess, ogId, categorie, domaine, projet, solutionId } = esms
  const details = record.details.get(id)
  const values = shownValues({
    name,
    finess,
    ogId,
    categorie,
    domaine,
    projet,
    solutionId,
    solutionVersion: record.solutionVersions.get(id) ?? null,
    ...record.contacts.get(id),
    commune: details?.commune ?? null,
    capacite: details?.capacite === undefined || details.capacite === null ? null : String(details.capacite),
  })
  return showForm(visit, { esmsId: id, newId: '', values, errors: [], search: null })
}

export const addEsms = (visit: RecordVisit) => save(visit, null)

export const correctEsms = (visit: RecordVisit) => save(visit, parameter(visit.request, 'esms'))

async function save(visit: RecordVisit, esmsId: string | null) {
  const { context, scope, record, request, reply, refuse } = visit
  const newId = proposedId(request, context)
  const fields = formFields(request)
  // The box under a refused number, when ticked, puts the proposed one in its place.
  const values = fields.suggestion === undefined ? fields : { ...fields, finess: fields.suggestion }
  const again = (errors: readonly FieldError[]) =>
    showForm(visit, { esmsId, newId, values, errors, search: null })
  const parsed = esmsContract.safeParse(values)
  if (!parsed.success) return again(fieldErrors(fieldMessages(parsed.error)))
  const saved = await saveEsms(context, scope, esmsId, parsed.data, newId)
  if (!saved.ok) {
    return saved.refusal.code === 'not-found'
      ? refuse(saved.refusal)
      : again(formErrors(saved.refusal, 'name'))
  }
  const { name, ogId, domaine, projet } = parsed.data
  const notice =
    esmsId === null
      ? addedSentence(name, saved.value.added, activeEsms(record).length + 1)
      : `« ${name} » est corrigé.`
  const at = { grappe: scope.grappeId }
  if (fields.suite !== 'autre') return goTo(reply, urlTo('members', at), notice)
  const same = new URLSearchParams(shownValues({ ogId, domaine, projet }))
  return goTo(reply, `${urlTo('newEsms', at)}?${same}`, notice)
}

function addedSentence(name: string, added: boolean, members: number): string {
  return added
    ? `« ${name} » est ajouté : la grappe compte ${count(members, 'ESMS', 'ESMS')}.`
    : `« ${name} » était déjà ajouté par ce formulaire : il n’a pas été ajouté deux fois.`
}

function showForm(
  { scope, record, reply, frame }: RecordVisit,
  form: Pick<EsmsFormProps, 'esmsId' | 'newId' | 'errors' | 'search'> & { values: Record<string, string> },
) {
  const finess = normaliseFiness(form.values.finess ?? '')
  const page = EsmsForm({
    frame: frame(),
    grappe: scope,
    ...form,
    finessSuggestion: finess.ok ? null : finess.suggestion,
    ogs: record.ogs,
    solutions: record.solutions.map(solution => ({ id: solution.id, name: solutionName(solution) })),
    domaines: offeredDomaines(scope.call),
    projets: offeredProjets(scope.call),
  })
  return sendPage(reply, page, formStatus(form.errors))
}

/**
 * A single OG need not be chosen again. A solution is: the verdict counts those that have the same one, and
 * only a choice makes it so.
 */
function commonToAll({ record }: RecordVisit): Record<string, string> {
  const [og, ...otherOgs] = record.ogs
  return og !== undefined && otherOgs.length === 0 ? { ogId: og.id } : {}
}

/** What an address brings to a form; repeated names are not among them. */
function queryTexts(request: FastifyRequest): Record<string, string> {
  const query = request.query as Record<string, unknown>
  return Object.fromEntries(
    Object.entries(query).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}

/** What the registry answers to the text searched, each line with this page filled in from it. */
async function searchRegistry(
  { context, scope, record }: RecordVisit,
  values: Record<string, string>,
): Promise<EsmsFormProps['search']> {
  const text = values.recherche ?? ''
  const { registry, remark, hits } = await findInRegistry(context.db, text)
  if (registry === null) return null
  const ogOfEj = new Map(record.ogs.map(({ id, finessEj }) => [finessEj, id]))
  return {
    label: registryLabel(registry),
    text,
    remark: text === '' ? null : remark,
    hits: hits.map(hit => {
      const name = hit.longName ?? hit.name ?? ''
      const { number, ejNumber, categorie } = hit
      const ogId = ogOfEj.get(ejNumber) ?? values.ogId ?? ''
      const filled = new URLSearchParams(
        shownValues({ ...values, recherche: text, name, finess: number, categorie, ogId }),
      )
      const url = `${urlTo('newEsms', { grappe: scope.grappeId })}?${filled}`
      return { finess: number, name, details: detailsOf(hit), url }
    }),
  }
}

/** What tells two homonyms apart. */
function detailsOf(hit: RegistryAnswer['hits'][number]): string {
  const { ejName, ejNumber, acheminement, categorie, siret, open } = hit
  const details = [
    ejName ?? (ejNumber === null ? null : `EJ ${ejNumber}`),
    acheminement,
    categorie === null ? null : `catégorie ${categorieLabel(categorie)}`,
    siret === null ? null : `SIRET ${siret}`,
    open ? null : 'fermé',
  ]
  return details.filter(detail => detail !== null).join(', ')
}
