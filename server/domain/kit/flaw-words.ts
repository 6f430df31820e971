/** What is wrong with a model that a porteur sent, and what to do: one or two French sentences for each. */
import type { PieceScope } from '../call.ts'
import {
  type FileFlaw,
  MAX_MODEL_MB,
  MAX_PART_MB,
  type ModelFlaw,
  type ModelPlace,
  type TagFlaw,
} from './own-model.ts'

const PLACE_WORDS: Readonly<Record<ModelPlace, string>> = {
  body: 'dans le texte',
  header: 'dans un en-tête',
  footer: 'dans un pied de page',
  chart: 'dans un graphique',
  footnote: 'dans une note de bas de page',
  endnote: 'dans une note de fin',
  comment: 'dans un commentaire',
  drawing: 'dans un schéma (SmartArt)',
  other: 'dans une partie que rien ne remplit',
}

const OWNER_WORDS: Readonly<Record<PieceScope, string>> = {
  grappe: 'de la grappe',
  og: 'd’un OG',
  esms: 'd’un ESMS',
}

/** Long words are cut: they come from a file that anybody may have made. */
const MOST_QUOTED = 60
function quoted(text: string): string {
  const letters = [...text.replace(/\s+/g, ' ').trim()]
  const shown = letters.length > MOST_QUOTED ? `${letters.slice(0, MOST_QUOTED).join('')}…` : letters.join('')
  return `« ${shown} »`
}
const braces = (tag: string): string => quoted(`{${tag}}`)
const either = (names: readonly string[]): string => names.map(braces).join(' ou ')

type Unfilled = 'busy' | 'unscanned' | 'unfillable'

const UNFILLED_WORDS: Readonly<Record<Unfilled, string>> = {
  busy: 'trop de documents étaient préparés à la fois. Téléchargez-le de nouveau dans une minute.',
  unscanned: 'l’antivirus ne l’a pas encore contrôlé. Téléchargez-le de nouveau dans quelques minutes.',
  unfillable:
    'ses listes ou ses conditions ne vont pas avec ses tableaux, ou son fichier n’est plus lisible. ' +
    'Choisissez un autre modèle sur la page « Documents », puis téléchargez-le de nouveau.',
}

/**
 * What stands in a ZIP in the place of a document that was not filled in, written as `_MANQUANTS.txt` is.
 *
 * @param fileName of the model; null for one of this server's.
 */
export function unfilledText(title: string, fileName: string | null, why: Unfilled): string {
  const model = fileName === null ? 'du logiciel' : `« ${fileName} »`
  const reason = UNFILLED_WORDS[why]
  const missing = `${title} : ce document manque.`
  return `\ufeff${missing}\r\nLe modèle ${model} n’a pas pu être rempli : ${reason}\r\n`
}

export function flawWords(flaw: ModelFlaw): string {
  if (flaw.kind === 'too-many-tags')
    return `Ce document contient ${flaw.count} balises : c’est trop. Enlevez celles qui se répètent.`
  return 'place' in flaw ? tagFlawWords(flaw) : fileFlawWords(flaw)
}

type PlacedFlaw = Exclude<TagFlaw, { kind: 'too-many-tags' }>

function tagFlawWords(flaw: PlacedFlaw): string {
  const where = PLACE_WORDS[flaw.place]
  switch (flaw.kind) {
    case 'unknown':
      return unknownWords(flaw, where)
    case 'elsewhere':
      return elsewhereWords(flaw, where)
    case 'not-a-list':
      return (
        `${braces(`#${flaw.tag}`)}, ${where} : cette balise ne s’ouvre ni ne se ferme. ` +
        `Écrivez ${braces(flaw.tag)}.`
      )
    case 'is-a-list':
      return (
        `${braces(flaw.tag)}, ${where}, s’ouvre et se ferme : écrivez ${braces(`#${flaw.tag}`)} avant ce ` +
        `qui se répète ou se montre, et ${braces(`/${flaw.tag}`)} après.`
      )
    case 'unclosed':
      return (
        `${braces(`#${flaw.tag}`)}, ${where}, n’est pas fermée : ajoutez ${braces(`/${flaw.tag}`)} ` +
        'à la fin de ce qui se répète ou se montre.'
      )
    case 'unopened':
      return (
        `${braces(`/${flaw.tag}`)}, ${where}, ferme ce qui n’est pas ouvert : ajoutez ` +
        `${braces(`#${flaw.tag}`)} avant, ou enlevez-la.`
      )
    case 'crossing':
      return (
        `${braces(`/${flaw.tag}`)}, ${where}, vient avant ${braces(`/${flaw.inside}`)} : fermez d’abord ` +
        'ce qui a été ouvert en dernier.'
      )
    case 'nested':
      return (
        `La liste ${braces(`#${flaw.tag}`)}, ${where}, ne peut pas se répéter dans ` +
        `${braces(`#${flaw.inside}`)} : fermez l’une avant d’ouvrir l’autre.`
      )
    case 'brace':
      return (
        `Une accolade est seule, ${where}, vers ${quoted(flaw.text)} : une balise s’ouvre et se ferme dans ` +
        'le même paragraphe.'
      )
    case 'unfilled':
      return (
        `La balise ${braces(flaw.tag)} est ${where}, où rien n’est rempli : déplacez-la dans le texte, un ` +
        'en-tête, un pied de page ou une zone de texte.'
      )
  }
}

function unknownWords({ tag, nearest }: PlacedFlaw & { kind: 'unknown' }, where: string): string {
  if (tag === '') return `Une paire d’accolades est vide, ${where} : enlevez-la.`
  const start = `La balise ${braces(tag)}, ${where}, n’existe pas :`
  return nearest.length === 0
    ? `${start} enlevez-la, ou choisissez-en une de la liste des balises.`
    : `${start} est-ce ${either(nearest)} ?`
}

function elsewhereWords({ tag, scope, lists }: PlacedFlaw & { kind: 'elsewhere' }, where: string): string {
  if (lists.length === 0) {
    const whose = OWNER_WORDS[scope]
    return `La balise ${braces(tag)}, ${where}, n’a pas de valeur dans un document ${whose} : enlevez-la.`
  }
  const between = either(lists.map(name => `#${name}`))
  return (
    `La balise ${braces(tag)}, ${where}, vaut seulement entre ${between} et la fin de cette liste : ` +
    'déplacez-la.'
  )
}

const AGAIN = 'puis envoyez-le de nouveau'

/** Those of which nothing more is to be told. */
const PLAIN_WORDS = {
  'not-docx':
    'Ce fichier n’est pas un document Word (.docx), quel que soit son nom. Ouvrez-le dans Word ou ' +
    `LibreOffice, enregistrez-le comme « Document Word (.docx) », ${AGAIN}.`,
  'word-template':
    'Ce fichier est un modèle au sens de Word (.dotx). Ouvrez-le, enregistrez-le comme « Document Word ' +
    `(.docx) », ${AGAIN}.`,
  strict:
    'Ce document est au format « Open XML strict », qui ne peut pas être rempli : enregistrez-le comme ' +
    `« Document Word (.docx) », ${AGAIN}.`,
  password: `Ce document demande un mot de passe : enregistrez-le sans mot de passe, ${AGAIN}.`,
  labelled:
    'Ce document est chiffré par les droits de votre organisation : enregistrez-en une copie sans ' +
    `étiquette de confidentialité, ${AGAIN}.`,
  'too-large':
    `Ce fichier dépasse ${MAX_MODEL_MB} Mo : compressez ses images (dans Word, Format de l’image, ` +
    `« Compresser les images »), ${AGAIN}.`,
  inflates:
    'Ce fichier devient démesuré une fois ouvert : il n’a pas été lu. Copiez son texte dans un document ' +
    `neuf, ${AGAIN}.`,
  macros:
    'Ce document contient des macros : enregistrez-le comme « Document Word (.docx) », sans macros, ' +
    `${AGAIN}.`,
  signed: 'Ce document est signé électroniquement ; le remplir briserait sa signature. Retirez-la d’abord.',
  unscanned: 'L’antivirus ne répond pas : ce fichier n’a pas été gardé. Renvoyez-le dans quelques minutes.',
  'too-heavy':
    'Ce document demande trop de temps ou de mémoire pour être lu : copiez son texte dans un document ' +
    `neuf, ${AGAIN}.`,
  busy: 'Trop de fichiers sont lus à la fois : rien n’est perdu. Renvoyez celui-ci dans une minute.',
  unfillable:
    'Les balises de ce document sont justes, mais il n’a pas pu être rempli : une liste ou une condition ' +
    'commence sans doute dans une cellule de tableau et finit dans une autre, ou hors du tableau. ' +
    'Déplacez son début ou sa fin.',
} as const

function fileFlawWords(flaw: FileFlaw): string {
  switch (flaw.kind) {
    case 'heavy-part':
      return (
        `${quoted(flaw.part)} dépasse ${MAX_PART_MB} Mo une fois ouvert : si c’est une image, réduisez-la ` +
        'ou remplacez-la par une plus légère.'
      )
    case 'damaged':
      return (
        `Ce document est abîmé ou incomplet${flaw.part === '' ? '' : ` (${quoted(flaw.part)})`} : ` +
        `ouvrez-le, enregistrez-le sous un autre nom, ${AGAIN}.`
      )
    case 'embedded':
      return (
        `Ce document contient un objet incorporé ou un autre fichier (${quoted(flaw.part)}) : ` +
        'supprimez-le, ou collez-le comme image.'
      )
    case 'doctype':
      return (
        `Ce document contient une déclaration DOCTYPE (${quoted(flaw.part)}), que Word n’écrit jamais : ` +
        `copiez son texte dans un document neuf, ${AGAIN}.`
      )
    case 'attached':
      return (
        `Ce document va chercher un modèle ailleurs (${quoted(flaw.target)}). Dans Word, onglet ` +
        'Développeur, « Modèle de document », choisissez Normal, puis enregistrez.'
      )
    case 'linked':
      return (
        `Ce document va chercher quelque chose ailleurs (${quoted(flaw.target)}), chez qui l’ouvre : ` +
        'rompez cette liaison, ou insérez l’image dans le document.'
      )
    case 'address':
      return (
        `Un lien de ce document mène à ${quoted(flaw.target)} : seules les adresses web (http, https) et ` +
        'e-mail sont permises. Corrigez-le ou enlevez-le.'
      )
    case 'field':
      return (
        `Un champ de ce document va chercher quelque chose ailleurs (${quoted(flaw.instruction)}) : ` +
        'remplacez-le par ce qu’il montre (Ctrl + Maj + F9 dans Word).'
      )
    case 'infected':
      return (
        `L’antivirus a trouvé ${quoted(flaw.virus)} dans ce fichier : il n’a pas été gardé. Faites ` +
        'vérifier l’ordinateur d’où il vient.'
      )
    default:
      return PLAIN_WORDS[flaw.kind]
  }
}
