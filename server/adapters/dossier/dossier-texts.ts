/** The text files of a dossier, drawn from its plan. */

import type { Instant } from '../../domain/call.ts'
import { DOSSIER_WORDS } from '../../domain/completeness.ts'
import {
  awaitedWords,
  completenessOf,
  type DossierPlan,
  type DossierRow,
  unsettledRows,
} from '../../domain/dossier-plan.ts'
import { absenceOf, type Edition, editionOf } from '../../domain/edition.ts'
import { VERDICT_WORDS } from '../../domain/eligibility.ts'
import {
  MANIFEST_PATH,
  type PieceChange,
  type SealChanges,
  type SealMark,
  WORKBOOK_PATH,
} from '../../domain/seal.ts'
import { becameOf } from '../../domain/seal-mark.ts'
import {
  countWords,
  dayWords,
  FICTIONAL_WORDS,
  instantWords,
  ownerWords,
  porteurFacts,
  SCANNED_WORDS,
  SET_ASIDE_WORDS,
  unsettledSentence,
} from './dossier-words.ts'

/**
 * What `sha256sum -c` reads: one line per file, bare LF and no byte-order mark, which it would take for
 * names. Paths of a plan are plain ASCII, so none needs the escapes of that format.
 */
export function checksumText(files: readonly { path: string; sha256: string }[]): string {
  return files.map(({ path, sha256 }) => `${sha256}  ${path}\n`).join('')
}

/**
 * `_MANQUANTS.txt`, or null when nothing is missing. Begins with a byte-order mark and ends lines with CRLF:
 * Notepad before Windows 10 1809 needs both, and no Linux or macOS editor minds either.
 */
export function missingText(plan: DossierPlan, edition: Edition = editionOf(plan)): string | null {
  const at = instantWords(plan.timeZone)
  const forPorteur = edition === 'porteur'
  const aside = forPorteur ? setAside(plan, at) : []
  const told = [...plan.gaps, ...aside, ...unsettled(plan), ...complements(plan), ...notApplicable(plan)]
  if (told.length === 0) return null
  const lines = [
    ...title(plan, at, edition),
    ...gaps(plan, row => (forPorteur ? gapSentences(row, at) : [arsGapSentence(row)])),
    ...unsettled(plan),
    ...complements(plan),
    ...(forPorteur ? uncontrolled(plan) : []),
    ...notApplicable(plan),
    ...aside,
  ]
  return `\uFEFF${lines.map(onOneLine).join('\r\n')}\r\n`
}

/**
 * `00_A_LIRE.txt`, the cover of a sealed version: what it is, its seal, what changed, how to check it.
 * Byte-order mark and line ends as in `_MANQUANTS.txt`.
 */
export function coverText(plan: DossierPlan, seal: SealMark): string {
  const lines = [
    `DOSSIER DE LA GRAPPE ${plan.grappeName}`,
    plan.callTitle,
    ...(plan.fictional ? [FICTIONAL_WORDS] : []),
    '',
    `Version ${seal.number}, scellée le ${instantWords(plan.timeZone)(plan.takenAt)} ` +
      `(fuseau ${plan.timeZone}) par ${seal.sealedBy}.`,
    {
      complet: 'Dossier complet : toutes les pièces obligatoires y sont.',
      incomplet: 'Dossier INCOMPLET : le fichier _MANQUANTS.txt dit ce qui manque.',
      'a-verifier': `Dossier À VÉRIFIER : ${unsettledSentence(plan)} Voyez _MANQUANTS.txt.`,
    }[completenessOf(plan)],
    `Éligibilité : ${VERDICT_WORDS[plan.verdict.status].toLowerCase()} (détail dans ${WORKBOOK_PATH}).`,
    `Fichiers déposés : ${plan.entries.length}.`,
    '',
    ...porteurFacts(plan).map(([label, value]) => `${label} : ${value}`),
    ...(seal.changes === null ? [] : ['', ...changeWords(seal.changes)]),
    '',
    'SCEAU DE CETTE VERSION',
    seal.hash,
    '',
    `C’est l’empreinte SHA-256 du fichier ${MANIFEST_PATH}, qui liste chaque fichier ` +
      'déposé avec son empreinte,',
    'l’instant, le verdict et ce qui manque. Comparez-le à celui du message qui vous a ' +
      'été envoyé. Ce texte, le',
    'classeur et les autres fichiers sont couverts par SHA256SUMS.',
    '',
    'VÉRIFIER CE DOSSIER',
    'Linux et macOS : sha256sum -c SHA256SUMS, puis sha256sum 00_SCEAU.txt, dans le dossier décompressé.',
    'Windows : certutil -hashfile 00_SCEAU.txt SHA256.',
    'Sans rien installer : la page « Vérifier » du service qui a remis ce dossier. Rien ne lui est envoyé.',
  ]
  return `\uFEFF${lines.map(onOneLine).join('\r\n')}\r\n`
}

/** What changed since the version before, one sentence a line. */
export function changeWords(changes: SealChanges): string[] {
  const { added, replaced, removed, verdict } = changes
  const became = becameOf(changes)
  const piece = ({ ownerName, pieceName }: PieceChange) => `${ownerName} : ${pieceName}`
  const lines = [
    ...added.map(change => `  + ${piece(change)}, ajoutée (version ${change.to})`),
    ...replaced.map(change => `  ~ ${piece(change)}, version ${change.from} remplacée par la ${change.to}`),
    ...removed.map(change => `  - ${piece(change)}, n’y est plus (version ${change.from})`),
    ...(verdict === null
      ? []
      : [`  Éligibilité : ${VERDICT_WORDS[verdict.from]}, puis ${VERDICT_WORDS[verdict.to]}`]),
    ...(became === null ? [] : [`  Le dossier est devenu ${DOSSIER_WORDS[became]}.`]),
  ]
  return [
    `DEPUIS LA VERSION ${changes.since}`,
    ...(lines.length === 0 ? ['  Ni les pièces ni le verdict n’ont changé.'] : lines),
  ]
}

/** An instant as `15/09/2023 à 18:30`, on the clock of the call. */
type Speak = (instant: Instant) => string

/** What a person typed must neither add lines nor turn the rest of one around. */
export function onOneLine(line: string): string {
  return line.replace(/[\p{Cc}\u2028-\u202E\u2066-\u2069]+/gu, ' ')
}

function title(plan: DossierPlan, at: Speak, edition: Edition): string[] {
  const required = plan.gaps.filter(row => row.required)
  const late = edition === 'ars' ? 0 : required.filter(row => row.late).length
  const missing = countWords(required.length, 'pièce obligatoire manque', 'pièces obligatoires manquent')
  return [
    'PIÈCES MANQUANTES',
    '',
    plan.grappeName,
    plan.callTitle,
    ...(plan.fictional ? [FICTIONAL_WORDS] : []),
    `État au ${at(plan.takenAt)} (fuseau ${plan.timeZone}).`,
    plan.antivirus ? SCANNED_WORDS.yes : SCANNED_WORDS.no,
    '',
    {
      complet:
        'Toutes les pièces obligatoires sont dans ce dossier. Ce qui suit n’y est pas, ou reste à compléter.',
      incomplet: `Ce dossier est INCOMPLET : ${missing}${late > 0 ? `, dont ${late} en retard` : ''}.`,
      'a-verifier': `Ce dossier est À VÉRIFIER : ${unsettledSentence(plan)}`,
    }[completenessOf(plan)],
  ]
}

function gaps(plan: DossierPlan, tell: (row: DossierRow) => string[]): string[] {
  return plan.gaps.flatMap((row, i) => {
    const { owner } = row
    const sentences = tell(row)
    if (owner.folder === plan.gaps[i - 1]?.owner.folder) return sentences
    const og = owner.scope === 'esms' ? [`Organisme gestionnaire : ${owner.ogName}`] : []
    return ['', ownerWords(owner), ...og, ...sentences]
  })
}

function gapSentences(row: DossierRow, at: Speak): string[] {
  const { pieceName, required, version, late, deadlineOn, awaitsScan, nonApplicable } = row
  const name = required ? pieceName : `${pieceName} (facultative)`
  const deadline =
    deadlineOn === null
      ? 'date limite non connue'
      : `date limite ${late ? 'dépassée depuis le' : 'le'} ${dayWords(deadlineOn)}`
  if (version === null) {
    const asked = nonApplicable === null ? '' : `, dite non applicable par ${nonApplicable.askedBy}`
    return [`  - ${name} : non déposée${asked}, ${deadline}.`]
  }
  if (awaitsScan) {
    return [`  - ${name} : version ${version.number} déposée, en attente de l’antivirus, ${deadline}.`]
  }
  const since = version.decidedAt === null ? '' : ` le ${at(version.decidedAt)}`
  return [
    `  - ${name} : version ${version.number} refusée${since}, nouvelle version attendue, ${deadline}.`,
    `    Motif : ${version.motive ?? 'non précisé'}`,
  ]
}

/** What came between the porteur and its member, and their own dates, is not the reviewer's. */
function arsGapSentence(row: DossierRow): string {
  const { pieceName, state, nonApplicable } = row
  const asked = nonApplicable === null ? '' : ', dite non applicable par le membre'
  const refused = state === 'refusee' ? ', le porteur n’a pas retenu ce qui était déposé' : ''
  switch (absenceOf(row)) {
    case 'antivirus':
      return `  - ${pieceName} : déposée, en attente de l’antivirus.`
    case 'facultative':
      return `  - ${pieceName} (facultative) : non jointe${refused}.`
    default:
      return `  - ${pieceName} : absente${asked}${refused}.`
  }
}

function unsettled(plan: DossierPlan): string[] {
  const rows = unsettledRows(plan)
  if (rows.length === 0) return []
  return [
    '',
    `ON NE SAIT PAS SI ELLES SONT DUES (${countWords(rows.length, 'pièce')})`,
    ...rows.map(row => `  - ${row.owner.name} : ${row.pieceName}, attend : ${awaitedWords(row, plan)}.`),
  ]
}

function uncontrolled(plan: DossierPlan): string[] {
  const rows = plan.rows.filter(row => row.state === 'deposee' && !row.awaitsScan)
  if (rows.length === 0) return []
  return [
    '',
    `DANS LE DOSSIER, MAIS PAS ENCORE CONTRÔLÉES PAR LE PORTEUR (${countWords(rows.length, 'pièce')})`,
    ...rows.map(({ owner, pieceName, version }) => {
      return `  - ${owner.name} : ${pieceName}, version ${version?.number ?? 0}`
    }),
  ]
}

function complements(plan: DossierPlan): string[] {
  const rows = plan.rows.filter(row => row.state === 'complement')
  if (rows.length === 0) return []
  return [
    '',
    `DANS LE DOSSIER, MAIS L’ARS DEMANDE UN COMPLÉMENT (${countWords(rows.length, 'pièce')})`,
    ...rows.map(({ owner, pieceName, version, motive }) => {
      return (
        `  - ${owner.name} : ${pieceName}, version ${version?.number ?? 0} ; motif : ` +
        `${motive ?? 'non précisé'}`
      )
    }),
  ]
}

function notApplicable(plan: DossierPlan): string[] {
  const rows = plan.rows.filter(row => row.state === 'non-applicable')
  if (rows.length === 0) return []
  return [
    '',
    `NON APPLICABLES, CONFIRMÉES PAR LE PORTEUR (${countWords(rows.length, 'pièce')})`,
    ...rows.map(({ owner, pieceName, nonApplicable }) => {
      return `  - ${owner.name} : ${pieceName} ; raison : ${nonApplicable?.reason ?? 'non précisée'}`
    }),
  ]
}

function setAside(plan: DossierPlan, at: Speak): string[] {
  if (plan.setAside.length === 0) return []
  return [
    '',
    `DÉPOSÉES, MAIS LAISSÉES HORS DU DOSSIER (${countWords(plan.setAside.length, 'pièce')})`,
    ...plan.setAside.map(({ ownerName, pieceName, reason, versionNumber, depositedAt }) => {
      const deposit = `version ${versionNumber} déposée le ${at(depositedAt)}`
      return `  - ${ownerName} : ${pieceName}, ${deposit} ; ${SET_ASIDE_WORDS[reason]}.`
    }),
  ]
}
