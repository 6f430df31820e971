/** Who is in the grappe: its OG, its ESMS and their solution. */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import {
  esmsContract,
  fieldMessages,
  ogContract,
  withdrawalContract,
} from '../../../../schema/contracts/members.ts'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import type { FieldError } from '../../../../templates/pages/components.tsx'
import { count } from '../../../../templates/pages/format.ts'
import { EsmsForm } from '../../../../templates/pages/porteur/esms-form.tsx'
import { Members } from '../../../../templates/pages/porteur/members.tsx'
import { OgForm } from '../../../../templates/pages/porteur/og-form.tsx'
import { RemoveEsms, RemoveOg } from '../../../../templates/pages/porteur/remove-member.tsx'
import { offeredDomaines, offeredProjets } from '../../../domain/call.ts'
import { normaliseFiness } from '../../../domain/finess.ts'
import { activeEsms, type Esms, type Og, type Solution } from '../../../domain/grappe.ts'
import { groupBy } from '../../../domain/group-by.ts'
import { whatIf } from '../../../domain/margin.ts'
import { registryLabel } from '../../../domain/registry.ts'
import { findInRegistry } from '../../../steps/find-in-registry.ts'
import { listLinks } from '../../../steps/invite-members.ts'
import { listPeople } from '../../../steps/people.ts'
import type { PorteurScope } from '../../../steps/porteur-scope.ts'
import type { Context } from '../../../steps/ports.ts'
import { type GrappeRecord, readGrappe, readSnapshot } from '../../../steps/read-grappe.ts'
import { contactsOfPorteur, listContacts } from '../../../steps/save-contacts.ts'
import { saveEsms } from '../../../steps/save-esms.ts'
import { removeOg, saveOg } from '../../../steps/save-og.ts'
import { reinstateEsms, withdrawEsms } from '../../../steps/withdraw-esms.ts'
import { problemOf } from '../../refusals.ts'
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
import { formErrors, proposedId, shownValues } from './forms.ts'
import { linkStates } from './links.ts'

const statusOf = (errors: readonly FieldError[]) => (errors.length === 0 ? 200 : 422)

const solutionName = ({ produit, editeur }: Solution) => `${produit} (${editeur})`

export function memberPages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { onGrappe, refuse } = porteurGuards(context, settings)

  /** Hands a page its scope and the grappe as it stands. */
  const onRecord = (
    handler: (
      scope: PorteurScope,
      record: GrappeRecord,
      request: FastifyRequest,
      reply: FastifyReply,
    ) => Promise<unknown>,
  ) =>
    onGrappe(async (scope, request, reply) => {
      const record = await readGrappe(context.db, scope.grappeId)
      return record === null
        ? refuse(request, reply, { code: 'not-found' })
        : await handler(scope, record, request, reply)
    })

  const frameFor = (request: FastifyRequest, reply: FastifyReply, scope: PorteurScope) =>
    porteurFrameOf(request, reply, settings.assetsVersion, scope.porteur)

  /** The OG of the address, or null for a new one; undefined when the grappe has no such OG. */
  const ogOf = (request: FastifyRequest, record: GrappeRecord): Og | undefined =>
    record.ogs.find(({ id }) => id === parameter(request, 'og'))

  const esmsOf = (request: FastifyRequest, record: GrappeRecord): Esms | undefined =>
    record.esms.find(({ id }) => id === parameter(request, 'esms'))

  const showOgForm = (
    request: FastifyRequest,
    reply: FastifyReply,
    scope: PorteurScope,
    record: GrappeRecord,
    form: { ogId: string | null; values: Record<string, string>; errors: readonly FieldError[] },
  ) => {
    const carries = form.ogId === record.porteurOgId
    const frame = frameFor(request, reply, scope)
    return sendPage(reply, OgForm({ frame, grappe: scope, carries, ...form }), statusOf(form.errors))
  }

  const showEsmsForm = (
    request: FastifyRequest,
    reply: FastifyReply,
    scope: PorteurScope,
    record: GrappeRecord,
    form: {
      esmsId: string | null
      newId: string
      values: Record<string, string>
      errors: readonly FieldError[]
      search?: Parameters<typeof EsmsForm>[0]['search']
    },
  ) => {
    const finess = normaliseFiness(form.values.finess ?? '')
    return sendPage(
      reply,
      EsmsForm({
        frame: frameFor(request, reply, scope),
        grappe: scope,
        search: null,
        ...form,
        finessSuggestion: finess.ok ? null : finess.suggestion,
        ogs: record.ogs,
        solutions: record.solutions.map(solution => ({ id: solution.id, name: solutionName(solution) })),
        domaines: offeredDomaines(scope.call),
        projets: offeredProjets(scope.call),
      }),
      statusOf(form.errors),
    )
  }

  /** What the registry answers to the text searched, each line with this page filled in from it. */
  const searchRegistry = async (
    scope: PorteurScope,
    record: GrappeRecord,
    values: Record<string, string>,
  ) => {
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
        const { number, ejNumber, categorie, acheminement, siret, open } = hit
        const ogId = ogOfEj.get(ejNumber) ?? values.ogId ?? ''
        const filled = new URLSearchParams(
          shownValues({ ...values, recherche: text, name, finess: number, categorie, ogId }),
        )
        const details = [
          hit.ejName ?? (ejNumber === null ? null : `EJ ${ejNumber}`),
          acheminement,
          categorie === null ? null : `catégorie ${categorie}`,
          siret === null ? null : `SIRET ${siret}`,
          open ? null : 'fermé',
        ]
        return {
          finess: number,
          name,
          details: details.filter(detail => detail !== null).join(', '),
          url: `${urlTo('newEsms', { grappe: scope.grappeId })}?${filled}`,
        }
      }),
    }
  }

  const showRemoveEsms = async (
    request: FastifyRequest,
    reply: FastifyReply,
    scope: PorteurScope,
    form: { motive: string; errors: readonly FieldError[] },
  ) => {
    const snapshot = await readSnapshot(context, scope.grappeId)
    const esms = snapshot === null ? undefined : esmsOf(request, snapshot.record)
    if (snapshot === null || esms === undefined) return refuse(request, reply, { code: 'not-found' })
    if (esms.withdrawnOn !== null && form.errors.length === 0) {
      return refuse(request, reply, { code: 'esms-already-withdrawn', facts: { name: esms.name } })
    }
    const pieces = snapshot.pieces.filter(({ esmsId }) => esmsId === esms.id)
    return sendPage(
      reply,
      RemoveEsms({
        frame: frameFor(request, reply, scope),
        grappe: scope,
        esms,
        deposits: pieces.reduce((total, { versions }) => total + versions.length, 0),
        after: whatIf(scope.call, { grappe: snapshot.record, today: snapshot.today }, [esms.id]),
        ...form,
      }),
      statusOf(form.errors),
    )
  }

  return async app => {
    const protect = { preHandler: app.csrfProtection }

    app.get(
      PATHS.members,
      onGrappe(async (scope, request, reply) => {
        const snapshot = await readSnapshot(context, scope.grappeId)
        if (snapshot === null) return refuse(request, reply, { code: 'not-found' })
        const { record } = snapshot
        const stateOf = linkStates(
          await listLinks(context, scope.grappeId),
          await listPeople(context.db, scope.grappeId),
          context.now(),
        )
        const others = groupBy(
          await listContacts(context.db, contactsOfPorteur(scope)),
          ({ owner }) => owner.id,
        )
        const contactOf = (id: string) => ({
          ...(record.contacts.get(id) ?? { contactName: null, contactEmail: null }),
          link: stateOf(id),
          others: others.get(id) ?? [],
        })
        const active = activeEsms(record)
        return sendPage(
          reply,
          Members({
            frame: frameFor(request, reply, scope),
            grappe: scope,
            ogs: record.ogs.map(og => ({
              ...og,
              ...contactOf(og.id),
              carries: og.id === record.porteurOgId,
              esms: active
                .filter(({ ogId }) => ogId === og.id)
                .map(esms => ({ ...esms, ...contactOf(esms.id) })),
            })),
            registry: snapshot.registry,
            solutions: new Map(record.solutions.map(({ id, produit }) => [id, produit])),
            withdrawn: record.esms.flatMap(({ id, name, finess, withdrawnOn }) =>
              withdrawnOn === null
                ? []
                : [{ id, name, finess, withdrawnOn, motive: record.withdrawalMotives.get(id) ?? '' }],
            ),
          }),
        )
      }),
    )

    app.get(
      PATHS.newOg,
      onRecord(async (scope, record, request, reply) => {
        const values: Record<string, string> = record.ogs.length === 0 ? { porteur: 'oui' } : {}
        return showOgForm(request, reply, scope, record, { ogId: null, values, errors: [] })
      }),
    )

    app.get(
      PATHS.editOg,
      onRecord(async (scope, record, request, reply) => {
        const og = ogOf(request, record)
        if (og === undefined) return refuse(request, reply, { code: 'not-found' })
        const { id, name, finessEj } = og
        const values = shownValues({ name, finessEj, ...record.contacts.get(id) })
        return showOgForm(request, reply, scope, record, { ogId: id, values, errors: [] })
      }),
    )

    const saveOgForm = (isNew: boolean) =>
      onRecord(async (scope, record, request, reply) => {
        const ogId = isNew ? null : parameter(request, 'og')
        const values = formFields(request)
        const again = (errors: readonly FieldError[]) =>
          showOgForm(request, reply, scope, record, { ogId, values, errors })
        const parsed = ogContract.safeParse(values)
        if (!parsed.success) return again(fieldErrors(fieldMessages(parsed.error)))
        const saved = await saveOg(context, scope, ogId, parsed.data)
        if (!saved.ok) {
          return saved.refusal.code === 'not-found'
            ? refuse(request, reply, saved.refusal)
            : again(formErrors(saved.refusal, 'name'))
        }
        const at = { grappe: scope.grappeId }
        const notice = `« ${parsed.data.name} » est ${isNew ? 'ajouté' : 'corrigé'}.`
        return values.suite === 'esms'
          ? goTo(reply, `${urlTo('newEsms', at)}?ogId=${saved.value.ogId}`, notice)
          : goTo(reply, urlTo('members', at), notice)
      })
    app.post(PATHS.newOg, protect, saveOgForm(true))
    app.post(PATHS.editOg, protect, saveOgForm(false))

    const removeOgForm = (confirmed: boolean) =>
      onRecord(async (scope, record, request, reply) => {
        const og = ogOf(request, record)
        if (og === undefined) return refuse(request, reply, { code: 'not-found' })
        const removed = confirmed ? await removeOg(context, scope, og.id) : null
        if (removed?.ok) {
          const url = urlTo('members', { grappe: scope.grappeId })
          return goTo(reply, url, `« ${og.name} » est retiré de la grappe.`)
        }
        const problem = removed === null ? null : problemOf(removed.refusal)
        const frame = frameFor(request, reply, scope)
        const carries = og.id === record.porteurOgId
        const refusal = problem?.detail ?? null
        return sendPage(reply, RemoveOg({ frame, grappe: scope, og, carries, refusal }), problem?.status)
      })
    app.get(PATHS.removeOg, removeOgForm(false))
    app.post(PATHS.removeOg, protect, removeOgForm(true))

    app.get(
      PATHS.newEsms,
      onRecord(async (scope, record, request, reply) => {
        if (record.ogs.length === 0) {
          const url = urlTo('newOg', { grappe: scope.grappeId })
          return goTo(reply, url, 'Ajoutez d’abord l’organisme gestionnaire de cet ESMS.')
        }
        const [og, ...otherOgs] = record.ogs
        const [solution, ...otherSolutions] = record.solutions
        const values = {
          // What is the same for everyone need not be chosen again.
          ...(og !== undefined && otherOgs.length === 0 ? { ogId: og.id } : {}),
          ...(solution !== undefined && otherSolutions.length === 0 ? { solutionId: solution.id } : {}),
          ...queryTexts(request),
        }
        const search = await searchRegistry(scope, record, values)
        const form = { esmsId: null, newId: context.newId(), values, errors: [], search }
        return showEsmsForm(request, reply, scope, record, form)
      }),
    )

    app.get(
      PATHS.editEsms,
      onRecord(async (scope, record, request, reply) => {
        const esms = esmsOf(request, record)
        if (esms === undefined) return refuse(request, reply, { code: 'not-found' })
        const { id, name, finess, ogId, categorie, domaine, projet, solutionId } = esms
        const values = shownValues({
          name,
          finess,
          ogId,
          categorie,
          domaine,
          projet,
          solutionId,
          ...record.contacts.get(id),
        })
        return showEsmsForm(request, reply, scope, record, { esmsId: id, newId: '', values, errors: [] })
      }),
    )

    const saveEsmsForm = (isNew: boolean) =>
      onRecord(async (scope, record, request, reply) => {
        const esmsId = isNew ? null : parameter(request, 'esms')
        const newId = proposedId(request, context)
        const fields = formFields(request)
        // The box under a refused number, when ticked, puts the proposed one in its place.
        const values = fields.suggestion === undefined ? fields : { ...fields, finess: fields.suggestion }
        const again = (errors: readonly FieldError[]) =>
          showEsmsForm(request, reply, scope, record, { esmsId, newId, values, errors })
        const parsed = esmsContract.safeParse(values)
        if (!parsed.success) return again(fieldErrors(fieldMessages(parsed.error)))
        const saved = await saveEsms(context, scope, esmsId, parsed.data, newId)
        if (!saved.ok) {
          return saved.refusal.code === 'not-found'
            ? refuse(request, reply, saved.refusal)
            : again(formErrors(saved.refusal, 'name'))
        }
        const { name, ogId, domaine, projet, solutionId } = parsed.data
        const at = { grappe: scope.grappeId }
        const members = activeEsms(record).length + 1
        const notice = !isNew
          ? `« ${name} » est corrigé.`
          : saved.value.added
            ? `« ${name} » est ajouté : la grappe compte ${count(members, 'ESMS', 'ESMS')}.`
            : `« ${name} » était déjà ajouté par ce formulaire : il n’a pas été ajouté deux fois.`
        if (fields.suite !== 'autre') return goTo(reply, urlTo('members', at), notice)
        const same = new URLSearchParams(shownValues({ ogId, domaine, projet, solutionId }))
        return goTo(reply, `${urlTo('newEsms', at)}?${same}`, notice)
      })
    app.post(PATHS.newEsms, protect, saveEsmsForm(true))
    app.post(PATHS.editEsms, protect, saveEsmsForm(false))

    app.get(
      PATHS.removeEsms,
      onGrappe(async (scope, request, reply) =>
        showRemoveEsms(request, reply, scope, { motive: '', errors: [] }),
      ),
    )

    app.post(
      PATHS.removeEsms,
      protect,
      onRecord(async (scope, record, request, reply) => {
        const esms = esmsOf(request, record)
        if (esms === undefined) return refuse(request, reply, { code: 'not-found' })
        const fields = formFields(request)
        const motive = fields.motive ?? ''
        const again = (errors: readonly FieldError[]) =>
          showRemoveEsms(request, reply, scope, { motive, errors })
        const parsed = withdrawalContract.safeParse(fields)
        if (!parsed.success) return await again(fieldErrors(fieldMessages(parsed.error)))
        const withdrawn = await withdrawEsms(context, scope, esms.id, parsed.data.motive)
        if (!withdrawn.ok) return await again(formErrors(withdrawn.refusal, 'motive'))
        const kept = withdrawn.value.removed ? '' : ' Ses pièces restent dans l’historique.'
        const url = urlTo('members', { grappe: scope.grappeId })
        return goTo(reply, url, `« ${esms.name} » est retiré de la grappe.${kept}`)
      }),
    )

    app.post(
      PATHS.reinstateEsms,
      protect,
      onRecord(async (scope, record, request, reply) => {
        const back = await reinstateEsms(context, scope, parameter(request, 'esms'))
        if (!back.ok) return refuse(request, reply, back.refusal)
        const url = urlTo('members', { grappe: scope.grappeId })
        const name = esmsOf(request, record)?.name ?? ''
        return goTo(reply, url, `« ${name} » est réintégré. Donnez-lui un nouveau lien.`)
      }),
    )
  }
}

/** What an address brings to a form; repeated names are not among them. */
function queryTexts(request: FastifyRequest): Record<string, string> {
  const query = request.query as Record<string, unknown>
  return Object.fromEntries(
    Object.entries(query).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}
