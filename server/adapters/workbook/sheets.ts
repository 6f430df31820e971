/** The sheets of the workbook that hold one table each. */
import {
  awaitedWords,
  type DossierMember,
  type DossierPlan,
  type DossierRow,
  isUnsettled,
  unsettledRows,
} from '../../domain/dossier-plan.ts'
import {
  absenceOf,
  criterionOrigins,
  criterionWords,
  type Edition,
  editionOf,
  NEXT_LABEL,
} from '../../domain/edition.ts'
import type { Exchange } from '../../domain/exchanges.ts'
import { categorieWords } from '../../domain/nomenclature.ts'
import { damagedDocuments, type PieceState } from '../../domain/piece.ts'
import {
  CRITERION_WORDS,
  dayWords,
  EXCHANGE_WORDS,
  SCOPE_WORDS,
  SET_ASIDE_WORDS,
  stateWords,
  withheldSentence,
} from '../dossier/dossier-words.ts'
import { instructionLines } from './instruction-lines.ts'
import {
  COLOURS,
  type Column,
  DAY,
  dayCell,
  INSTANT,
  NUMBER,
  SIGNATURE_WORDS,
  TEXT,
  tableSheet,
  yesNo,
} from './table.ts'
import { type Cell, type CellStyle, columnLetters, type Sheet } from './xlsx-writer.ts'

/** Reads an instant on the clock of the call. */
type Clock = (instant: string) => Date

export function criteriaSheet(plan: DossierPlan): Sheet {
  const edition = editionOf(plan)
  const nothing = edition === 'porteur' ? 'Rien' : null
  const names = new Map(
    plan.members.flatMap(
      esms =>
        [
          [esms.id, esms.name],
          [esms.ogId, esms.ogName],
        ] as const,
    ),
  )
  return tableSheet(
    plan,
    'Éligibilité',
    plan.verdict.criteria,
    [
      { header: 'Règle', width: 30, value: criterion => criterion.title },
      { header: 'Résultat', width: 15, value: criterion => CRITERION_WORDS[criterion.status] },
      { header: 'Constat', width: 46, value: criterion => criterionWords(criterion, edition).reason },
      {
        header: 'Membres concernés',
        width: 40,
        value: ({ ogIds, esmsIds }) => [...ogIds, ...esmsIds].map(id => names.get(id) ?? id).join('\n'),
      },
      {
        header: NEXT_LABEL[edition],
        width: 40,
        value: criterion => criterionWords(criterion, edition).next ?? nothing,
      },
      {
        header: 'Origine des valeurs',
        width: 48,
        value: criterion => criterionOrigins(criterion, edition).join('\n'),
      },
    ],
    {
      colours: {
        B: [
          [CRITERION_WORDS.satisfait, COLOURS.good],
          [CRITERION_WORDS['non-satisfait'], COLOURS.bad],
          [CRITERION_WORDS['a-verifier'], COLOURS.late],
        ],
      },
    },
  )
}

const PROJET_WORDS = { acquisition: 'Acquisition', 'mise-en-conformite': 'Mise en conformité' }

const REGISTRY_WORDS: Readonly<Record<DossierMember['registry'], string>> = {
  'non-verifie': 'Non vérifié',
  ouvert: 'Ouvert',
  ferme: 'Fermé',
  juridique: 'Numéro juridique (EJ)',
  absent: 'Absent du registre',
}

export function membersSheet(plan: DossierPlan): Sheet {
  const known = (value: string | null) => value ?? 'Non renseigné'
  return tableSheet(
    plan,
    'Membres',
    plan.members,
    [
      { header: 'ESMS', width: 40, value: esms => esms.name },
      { header: 'FINESS géographique (ET)', width: 18, value: esms => known(esms.finess) },
      { header: 'Organisme gestionnaire', width: 36, value: esms => esms.ogName },
      { header: 'FINESS juridique (EJ)', width: 18, value: esms => known(esms.ogFinessEj) },
      { header: 'Porteur', width: 9, value: esms => yesNo(esms.ogName === plan.porteurName) },
      { header: 'Domaine', width: 15, value: esms => known(esms.domaine) },
      { header: 'Projet', width: 19, value: esms => known(esms.projet && PROJET_WORDS[esms.projet]) },
      {
        header: 'Catégorie',
        width: 24,
        value: esms => known(esms.categorie && categorieWords(esms.categorie)),
      },
      { header: 'Solution DUI', width: 34, value: esms => known(esms.solution) },
      { header: 'Commune', width: 24, value: esms => known(esms.commune ?? null) },
      { header: 'Places', width: 9, style: NUMBER, value: esms => esms.capacite ?? null },
      { header: 'Registre FINESS', width: 20, value: esms => REGISTRY_WORDS[esms.registry] },
      {
        header: 'Situation',
        width: 22,
        value: ({ withdrawnOn }) =>
          withdrawnOn === null ? 'Dans la grappe' : `Retiré le ${dayWords(withdrawnOn)}`,
      },
    ],
    {
      colours: {
        L: [
          [REGISTRY_WORDS.ouvert, COLOURS.good],
          [REGISTRY_WORDS.ferme, COLOURS.bad],
          [REGISTRY_WORDS.juridique, COLOURS.bad],
          [REGISTRY_WORDS.absent, COLOURS.bad],
        ],
        M: [['Retiré', COLOURS.idle]],
      },
    },
  )
}

/** LibreOffice does not wrap a link: its words fit on one line. */
const PIECE_WIDTH = 28
const PIECES_PER_PAGE = 6

const SIGNS: Readonly<Record<PieceState, string>> = {
  acceptee: '✓',
  deposee: '●',
  refusee: '✗',
  complement: '↺',
  attendue: '○',
  'non-applicable': '–',
}
const SCAN_SIGN = '◌'
/** Of what nobody knows to be owed. */
const UNKNOWN_SIGN = '?'

/** Member × piece; each cell says where the piece stands and opens its first file. */
export function matrixSheet(plan: DossierPlan): Sheet {
  const edition = editionOf(plan)
  const rows = new Map(plan.rows.map(row => [`${row.code} ${row.owner.folder}`, row]))
  const pieces = plan.definitions.map(
    (definition): Column<DossierPlan['owners'][number]> => ({
      header: `${definition.name}${definition.required ? '' : ' (facultative)'}`,
      width: PIECE_WIDTH,
      value: owner => {
        if (owner.scope !== definition.scope) return null
        const row = rows.get(`${definition.code} ${owner.folder}`)
        return row ? matrixCell(row, plan, edition) : '– Sans objet'
      },
    }),
  )
  return tableSheet(
    plan,
    'Pièces',
    plan.owners,
    [
      { header: 'Membre', width: 38, value: owner => owner.name },
      { header: 'FINESS', width: 13, value: owner => owner.finess },
      { header: 'Niveau', width: 10, value: owner => SCOPE_WORDS[owner.scope] },
      { header: 'Organisme gestionnaire', width: 36, value: owner => owner.ogName },
      ...pieces,
    ],
    {
      frozenColumns: 2,
      // Two pages side by side read better than one in tiny letters; the member's name is repeated on each.
      titleColumns: '$A:$B',
      pagesWide: Math.max(1, Math.ceil(pieces.length / PIECES_PER_PAGE)),
      colours:
        pieces.length > 0
          ? {
              [`E:${columnLetters(pieces.length + 4)}`]: [
                [SIGNS.acceptee, COLOURS.good],
                [SIGNS.deposee, COLOURS.waiting],
                [SCAN_SIGN, COLOURS.waiting],
                [SIGNS.refusee, COLOURS.bad],
                [SIGNS.complement, COLOURS.bad],
                [`${SIGNS.attendue} Non déposée, en retard`, COLOURS.late],
                [`${SIGNS.attendue} Absente`, COLOURS.late],
                [UNKNOWN_SIGN, COLOURS.late],
                ['–', COLOURS.idle],
              ],
            }
          : {},
    },
  )
}

function matrixCell(row: DossierRow, plan: DossierPlan, edition: Edition): Cell {
  if (row.state === 'attendue' && isUnsettled(row)) {
    return `${UNKNOWN_SIGN} À vérifier, attend : ${awaitedWords(row, plan)}`
  }
  const version = row.version === null ? '' : ` v${row.version.number}`
  if (row.awaitsScan) return `${SCAN_SIGN} Antivirus en attente${version}`
  const files = row.paths.length > 1 ? `, ${row.paths.length} fichiers` : ''
  const words = row.state === 'complement' ? 'Complément' : stateWords(row, edition)
  const asked = row.state === 'attendue' && row.nonApplicable ? ', dit non applicable' : ''
  const late = row.late && edition === 'porteur' ? ', en retard' : ''
  const [link] = row.paths
  if (edition === 'ars' && link === undefined) return `${arsSign(row)} ${words}${asked}`
  const damaged = isDamaged(row) ? ', fichier abîmé' : ''
  const text = `${SIGNS[row.state]} ${words}${version}${late}${asked}${damaged}${files}`
  return link === undefined ? text : { text, link }
}

/** Of a piece that is not in the version. */
const arsSign = (row: DossierRow) => (absenceOf(row) === 'non-applicable' ? '–' : SIGNS.attendue)

const isDamaged = ({ version }: DossierRow) => damagedDocuments(version).length > 0

interface MissingLine {
  situation: string
  member: string
  level: string
  finess: string | null
  og: string | null
  piece: string
  required: boolean
  late: boolean
  deadlineOn: string | null
  version: number | null
  since: Date | null
  motive: string | null
}

/**
 * Gaps, then what the server lost, what is to be completed, what nobody has checked yet, what does not apply,
 * and what was left out. Of these, the ARS reads neither what the porteur still has to check nor what is not
 * asked any more.
 */
export function missingSheet(plan: DossierPlan, clock: Clock): Sheet {
  const edition = editionOf(plan)
  const line = (row: DossierRow, situation: string) => missingLine(row, situation, clock, edition)
  const inState = (state: PieceState) => plan.rows.filter(row => row.state === state && !row.awaitsScan)
  const lines: MissingLine[] = [
    ...plan.gaps.map(row => line(row, gapWords(row, edition))),
    ...unsettledRows(plan).map(row => ({
      ...line(row, `${UNKNOWN_SIGN} À vérifier`),
      motive: `On ne sait pas si elle est due. Attend : ${awaitedWords(row, plan)}.`,
    })),
    ...plan.rows
      .filter(row => isDamaged(row) && row.paths.length > 0)
      .map(row => line(row, '✗ Fichier abîmé')),
    ...inState('complement').map(row => line(row, '↺ Complément demandé')),
    ...(edition === 'ars' ? [] : inState('deposee').map(row => line(row, '● À contrôler'))),
    ...inState('non-applicable').map(row => line(row, '– Non applicable')),
    ...(edition === 'ars' ? [] : plan.setAside.map(aside => asideLine(aside, clock))),
  ]
  return tableSheet(
    plan,
    'Manquants',
    lines,
    [
      { header: 'Situation', width: 16, value: line => line.situation },
      { header: 'Membre', width: 32, value: line => line.member },
      { header: 'Niveau', width: 10, value: line => line.level },
      { header: 'FINESS', width: 13, value: line => line.finess },
      { header: 'Organisme gestionnaire', width: 28, value: line => line.og },
      { header: 'Pièce', width: 32, value: line => line.piece },
      { header: 'Obligatoire', width: 12, value: line => yesNo(line.required) },
      ...(edition === 'ars' ? [] : MISSING_DATES),
      { header: 'Version', width: 9, style: NUMBER, value: line => line.version },
      { header: 'Depuis le', width: 13, style: DAY, value: line => line.since },
      { header: 'Motif', width: 44, value: line => line.motive },
    ],
    {
      colours: {
        A: [
          ['✗', COLOURS.bad],
          ['↺', COLOURS.bad],
          ['○', COLOURS.late],
          [UNKNOWN_SIGN, COLOURS.late],
          ['●', COLOURS.waiting],
          [SCAN_SIGN, COLOURS.waiting],
          ['–', COLOURS.idle],
        ],
        ...(edition === 'ars' ? {} : { H: [['Oui', COLOURS.late]] }),
      },
    },
  )
}

/** Dates between the porteur and its members. */
const MISSING_DATES: readonly Column<MissingLine>[] = [
  { header: 'En retard', width: 10, value: line => yesNo(line.late) },
  { header: 'Date limite', width: 12, style: DAY, value: line => dayCell(line.deadlineOn) },
]

function asideLine(aside: DossierPlan['setAside'][number], clock: Clock): MissingLine {
  return {
    situation: '– Écartée',
    member: aside.ownerName,
    level: '',
    finess: null,
    og: null,
    piece: aside.pieceName,
    required: false,
    late: false,
    deadlineOn: null,
    version: aside.versionNumber,
    since: clock(aside.depositedAt),
    motive: SET_ASIDE_WORDS[aside.reason],
  }
}

/** Why a row is not in the ZIP. */
function gapWords(row: DossierRow, edition: Edition): string {
  if (edition === 'ars') return `${row.awaitsScan ? SCAN_SIGN : arsSign(row)} ${stateWords(row, edition)}`
  if (row.awaitsScan) return `${SCAN_SIGN} En attente de l’antivirus`
  if (row.state === 'non-applicable') return '– Non applicable'
  return row.state === 'refusee' ? '✗ Refusée' : '○ Manquante'
}

function missingLine(row: DossierRow, situation: string, clock: Clock, edition: Edition): MissingLine {
  const { version, owner, deadlineOn, late, nonApplicable } = row
  const since = version?.review?.at ?? version?.decidedAt ?? version?.depositedAt
  return {
    situation,
    member: owner.name,
    level: SCOPE_WORDS[owner.scope],
    finess: owner.finess,
    og: owner.ogName,
    piece: row.pieceName,
    required: row.required,
    late,
    deadlineOn,
    version: version?.number ?? null,
    since: since === undefined ? (late && edition === 'porteur' ? dayCell(deadlineOn) : null) : clock(since),
    motive: nonApplicable
      ? requestWords(nonApplicable)
      : edition === 'ars' && row.state === 'refusee'
        ? 'Le porteur n’a pas retenu ce qui était déposé.'
        : row.motive,
  }
}

/** What a member said of a piece that does not concern it, and the answer. */
function requestWords({
  reason,
  askedBy,
  decision,
  motive,
}: NonNullable<DossierRow['nonApplicable']>): string {
  const answer = {
    confirmee: 'Confirmé par le porteur.',
    refusee: `Refusé par le porteur : ${motive ?? 'motif non précisé'}`,
  }
  return (
    `Dit non applicable par ${askedBy} : ${reason}\n` +
    `${decision === null ? 'Le porteur n’a pas encore répondu.' : answer[decision]}`
  )
}

const MONO: CellStyle = { ...TEXT, font: { name: 'Consolas', size: 9 } }

export function fingerprintsSheet(plan: DossierPlan): Sheet {
  return tableSheet(plan, 'Empreintes', plan.entries, [
    { header: 'Fichier', width: 70, value: ({ path }) => ({ text: path, link: path }) },
    { header: 'Empreinte SHA-256', width: 68, style: MONO, value: entry => entry.sha256 },
    { header: 'Taille (octets)', width: 13, style: NUMBER, value: entry => entry.size },
    {
      header: 'Signature électronique',
      width: 24,
      value: entry => SIGNATURE_WORDS[entry.signature ?? 'unknown'],
    },
  ])
}

export function journalSheet(plan: DossierPlan, clock: Clock): Sheet {
  // What is sealed holds the journal of the dossier; the porteur's own stays with the porteur.
  const lines = editionOf(plan) === 'ars' ? (plan.dossierJournal ?? []) : plan.journal
  return tableSheet(plan, 'Journal', lines, [
    { header: 'Date', width: 18, value: entry => clock(entry.at), style: INSTANT },
    { header: 'Auteur', width: 34, value: entry => entry.actor },
    { header: 'Événement', width: 90, value: entry => entry.event },
  ])
}

/** What members and porteur said to each other; null when it was not read, or when nobody said anything. */
export function exchangesSheet(plan: DossierPlan, clock: Clock): Sheet | null {
  const { exchanges } = plan
  if (exchanges === undefined) return null
  const withheld = withheldSentence(exchanges)
  const lines: ReadonlyArray<Partial<Exchange>> = [
    ...exchanges.lines,
    ...(withheld === null ? [] : [{ text: withheld }]),
  ]
  if (lines.length === 0) return null
  return tableSheet(plan, 'Échanges', lines, [
    { header: 'Date', width: 18, value: ({ at }) => (at ? clock(at) : null), style: INSTANT },
    { header: 'Membre', width: 34, value: line => line.ownerName ?? null },
    { header: 'Pièce ou question', width: 34, value: line => line.about ?? null },
    { header: 'De', width: 26, value: line => line.author ?? null },
    { header: 'Nature', width: 24, value: ({ kind }) => (kind === undefined ? null : EXCHANGE_WORDS[kind]) },
    { header: 'Texte', width: 80, value: line => line.text ?? null },
  ])
}

/** What the ARS said of earlier versions, and what answers it here. */
export function instructionSheet(plan: DossierPlan, clock: Clock): Sheet {
  return tableSheet(
    plan,
    'Instruction',
    instructionLines(plan),
    [
      { header: 'Date', width: 18, value: line => clock(line.at), style: INSTANT },
      { header: 'ARS', width: 26, value: line => line.actor },
      { header: 'Version du dossier', width: 11, style: NUMBER, value: line => line.sealNumber },
      { header: 'Pièce', width: 32, value: line => line.piece },
      { header: 'Membre', width: 32, value: line => line.member },
      { header: 'Dépôt lu', width: 9, style: NUMBER, value: line => line.deposit },
      { header: 'Décision', width: 22, value: line => line.decision },
      { header: 'Motif ou note', width: 50, value: line => line.text },
      { header: 'À déposer avant', width: 13, style: DAY, value: line => dayCell(line.deadlineOn) },
      { header: 'Réponse dans cette version', width: 28, value: line => line.answer },
      { header: 'Preuve', width: 40, value: line => line.proof },
    ],
    {
      colours: {
        G: [
          ['✓', COLOURS.good],
          ['↺', COLOURS.bad],
        ],
      },
    },
  )
}
