import { readFile } from 'node:fs/promises'
import { PassThrough, Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { finessRegistry, finessStructures, finessWords } from '../../schema/registry-tables.ts'
import { finessCsv, finessPlusJson } from '../../scripts/bench/generate-finess.ts'
import { importFile } from '../../scripts/finess.ts'
import type { OpenDatabase } from '../../server/adapters/database.ts'
import { readFinessRegistry } from '../../server/adapters/finess/finess-registry.ts'
import type { RegistryItem } from '../../server/domain/registry.ts'
import type { RegistryReport } from '../../server/domain/registry-report.ts'
import { trigrams } from '../../server/domain/search-words.ts'
import { importFinessRegistry } from '../../server/steps/eligibility/import-finess-registry.ts'
import { searchFiness } from '../../server/steps/eligibility/search-finess.ts'
import { lookUpFiness, readRegistryDate } from '../../server/steps/read/look-up-finess.ts'
import { openTestDatabase } from '../support/database.ts'

const fixture = (name: string) => readFile(new URL(`../fixtures/finess/${name}`, import.meta.url))
const itemsOf = (content: string | Buffer) =>
  readFinessRegistry(Readable.from([Buffer.from(content as string)]))
const now = () => new Date('2026-11-22T10:00:00Z')

const LINES = [
  line('010000024', 'E.H.P.A.D. LES LILAS', '01440 VIRIAT'),
  line('010000032', 'IME CHÂTEAU DE LA ROSERAIE', '01000 BOURG EN BRESSE'),
  line('010000040', 'FOYER ST JOSEPH', '20200 BASTIA'),
  line('010000057', 'RÉSIDENCE DU CŒUR', '69003 LYON CEDEX 03'),
]
function line(number: string, name: string, town: string): string {
  return `structureet;${number};010780054;${name};;;;12;R;DE LA PAIX;;;451;01;AIN;${town};;;500;EHPAD;4401;EHPAD;26010004500012;8610Z;03;ARS;1;PUBLIC;1979-02-13;1979-02-13;2020-02-04;`
}
const csv = (lines: readonly string[], day = '2026-05-12') =>
  `${[`finess;etalab;111;${day}`, ...lines].join('\n')}\n`

describe('the FINESS registry', () => {
  let database: OpenDatabase
  beforeAll(async () => {
    database = await openTestDatabase()
  })
  afterAll(() => database.close())
  beforeEach(async () => {
    for (const table of [finessRegistry, finessStructures, finessWords]) await database.db.delete(table)
  })

  /** Imports a file that must be accepted. */
  async function load(content: string | Buffer): Promise<RegistryReport> {
    const result = await importFinessRegistry({ db: database.db, now }, itemsOf(content))
    if (!result.ok) throw new Error(result.reason)
    return result.report
  }
  const find = async (number: string) => (await lookUpFiness(database.db, [number])).get(number)
  const names = async (text: string) => (await searchFiness(database.db, text)).hits.map(({ name }) => name)

  describe('an import', () => {
    it('says how much it took from the old CSV, and from when', async () => {
      expect(await load(await fixture('sample-cs1100502.csv'))).toEqual({
        format: 'csv',
        dataOn: '2026-05-12',
        encodings: ['UTF-8'],
        establishments: 5,
        openEstablishments: 5,
        legalEntities: 5,
        skipped: new Map(),
        refusedCount: 0,
        refused: [],
        previous: null,
      })
    })

    it('replaces the whole registry, and says which', async () => {
      await load(csv(LINES))
      const report = await load(await fixture('sample-finess-plus-structures.json'))
      expect(report).toMatchObject({
        format: 'finess-plus',
        dataOn: '2026-03-09',
        establishments: 2,
        openEstablishments: 1,
        legalEntities: 2,
        previous: { format: 'csv', dataOn: '2026-05-12', establishments: 4 },
      })
      expect((await find('010000024'))?.status).toBe('absent')
      expect(await names('lilas')).toEqual([])
    })

    it('takes thousands of structures in batches, and tells its progress', async () => {
      for (const parts of [finessCsv(5000), finessPlusJson(5000)]) {
        const progress: number[] = []
        const items = itemsOf([...parts].join(''))
        const result = await importFinessRegistry({ db: database.db, now }, items, count =>
          progress.push(count),
        )
        expect(result).toMatchObject({ ok: true, report: { establishments: 5000, refusedCount: 0 } })
        expect(progress.slice(0, 2)).toEqual([2000, 4000])
      }
    })

    it('refuses a number that comes twice, keeps the first hundred refusals and counts all', async () => {
      const report = await load(csv([...LINES, ...Array.from({ length: 150 }, () => LINES[0] ?? '')]))
      expect(report.refusedCount).toBe(150)
      expect(report.refused).toHaveLength(100)
      expect(report.refused[0]).toEqual({
        line: 6,
        reason: '010000024 : ce numéro est déjà présent plus haut dans le fichier.',
      })
    })

    it('counts records of other types without keeping more than a few names', async () => {
      const others = Array.from(
        { length: 30 },
        (_, index) => `type${'abcdefghij'[index % 10]}${'xyz'[index % 3]};1`,
      )
      const report = await load(csv([...LINES, 'geolocalisation;1', 'geolocalisation;2', ...others]))
      expect(report.skipped.get('geolocalisation')).toBe(2)
      expect(report.skipped.size).toBeLessThanOrEqual(21)
      expect([...report.skipped.values()].reduce((sum, count) => sum + count)).toBe(32)
    })

    it('changes nothing when the file is refused, even at its end', async () => {
      await load(csv(LINES))
      const cut = csv([
        ...Array.from({ length: 1500 }, (_, index) =>
          line(String(20000000 + index).padStart(9, '0'), 'A', ''),
        ),
        'x',
      ])
      for (const content of [cut.slice(0, -20), [...finessPlusJson(3000)].join('').slice(0, -10), '<html>']) {
        const result = await importFinessRegistry({ db: database.db, now }, itemsOf(content))
        expect(result).toMatchObject({ ok: false, reason: expect.stringContaining('Téléchargez') })
        expect(await names('lilas')).toEqual(['E.H.P.A.D. LES LILAS'])
        expect(await readRegistryDate(database.db)).toEqual({ format: 'csv', dataOn: '2026-05-12' })
      }
    })

    it('changes nothing when it is interrupted in the middle', async () => {
      await load(csv(LINES))
      async function* interrupted(): AsyncGenerator<RegistryItem> {
        let left = 4500
        for await (const item of itemsOf([...finessCsv(5000)].join(''))) {
          left -= 1
          if (left === 0) throw new Error('the upload was cut off')
          yield item
        }
      }
      await expect(importFinessRegistry({ db: database.db, now }, interrupted())).rejects.toThrow('cut off')
      expect(await names('lilas')).toEqual(['E.H.P.A.D. LES LILAS'])
      expect((await find('010000024'))?.registry).toEqual({ format: 'csv', dataOn: '2026-05-12' })
    })

    it('waits for its turn when another one is running', async () => {
      const [first, second] = await Promise.all([load([...finessCsv(3000)].join('')), load(csv(LINES))])
      expect([first.establishments, second.establishments]).toEqual([3000, 4])
      const [row] = await database.db.select().from(finessRegistry)
      expect(await database.db.$count(finessStructures, sql`kind = 'ET'`)).toBe(row?.establishments)
    })

    it('does not grow the tables for ever when it is repeated', async () => {
      const content = [...finessCsv(3000)].join('')
      const size = async () => {
        const [row] = await database.db
          .select({ bytes: sql<number>`pg_table_size('finess_structures')::int` })
          .from(finessRegistry)
        return row?.bytes ?? 0
      }
      await load(content)
      const once = await size()
      for (let time = 0; time < 5; time += 1) await load(content)
      // Old and new rows are there together until the transaction ends, then the old ones' place serves again.
      expect(await size()).toBeLessThan(once * 2.5)
    })
  })

  describe('a look-up', () => {
    it('says « non vérifié » as long as there is no registry', async () => {
      expect(await find('010000024')).toEqual({
        status: 'non-verifie',
        structure: null,
        ejName: null,
        ets: [],
        registry: null,
      })
    })

    it('tells open, closed, juridical and absent numbers apart, in one query', async () => {
      await load(await fixture('sample-finess-plus-structures.json'))
      const findings = await lookUpFiness(database.db, ['010780195', '010780211', '010000156', '2A0000016'])
      expect([...findings].map(([number, { status }]) => [number, status])).toEqual([
        ['010780195', 'ouvert'],
        ['010780211', 'ferme'],
        ['010000156', 'juridique'],
        ['2A0000016', 'absent'],
      ])
      expect(findings.get('010780195')).toMatchObject({
        structure: { number: '010780195', ejNumber: '010000156', categorie: '365', siret: '77220148900022' },
        ejName: 'CLINIQUE CONVERT',
        ets: [],
        registry: { format: 'finess-plus', dataOn: '2026-03-09' },
      })
    })

    it('offers the establishments of a juridical number, known by the old CSV too', async () => {
      await load(csv(LINES))
      const finding = await find('010780054')
      expect(finding).toMatchObject({ status: 'juridique', structure: { kind: 'EJ', name: null } })
      expect(finding?.ets.map(({ number }) => number)).toEqual([
        '010000024',
        '010000040',
        '010000032',
        '010000057',
      ])
    })

    it('takes 3,000 numbers at once, and none', async () => {
      await load(csv(LINES))
      const numbers = Array.from({ length: 3000 }, (_, index) => String(10000000 + index).padStart(9, '0'))
      const findings = await lookUpFiness(database.db, numbers)
      expect(findings.size).toBe(3000)
      expect([...findings.values()].filter(({ status }) => status === 'ouvert')).toHaveLength(4)
      expect((await lookUpFiness(database.db, [])).size).toBe(0)
    })
  })

  describe('a search', () => {
    beforeEach(() => load(csv(LINES)))

    it.each([
      ['ehpad viriat', 'E.H.P.A.D. LES LILAS'],
      ['E.H.P.A.D les lilas', 'E.H.P.A.D. LES LILAS'],
      ['lil 01440', 'E.H.P.A.D. LES LILAS'],
      ['chateau bourg-en-bresse', 'IME CHÂTEAU DE LA ROSERAIE'],
      ['Saint Joseph', 'FOYER ST JOSEPH'],
      ['residence coeur', 'RÉSIDENCE DU CŒUR'],
      ['Cœur Lyon', 'RÉSIDENCE DU CŒUR'],
    ])('« %s » finds %s', async (text, name) => {
      expect(await searchFiness(database.db, text)).toMatchObject({
        hits: [{ name }],
        approximate: false,
        registry: { format: 'csv', dataOn: '2026-05-12' },
      })
    })

    it.each([
      ['ehpad virait', 'E.H.P.A.D. LES LILAS'],
      ['roserie bourg', 'IME CHÂTEAU DE LA ROSERAIE'],
      ['foyer saint josef bastya', 'FOYER ST JOSEPH'],
      ['rezidence du coeur', 'RÉSIDENCE DU CŒUR'],
    ])('misspelt « %s » finds %s, and says that it guessed', async (text, name) => {
      expect(await searchFiness(database.db, text)).toMatchObject({ hits: [{ name }], approximate: true })
    })

    it('finds nothing for words that look like none, and does not mind odd input', async () => {
      for (const text of ['zzzzzz', '', "' | !", "'); drop table x; --", 'é'.repeat(5000), '\0']) {
        expect((await searchFiness(database.db, text)).hits).toEqual([])
      }
    })

    it('keeps to the limit and to the kind asked for', async () => {
      expect((await searchFiness(database.db, 'les', { limit: 1 })).hits).toHaveLength(1)
      expect((await searchFiness(database.db, 'lilas', { kind: 'EJ' })).hits).toEqual([])
    })

    it('cuts words in the database as in the code', async () => {
      const [row] = await database.db.select().from(finessWords).where(sql`word = 'roseraie'`)
      expect(row?.trigrams).toEqual(trigrams('roseraie'))
    })
  })

  it('the terminal prints the counts, or the reason and that nothing changed', async () => {
    const printed = async (name: string) => {
      const [out, progress] = [new PassThrough(), new PassThrough()]
      const path = fileURLToPath(new URL(`../fixtures/finess/${name}`, import.meta.url))
      const exitCode = await importFile(database.db, path, { out, progress })
      return { exitCode, text: String(out.read()), progress: String(progress.read()) }
    }
    expect(await printed('sample-cs1100502.csv')).toEqual({
      exitCode: 0,
      text: 'Le registre FINESS du mardi 12 mai 2026 est importé : 5 établissements, dont 5 ouverts, et 5 entités juridiques.\nLignes refusées : 0.\n',
      progress: '\r100 % lus, 5 structures\n',
    })
    const refusal = await printed('not-a-registry.html')
    expect(refusal.exitCode).toBe(1)
    expect(refusal.text).toContain('page web')
    expect(refusal.text).toContain('Le registre précédent est inchangé.')
    const resaved = await printed('resaved-by-excel.csv')
    expect(resaved.exitCode).toBe(1)
    expect(resaved.text).toContain('le numéro 10000024 a perdu le zéro de son début')
    expect(resaved.text).toContain('Le registre précédent est inchangé.')
    expect((await lookUpFiness(database.db, ['010000024'])).get('010000024')?.status).toBe('ouvert')
  })
})
