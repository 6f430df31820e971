/** The sheet Réponses: what members answered, deposited or not, as words and as figures. */
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
import type { Answer, AnsweredLine, FieldKind } from '../../server/domain/forms/answer.ts'
import type { PieceAnswers } from '../../server/domain/forms/told.ts'
import { aSnapshot } from '../domain/dossier-sample.ts'

const line = (field: string, kind: FieldKind, answer: Answer | null): AnsweredLine => ({
  field,
  part: '3. Équipement et réseau',
  question: `Question ${field}`,
  kind,
  answer,
  by: answer === null ? null : 'EHPAD Example',
  at: answer === null ? null : '2023-07-01T10:00:00.000Z',
})
const words = (text: string): Answer => ({ type: 'text', text })

const TEXT: FieldKind = { type: 'text' }
const EUROS: FieldKind = { type: 'euros' }
const frozen = [
  line('attentes', TEXT, words('=1+1')),
  line('suivi-heures', { type: 'hours', unit: 'heures par mois' }, { type: 'figure', value: 1250 }),
  line('wifi', { type: 'choice', options: ['oui', 'non'] }, { type: 'unknown' }),
  line('depannage', TEXT, null),
  line('montants.x.demande', EUROS, { type: 'figure', value: 2_500_050 }),
]
const answered: PieceAnswers[] = [
  {
    pieceId: 'p2',
    frozen,
    // As they are stored: by their ids.
    written: [
      line('ancienne', TEXT, words('Plus posée')),
      line('attentes', TEXT, words('Autre chose')),
      line('rempli-par', TEXT, words('+33 4')),
      ...frozen.slice(1, 3),
    ],
  },
  { pieceId: 'p3', frozen: [line('attentes', TEXT, words('Refusée'))], written: [] },
  { pieceId: 'inconnue', frozen, written: [] },
]

const planOf = (version: number | null = null) => planDossier({ ...aSnapshot(), answered }, version)

type Read = [
  member: string,
  state: string,
  question: string,
  answer: ExcelJS.CellValue,
  unit: ExcelJS.CellValue,
]

async function read(bytes: Buffer): Promise<Read[]> {
  const workbook = new ExcelJS.Workbook()
  await workbook.xlsx.load(new Uint8Array(bytes).buffer)
  const rows: Read[] = []
  workbook.getWorksheet('Réponses')?.eachRow((row, number) => {
    const cell = (column: number) => row.getCell(column).value
    if (number > 1) rows.push([`${cell(1)}`, `${cell(5)}`, `${cell(7)}`, cell(8), cell(9) ?? null])
  })
  return rows
}

const DEPOSITED: Read[] = [
  ['EHPAD Example', 'déposée, version 2', 'Question attentes', '=1+1', null],
  ['EHPAD Example', 'déposée, version 2', 'Question suivi-heures', 12.5, 'heures par mois'],
  ['EHPAD Example', 'déposée, version 2', 'Question wifi', 'ne sait pas', null],
  ['EHPAD Example', 'déposée, version 2', 'Question depannage', 'sans réponse', null],
  ['EHPAD Example', 'déposée, version 2', 'Question montants.x.demande', 25_000.5, '€'],
]
const byQuestion = (rows: readonly Read[]) => rows.toSorted((a, b) => a.join().localeCompare(b.join()))

describe('the sheet of the answers', () => {
  it('holds what is deposited and what is being written, told apart, text as text and figures as figures', async () => {
    const rows = await read(await drawWorkbook(planOf()))
    expect(
      byQuestion(rows.filter(([member, state]) => member === 'EHPAD Example' && state.startsWith('dép'))),
    ).toEqual(byQuestion(DEPOSITED))
    const drafts = rows.filter(([, state]) => state === 'en cours d’écriture')
    // In the order of the form, what it does not ask any more last; what is as deposited is not told twice.
    expect(drafts.map(([, , question, answer]) => [question, answer])).toEqual([
      ['Question rempli-par', '+33 4'],
      ['Question attentes', 'Autre chose'],
      ['Question ancienne', 'Plus posée'],
    ])
    expect(rows.some(([member]) => member === 'SAVS Élan')).toBe(true)
  })

  it('gives the ARS the answers of the documents that it reads, and nothing that is being written', async () => {
    const sealed = planOf(1)
    expect(byQuestion(await read(await drawWorkbook(sealed)))).toEqual(byQuestion(DEPOSITED))
    for (const secret of ['Autre chose', 'Plus posée', 'Refusée']) {
      expect(JSON.stringify(sealed)).not.toContain(secret)
    }
  })

  it('is not there when nobody answered on screen', async () => {
    const workbook = new ExcelJS.Workbook()
    const bytes = await drawWorkbook(planDossier({ ...aSnapshot(), answered: [] }))
    await workbook.xlsx.load(new Uint8Array(bytes).buffer)
    expect(workbook.getWorksheet('Réponses')).toBeUndefined()
  })
})

const soffice = ['/usr/bin/soffice', '/usr/local/bin/soffice'].find(existsSync)

describe.skipIf(soffice === undefined)(
  `opened by LibreOffice${soffice ? '' : ' (soffice is not installed)'}`,
  () => {
    it('keeps words as words and figures as figures', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'answers-office-'))
      try {
        const file = join(folder, 'dossier.xlsx')
        const bytes = await drawWorkbook(planOf())
        await writeFile(file, bytes)
        await promisify(execFile)(soffice ?? '', [
          `-env:UserInstallation=file://${folder}/profil`,
          '--headless',
          '--convert-to',
          'xlsx:Calc MS Excel 2007 XML',
          '--outdir',
          join(folder, 'again'),
          file,
        ])
        expect(await read(await readFile(join(folder, 'again', 'dossier.xlsx')))).toEqual(await read(bytes))
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    }, 180_000)
  },
)
