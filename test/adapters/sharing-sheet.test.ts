/** The sheet Répartition: the domain's figures as values, and formulas that find them again in LibreOffice. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import ExcelJS from 'exceljs'
import { describe, expect, it } from 'vitest'
import { drawWorkbook } from '../../server/adapters/workbook/workbook.ts'
import { type DossierPlan, planDossier } from '../../server/domain/dossier-plan.ts'
import type { AppliedKey, KeyPart, SharingFacts, SharingKey } from '../../server/domain/sharing/key.ts'
import { share } from '../../server/domain/sharing/share.ts'
import { aSnapshot } from '../domain/dossier-sample.ts'

const MEMBERS = [12, 35, 80, 7, 64, 41, 29]

const facts: SharingFacts = {
  ogs: [0, 1, 2].map(at => ({ id: `og-${at}`, name: `Association ${at}` })),
  esms: MEMBERS.map((capacite, at) => ({
    id: `esms-${at}`,
    ogId: `og-${at % 3}`,
    name: `EHPAD ${at}`,
    projet: at % 2 === 0 ? ('acquisition' as const) : ('mise-en-conformite' as const),
    capacite,
  })),
  money: [
    { projet: 'acquisition', euros: 25_000, origin: 'Source : AAP' },
    { projet: 'mise-en-conformite', euros: 10_000, origin: 'Source : AAP' },
  ],
  mostFunded: null,
}

const cost = (cents: number, projet: SharingKey['costs'][number]['projet'] = null) => ({
  label: '=Licences',
  kind: 'logiciel' as const,
  cents,
  projet,
})
const part = (measure: KeyPart['measure'], points: number): KeyPart => ({ measure, points })
const measures = Object.fromEntries(
  MEMBERS.map((_, at) => [`esms-${at}`, { heures: 3 + 6 * at, bulletins: 11 * (at + 1), usagers: 17 + at }]),
)
const BASE: SharingKey = {
  costs: [cost(10_000_001), cost(777_777, 'acquisition'), cost(333_331, 'mise-en-conformite')],
  between: 'esms',
  rule: {
    kind: 'parts',
    parts: [part('egale', 3333), part('places', 4167), part('bulletins', 2500)],
    capCents: null,
    called: null,
  },
  outside: null,
  subsidy: null,
  measures,
  source: null,
}
const rule = (capCents: number | null, parts: KeyPart[], called: { cents: number } | null = null) => ({
  kind: 'parts' as const,
  parts,
  capCents,
  called: called && { ...called, nothingUnder: 7, atMost: 35 },
})

/** Every way in which a key may be written. */
const KEYS: Readonly<Record<string, SharingKey>> = {
  parts: BASE,
  'og, called, settled': {
    ...BASE,
    between: 'og',
    rule: rule(null, [part('heures', 10_000)], { cents: 2533 }),
    outside: { by: 'les usagers', points: 801 },
    subsidy: { kind: 'porteur', cents: 2_000_003, basis: 'Courrier' },
  },
  capped: { ...BASE, rule: rule(1_800_000, BASE.rule.kind === 'parts' ? [...BASE.rule.parts] : []) },
  'capped to the last cent': {
    ...BASE,
    costs: [cost(6_999_999)],
    rule: rule(1_000_000, [part('places', 10_000)]),
    subsidy: { kind: 'appel' },
  },
  'all alike': { ...BASE, costs: [cost(1_000_000)], rule: rule(null, [part('esms', 10_000)]) },
  flat: { ...BASE, rule: { kind: 'forfait', rate: { cents: 2500, nothingUnder: 7, atMost: 35 } } },
  'flat, by og': {
    ...BASE,
    between: 'og',
    rule: { kind: 'forfait', rate: { cents: 2500, nothingUnder: null, atMost: null } },
    subsidy: { kind: 'porteur', cents: 333_333, basis: 'Courrier' },
  },
}

const planOf = (key: SharingKey, version: number | null = null): DossierPlan =>
  planDossier({ ...aSnapshot(), sharing: { key, facts } satisfies AppliedKey }, version)

const WANTED = [
  'Part des coûts',
  'Payé en cours d’année',
  'Régularisation',
  'Subvention attendue',
  'Reste à payer',
]

/** What the sheet gives each, by the words of the columns that are read, in cents. */
async function figuresIn(bytes: Uint8Array): Promise<Record<string, number[]>> {
  const workbook = new ExcelJS.Workbook()
  await workbook.xlsx.load(new Uint8Array(bytes).buffer)
  const sheet = workbook.getWorksheet('Répartition') ?? expect.fail('no sheet')
  const found: Record<string, number[]> = {}
  let columns: string[] | null = null
  sheet.eachRow(row => {
    const first = row.getCell(1).text
    if (first === 'Qui paie') {
      columns = Array.from({ length: sheet.columnCount }, (_, i) => row.getCell(i + 1).text)
    } else if (columns !== null && first !== 'Total' && !first.startsWith('Coûts à partager')) {
      for (const [i, header] of columns.entries()) {
        if (!WANTED.includes(header)) continue
        found[header] = [...(found[header] ?? []), Math.round(Number(row.getCell(i + 1).result) * 100)]
      }
    }
  })
  return found
}

function expected(key: SharingKey): Record<string, number[]> {
  const shared = share(key, facts)
  if (!shared.ok) throw new Error(JSON.stringify(shared.gaps))
  const { shares, totals } = shared
  const of = (read: (each: (typeof shares)[number]) => number | null) => shares.map(each => read(each) ?? 0)
  return {
    'Part des coûts': of(({ costs }) => costs),
    ...(totals.called === null
      ? {}
      : {
          'Payé en cours d’année': of(({ called }) => called),
          Régularisation: of(({ settled }) => settled),
        }),
    ...(totals.subsidy === null
      ? {}
      : { 'Subvention attendue': of(({ subsidy }) => subsidy), 'Reste à payer': of(({ own }) => own) }),
  }
}

describe('the sheet Répartition', () => {
  it.each(Object.entries(KEYS))('holds the figures of the domain: %s', async (_, key) => {
    expect(await figuresIn(await drawWorkbook(planOf(key)))).toEqual(expected(key))
  })

  it('says what is not known, and computes nothing', async () => {
    const workbook = new ExcelJS.Workbook()
    const bytes = await drawWorkbook(planOf({ ...BASE, measures: {} }))
    await workbook.xlsx.load(new Uint8Array(bytes).buffer)
    const told: string[] = []
    workbook.getWorksheet('Répartition')?.eachRow(row => told.push(row.getCell(1).text))
    expect(told).toContain('EHPAD 0 : nombre de bulletins de paie inconnu, que rien ne remplace.')
    expect(told).not.toContain('Qui paie')
  })

  it('is the porteur’s own: no version to be sealed holds the key, nor its workbook the sheet', async () => {
    const sealed = planOf(BASE, 1)
    expect(sealed.sharing).toBeNull()
    expect(JSON.stringify(sealed)).not.toContain('Licences')
    const workbook = new ExcelJS.Workbook()
    await workbook.xlsx.load(new Uint8Array(await drawWorkbook(sealed)).buffer)
    expect(workbook.getWorksheet('Répartition')).toBeUndefined()
  })
})

const soffice = ['/usr/bin/soffice', '/usr/local/bin/soffice'].find(existsSync)

/**
 * The same workbook without what its formulas give, so that whoever opens it has to compute it.
 *
 * @param euros typed over the amount of the first cost, as a porteur would; null leaves it.
 */
async function withoutValues(bytes: Buffer, euros: number | null = null): Promise<Buffer> {
  const workbook = new ExcelJS.Workbook()
  await workbook.xlsx.load(new Uint8Array(bytes).buffer)
  for (const sheet of workbook.worksheets) {
    sheet.eachRow(row =>
      row.eachCell(cell => {
        if (cell.formula) cell.value = { formula: cell.formula } as ExcelJS.CellFormulaValue
      }),
    )
  }
  if (euros !== null) {
    let isTyped = false
    workbook.getWorksheet('Répartition')?.eachRow(row => {
      if (isTyped || row.getCell(1).text !== '=Licences') return
      row.getCell(4).value = euros
      isTyped = true
    })
    expect(isTyped).toBe(true)
  }
  return Buffer.from(await workbook.xlsx.writeBuffer())
}

describe.skipIf(soffice === undefined)(
  `computed by LibreOffice${soffice ? '' : ' (soffice is not installed)'}`,
  () => {
    it('gives the same figures to the cent, whatever the key', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'sharing-office-'))
      try {
        const files: string[] = []
        for (const [at, key] of Object.values(KEYS).entries()) {
          const file = join(folder, `key-${at}.xlsx`)
          const blank = await withoutValues(await drawWorkbook(planOf(key)))
          expect(
            Object.values(await figuresIn(blank))
              .flat()
              .every(Number.isNaN),
          ).toBe(true)
          await writeFile(file, blank)
          files.push(file)
        }
        const changed = join(folder, 'changed.xlsx')
        await writeFile(changed, await withoutValues(await drawWorkbook(planOf(BASE)), 123_456.78))
        files.push(changed)
        await promisify(execFile)(soffice ?? '', [
          `-env:UserInstallation=file://${folder}/profil`,
          ...[
            '--headless',
            '--convert-to',
            'xlsx:Calc MS Excel 2007 XML',
            '--outdir',
            join(folder, 'computed'),
          ],
          ...files,
        ])
        for (const [at, [name, key]] of Object.entries(KEYS).entries()) {
          const computed = await readFile(join(folder, 'computed', `key-${at}.xlsx`))
          expect([name, await figuresIn(computed)]).toEqual([name, expected(key)])
        }
        const costs = [cost(12_345_678), ...BASE.costs.slice(1)]
        const again = await readFile(join(folder, 'computed', 'changed.xlsx'))
        expect(await figuresIn(again)).toEqual(expected({ ...BASE, costs }))
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    }, 180_000)
  },
)
