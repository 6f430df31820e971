/** The text files of a dossier, drawn from its plan. */
import type { Instant } from '../domain/call.ts'
import type { DossierPlan, DossierRow } from '../domain/dossier-plan.ts'
import {
  countWords,
  dayWords,
  FICTIONAL_WORDS,
  ownerWords,
  SCANNED_WORDS,
  SET_ASIDE_WORDS,
} from './dossier-words.ts'
import { wallClockIn } from './wall-clock.ts'

/**
 * What `sha256sum -c` reads: one line per file, bare LF and no byte-order mark, which it would take for names.
 * Paths of a plan are plain ASCII, so none needs the escapes of that format.
 */
export function checksumText(files: readonly { path: string; sha256: string }[]): string {
  return files.map(({ path, sha256 }) => `${sha256}  ${path}\n`).join('')
}

/**
 * `_MANQUANTS.txt`, or null when nothing is missing. Begins with a byte-order mark and ends lines with CRLF: Notepad
 * before Windows 10 1809 needs both, and no Linux or macOS editor minds either.
 */
export function missingText(plan: DossierPlan): string | null {
  if (plan.gaps.length === 0 && plan.setAside.length === 0) return null
  const clock = wallClockIn(plan.timeZone)
  const at: Speak = instant => {
    const [day = '', time = ''] = clock(instant).toISOString().split('T')
    return `${dayWords(day)} à ${time.slice(0, 5)}`
  }
  const lines = [...title(plan, at), ...gaps(plan, at), ...uncontrolled(plan), ...setAside(plan, at)]
  return `\uFEFF${lines.map(onOneLine).join('\r\n')}\r\n`
}

/** An instant as `15/09/2023 à 18:30`, on the clock of the call. */
type Speak = (instant: Instant) => string

/** What a person typed must neither add lines nor turn the rest of one around. */
function onOneLine(line: string): string {
  return line.replace(/[\p{Cc}\u2028-\u202E\u2066-\u2069]+/gu, ' ')
}

function title(plan: DossierPlan, at: Speak): string[] {
  const required = plan.gaps.filter(row => row.required)
  const late = required.filter(row => row.late).length
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
    plan.complete
      ? 'Toutes les pièces obligatoires sont dans ce dossier. Ce qui suit a été déposé, mais n’y est pas.'
      : `Ce dossier est INCOMPLET : ${missing}${late > 0 ? `, dont ${late} en retard` : ''}.`,
  ]
}

function gaps(plan: DossierPlan, at: Speak): string[] {
  return plan.gaps.flatMap((row, i) => {
    const { owner } = row
    const sentences = gapSentences(row, at)
    if (owner.folder === plan.gaps[i - 1]?.owner.folder) return sentences
    const og = owner.scope === 'esms' ? [`Organisme gestionnaire : ${owner.ogName}`] : []
    return ['', ownerWords(owner), ...og, ...sentences]
  })
}

function gapSentences(
  { pieceName, required, version, late, deadlineOn, awaitsScan }: DossierRow,
  at: Speak,
): string[] {
  const name = required ? pieceName : `${pieceName} (facultative)`
  const deadline =
    deadlineOn === null
      ? 'date limite non connue'
      : `date limite ${late ? 'dépassée depuis le' : 'le'} ${dayWords(deadlineOn)}`
  if (version === null) return [`  - ${name} : non déposée, ${deadline}.`]
  if (awaitsScan) {
    return [
      `  - ${name} : version ${version.number} déposée le ${at(version.depositedAt)}, en attente de l’antivirus, hors du dossier jusque-là.`,
    ]
  }
  const since = version.decidedAt === null ? '' : ` le ${at(version.decidedAt)}`
  return [
    `  - ${name} : version ${version.number} refusée${since}, nouvelle version attendue, ${deadline}.`,
    `    Motif : ${version.motive ?? 'non précisé'}`,
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
