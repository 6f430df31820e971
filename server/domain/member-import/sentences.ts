/** Every French sentence that an import says of a cell, of a line or of a whole sheet. */
import type { FinessResult } from '../finess.ts'
import {
  type ColumnUse,
  FIELD_LABELS,
  fieldOfUse,
  type MemberField,
  type RecognisedColumn,
  USE_LABELS,
} from './columns.ts'

/** What is said of one cell. */
export interface Words {
  /** What was found, in whole sentences. */
  reason: string
  /** What to do about it; null when there is nothing to do. */
  remedy: string | null
}
/** What is said of a cell that must change. */
export type Problem = Words & { remedy: string }

const said = (reason: string): Words => ({ reason, remedy: null })
const problem = (reason: string, remedy: string): Problem => ({ reason, remedy })

// ---------- Any cell
export const unread = (reason: string): Problem =>
  problem(reason, 'Saisissez la valeur ici, ou enregistrez de nouveau le fichier.')

export const tooLong = (length: number, longest: number): Problem =>
  problem(`Ce texte a ${length} caractères, ${longest} au plus sont possibles.`, 'Raccourcissez-le.')

export const readAsNothing = (value: string): Words => said(`« ${value} » est lu comme « non renseigné ».`)

export const readAs = (text: string, meant: string): Words => said(`« ${text} » est lu ${meant}.`)

// ---------- FINESS numbers
export const SCIENTIFIC_NOTATION =
  'Le tableur a écrit ce numéro en notation scientifique : des chiffres ont pu être perdus.'

export const numberMissing = (): Words => ({
  reason: 'Le numéro FINESS géographique manque.',
  remedy: 'Le membre est ajouté sans lui : complétez-le sur sa fiche dès que vous l’avez.',
})

export function numberRefused({ reason, suggestion }: Extract<FinessResult, { ok: false }>): Problem {
  const correct = 'orrigez la cellule d’après l’arrêté d’autorisation ou le répertoire FINESS.'
  return problem(
    reason,
    suggestion === null ? `C${correct}` : `Acceptez ${suggestion} si c’est bien lui, sinon c${correct}`,
  )
}

export const looksLikeSiren = (): Problem =>
  problem(
    'Ce numéro ressemble à un SIREN : le troisième caractère d’un numéro FINESS est un 0.',
    'Saisissez le numéro FINESS à neuf caractères.',
  )

const GEOGRAPHIC_REMEDY =
  'Saisissez le numéro FINESS géographique (ET) de l’établissement, ' +
  'différent de celui de son organisme gestionnaire.'

/** Beyond that many, a list of establishments helps nobody choose. */
const MOST_ESTABLISHMENTS_OFFERED = 10

/** @param ets the open establishments that the juridical number runs */
export function isJuridical(
  finess: string,
  ets: readonly { number: string; name: string | null }[],
): Problem {
  const reason = `${finess} est un numéro juridique (EJ) d’après le répertoire FINESS.`
  if (ets.length === 0) return problem(reason, GEOGRAPHIC_REMEDY)
  const offered = ets
    .slice(0, MOST_ESTABLISHMENTS_OFFERED)
    .map(({ number, name }) => `${number} ${name ?? ''}`.trim())
  const more = ets.length > offered.length ? `, et ${ets.length - offered.length} autres` : ''
  return problem(
    reason,
    'Saisissez le numéro géographique (ET) de l’établissement. ' +
      `Cet organisme gère : ${offered.join(', ')}${more}.`,
  )
}

export const isGeographic = (finess: string): Problem =>
  problem(
    `${finess} est le numéro de l’établissement, pas celui de son organisme gestionnaire.`,
    'Saisissez le numéro FINESS juridique (EJ), ou videz la cellule.',
  )

export const sameInBothColumns = (finess: string): Problem =>
  problem(
    `Le même numéro ${finess} figure dans les colonnes géographique (ET) et juridique (EJ).`,
    GEOGRAPHIC_REMEDY,
  )

export const juridicalElsewhere = (finess: string, where: string): Problem =>
  problem(`${finess} est donné comme numéro juridique (EJ) ${where}.`, GEOGRAPHIC_REMEDY)

export const closed = (): Words => ({
  reason: 'Cet établissement est fermé d’après le répertoire FINESS.',
  remedy: 'Vérifiez qu’un autre numéro ne l’a pas remplacé.',
})

export const notInRegistry = (): Words => ({
  reason: 'Ce numéro ne figure pas dans le répertoire FINESS chargé ici.',
  remedy: 'Vérifiez-le, ou chargez un répertoire plus récent.',
})

export const alreadyOnLine = (line: number): Problem =>
  problem(
    `Ce numéro figure déjà à la ligne ${line}.`,
    'Corrigez le numéro de l’un des deux établissements, ou laissez cette ligne de côté.',
  )

export const sameNameOnLine = (line: number): Problem =>
  problem(
    `Le même nom, du même OG, figure déjà à la ligne ${line}, et un numéro FINESS manque.`,
    'Dites si c’est le même établissement ; si ce sont deux, donnez leurs numéros ou distinguez leurs noms.',
  )

/** @param lines where else the number stands, at least one */
export function alsoOnLines(lines: readonly number[]): Words {
  const where = lines.length > 1 ? 'aux lignes' : 'à la ligne'
  return said(
    `Ce numéro figure aussi ${where} ${lines.slice(0, 5).join(', ')}${lines.length > 5 ? '…' : ''}.`,
  )
}

export const otherOgInRegistry = (og: string, ej: string): Words => ({
  reason: `D’après le répertoire FINESS, cet établissement dépend de « ${og} » (${ej}).`,
  remedy: 'Le nom que vous avez saisi est gardé : vérifiez-le.',
})

export const otherParent = (known: string, typed: string): Words => ({
  reason:
    'D’après le répertoire FINESS, ' +
    `cet établissement dépend du numéro juridique ${known}, pas de ${typed}.`,
  remedy: 'Vérifiez l’organisme gestionnaire.',
})

export const ofGrappe = (og: string): string => `de « ${og} » dans la grappe`
export const onLine = (line: number): string => `à la ligne ${line}`

// ---------- The establishment and what is known of it
export const alreadyMember = (name: string): Words =>
  said(`« ${name} » est déjà dans la grappe : rien n’y sera changé.`)

/** @param finess what the sheet gives and the member's record lacks; null when it lacks nothing */
export const sameNameMember = (name: string, finess: string | null): Words =>
  finess === null
    ? alreadyMember(name)
    : {
        reason: `« ${name} » est déjà dans la grappe, sans numéro FINESS : rien n’y sera changé.`,
        remedy: `Si c’est bien lui, portez ${finess} sur sa fiche.`,
      }

export const withdrawnMember = (name: string): Words => ({
  reason: `« ${name} » a été retiré de la grappe : rien n’y sera changé.`,
  remedy: 'Pour le faire revenir, passez par sa fiche.',
})

export const nameFromRegistry = (name: string): Words => said(`« ${name} » est repris du répertoire FINESS.`)

export const nameMissing = (): Problem => problem('Le nom de l’établissement manque.', 'Saisissez-le.')

export const notAChoice = (field: 'domaine' | 'projet', text: string, choices: readonly string[]): Problem =>
  problem(
    `« ${text} » n’est pas ${field === 'domaine' ? 'un domaine connu' : 'un type de projet connu'}.`,
    `Choisissez une seule valeur parmi : ${choices.join(', ')}.`,
  )

export const notAnAddress = (reason: string): Problem =>
  problem(reason, 'Saisissez l’adresse, ou videz la cellule.')

export const severalAddresses = (text: string, addresses: readonly string[]): Words =>
  said(
    addresses.length === 1
      ? `« ${text} » est lu ${addresses[0]}.`
      : `« ${text} » est lu ${addresses.join(', puis ')} : la première est le contact principal, ` +
          'les autres sont gardées comme autres contacts.',
  )

// ---------- Type, places
export const typeUnknown = (text: string): Problem =>
  problem(
    `« ${text} » n’est pas un type d’établissement connu ici.`,
    'Choisissez la catégorie qui lui correspond, ou laissez-la à compléter.',
  )

export const typeRead = (text: string, categorie: string): Words =>
  said(`« ${text} » est lu catégorie ${categorie}.`)

export const domaineProposed = (domaine: string, type: string): Words => ({
  reason: `Le domaine ${domaine} est proposé d’après le type « ${type} ».`,
  remedy: 'Changez-le s’il ne convient pas.',
})

export const notPlaces = (text: string): Problem =>
  problem(`« ${text} » n’est pas un nombre de places.`, 'Saisissez un nombre, ou videz la cellule.')

// ---------- The organisme gestionnaire. `where`: in the grappe, or on which line it was met
interface MetOg {
  og: { name: string; finessEj: string | null }
  where: string
}

/** A number that is another OG's than the one named beside it. */
export const ogNumberOfAnother = (ej: string, typed: string, byEj: MetOg): Problem =>
  problem(
    `Le numéro juridique ${ej} est celui de « ${byEj.og.name} » (${byEj.where}), et le nom saisi ` +
      `ici est « ${typed} ».`,
    'Dites lequel des deux est juste.',
  )

export const IN_GRAPPE = 'dans la grappe'
export const metOnLine = (line: number): string => `ligne ${line}`

export const ogNameKept = ({ og, where }: MetOg): Words =>
  said(`Même numéro juridique que « ${og.name} » (${where}) : ce nom est gardé.`)

export const ogNameFromNumber = (name: string): Words =>
  said(`« ${name} » est repris d’après le numéro juridique.`)

export const ogNamesake = ({ og, where }: MetOg): Problem =>
  problem(
    `Un autre organisme gestionnaire s’appelle « ${og.name} » (${where}).`,
    'Saisissez un nom qui les distingue.',
  )

export const ogMissing = (): Problem =>
  problem(
    'L’organisme gestionnaire manque.',
    'Saisissez le nom de l’association ou de l’organisme qui gère l’établissement.',
  )

/** @param byEj whose number it is, when somebody else's */
export function ogContradicted(typedEj: string, byName: MetOg, byEj: MetOg | undefined): Problem {
  const number = byName.og.finessEj === null ? 'sans numéro' : `avec le numéro ${byName.og.finessEj}`
  const taken = byEj
    ? `Le numéro ${typedEj} est celui de « ${byEj.og.name} » (${byEj.where})`
    : `Ici, son numéro est ${typedEj}`
  return problem(
    `« ${byName.og.name} » figure déjà ${number} (${byName.where}). ${taken}.`,
    'Corrigez le nom ou le numéro juridique de l’organisme gestionnaire sur l’une des deux lignes.',
  )
}

// ---------- The solution
export const noProduct = (): Words => ({
  reason: 'Sans le nom du produit, l’éditeur et la version ne sont pas repris.',
  remedy: 'Indiquez la solution, ici ou plus tard sur la fiche du membre.',
})

export const editorTaken = (editeur: string, produit: string): Words =>
  said(`L’éditeur n’est pas indiqué : « ${editeur} » est repris de « ${produit} ».`)

export const tooManySolutions = (count: number): string =>
  `La colonne « ${FIELD_LABELS.solution} » contient ${count} noms différents : ils ne sont pas rapprochés. ` +
  'Vérifiez que c’est la bonne colonne.'

// ---------- Columns and lines of the sheet
export const IGNORED_BY_CHOICE = 'Vous avez choisi de ne pas lire cette colonne.'

export const HEADER_UNKNOWN = 'Cet en-tête n’est pas reconnu : la colonne n’est pas lue.'

export const headerTwice = (use: ColumnUse, place: string): string =>
  `« ${USE_LABELS[use]} » est déjà lu dans la colonne de ${place} : celle-ci n’est pas lue.`

/** A second table under the first one. */
export function alsoHeaders(
  line: number,
  columns: readonly RecognisedColumn[],
  unused: readonly { header: string }[],
): string {
  const read = columns.map(({ use, header }) => `« ${header} » (${FIELD_LABELS[fieldOfUse(use)]})`)
  const left =
    unused.length === 0 ? '' : ` Non lues : ${unused.map(({ header }) => `« ${header} »`).join(', ')}.`
  return (
    `Un second tableau commence à la ligne ${line}, avec d’autres colonnes : ses lignes sont lues avec ses ` +
    `propres titres, ${read.join(', ')}.${left}`
  )
}

export const ABOVE_HEADERS = 'Cette ligne est au-dessus des en-têtes.'
export const REPEATS_HEADERS = 'Cette ligne répète les en-têtes.'
export const LOOKS_LIKE_SEPARATOR = 'Cette ligne ne porte qu’un texte : un titre, une séparation ou une note.'
export const LOOKS_LIKE_TOTAL = 'Cette ligne est un total ou un décompte.'
export const NOTHING_RECOGNISED = 'Cette ligne n’a rien dans les colonnes reconnues.'
export const LEFT_OUT = 'Vous avez laissé cette ligne de côté.'

export const NO_HEADER =
  'Aucune ligne d’en-têtes avec une colonne « FINESS » n’a été trouvée : ' +
  'ajoutez au-dessus de vos lignes les titres ' +
  '« FINESS », « Nom », « Organisme gestionnaire », « Domaine » et « Projet », ' +
  'ou partez du modèle à télécharger.'

export const NO_LINES =
  'Les en-têtes sont reconnus, mais aucune ligne n’est remplie en dessous : ' +
  'ajoutez une ligne par établissement.'

const FROM_REGISTRY_OR_ASKED =
  'il est repris du répertoire FINESS quand il y figure, sinon chaque ligne le demande.'

/** What becomes of a field that no column gives, for those that a member needs. */
export const MISSING_COLUMNS: readonly { field: MemberField; explanation: string }[] = [
  {
    field: 'nom',
    explanation: `Aucune colonne ne donne le nom des établissements : ${FROM_REGISTRY_OR_ASKED}`,
  },
  {
    field: 'ogNom',
    explanation: `Aucune colonne ne donne l’organisme gestionnaire : ${FROM_REGISTRY_OR_ASKED}`,
  },
  {
    field: 'domaine',
    explanation:
      'Aucune colonne ne donne le domaine : il restera à renseigner sur la fiche de chaque membre.',
  },
  {
    field: 'projet',
    explanation:
      'Aucune colonne ne dit si le projet est une acquisition ou une mise en conformité : ' +
      'ce sera à renseigner sur la fiche de chaque membre.',
  },
  {
    field: 'ogCourriel',
    explanation:
      'Aucune colonne ne donne le courriel des organismes gestionnaires : sans lui, personne ne recevra la ' +
      'demande de leurs pièces. Il restera à renseigner sur la page « Membres ».',
  },
]

// ---------- Problems gathered
export interface Count {
  kind: 'question' | 'zero' | 'choix' | 'proposition' | 'saisie'
  cells: number
  field: MemberField
  /** When it is the same for all. */
  reason: string | null
}

export function groupTitle({ kind, cells, field, reason }: Count): string {
  const lines = cells === 1 ? '1 ligne' : `${cells} lignes`
  const label = FIELD_LABELS[field]
  switch (kind) {
    case 'zero':
      return cells === 1
        ? '1 numéro FINESS a perdu son zéro du début'
        : `${cells} numéros FINESS ont perdu leur zéro du début`
    case 'question':
    case 'choix':
      return reason === null ? `${label} : ${lines} à trancher` : `${reason.replace(/\.$/, '')} (${lines})`
    case 'proposition':
      return `${label} : une correction est proposée (${lines})`
    case 'saisie':
      return `${label} : ${lines} à corriger`
  }
}
