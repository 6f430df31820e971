/**
 * The piece that a file is proposed to, and why: nothing is filed on the strength of it before it is
 * confirmed.
 */
import type { PieceDefinition } from '../call.ts'
import { activeEsms, type Grappe } from '../grappe.ts'
import { type ExpectedPiece, expectedPieces } from '../piece.ts'
import { type LooseFile, Names, numbersIn, textsOf } from './clues.ts'

/** What files are compared with. */
export interface FilingFacts {
  grappe: Grappe
  definitions: readonly PieceDefinition[]
  /** Ids of the OG and ESMS that each address answers for, by the address in lower case. */
  addresses: ReadonlyMap<string, readonly string[]>
}

export interface Recognised {
  /** Where it is proposed to go; null when that is not known. */
  expected: ExpectedPiece | null
  /** What was recognised, each with where: "310 780 195 dans le nom du fichier". */
  reasons: readonly string[]
  /** Why no piece is proposed; null when one is. One French sentence, without its full stop. */
  lacking: string | null
}

/** One owner that one clue tells. */
interface OwnerClue {
  ids: readonly string[]
  reason: string
}

/** Made once for a grappe, then asked about each file. */
export class Recogniser {
  readonly #facts: FilingFacts
  readonly #expected: readonly ExpectedPiece[]
  readonly #numbers: ReadonlyArray<{ id: string; finess: string }>
  readonly #owners: Names
  readonly #pieces: Names

  constructor(facts: FilingFacts) {
    const { grappe, definitions } = facts
    const members = activeEsms(grappe)
    this.#facts = facts
    this.#expected = expectedPieces(definitions, grappe)
    this.#numbers = [
      ...members.map(({ id, finess }) => ({ id, finess })),
      ...grappe.ogs.map(({ id, finessEj }) => ({ id, finess: finessEj })),
    ].filter((each): each is { id: string; finess: string } => each.finess !== null)
    this.#owners = new Names([...members, ...grappe.ogs], false)
    this.#pieces = new Names(
      definitions.map(({ code, name }) => ({ id: code, name })),
      true,
    )
  }

  recognise(file: LooseFile): Recognised {
    const owner = this.#ownerOf(file)
    const piece = this.#pieceOf(file)
    const reasons = [...(owner?.reasons ?? []), ...(piece?.reasons ?? [])]
    const lacking = (sentence: string): Recognised => ({ expected: null, reasons, lacking: sentence })
    const definition = this.#facts.definitions.find(({ code }) => code === piece?.code)
    if (definition === undefined) {
      return lacking(piece === null ? 'Ni le nom ni les dossiers ne disent quelle pièce' : piece.doubt)
    }
    if (definition.scope === 'grappe') return this.#leadTo(definition, null, reasons)
    if (owner === null) return lacking('Ni le nom ni les dossiers ne disent de quel membre')
    if (owner.id === null) return lacking(owner.doubt)
    return this.#leadTo(definition, owner.id, reasons)
  }

  /** An ESMS stands for its OG, and an OG for its only ESMS. */
  #leadTo(definition: PieceDefinition, ownerId: string | null, reasons: readonly string[]): Recognised {
    const { grappe } = this.#facts
    const esms = grappe.esms.find(({ id }) => id === ownerId)
    const ogId = esms?.ogId ?? ownerId
    const ofOg = activeEsms(grappe).filter(each => each.ogId === ogId)
    if (definition.scope === 'esms' && esms === undefined && ofOg.length > 1) {
      const lacking =
        `« ${definition.name} » est demandée à chaque ESMS, ` + `et cet organisme en a ${ofOg.length}`
      return { expected: null, reasons, lacking }
    }
    const esmsId = definition.scope === 'esms' ? (esms?.id ?? ofOg[0]?.id) : null
    const expected = this.#expected.find(
      each =>
        each.definition === definition &&
        (definition.scope !== 'esms' || each.esmsId === esmsId) &&
        (definition.scope !== 'og' || each.ogId === ogId),
    )
    return expected === undefined
      ? { expected: null, reasons, lacking: `« ${definition.name} » n’est pas demandée à ce membre` }
      : { expected, reasons, lacking: null }
  }

  /** The strongest clue decides, unless another one tells somebody else. */
  #ownerOf(file: LooseFile): { id: string | null; reasons: string[]; doubt: string } | null {
    const clues = this.#ownerClues(file)
    const sure = clues.filter(({ ids }) => ids.length === 1)
    if (sure.length === 0) {
      const [first] = clues
      const doubt = `Plusieurs membres peuvent être ceux qui sont nommés : ${this.#namesOf(first?.ids ?? [])}`
      return first === undefined ? null : { id: null, reasons: [], doubt }
    }
    const ids = sure.flatMap(each => each.ids)
    const id = ids.find(each => this.#facts.grappe.esms.some(esms => esms.id === each)) ?? ids[0] ?? ''
    const others = ids.filter(each => !this.#areKin(each, id))
    const reasons = sure.map(({ reason }) => reason)
    if (others.length === 0) return { id, reasons: reasons.slice(0, 1), doubt: '' }
    return { id: null, reasons, doubt: `Deux membres sont nommés : ${this.#namesOf([id, ...others])}` }
  }

  #ownerClues(file: LooseFile): OwnerClue[] {
    const texts = textsOf(file)
    const numbers = texts.flatMap(({ text, where }) =>
      numbersIn(text, this.#numbers).map(({ id, finess }) => ({
        ids: [id],
        reason: `${spaced(finess)} ${where}`,
      })),
    )
    const names = texts.flatMap(({ text, where }): OwnerClue[] => {
      const matches = this.#owners.find(text)
      const [first] = matches
      if (first === undefined) return []
      return [
        { ids: this.#mostPrecise(matches.map(({ id }) => id)), reason: `${quoted(first.found)} ${where}` },
      ]
    })
    const from = file.mail?.from?.toLowerCase() ?? null
    const answers = from === null ? [] : (this.#facts.addresses.get(from) ?? [])
    const sender =
      answers.length === 0 ? [] : [{ ids: this.#mostPrecise(answers), reason: `écrit depuis ${from}` }]
    return [...numbers, ...names, ...sender]
  }

  /** An OG that is named together with its ESMS, and with no other's, is not another one. */
  #mostPrecise(ids: readonly string[]): string[] {
    const { esms } = this.#facts.grappe
    const members = esms.filter(({ id }) => ids.includes(id))
    return ids.filter(id => !members.some(({ ogId }) => ogId === id))
  }

  #areKin(left: string, right: string): boolean {
    const { esms } = this.#facts.grappe
    const ogOf = (id: string) => esms.find(each => each.id === id)?.ogId
    return left === right || ogOf(left) === right || ogOf(right) === left
  }

  #namesOf(ids: readonly string[]): string {
    const { ogs, esms } = this.#facts.grappe
    return ids.map(id => [...esms, ...ogs].find(each => each.id === id)?.name ?? '').join(', ')
  }

  /** The first text that names one piece decides. */
  #pieceOf(file: LooseFile): { code: string | null; reasons: string[]; doubt: string } | null {
    const { definitions } = this.#facts
    for (const { text, where } of textsOf(file)) {
      const matches = this.#pieces.find(text)
      const [first] = matches
      if (first === undefined) continue
      const names = matches.map(({ id }) => definitions.find(({ code }) => code === id)?.name ?? id)
      if (names.length > 1) {
        return {
          code: null,
          reasons: [],
          doubt: `Plusieurs pièces peuvent être celle-ci : ${names.join(', ')}`,
        }
      }
      return { code: first.id, reasons: [`${quoted(first.found)} ${where}`], doubt: '' }
    }
    return null
  }
}

const spaced = (finess: string) => finess.replace(/(.{3})(?=.)/g, '$1 ')

const quoted = (words: readonly string[]) => `« ${words.join(' ')} »`
