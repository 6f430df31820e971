/** What an import of the FINESS registry took, replaced and left out, in numbers and in sentences. */
import { type RegistryDate, registryLabel } from './registry.ts'

/** A line of the file that was left out; for FINESS+, `line` is the rank of the legal entity. */
export interface RefusedLine {
  line: number
  reason: string
}

export interface RegistryReport extends RegistryDate {
  encodings: readonly string[]
  establishments: number
  openEstablishments: number
  legalEntities: number
  /** How many records of each other type were passed over. */
  skipped: ReadonlyMap<string, number>
  refusedCount: number
  /** The first hundred. */
  refused: readonly RefusedLine[]
  /** What was replaced; null the first time. */
  previous: (RegistryDate & { establishments: number }) | null
}

/** One French sentence a line, for the terminal and for the page. */
export function reportLines(report: RegistryReport): string[] {
  const { previous, skipped, encodings } = report
  const place = report.format === 'csv' ? 'ligne' : 'entité juridique n°'
  return [
    `Le ${registryLabel(report)} est importé : ${french(report.establishments)} ` +
      `établissements, dont ${french(report.openEstablishments)} ouverts, et ` +
      `${french(report.legalEntities)} ` +
      'entités juridiques.',
    ...(previous === null
      ? []
      : [`Il remplace le ${registryLabel(previous)} (${french(previous.establishments)} établissements).`]),
    ...(encodings.length > 1 ? [`Le fichier mêle plusieurs encodages : ${encodings.join(', ')}.`] : []),
    ...[...skipped].map(([type, count]) => `Enregistrements « ${type} » laissés de côté : ${french(count)}.`),
    `Lignes refusées : ${french(report.refusedCount)}.`,
    ...report.refused.map(({ line, reason }) => `  ${place} ${line} : ${reason}`),
    ...(report.refusedCount > report.refused.length
      ? [`  … et ${french(report.refusedCount - report.refused.length)} autres.`]
      : []),
  ]
}

function french(count: number): string {
  return count.toLocaleString('fr-FR')
}
