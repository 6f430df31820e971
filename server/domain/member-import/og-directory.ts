/** The organismes gestionnaires met so far, by number and by name. */
import type { Grappe } from '../grappe.ts'
import { isNearSpelling, plainText } from '../solution-identity.ts'
import type { Contact } from './contact.ts'
import { type LineReview, LONGEST_TEXT, saysNothing } from './line-review.ts'
import type { LineNumbers, RegistryFact } from './numbers.ts'
import {
  IN_GRAPPE,
  metOnLine,
  ogContradicted,
  ogMissing,
  ogNameFromNumber,
  ogNameKept,
  ogNamesake,
  ogNumberOfAnother,
  otherOgInRegistry,
} from './sentences.ts'
import type { Correction } from './table.ts'

/** An OG of the result: `id` when the grappe has it already. */
export interface ImportedOg {
  id: string | null
  name: string
  finessEj: string | null
  /** What the lines of its establishments say; the first one that says something wins. */
  contact: Contact
}

interface KnownOg {
  og: ImportedOg
  /** Where it was met first, in French. */
  where: string
  /** Null when in the grappe. */
  line: number | null
}

const NO_CONTACT: Contact = { contactName: null, contactEmail: null, contactPhone: null, otherEmails: [] }

const LINKING_WORDS = new Set('l le la les d de du des et a au aux'.split(' '))
const meaningWords = (name: string): string[] =>
  plainText(name)
    .split(' ')
    .filter(word => !LINKING_WORDS.has(word))

/** Whether two names under one number are one body: the same words, or one the other shortened. */
function isSameBody(a: string, b: string): boolean {
  const [first, second] = [meaningWords(a), meaningWords(b)]
  if (isNearSpelling(first.join(''), second.join(''))) return true
  const [short, long] = first.length < second.length ? [first, second] : [second, first]
  return short.length > 0 && short.every(word => long.includes(word))
}

export class OgDirectory {
  readonly #byEj = new Map<string, KnownOg>()
  readonly #byName = new Map<string, KnownOg>()
  readonly #typedNames: ReadonlyMap<string, string>
  readonly #read: readonly LineNumbers[]

  /** @param read every line of the file: a name typed once serves the other lines of its number */
  constructor(grappe: Pick<Grappe, 'ogs'>, read: readonly LineNumbers[]) {
    this.#typedNames = typedNames(read)
    this.#read = read
    for (const { id, name, finessEj } of grappe.ogs) {
      this.#add({ id, name, finessEj, contact: NO_CONTACT }, null)
    }
  }

  /**
   * The line's OG; null when it cannot be told (which is said). A number never changes the name typed beside
   * it unasked, and a typed number outweighs the registry's.
   */
  find(review: LineReview, typedEj: string | null, fact: RegistryFact | undefined): ImportedOg | null {
    const name = review.meaning('ogNom')
    const byName = name === null ? undefined : this.#byName.get(plainText(name))
    if (typedEj === null) return this.#findByName(review, name, byName, fact)
    const byEj = this.#byEj.get(typedEj)
    if (name !== null && byEj !== undefined && byName !== byEj && !isSameBody(name, byEj.og.name)) {
      this.#askWhichOg(review, typedEj, name, byEj)
      return null
    }
    if (name !== null && byName !== undefined && byEj === undefined && byName.og.finessEj !== null) {
      this.#askWhichNumber(review, typedEj, byName)
      return null
    }
    const known = byEj ?? byName
    if (known) {
      if (name !== null && known !== byName) review.note('ogNom', ogNameKept(known))
      return this.#numbered(known, typedEj).og
    }
    return this.#addNew(review, typedEj, { typed: name, known: name ?? this.#nameOf(typedEj, fact) })
  }

  /** Without a typed number. */
  #findByName(
    review: LineReview,
    name: string | null,
    byName: KnownOg | undefined,
    fact: RegistryFact | undefined,
  ): ImportedOg | null {
    const ej = fact?.ej ?? null
    const byEj = ej === null ? undefined : this.#byEj.get(ej)
    if (name === null) {
      return byEj?.og ?? this.#addNew(review, ej, { typed: null, known: this.#nameOf(ej, fact) })
    }
    if (byName !== undefined) {
      const isFree = ej !== null && byEj === undefined
      return (isFree ? this.#numbered(byName, ej) : byName).og
    }
    if (byEj === undefined || ej === null) return this.#addNew(review, ej, { typed: name, known: name })
    if (isSameBody(name, byEj.og.name)) {
      review.note('ogNom', ogNameKept(byEj))
      return byEj.og
    }
    review.note('ogNom', otherOgInRegistry(byEj.og.name, ej))
    return this.#addNew(review, null, { typed: name, known: name })
  }

  #askWhichOg(review: LineReview, ej: string, typed: string, byEj: KnownOg): void {
    const { line } = review.source
    review.block('ogNom', ogNumberOfAnother(ej, typed, byEj), null, {
      key: `${ej} ${plainText(typed)}`,
      otherLine: byEj.line,
      ways: [
        { label: `C’est « ${byEj.og.name} »`, corrections: [{ line, field: 'ogNom', value: byEj.og.name }] },
        {
          label: `C’est « ${typed} », sans ce numéro`,
          corrections: [{ line, field: 'ogFiness', value: '' }],
        },
      ],
    })
  }

  #askWhichNumber(review: LineReview, ej: string, byName: KnownOg): void {
    const { line } = review.source
    const { name, finessEj } = byName.og
    review.block('ogFiness', ogContradicted(ej, byName, undefined), null, {
      key: `${plainText(name)} ${ej}`,
      otherLine: byName.line,
      ways: [
        {
          label: `Le numéro de « ${name} » est ${finessEj}`,
          corrections: [{ line, field: 'ogFiness', value: finessEj ?? '' }],
        },
        ...(byName.line === null
          ? []
          : [
              {
                label: `Le numéro de « ${name} » est ${ej}`,
                corrections: this.#linesNamed(name).map(
                  (other): Correction => ({ line: other, field: 'ogFiness', value: ej }),
                ),
              },
            ]),
      ],
    })
  }

  #linesNamed(name: string): number[] {
    return this.#read.flatMap(({ review: { source } }) =>
      plainText(source.values.ogNom ?? '') === plainText(name) ? [source.line] : [],
    )
  }

  /** An OG that neither its number nor its typed name has shown yet. */
  #addNew(
    review: LineReview,
    ej: string | null,
    name: { typed: string | null; known: string | null },
  ): ImportedOg | null {
    if (name.known === null) {
      if (!review.isBlocked('ogNom')) review.block('ogNom', ogMissing())
      return null
    }
    // Only for a name taken from elsewhere: one typed would have been found.
    const namesake = this.#byName.get(plainText(name.known))
    if (namesake) {
      if (namesake.og.finessEj === null && ej !== null) return this.#numbered(namesake, ej).og
      review.block('ogNom', ogNamesake(namesake))
      return null
    }
    if (name.typed === null) review.note('ogNom', ogNameFromNumber(name.known))
    return this.#add({ id: null, name: name.known, finessEj: ej, contact: NO_CONTACT }, review.source.line).og
  }

  /** Learns the number of an OG that had none. */
  #numbered(known: KnownOg, ej: string | null): KnownOg {
    if (known.og.finessEj === null && ej !== null) {
      known.og.finessEj = ej
      this.#byEj.set(ej, known)
    }
    return known
  }

  #nameOf(ej: string | null, fact: RegistryFact | undefined): string | null {
    if (ej === null) return null
    return this.#typedNames.get(ej) ?? (fact?.ej === ej ? (fact.ejName ?? null) : null)
  }

  #add(og: ImportedOg, line: number | null): KnownOg {
    const known = { og, line, where: line === null ? IN_GRAPPE : metOnLine(line) }
    if (og.finessEj !== null) this.#byEj.set(og.finessEj, known)
    this.#byName.set(plainText(og.name), known)
    return known
  }
}

/** The first contact told of an OG is its main one; other addresses are other contacts. */
export function addContact(og: ImportedOg, told: Contact): void {
  const { contact } = og
  const emails = [contact.contactEmail, ...contact.otherEmails, told.contactEmail, ...told.otherEmails]
  const [contactEmail = null, ...otherEmails] = new Set(emails.filter(email => email !== null))
  og.contact = {
    contactName: contact.contactName ?? told.contactName,
    contactEmail,
    contactPhone: contact.contactPhone ?? told.contactPhone,
    otherEmails,
  }
}

/** The first name that the file gives to each juridical number. */
function typedNames(read: readonly LineNumbers[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>()
  for (const { review, ej } of read) {
    const name = review.source.values.ogNom
    if (ej === null || name === undefined || names.has(ej)) continue
    if (name.length <= LONGEST_TEXT && !saysNothing(name)) names.set(ej, name)
  }
  return names
}
