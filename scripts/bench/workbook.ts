/**
 * `npm run bench:workbook`: the workbook of 2,000 members × 20 pieces, beside exceljs (buffered) writing the
 * same cells, styles and links. Each run is a process of its own. `-- --small` only proves that the benchmark
 * works.
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import ExcelJS, { type Cell as ExcelCell } from 'exceljs'
import { drawWorkbook, layOutWorkbook } from '../../server/adapters/workbook/workbook.ts'
import type { CellStyle } from '../../server/adapters/workbook/xlsx-writer.ts'
import { isLink, MAX_LINKS_PER_SHEET } from '../../server/adapters/workbook/xlsx-writer.ts'
import type { DossierPlan } from '../../server/domain/dossier-plan.ts'
import { largePlan } from './large-plan.ts'
import { peakRssMib } from './peak-memory.ts'

const KINDS = ['plan', 'exceljs', 'workbook'] as const
type Kind = (typeof KINDS)[number]

interface Run {
  seconds: number
  peakRssMib: number
  bytes: number
}

/** exceljs' form of each style, made once. */
const dressed = new Map<CellStyle, Partial<ExcelCell['style']>>()

if (process.argv[2] === 'draw')
  await draw(process.argv[3] as Kind, Number(process.argv[4]), Number(process.argv[5]))
else await measure(process.argv.includes('--small'))

/** One drawing of a plan made in the same process, as a download does. `plan` makes it and draws nothing. */
async function draw(kind: Kind, members: number, pieces: number) {
  const plan = largePlan(members, pieces, rank => ({
    sha256: createHash('sha256').update(String(rank)).digest('hex'),
    crc32: rank,
    size: 100_000 + rank,
    mediaType: 'application/pdf',
  }))
  const startedAt = performance.now()
  const bytes = kind === 'plan' ? 0 : kind === 'workbook' ? await drawWorkbook(plan) : await withExceljs(plan)
  const run: Run = {
    seconds: (performance.now() - startedAt) / 1000,
    peakRssMib: peakRssMib(),
    bytes: typeof bytes === 'number' ? bytes : bytes.length,
  }
  console.log(JSON.stringify(run))
}

async function withExceljs(plan: DossierPlan): Promise<Buffer> {
  const workbook = new ExcelJS.Workbook()
  for (const { name, widths, lines } of layOutWorkbook(plan).sheets) {
    const sheet = workbook.addWorksheet(name)
    for (const [i, width] of widths.entries()) sheet.getColumn(i + 1).width = width
    let row = 0
    let linksLeft = MAX_LINKS_PER_SHEET
    for (const { height, cells } of lines) {
      row++
      sheet.getRow(row).height = height
      for (const [i, { value, style }] of cells.entries()) {
        const cell = sheet.getCell(row, i + 1)
        // A dossier of this size has no key, so no formula.
        if (value !== null && typeof value === 'object' && 'formula' in value) cell.value = value.value
        else if (!isLink(value)) cell.value = value
        else cell.value = linksLeft-- > 0 ? { text: value.text, hyperlink: value.link } : value.text
        dress(cell, style)
      }
    }
  }
  return Buffer.from(await workbook.xlsx.writeBuffer({ zip: { compressionOptions: { level: 1 } } } as object))
}

function dress(cell: ExcelCell, style: CellStyle) {
  const known = dressed.get(style)
  if (known) {
    cell.style = known
    return
  }
  const { name, size, bold = false, underline = false, colour = 'FF000000' } = style.font
  const line = { style: 'thin', color: { argb: style.border ?? '' } } as const
  const made: Partial<ExcelCell['style']> = {
    font: { name, size, bold, underline, color: { argb: colour } },
    alignment: { vertical: style.vertical, horizontal: style.horizontal ?? 'left', wrapText: true },
    numFmt: style.numFmt ?? 'General',
    ...(style.border ? { border: { top: line, bottom: line, left: line, right: line } } : {}),
    ...(style.fill ? { fill: { type: 'pattern', pattern: 'solid', fgColor: { argb: style.fill } } } : {}),
  }
  dressed.set(style, made)
  cell.style = made
}

async function measure(small: boolean) {
  const [members, pieces, times] = small ? [20, 5, 1] : [2000, 20, 5]
  const runs: Record<Kind, Run[]> = { plan: [], exceljs: [], workbook: [] }
  for (let time = 0; time < times; time++) {
    for (const kind of KINDS) runs[kind].push(await inProcess(kind, members, pieces))
  }
  const seconds = (kind: Kind) => median(runs[kind].map(run => run.seconds))
  const peak = (kind: Kind) => Math.max(...runs[kind].map(run => run.peakRssMib))
  console.log(
    `| ${members} members × ${pieces} pieces, ${times} runs | median s | spread s | peak MiB | MB |`,
  )
  console.log('|---|---|---|---|---|')
  for (const kind of KINDS) {
    const all = runs[kind].map(run => run.seconds)
    const spread = `${Math.min(...all).toFixed(2)}-${Math.max(...all).toFixed(2)}`
    const megabytes = (runs[kind][0]?.bytes ?? 0) / 1e6
    console.log(
      `| ${kind} | ${seconds(kind).toFixed(2)} | ${spread} | ` +
        `${peak(kind).toFixed(0)} | ${megabytes.toFixed(1)} ` +
        '|',
    )
  }
  console.log(
    JSON.stringify({
      vs_exceljs: Number((seconds('exceljs') / seconds('workbook')).toFixed(2)),
      seconds: Number(seconds('workbook').toFixed(2)),
      peak_rss_mib: Math.round(peak('workbook')),
      peak_rss_plan_only_mib: Math.round(peak('plan')),
      peak_rss_exceljs_mib: Math.round(peak('exceljs')),
    }),
  )
}

async function inProcess(kind: Kind, members: number, pieces: number): Promise<Run> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...process.execArgv,
    fileURLToPath(import.meta.url),
    'draw',
    kind,
    String(members),
    String(pieces),
  ])
  return JSON.parse(stdout)
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}
