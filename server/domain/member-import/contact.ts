/** Whom to write to, from the cells of a line: every address and every number given is kept. */
import { readEmail } from '../email.ts'
import type { MemberField } from './columns.ts'
import type { LineReview } from './line-review.ts'
import { notAnAddress, readAs, severalAddresses } from './sentences.ts'

export interface Contact {
  contactName: string | null
  contactEmail: string | null
  contactPhone: string | null
  /** Those given after the first one: each is another contact. */
  otherEmails: readonly string[]
}

interface ContactFields {
  name: MemberField
  email: MemberField
  phone: MemberField
}
export const ESMS_CONTACT: ContactFields = { name: 'contact', email: 'courriel', phone: 'telephone' }
export const OG_CONTACT: ContactFields = { name: 'ogContact', email: 'ogCourriel', phone: 'ogTelephone' }

/** An address typed as the contact's name is taken as one. */
export function readContact(review: LineReview, fields: ContactFields): Contact {
  const contact = review.meaning(fields.name)
  const typed = review.meaning(fields.email)
  const contactIsEmail = typed === null && contact?.includes('@') === true
  const field = contactIsEmail ? fields.name : fields.email
  const text = contactIsEmail ? contact : typed
  const { addresses, rest } = text === null ? { addresses: [], rest: '' } : readAddresses(review, field, text)
  const [contactEmail = null, ...otherEmails] = addresses
  const name = contactIsEmail ? null : contact
  return {
    contactName: name ?? (rest === '' ? null : rest),
    contactEmail,
    contactPhone: readPhones(review, fields.phone),
    otherEmails,
  }
}

/** `rest`: a person's name beside the address, as in « Camille <camille@exemple.fr> ». */
function readAddresses(
  review: LineReview,
  field: MemberField,
  text: string,
): { addresses: string[]; rest: string } {
  const words = text.split(/[\s;,/|]+/).map(word => word.replace(/^<?(?:mailto:)?|>?[.,]*$/gi, ''))
  const typed = words.filter(word => word.includes('@'))
  const read = typed.map(readEmail)
  const wrong = read.find(result => !result.ok)
  if (typed.length === 0 || wrong !== undefined) {
    const reason = wrong === undefined || wrong.ok ? notEvenOne(text) : wrong.reason
    review.block(field, notAnAddress(`« ${text} ». ${reason}`), proposedAddresses(text, read))
    return { addresses: [], rest: '' }
  }
  const addresses = [...new Set(read.flatMap(result => (result.ok ? [result.email] : [])))]
  if (addresses.join() !== text.toLowerCase()) review.note(field, severalAddresses(text, addresses))
  const rest = words.filter(
    word => /\p{L}{2}/u.test(word) && !word.includes('@') && !/^(?:et|ou)$/i.test(word),
  )
  return { addresses, rest: addresses.length === 1 ? rest.join(' ') : '' }
}

const notEvenOne = (text: string): string => {
  const result = readEmail(text)
  return result.ok ? '' : result.reason
}

/** What would pass: each address mended or, for a lone one, without its spaces and with dots for commas. */
function proposedAddresses(text: string, read: readonly ReturnType<typeof readEmail>[]): string | null {
  const mended = read.flatMap(result => (result.ok ? result.email : (result.suggestion ?? [])))
  if (mended.length > 0 && mended.length === read.length) return mended.join(' ; ')
  const lone = [text, text.replaceAll(',', '.')].map(candidate =>
    readEmail(candidate.replace(/\s/g, '').replace(/[.,;]+$/, '')),
  )
  const [found] = lone.flatMap(result => (result.ok ? [result.email] : []))
  return found ?? (mended.length > 0 ? mended.join(' ; ') : null)
}

/** Ten figures in pairs; one that lost its leading zero gets it back, which is said. */
function readPhones(review: LineReview, field: MemberField): string | null {
  const text = review.meaning(field)
  if (text === null) return null
  const phones = text
    .split(/\s*(?:[;|\n]|\/|,|\s(?:ou|et)\s)\s*/)
    .filter(phone => phone !== '')
    .map(phone => ({ typed: phone, read: readPhone(phone) }))
  for (const { typed, read } of phones) {
    if (read.replace(/\D/g, '') !== typed.replace(/\D/g, '')) review.note(field, readAs(typed, read))
  }
  return [...new Set(phones.map(({ read }) => read))].join(', ')
}

function readPhone(typed: string): string {
  const figures = typed.replace(/[\s.()-]/g, '')
  const whole = /^[1-9]\d{8}$/.test(figures)
    ? `0${figures}`
    : figures.replace(/^(?:\+|00)33\(?0?\)?(?=[1-9]\d{8}$)/, '0')
  return /^0\d{9}$/.test(whole) ? whole.replace(/(\d{2})(?=\d)/g, '$1 ') : typed
}
