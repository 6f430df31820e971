/** What a porteur copies into the place where it deposits, and the files that it attaches, in order. */
import type { PieceScope } from './call.ts'
import type { DossierEntry, DossierMember, DossierOwner, DossierPlan } from './dossier-plan.ts'
import { activeEsms, type Grappe } from './grappe.ts'
import type { OgIdentity } from './member-facts.ts'
import { isSame } from './same-value.ts'
import type { SharingFacts } from './sharing/key.ts'
import { centsWords, PROJET_WORDS } from './sharing/words.ts'

/** Where a fact that is not known yet is filled in. */
export type TypedPlace = 'og' | 'members' | 'solutions' | 'call-values'

/** One value, as text to be copied. */
export interface TypedFact {
  label: string
  /** Null when nobody gave it. */
  value: string | null
  /** Several lines. */
  isList: boolean
  /** Where an amount comes from; null for the others. */
  origin: string | null
  place: TypedPlace
}

export interface SubmittedGrappe {
  grappe: Grappe
  /** Of the OG that carries the grappe; null until it is chosen. */
  identity: OgIdentity | null
  contact: { contactName: string | null; contactEmail: string | null; contactPhone: string | null } | null
  money: SharingFacts['money']
  /** The shared costs that the porteur wrote, in cents; null without any. */
  costs: number | null
}

/** What the grappe knows of itself: facts, not a form, since the place's own fields are not known. */
export function factsToType({ grappe, identity, contact, money, costs }: SubmittedGrappe): TypedFact[] {
  const active = activeEsms(grappe)
  const porteur = grappe.ogs.find(({ id }) => id === grappe.porteurOgId)
  const ogs = grappe.ogs.filter(({ id }) => active.some(({ ogId }) => ogId === id))
  const used = grappe.solutions.filter(({ id }) => active.some(({ solutionId }) => solutionId === id))
  const fact = (place: TypedPlace, label: string, value: string | null | undefined): TypedFact => ({
    label,
    value: value || null,
    isList: false,
    origin: null,
    place,
  })
  const lines = (label: string, all: readonly (readonly (string | null)[])[]): TypedFact => ({
    ...fact('members', label, all.map(cells => cells.map(cell => cell ?? '').join('\t')).join('\n')),
    isList: true,
  })
  const ogName = (ogId: string) => grappe.ogs.find(({ id }) => id === ogId)?.name ?? null
  return [
    fact('members', 'Nom de la grappe', grappe.name),
    fact('members', 'Nombre d’ESMS', String(active.length)),
    fact('members', 'Nombre d’organismes gestionnaires', String(ogs.length)),
    fact(
      'solutions',
      'Solution DUI',
      used.map(({ editeur, produit }) => `${editeur}, ${produit}`).join(' ; '),
    ),
    fact('og', 'Porteur', porteur?.name),
    fact('og', 'FINESS juridique du porteur', porteur?.finessEj),
    fact('og', 'SIREN du porteur', identity?.siren),
    fact('og', 'Siège du porteur', identity?.seatAddress),
    fact(
      'og',
      'Représentant légal du porteur',
      named(identity?.representative, identity?.representativeRole),
    ),
    fact('og', 'Contact du porteur', contact?.contactName),
    fact('og', 'Adresse e-mail du contact', contact?.contactEmail),
    fact('og', 'Téléphone du contact', contact?.contactPhone),
    lines(
      'ESMS : nom, FINESS, organisme gestionnaire',
      active.map(esms => [esms.name, esms.finess, ogName(esms.ogId)]),
    ),
    lines(
      'Organismes gestionnaires : nom, FINESS juridique',
      ogs.map(og => [og.name, og.finessEj]),
    ),
    ...money.map(({ projet, euros, origin }) => ({
      ...fact('call-values', `Montant par ESMS ${PROJET_WORDS[projet]}`, centsWords(100 * euros)),
      origin,
    })),
    ...(costs === null
      ? []
      : [
          {
            ...fact('call-values', 'Coûts communs, TTC', centsWords(costs)),
            origin: 'Écrits par vous dans la clé de répartition',
          },
        ]),
  ]
}

const named = (name: string | null | undefined, role: string | null | undefined): string | null =>
  name ? [name, role].filter(Boolean).join(', ') : null

/** The files of one owner in a sealed version. */
export interface Attachments {
  owner: Pick<DossierOwner, 'scope' | 'id' | 'name' | 'finess'>
  files: readonly DossierEntry[]
}

const SCOPE_ORDER: readonly PieceScope[] = ['grappe', 'og', 'esms']

/** The grappe's own pieces, then those of each OG, then those of each ESMS. */
export function attachmentsOf({ owners, entries }: Pick<DossierPlan, 'owners' | 'entries'>): Attachments[] {
  return SCOPE_ORDER.flatMap(scope => owners.filter(owner => owner.scope === scope)).flatMap(owner => {
    const files = entries.filter(({ path }) => path.startsWith(`${owner.folder}/`))
    return files.length === 0 ? [] : [{ owner, files }]
  })
}

/** Whether what is typed of a member is not any more what was sealed of it. */
export function membersDiffer(
  sealed: Pick<DossierPlan, 'members'>,
  live: Pick<DossierPlan, 'members'>,
): boolean {
  const typed = ({ id, name, finess, ogName, projet, solution, withdrawnOn }: DossierMember) => ({
    ...{ id, name, finess, ogName, projet, solution },
    withdrawn: withdrawnOn !== null,
  })
  const sorted = ({ members }: Pick<DossierPlan, 'members'>) =>
    members.map(typed).toSorted((a, b) => (a.id < b.id ? -1 : 1))
  return !isSame(sorted(sealed), sorted(live))
}
