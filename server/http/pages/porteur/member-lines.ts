/** The lines of the members' page, as its address filters and sorts them. */
import { z } from 'zod'
import { activeEsms } from '../../../domain/grappe.ts'
import {
  GAPS,
  type ListedMember,
  listMembers,
  MEMBER_SORTS,
  type MemberChoice,
} from '../../../domain/member-list.ts'
import type { GrappeRecord } from '../../../steps/read/read-grappe.ts'

const choiceContract = z.object({
  manque: z
    .enum([...GAPS, 'tout'])
    .nullable()
    .catch(null),
  og: z.uuid().nullable().catch(null),
  texte: z.string().max(200).catch(''),
  tri: z.enum(MEMBER_SORTS).catch('nom'),
  sens: z.literal('desc').nullable().catch(null),
})

/** What an address, or a form, says of the lines to show; what it says wrongly restricts nothing. */
export function memberChoice(query: unknown): MemberChoice {
  const { manque, og, texte, tri, sens } = choiceContract.parse(query ?? {})
  return { gap: manque, ogId: og, text: texte, sort: tri, descending: sens !== null }
}

/** Every member still in, as it is listed. */
export function memberLines(record: GrappeRecord) {
  const ogNames = new Map(record.ogs.map(({ id, name }) => [id, name]))
  const solutions = new Map(record.solutions.map(({ id, produit }) => [id, produit]))
  return activeEsms(record).map(member => {
    const contact = record.contacts.get(member.id)
    const listed: ListedMember = {
      name: member.name,
      ogId: member.ogId,
      ogName: ogNames.get(member.ogId) ?? '',
      finess: member.finess,
      domaine: member.domaine,
      projet: member.projet,
      solution: solutions.get(member.solutionId ?? '') ?? null,
      contactName: contact?.contactName ?? null,
      contactEmail: contact?.contactEmail ?? null,
    }
    return { ...member, ...listed }
  })
}

/** Those that a page filtered in this way shows. */
export const shownMembers = (record: GrappeRecord, query: unknown) =>
  listMembers(memberLines(record), memberChoice(query))
