/** The sheets of the governance: what they hold, who reads them, and that LibreOffice opens them. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import ExcelJS from 'exceljs'
import { describe, expect, it } from 'vitest'
import { drawWorkbook } from '../../server/adapters/workbook/workbook.ts'
import { planDossier } from '../../server/domain/dossier-plan.ts'
import { type GovernanceValues, NO_GOVERNANCE } from '../../server/domain/governance/governance.ts'
import { aSnapshot } from '../domain/dossier-sample.ts'
import { HARD_WORDS, hardGovernance } from '../support/governance.ts'

const SHEETS = ['Gouvernance', 'Rôles', 'COPIL', 'Risques', 'Facteurs', 'Décisions']

const snapshot = aSnapshot()
const governance = hardGovernance(snapshot.grappe.ogs.map(({ id }) => id))
const planOf = (values: GovernanceValues, version: number | null = null) =>
  planDossier({ ...snapshot, governance: values }, version)

async function open(bytes: Buffer): Promise<ExcelJS.Workbook> {
  const workbook = new ExcelJS.Workbook()
  await workbook.xlsx.load(new Uint8Array(bytes).buffer)
  return workbook
}

const cellOf = (workbook: ExcelJS.Workbook, sheet: string, address: string) =>
  workbook.getWorksheet(sheet)?.getCell(address)

function holdsEverything(workbook: ExcelJS.Workbook) {
  expect(workbook.worksheets.map(({ name }) => name).filter(name => SHEETS.includes(name))).toEqual(SHEETS)
  expect(workbook.getWorksheet('Risques')?.rowCount).toBe(201)
  expect(cellOf(workbook, 'Risques', 'B2')?.text).toBe('Personne')
  expect(cellOf(workbook, 'Risques', 'E2')?.text).toBe('les documents du programme ESMS numérique')
  expect(cellOf(workbook, 'Risques', 'E8')?.text).toBe('')
  expect(cellOf(workbook, 'Risques', 'C2')?.text).toBe(HARD_WORDS)
  expect(cellOf(workbook, 'COPIL', 'A2')?.value).toEqual(new Date('2026-12-01T00:00:00Z'))
  expect(cellOf(workbook, 'COPIL', 'F3')?.text).toBe('annulée')
  expect(cellOf(workbook, 'Facteurs', 'B3')?.text).toBe('non évalué')
  expect(cellOf(workbook, 'Décisions', 'E2')?.value).toBe(3)
  expect(cellOf(workbook, 'Rôles', 'D3')?.text).toBe(snapshot.grappe.ogs[0]?.name)
}

describe('the sheets of the governance', () => {
  it('hold each part, text staying text', async () => {
    holdsEverything(await open(await drawWorkbook(planOf(governance))))
  })

  it('are there only where something is written', async () => {
    const { worksheets } = await open(await drawWorkbook(planOf(NO_GOVERNANCE)))
    expect(worksheets.map(({ name }) => name).filter(name => SHEETS.includes(name))).toEqual([])
    const roles = await open(await drawWorkbook(planOf({ ...NO_GOVERNANCE, roles: governance.roles })))
    expect(roles.worksheets.map(({ name }) => name).filter(name => SHEETS.includes(name))).toEqual(['Rôles'])
  })

  it('are the porteur’s own: no version to be sealed holds any of it', async () => {
    const sealed = planOf(governance, 1)
    expect(sealed.governance).toBeNull()
    expect(JSON.stringify(sealed)).not.toContain('Directrice')
    const { worksheets } = await open(await drawWorkbook(sealed))
    expect(worksheets.map(({ name }) => name).filter(name => SHEETS.includes(name))).toEqual([])
  })
})

const soffice = ['/usr/bin/soffice', '/usr/local/bin/soffice'].find(existsSync)

describe.skipIf(soffice === undefined)(
  `by LibreOffice${soffice ? '' : ' (soffice is not installed)'}`,
  () => {
    it('they open, and hold the same once saved by it', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'governance-office-'))
      try {
        const file = join(folder, 'gouvernance.xlsx')
        await writeFile(file, await drawWorkbook(planOf(governance)))
        await promisify(execFile)(soffice ?? '', [
          `-env:UserInstallation=file://${folder}/profil`,
          ...['--headless', '--convert-to', 'xlsx:Calc MS Excel 2007 XML', '--outdir', join(folder, 'saved')],
          file,
        ])
        holdsEverything(await open(await readFile(join(folder, 'saved', 'gouvernance.xlsx'))))
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    }, 120_000)
  },
)
