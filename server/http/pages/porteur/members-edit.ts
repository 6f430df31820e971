/** Changing many ESMS in one act: chosen on the page of members, told what it does, then done. */
import type { FastifyRequest } from 'fastify'
import { fieldMessages, membersEditContract } from '../../../../schema/contracts/members.ts'
import { urlTo } from '../../../../schema/urls.ts'
import type { FieldError } from '../../../../templates/pages/components.tsx'
import { count } from '../../../../templates/pages/format.ts'
import {
  EMPTIED,
  MembersEditForm,
  MembersEditPreview,
} from '../../../../templates/pages/porteur/members-edit.tsx'
import { offeredDomaines, offeredProjets } from '../../../domain/call.ts'
import { activeEsms } from '../../../domain/grappe.ts'
import { groupBy } from '../../../domain/group-by.ts'
import { type MemberFact, valueWords } from '../../../domain/member-facts.ts'
import { solutionName } from '../../../domain/solution-identity.ts'
import { editMembers } from '../../../steps/eligibility/edit-members.ts'
import { goTo, sendPage } from '../page.ts'
import { fieldErrors, formFields } from '../request.ts'
import type { GrappeVisit, RecordVisit } from './access.ts'
import { formErrors, formStatus } from './forms.ts'
import { shownMembers } from './member-lines.ts'

const FIELDS = ['domaine', 'categorie', 'projet', 'solutionId', 'solutionVersion'] as const

/** Boxes that empty a text field, which left empty changes nothing. */
const EMPTYING = { categorie: 'viderCategorie', solutionVersion: 'viderVersion' } as const

export async function changeMembers(visit: RecordVisit) {
  const { context, scope, request, reply, frame, refuse } = visit
  const members = chosenMembers(visit)
  if (members.length === 0) {
    return backToMembers(visit, 'Choisissez d’abord des ESMS : cochez leur ligne.')
  }
  const fields = formFields(request)
  const { acte, seen = null } = fields
  if (acte !== 'apercu' && acte !== 'confirmer') return showForm(visit, members, [])
  const unsure = valuedAndEmptied(fields)
  if (unsure.length > 0) return showForm(visit, members, unsure)
  const parsed = membersEditContract.shape.values.safeParse(valuesOf(fields))
  if (!parsed.success) return showForm(visit, members, fieldErrors(fieldMessages(parsed.error)))
  const esmsIds = members.map(({ id }) => id)
  const edited = await editMembers(context, scope, {
    esmsIds,
    values: parsed.data,
    seen: acte === 'confirmer' ? seen : null,
  })
  if (!edited.ok) {
    return edited.refusal.code === 'not-found'
      ? refuse(edited.refusal)
      : showForm(visit, members, formErrors(edited.refusal, 'domaine'))
  }
  const { kind, preview } = edited.value
  if (kind === 'edited') return backToMembers(visit, editedSentence(preview))
  const overtaken = kind === 'changed'
  const typed = Object.fromEntries(
    [...FIELDS, ...Object.values(EMPTYING)].flatMap(name => (fields[name] ? [[name, fields[name]]] : [])),
  )
  const page = MembersEditPreview({
    frame: frame(),
    grappe: scope,
    members,
    values: typed,
    preview,
    overtaken,
  })
  return sendPage(reply, page, overtaken ? 409 : 200)
}

/** What is to change; null empties. */
function valuesOf(fields: Readonly<Record<string, string>>): Record<string, string | null> {
  const emptied = new Set<string>(
    Object.entries(EMPTYING).flatMap(([name, box]) => (fields[box] === 'oui' ? [name] : [])),
  )
  return Object.fromEntries(
    FIELDS.flatMap((name): [string, string | null][] => {
      const typed = fields[name]?.trim() ?? ''
      if (emptied.has(name) || typed === EMPTIED) return [[name, null]]
      return typed === '' ? [] : [[name, typed]]
    }),
  )
}

/** Both given and emptied: only who typed it knows which is meant. */
const valuedAndEmptied = (fields: Readonly<Record<string, string>>): FieldError[] =>
  Object.entries(EMPTYING)
    .filter(([name, box]) => fields[box] === 'oui' && fields[name]?.trim())
    .map(([field]) => ({ field, message: 'Indiquez une valeur, ou cochez « Vider » : pas les deux.' }))

export async function backFromEdit(visit: GrappeVisit) {
  return backToMembers(visit)
}

function backToMembers({ scope, reply }: GrappeVisit, notice?: string) {
  return goTo(reply, urlTo('members', { grappe: scope.grappeId }), notice)
}

function editedSentence({
  changes,
  changed,
  same,
}: {
  changes: ReadonlyArray<{ words: string; members: readonly string[] }>
  changed: number
  same: readonly string[]
}): string {
  const told = changes.map(each => `${each.words}, ${count(each.members.length, 'ESMS', 'ESMS')}`)
  const left =
    same.length === 0 ? '' : ` ${count(same.length, 'ESMS avait', 'ESMS avaient')} déjà ces valeurs.`
  return `${count(changed, 'ESMS changé', 'ESMS changés')}. ${told.join(' ; ')}.${left}`
}

/** Boxes of the list, the whole list as it was filtered, or the ids that a page of this act sent back. */
function chosenMembers(visit: RecordVisit) {
  const { record, request } = visit
  const fields = formFields(request)
  if (fields.tous === 'oui') return shownMembers(record, fields)
  const ids = new Set([...boxesOf(request), ...(fields.esms ?? '').split(',')])
  return activeEsms(record).filter(({ id }) => ids.has(id))
}

function boxesOf(request: FastifyRequest): string[] {
  const { choix } = (request.body ?? {}) as { choix?: unknown }
  return (Array.isArray(choix) ? choix : [choix]).filter(box => typeof box === 'string')
}

function showForm(
  { record, scope, request, reply, frame }: RecordVisit,
  members: ReturnType<typeof chosenMembers>,
  errors: readonly FieldError[],
) {
  const solutions = record.solutions.map(solution => ({ id: solution.id, name: solutionName(solution) }))
  const nameOf = new Map(solutions.map(({ id, name }) => [id, name]))
  const today = (fact: 'domaine' | 'categorie' | 'projet' | 'solutionId') =>
    todayWords(
      members.map(member => member[fact]),
      value => (fact === 'solutionId' ? (nameOf.get(value) ?? '') : valueWords(fact as MemberFact, value)),
    )
  const page = MembersEditForm({
    frame: frame(),
    grappe: scope,
    members: members.map(({ id, name }) => ({ id, name })),
    today: {
      domaine: today('domaine'),
      categorie: today('categorie'),
      projet: today('projet'),
      solutionId: today('solutionId'),
    },
    values: formFields(request),
    errors,
    domaines: offeredDomaines(scope.call),
    projets: offeredProjets(scope.call),
    solutions,
  })
  return sendPage(reply, page, formStatus(errors))
}

/** « Aujourd’hui : PA (12), PH (2), non renseigné (1). » */
function todayWords(values: readonly (string | null)[], wordsOf: (value: string) => string): string {
  const told = [...groupBy(values, value => value)]
    .toSorted(([, a], [, b]) => b.length - a.length)
    .map(([value, group]) => `${value === null ? 'non renseigné' : wordsOf(value)} (${group.length})`)
  return `Aujourd’hui : ${told.join(', ')}.`
}
