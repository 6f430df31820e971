/**
 * The pages before the pieces: cover, verdict, contents and what is missing, as the ARS reads them; and a
 * page in place of a piece.
 */
import type { DossierEntry, DossierPlan } from '../../domain/dossier-plan.ts'
import { criterionOrigins, criterionWords, NEXT_LABEL } from '../../domain/edition.ts'
import { type CriterionStatus, VERDICT_WORDS } from '../../domain/eligibility.ts'
import { comparedWith } from '../../domain/registry.ts'
import { missingText } from '../dossier/dossier-texts.ts'
import {
  CRITERION_WORDS,
  countWords,
  dayWords,
  FICTIONAL_WORDS,
  headline,
  instantWords,
  ownerWords,
  SCANNED_WORDS,
  sizeWords,
  stateWords,
} from '../dossier/dossier-words.ts'
import { type Colour, Column, type DrawnPage } from './page.ts'
import type { PieceResult } from './pieces.ts'

/** Which sealed version a reading copy shows. */
export interface ReadingSeal {
  /** 1, 2, 3… within the grappe. */
  number: number
  /** Lower-case hexadecimal, 64 characters. */
  hash: string
}

/** The pages of one file of the dossier. */
export interface ReadingPiece {
  entry: DossierEntry
  title: string
}

/** The pieces of one member, in the order of the dossier. */
export interface ReadingOwner {
  owner: DossierPlan['owners'][number]
  /** `stateOf` the row: what the contents say of it. */
  pieces: readonly (ReadingPiece & { state: string })[]
}

/** Where a file's pages begin; unknown as long as they are not drawn. */
export type PlaceOf = (path: string) => { page: number; object: number } | null

/** One chapter of the pages before the pieces. */
export interface Chapter {
  title: string
  pages: DrawnPage[]
}

/** Members with something in the dossier, and their pieces with the words that stand for them everywhere. */
export function listReadingOwners(plan: DossierPlan): ReadingOwner[] {
  const entries = new Map(plan.entries.map(entry => [entry.path, entry]))
  const owners = new Map<string, ReadingOwner & { pieces: ReadingOwner['pieces'][number][] }>()
  for (const row of plan.rows) {
    const { owner, pieceName, version, paths } = row
    for (const [i, path] of paths.entries()) {
      const entry = entries.get(path)
      if (!entry) throw new Error(`${path} is in no entry of the plan`)
      const file = paths.length > 1 ? `, fichier ${i + 1} sur ${paths.length}` : ''
      const title = `${pieceName}${file}`
      const known = owners.get(owner.folder) ?? { owner, pieces: [] }
      known.pieces.push({ entry, title, state: `${stateWords(row, 'ars')}, version ${version?.number ?? 1}` })
      owners.set(owner.folder, known)
    }
  }
  return [...owners.values()]
}

/** The same number of pages whether the places are known or not. */
export function drawFront(
  plan: DossierPlan,
  seal: ReadingSeal,
  owners: readonly ReadingOwner[],
  placeOf: PlaceOf,
): Chapter[] {
  const missing = missingPages(plan)
  return [
    { title: 'Page de garde', pages: coverPages(plan, seal) },
    { title: 'Éligibilité', pages: verdictPages(plan) },
    { title: 'Sommaire', pages: contentsPages(owners, placeOf) },
    ...(missing === null ? [] : [{ title: 'Pièces manquantes', pages: missing }]),
  ]
}

function coverPages(plan: DossierPlan, seal: ReadingSeal): DrawnPage[] {
  const column = new Column()
  const at = instantWords(plan.timeZone)
  column.add('Dossier de candidature', { size: 12, colour: 'grey', above: 84 })
  column.add(plan.grappeName, { size: 26, face: 'bold', above: 6 })
  column.add(plan.callTitle, { size: 14, above: 6 })
  column.banner(headline(plan, 'ars'), plan.complete ? 'good' : 'bad')
  if (plan.fictional) column.banner(FICTIONAL_WORDS, 'grey')

  const withdrawn = plan.members.filter(member => member.withdrawnOn !== null).length
  const ogCount = plan.owners.filter(owner => owner.scope === 'og').length
  const bytes = plan.entries.reduce((sum, entry) => sum + entry.size, 0)
  const facts: [string, string][] = [
    ['Version scellée', `nº ${seal.number}`],
    ['Empreinte du scellé (SHA-256)', seal.hash],
    ['État établi le', `${at(plan.takenAt)} (fuseau ${plan.timeZone})`],
    ['Porteur', plan.porteurName ?? 'Pas encore choisi'],
    ...contactFact(plan),
    ['Membres', `${ogCount} OG, ${plan.members.length - withdrawn} ESMS`],
    ['Fichiers', `${countWords(plan.entries.length, 'fichier')}, ${sizeWords(bytes)}`],
    ['Clôture de l’appel', plan.closesOn === null ? 'Non connue' : dayWords(plan.closesOn)],
    ['Numéros FINESS', comparedWith(plan.registry)],
    ['Antivirus', plan.antivirus ? SCANNED_WORDS.yes : SCANNED_WORDS.no],
  ]
  for (const [label, value] of facts) {
    column.add(label, { size: 8.5, colour: 'grey', above: 9 }, 2)
    column.add(value, { size: 10.5 })
  }
  column.add(
    'Ce document sert à lire et à imprimer le dossier. Chaque page y porte sa pièce, son ' +
      'membre et sa version. Les fichiers déposés, tels quels, sont dans le ZIP du ' +
      'dossier, avec leurs empreintes.',
    { size: 9, colour: 'grey', above: 26 },
  )
  return column.pages
}

/** Whom the ARS calls, on one line. */
function contactFact({ porteur }: DossierPlan): [string, string][] {
  const known = [porteur?.contactName, porteur?.contactPhone, porteur?.contactEmail].filter(Boolean)
  return known.length === 0 ? [] : [['Personne à joindre', known.join(', ')]]
}

const CRITERION_COLOURS: Readonly<Record<CriterionStatus, Colour>> = {
  satisfait: 'good',
  'non-satisfait': 'bad',
  'a-verifier': 'late',
}

function verdictPages(plan: DossierPlan): DrawnPage[] {
  const column = new Column()
  const names = new Map(
    plan.members.flatMap(esms => [
      [esms.id, esms.name],
      [esms.ogId, esms.ogName],
    ]) as [string, string][],
  )
  const { status, criteria } = plan.verdict
  const colours: Readonly<Record<typeof status, Colour>> = {
    eligible: 'good',
    'non-eligible': 'bad',
    'a-verifier': 'late',
    'a-constituer': 'late',
  }
  column.add('Éligibilité', { size: 18, face: 'bold' })
  column.banner(VERDICT_WORDS[status], colours[status])
  if (criteria.length === 0) column.add('L’appel ne pose aucune règle.', { above: 12 })
  for (const criterion of criteria) {
    const { title, status: result, esmsIds, ogIds } = criterion
    const { reason, next } = criterionWords(criterion, 'ars')
    column.add(title, { size: 11.5, face: 'bold', above: 16 }, 4)
    column.add(CRITERION_WORDS[result], { face: 'bold', colour: CRITERION_COLOURS[result] })
    column.add(reason)
    const concerned = [...ogIds, ...esmsIds].map(id => names.get(id) ?? id)
    if (concerned.length > 0) column.add(`Membres concernés : ${concerned.join(', ')}`, { size: 9 })
    if (next !== null) column.add(`${NEXT_LABEL.ars} : ${next}`, { size: 9 })
    for (const words of criterionOrigins(criterion, 'ars')) column.add(words, { size: 8.5, colour: 'grey' })
  }
  return column.pages
}

function contentsPages(owners: readonly ReadingOwner[], placeOf: PlaceOf): DrawnPage[] {
  const column = new Column()
  column.add('Sommaire', { size: 18, face: 'bold' })
  if (owners.length === 0) column.add('Aucune pièce n’est dans ce dossier.', { above: 12 })
  for (const { owner, pieces } of owners) {
    column.add(ownerWords(owner), { size: 10.5, face: 'bold', above: 12, ...target(pieces[0], placeOf) }, 2)
    for (const piece of pieces) {
      const place = placeOf(piece.entry.path)
      column.add(`${piece.title} (${piece.state.toLowerCase()})`, {
        size: 9.5,
        indent: 12,
        above: 2,
        number: place === null ? '' : String(place.page),
        ...target(piece, placeOf),
      })
    }
  }
  return column.pages
}

function target(piece: ReadingPiece | undefined, placeOf: PlaceOf): { to?: number } {
  const place = piece && placeOf(piece.entry.path)
  return place ? { to: place.object } : {}
}

/** What `_MANQUANTS.txt` says; null when nothing is missing. */
function missingPages(plan: DossierPlan): DrawnPage[] | null {
  const text = missingText(plan, 'ars')
  if (text === null) return null
  const column = new Column()
  const all = text.trimEnd().split('\r\n')
  // Below its title, which the cover has said already.
  const lines = all.slice(all.indexOf('', all.indexOf('') + 1) + 1)
  column.add('Pièces manquantes', { size: 18, face: 'bold' })
  let above = 0
  for (const line of lines) {
    if (line === '') {
      above = 8
      continue
    }
    const indent = (line.length - line.trimStart().length) * 6
    const startsBlock = above > 0 && indent === 0
    column.add(line.trim(), { indent, above, ...(startsBlock ? { face: 'bold' } : {}) }, startsBlock ? 3 : 1)
    above = 0
  }
  return column.pages
}

/** Why a file's own pages are not shown. */
export type NoticeReason =
  | 'autre-format'
  | 'trop-grand'
  | 'trop-lourd'
  | Exclude<PieceResult, { ok: true }>['why']

const NOTICES: Readonly<Record<NoticeReason, string>> = {
  'autre-format': 'Ce fichier n’est ni un PDF ni une image : ses pages ne peuvent pas être montrées ici.',
  'trop-grand': 'Ce fichier est trop volumineux pour être repris dans ce document.',
  chiffre:
    'Ce PDF est protégé par un mot de passe ou par des restrictions : ses pages ne ' +
    'peuvent pas être reprises ici.',
  illisible: 'Ce fichier est abîmé ou incomplet : ses pages n’ont pas pu être reprises ici.',
  'trop-lourd': 'Reprendre les pages de ce fichier a demandé trop de temps ou de mémoire.',
  equivoque: 'Ce PDF contient plusieurs états d’une même page : par prudence, aucun n’est montré ici.',
  xfa: 'Ce PDF est un formulaire dynamique (XFA) : ses pages n’existent que dans le logiciel qui le remplit.',
  calques: 'Ce PDF a des calques qui ne peuvent pas être montrés ici comme dans l’original.',
  formulaire: 'Ce PDF est un formulaire dont une saisie ne peut pas être dessinée ici comme dans l’original.',
}

/** The page that stands for a file, and says where the file is. */
export function drawNotice(piece: ReadingPiece, reason: NoticeReason): DrawnPage[] {
  return pointAtOriginal(piece, NOTICES[reason], reason === 'autre-format' ? 'grey' : 'late')
}

/** What follows the pages of a file that holds other files. */
export function drawAttached(piece: ReadingPiece, names: readonly string[]): DrawnPage[] {
  return pointAtOriginal(piece, `${attachedWords(names)}, absents de ce document.`, 'late', names)
}

/** "Contient 2 fichiers joints" */
export function attachedWords(names: readonly string[]): string {
  return `Contient ${countWords(names.length, 'fichier joint', 'fichiers joints')}`
}

function pointAtOriginal(
  { entry, title }: ReadingPiece,
  said: string,
  colour: Colour,
  names: readonly string[] = [],
): DrawnPage[] {
  const column = new Column()
  column.add(title, { size: 18, face: 'bold', above: 60 })
  column.add(`${entry.ownerName}, version ${entry.versionNumber}`, { size: 12, above: 4 })
  column.banner(said, colour)
  for (const [i, name] of names.entries()) column.add(`- ${name}`, { above: i === 0 ? 12 : 2 })
  column.add('Ouvrez l’original dans le ZIP du dossier :', { above: 20 })
  column.add(entry.path, { face: 'bold', above: 4 })
  column.add(`Taille : ${sizeWords(entry.size)}`, { above: 12 })
  column.add(`Empreinte SHA-256 : ${entry.sha256}`, { size: 9 })
  return column.pages
}
