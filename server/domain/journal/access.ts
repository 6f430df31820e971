/** Acts on who may come in: links, calendars, contacts. No address and no token is among the facts. */
import type { Day } from '../call.ts'
import { formatDay } from '../deadline.ts'
import { ROLE_WORDS, type Role } from '../role.ts'
import type { ActWords, MemberFacts } from './subject.ts'

interface LinkFacts extends MemberFacts {
  linkId: string
  /** To whom it was handed, as the porteur names it. */
  label: string
}

interface ContactFacts extends MemberFacts {
  email: string
  ownerName: string
}

type Calendar = MemberFacts & { label: string }

export interface AccessFacts {
  'link-sent': MemberFacts & { linkId: string; email: string; ownerNames: readonly string[] }
  'link-shown': LinkFacts
  'reading-link-issued': LinkFacts
  'link-replaced': LinkFacts & { newLinkId: string }
  'link-revoked': LinkFacts
  /** Days in the call's time zone. */
  'link-end-moved': LinkFacts & { before: Day; after: Day }
  'calendar-issued': Calendar
  'calendar-replaced': Calendar
  'calendar-revoked': Calendar
  'contact-added': ContactFacts
  'contact-removed': ContactFacts
  /** `replaced`: address of whoever it takes the place of. */
  'delegate-named': ContactFacts & { replaced: string | null }
  'delegation-ended': ContactFacts
  'phone-changed': MemberFacts & { email: string }
  'phone-erased': MemberFacts & { email: string }
  'code-locked': { minutes: number }
  'colleague-invited': { email: string; role: Role }
  'colleague-role-changed': { email: string; before: Role; after: Role }
  'colleague-removed': { email: string }
  'colleague-left': { email: string }
  /** Those of a colleague, by another one. */
  'sessions-ended': { email: string; sessions: number }
}

const roleWords = (role: Role) => `« ${ROLE_WORDS[role]} »`

/** Names told one by one; of more, how many. The facts keep them all. */
const NAMES_TOLD = 5

function namesInShort(names: readonly string[]): string {
  const told = names.length > NAMES_TOLD + 1 ? names.slice(0, NAMES_TOLD) : names
  const others = names.length - told.length
  return `${told.map(name => `« ${name} »`).join(', ')}${others === 0 ? '' : ` et ${others} autres membres`}`
}

export const ACCESS_ACTS: ActWords<AccessFacts> = {
  'link-sent': {
    label: 'Lien de dépôt envoyé',
    sentence: ({ email, ownerNames }) => `Lien de dépôt envoyé à ${email} pour ${namesInShort(ownerNames)}.`,
  },
  'link-shown': {
    label: 'Lien de dépôt affiché',
    sentence: ({ label }) => `Lien de dépôt de « ${label} » affiché pour lui être remis.`,
  },
  'reading-link-issued': {
    label: 'Lien de lecture remis',
    sentence: ({ label }) => `Lien de lecture remis à « ${label} ».`,
  },
  'link-replaced': {
    label: 'Lien remplacé',
    sentence: ({ label }) => `Lien de « ${label} » remplacé : l’ancien ne fonctionne plus.`,
  },
  'link-revoked': { label: 'Lien révoqué', sentence: ({ label }) => `Lien de « ${label} » révoqué.` },
  'link-end-moved': {
    label: 'Fin de lien déplacée',
    sentence: ({ label, after }) => `Lien de « ${label} » valable jusqu’au ${formatDay(after)}.`,
  },
  'calendar-issued': {
    label: 'Lien d’agenda créé',
    sentence: ({ label }) => `Lien d’agenda créé : ${label}.`,
  },
  'calendar-replaced': {
    label: 'Lien d’agenda remplacé',
    sentence: ({ label }) => `Lien d’agenda remplacé : ${label}.`,
  },
  'calendar-revoked': {
    label: 'Lien d’agenda révoqué',
    sentence: ({ label }) => `Lien d’agenda révoqué : ${label}.`,
  },
  'contact-added': {
    label: 'Contact ajouté',
    sentence: ({ email, ownerName }) => `${email} ajouté aux contacts de « ${ownerName} ».`,
  },
  'contact-removed': {
    label: 'Contact retiré',
    sentence: ({ email, ownerName }) => `${email} retiré des contacts de « ${ownerName} ».`,
  },
  'delegate-named': {
    label: 'Contact délégué nommé',
    sentence: ({ email, ownerName, replaced }) =>
      `${email} nommé contact délégué de « ${ownerName} »` +
      (replaced === null ? '.' : `, à la place de ${replaced}, dont le lien a pris fin.`),
  },
  'delegation-ended': {
    label: 'Fin d’une délégation',
    sentence: ({ email, ownerName }) =>
      `${email} n’est plus le contact délégué de « ${ownerName} » : son lien a pris fin.`,
  },
  'phone-changed': { label: 'Téléphone changé', sentence: ({ email }) => `Téléphone de ${email} changé.` },
  'phone-erased': { label: 'Téléphone effacé', sentence: ({ email }) => `Téléphone de ${email} effacé.` },
  'code-locked': {
    label: 'Acte sensible bloqué',
    sentence: ({ minutes }) =>
      'Cinq codes de confirmation faux : acte sensible bloqué ' +
      `${minutes} minutes dans le navigateur qui les a tapés.`,
  },
  'colleague-invited': {
    label: 'Personne invitée',
    sentence: ({ email, role }) => `${email} invité parmi les personnes du porteur, rôle ${roleWords(role)}.`,
  },
  'colleague-role-changed': {
    label: 'Rôle changé',
    sentence: ({ email, before, after }) =>
      `Rôle de ${email} passé de ${roleWords(before)} à ${roleWords(after)}.`,
  },
  'colleague-removed': {
    label: 'Personne retirée',
    sentence: ({ email }) =>
      `${email} retiré des personnes du porteur : ses sessions et ses accès ont pris fin.`,
  },
  'colleague-left': {
    label: 'Départ d’une personne',
    sentence: ({ email }) => `${email} a quitté le porteur : ses sessions et ses accès ont pris fin.`,
  },
  'sessions-ended': {
    label: 'Sessions d’une personne fermées',
    sentence: ({ email, sessions }) =>
      sessions === 1 ? `Une session de ${email} fermée.` : `${sessions} sessions de ${email} fermées.`,
  },
}
