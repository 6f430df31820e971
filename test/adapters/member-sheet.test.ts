import { Buffer } from 'node:buffer'
import { readFile } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { ZipArchive } from 'archiver'
import ExcelJS from 'exceljs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { SheetReading } from '../../server/adapters/member-sheet/member-sheet.ts'
import {
  readMemberSheet,
  readPastedCells,
  SHEET_LIMITS,
} from '../../server/adapters/member-sheet/member-sheet.ts'
import { memberSheetModel } from '../../server/adapters/member-sheet/member-sheet-model.ts'
import { previewImport } from '../../server/domain/member-import/preview.ts'
import { readMemberTable } from '../../server/domain/member-import/table.ts'

const HEADERS = ['FINESS', 'Nom', 'OG']
const LINE = ['2A0000253', 'EHPAD L’Île aux Œuvres', 'Association Exemple']

async function workbook(fill: (book: ExcelJS.Workbook) => void): Promise<Buffer> {
  const book = new ExcelJS.Workbook()
  fill(book)
  return Buffer.from(await book.xlsx.writeBuffer())
}

async function zip(parts: Record<string, string | Buffer>): Promise<Buffer> {
  const archive = new ZipArchive({ zlib: { level: 9 } })
  for (const [name, content] of Object.entries(parts)) archive.append(content, { name })
  const [bytes] = await Promise.all([buffer(archive), archive.finalize()])
  return bytes
}

/** A workbook whose only sheet is this XML, to hold what exceljs would not write. */
const rawWorkbook = (sheet: string, more: Record<string, string | Buffer> = {}, names = '') =>
  zip({
    'xl/workbook.xml': `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Feuil1" sheetId="1" r:id="rId1"/></sheets>${names}</workbook>`,
    'xl/_rels/workbook.xml.rels':
      '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
    'xl/worksheets/sheet1.xml': `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">${sheet}</worksheet>`,
    ...more,
  })
const text = (address: string, value: string) =>
  `<c r="${address}" t="inlineStr"><is><t>${value}</t></is></c>`
const HEADER_XML = `<row r="1">${text('A1', 'FINESS')}${text('B1', 'Nom')}${text('C1', 'OG')}</row>`

function rowsOf(reading: SheetReading): readonly (readonly string[])[] {
  if (!reading.ok) throw new Error(reading.refusal.sentence)
  return reading.rows.map(({ cells }) => cells)
}

const fixture = (name: string) => readFile(new URL(`../fixtures/members/${name}`, import.meta.url))

async function expectRefused(bytes: Uint8Array, code: string, ...words: string[]) {
  const reading = await readMemberSheet(bytes)
  expect(reading).toMatchObject({ ok: false, refusal: { code } })
  for (const word of words) expect(!reading.ok && reading.refusal.sentence).toContain(word)
}

describe('a workbook', () => {
  test('is read from its first visible sheet with known headers, a hidden first sheet aside', async () => {
    const bytes = await workbook(book => {
      book.addWorksheet('Ancienne liste', { state: 'hidden' }).addRows([HEADERS, ['010780195', 'Caché', 'X']])
      book.addWorksheet('Notes').addRow(['À lire'])
      book.addWorksheet('Membres').addRows([HEADERS, LINE])
      book.addWorksheet('PEP').addRows([HEADERS, LINE])
    })
    const reading = await readMemberSheet(bytes)
    expect(reading).toMatchObject({ ok: true, sheetName: 'Membres', otherSheets: ['PEP'] })
    expect(rowsOf(reading)).toEqual([HEADERS, LINE])
  })

  test('keeps the numbers of its lines, blank ones left out', async () => {
    const bytes = await workbook(book => {
      book.addWorksheet('A').addRows([['Grappe Exemple'], [], HEADERS, [], LINE, ['  ']])
    })
    const reading = await readMemberSheet(bytes)
    expect(reading.ok && reading.rows.map(({ line }) => line)).toEqual([1, 3, 5])
  })

  test('gives numbers, dates, rich text, links, booleans and formula results as they are seen', async () => {
    const bytes = await workbook(book => {
      const sheet = book.addWorksheet('A')
      sheet.addRows([HEADERS, []])
      sheet.getCell('A2').value = 10780195
      sheet.getCell('A2').numFmt = '000000000'
      sheet.getCell('B2').value = {
        richText: [{ text: 'EHPAD ' }, { font: { bold: true }, text: 'Exemple' }],
      }
      sheet.getCell('C2').value = { formula: 'B2', result: 'Association' }
      sheet.getCell('D2').value = new Date(Date.UTC(2026, 4, 9))
      sheet.getCell('E2').value = { text: 'c@exemple.fr', hyperlink: 'mailto:c@exemple.fr' }
      sheet.getCell('F2').value = true
      sheet.getCell('G2').value = 10780195
    })
    expect(rowsOf(await readMemberSheet(bytes))[1]).toEqual([
      '010780195',
      'EHPAD Exemple',
      'Association',
      '09/05/2026',
      'c@exemple.fr',
      'VRAI',
      '10780195',
    ])
  })

  test('a number stored as a float is whole', async () => {
    const bytes = await rawWorkbook(
      `<sheetData>${HEADER_XML}<row r="2"><c r="A2"><v>10780195.0</v></c></row></sheetData>`,
    )
    expect(rowsOf(await readMemberSheet(bytes))[1]).toEqual(['10780195'])
  })

  test('takes an empty text, a zero or a false result of a formula for what it is', async () => {
    const formulas = [
      '<c r="A2" t="str"><f>IF(1,"","x")</f><v></v></c>',
      '<c r="B2"><f>1-1</f><v>0</v></c>',
      '<c r="C2" t="b"><f t="shared" ref="C2:C3" si="0">1=2</f><v>0</v></c>',
      '<c r="D2" t="str"><f t="shared" si="0"/><v>EHPAD</v></c>',
    ]
    const bytes = await rawWorkbook(
      `<sheetData>${HEADER_XML}<row r="2">${formulas.join('')}</row></sheetData>`,
    )
    const reading = await readMemberSheet(bytes)
    expect(reading.ok && reading.rows[1]).toEqual({ line: 2, cells: ['', '0', 'FAUX', 'EHPAD'] })
  })

  test('an empty result that is not said to be a text was never calculated', async () => {
    const bytes = await rawWorkbook(
      `<sheetData>${HEADER_XML}<row r="2"><c r="A2"><f>B2</f><v></v></c></row></sheetData>`,
    )
    const reading = await readMemberSheet(bytes)
    expect(reading.ok && reading.rows[1]?.unread).toMatchObject([{ column: 0 }])
  })

  test('says of a formula without a result, or with an error, which cell it is', async () => {
    const bytes = await workbook(book => {
      const sheet = book.addWorksheet('A')
      sheet.addRows([HEADERS, ['', 'EHPAD', 'OG']])
      sheet.getCell('A2').value = { formula: 'X1' }
      sheet.getCell('B2').value = { formula: 'X2', result: { error: '#N/A' } }
    })
    const reading = await readMemberSheet(bytes)
    expect(reading.ok && reading.rows[1]?.unread).toMatchObject([
      { column: 0, reason: expect.stringContaining('formule') },
      { column: 1, reason: expect.stringContaining('#N/A') },
    ])
  })

  test('with merged headers and an OG merged over its lines is read whole', async () => {
    const bytes = await workbook(book => {
      const sheet = book.addWorksheet('A')
      sheet.addRows([
        ['Grappe Exemple'],
        ['OG', 'Établissement', '', 'Domaine'],
        ['', 'FINESS', 'Nom', ''],
        ['Association Exemple', '990000010', 'EHPAD', 'PA'],
        ['', '990000028', 'IME', 'PH'],
      ])
      for (const range of ['A1:D1', 'A2:A3', 'B2:C2', 'D2:D3', 'A4:A5']) sheet.mergeCells(range)
    })
    const reading = await readMemberSheet(bytes)
    const result = readMemberTable(reading.ok ? reading.rows : [])
    expect(result.ok && result.table.lines.map(({ values }) => values)).toEqual([
      { ogNom: 'Association Exemple', finess: '990000010', nom: 'EHPAD', domaine: 'PA' },
      { ogNom: 'Association Exemple', finess: '990000028', nom: 'IME', domaine: 'PH' },
    ])
  })

  test('saved by LibreOffice is read in both its formats, the old one is refused by its name', async () => {
    expect(rowsOf(await readMemberSheet(await fixture('membres.xlsx')))[0]).toEqual(HEADERS)
    await expectRefused(await fixture('membres.xls'), 'wrong-kind', '.xls')
    expect(rowsOf(await readMemberSheet(await fixture('membres.ods')))[0]).toEqual(HEADERS)
  })

  test('with prefixed XML, comments of another program and whole columns named is read', async () => {
    const sheet = `<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x:sheetData><x:row r="1"><x:c r="A1" t="inlineStr"><x:is><x:t>FINESS</x:t></x:is></x:c></x:row></x:sheetData></x:worksheet>`
    const prefixed = await rawWorkbook('', {
      'xl/worksheets/sheet1.xml': sheet,
      'xl/workbook.xml':
        '<x:workbook xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><x:sheets><x:sheet name="Feuil1" sheetId="1" r:id="rId1"/></x:sheets></x:workbook>',
    })
    expect(rowsOf(await readMemberSheet(prefixed))).toEqual([['FINESS']])
    const commented = await rawWorkbook(
      `<sheetData>${HEADER_XML}</sheetData><dataValidations count="1"><dataValidation type="list" sqref="A1:XFD1048576"><formula1>"a"</formula1></dataValidation></dataValidations>`,
      {
        'xl/worksheets/_rels/sheet1.xml.rels':
          '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/comments" Target="/xl/comments/comment1.xml"/></Relationships>',
      },
      '<definedNames><definedName name="tout">Feuil1!$A$1:$XFD$1048576</definedName></definedNames>',
    )
    expect(rowsOf(await readMemberSheet(commented))).toEqual([HEADERS])
  })
})

describe('a workbook whose parts have other names', () => {
  test.each([
    'cells-without-references.xlsx',
    'sheet-part-named-data.xlsx',
    'shared-strings-part-capital-name.xlsx',
    'workbook-capital-names.xlsx',
  ])('%s is read whole', async name => {
    const rows = rowsOf(await readMemberSheet(await fixture(name)))
    expect(rows.map(([finess, nom]) => [finess, nom])).toEqual([
      ['FINESS', 'Nom'],
      ['990000119', 'Résidence Âgée n° 0'],
      ['990000127', 'Résidence Âgée n° 1'],
      ['990000135', 'Résidence Âgée n° 2'],
    ])
  })

  const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
  const OFFICE = 'http://purl.oclc.org/ooxml/officeDocument/relationships'
  const relationship = (id: string, kind: string, target: string) =>
    `<Relationship Target='${target}' Type="${OFFICE}/${kind}" Id="${id}" />`

  test('the workbook in another folder, absolute targets, single quotes, another prefix for relationships', async () => {
    const bytes = await zip({
      '_rels/.rels': `<Relationships>${relationship('r1', 'officeDocument', '/Book/main.xml')}</Relationships>`,
      'book/main.xml': `<workbook xmlns="${MAIN}" xmlns:d="${OFFICE}"><sheets><sheet name="Listing" sheetId="1" d:id="r9"/></sheets></workbook>`,
      'book/_rels/main.xml.rels': `<Relationships>${relationship('r9', 'worksheet', '/data/first.xml')}${relationship('r8', 'sharedStrings', './texts.xml')}</Relationships>`,
      'data/first.xml': `<worksheet xmlns="${MAIN}"><sheetData><row><c t="s"><v>0</v></c></row></sheetData></worksheet>`,
      'book/texts.xml': `<sst xmlns="${MAIN}"><si><t>FINESS</t></si></sst>`,
    })
    const reading = await readMemberSheet(bytes)
    expect(reading).toMatchObject({ ok: true, sheetName: 'Listing' })
    expect(rowsOf(reading)).toEqual([['FINESS']])
  })

  test('references left out after a given one follow it', async () => {
    const bytes = await rawWorkbook(
      `<sheetData>${HEADER_XML}<row>${text('B2', 'EHPAD')}<c t="inlineStr"><is><t>OG</t></is></c></row></sheetData>`,
    )
    expect(rowsOf(await readMemberSheet(bytes))[1]).toEqual(['', 'EHPAD', 'OG'])
  })

  test('a presentation, or a workbook without its parts, is no list', async () => {
    await expectRefused(
      await zip({ '_rels/.rels': '', 'ppt/presentation.xml': '' }),
      'wrong-kind',
      'archive ZIP',
    )
    await expectRefused(await zip({ 'xl/workbook.xml': '<workbook/>' }), 'unreadable', 'abîmé')
  })

  test('a hidden line is marked so', async () => {
    const reading = await readMemberSheet(await fixture('hidden-filtered-row.xlsx'))
    expect(reading.ok && reading.rows.map(({ line, hidden }) => [line, hidden])).toEqual([
      [1, undefined],
      [2, undefined],
      [3, true],
      [4, undefined],
    ])
  })
})

describe('an OpenDocument spreadsheet', () => {
  const ods = (table: string, more: Record<string, string> = {}) =>
    zip({
      'content.xml': `<office:document-content><office:automatic-styles><style:style style:name="ta2"><style:table-properties table:display="false"/></style:style></office:automatic-styles><office:body><office:spreadsheet>${table}</office:spreadsheet></office:body></office:document-content>`,
      ...more,
    })
  const cell = (value: string, attributes = '') =>
    `<table:table-cell office:value-type="string"${attributes}><text:p>${value}</text:p></table:table-cell>`
  const row = (cells: string, attributes = '') => `<table:table-row${attributes}>${cells}</table:table-row>`
  const head = row(HEADERS.map(header => cell(header)).join(''))
  const sheet = (rows: string, style = 'ta1') =>
    `<table:table table:name="Membres" table:style-name="${style}">${rows}</table:table>`

  test('is read whole', async () => {
    const reading = await readMemberSheet(await fixture('plain-inline-strings.ods'))
    expect(reading).toMatchObject({ ok: true, sheetName: 'Membres' })
    expect(rowsOf(reading).map(cells => cells[1])).toEqual([
      'Nom',
      'Résidence Âgée n° 0',
      'Résidence Âgée n° 1',
      'Résidence Âgée n° 2',
    ])
  })

  test('with merged, repeated, hidden, dated, numbered and annotated cells is read as it is seen', async () => {
    const annotated = `<table:table-cell office:value-type="string"><office:annotation><text:p>note</text:p></office:annotation><text:p>EHPAD<text:s/>&amp; Cie</text:p></table:table-cell>`
    const merged = cell('Association', ' table:number-rows-spanned="2" table:number-columns-spanned="1"')
    const bytes = await ods(
      sheet(
        head +
          row(
            '<table:table-cell table:number-columns-repeated="16384"/>',
            ' table:number-rows-repeated="4"',
          ) +
          row(
            `<table:table-cell office:value-type="float" office:value="10780195"><text:p>010780195</text:p></table:table-cell>${annotated}${merged}`,
            ' table:visibility="filter"',
          ) +
          row(
            `<table:table-cell office:value-type="float" office:value="10780195"><text:p>1,08E+07</text:p></table:table-cell>${cell('IME')}<table:covered-table-cell/><table:table-cell office:value-type="date" office:date-value="2026-05-09T00:00:00"><text:p>9 mai</text:p></table:table-cell>`,
          ) +
          row(
            '<table:table-cell table:number-columns-repeated="16384"/>',
            ' table:number-rows-repeated="1048569"',
          ),
      ),
    )
    const reading = await readMemberSheet(bytes)
    expect(reading.ok && reading.rows).toEqual([
      { line: 1, cells: HEADERS },
      { line: 6, cells: ['010780195', 'EHPAD & Cie', 'Association'], hidden: true },
      { line: 7, cells: ['10780195', 'IME', 'Association', '09/05/2026'] },
    ])
  })

  test('has its hidden sheets left alone, and is refused beyond the limits or with a password', async () => {
    await expectRefused(await ods(sheet(head, 'ta2')), 'empty', 'masquées')
    const wide = row(cell('x', ' table:number-columns-repeated="16384"'))
    await expectRefused(await ods(sheet(head + wide)), 'too-many-columns', 'GS2')
    const long = row(cell('x'), ' table:number-rows-repeated="1048575"')
    await expectRefused(await ods(sheet(head + long)), 'too-many-lines')
    await expectRefused(await ods(sheet(head + row(cell('x'.repeat(9_000))))), 'long-cell', 'A2')
    await expectRefused(await ods(' '.repeat(33_000_000)), 'bomb', '32 Mo')
    const locked = { 'META-INF/manifest.xml': '<manifest:encryption-data/>' }
    await expectRefused(await ods('', locked), 'password', 'mot de passe')
    expect((await readMemberSheet(await ods('<table:table '.repeat(100_000)))).ok).toBe(false)
  })
})

describe('a workbook is refused, with what to do', () => {
  test('when it inflates a thousandfold', async () => {
    const bytes = await rawWorkbook(
      `<sheetData>${HEADER_XML}<row r="2">${text('A2', ' '.repeat(40_000_000))}</row></sheetData>`,
    )
    expect(bytes.length).toBeLessThan(100_000)
    await expectRefused(bytes, 'bomb', '32 Mo')
  })

  test('when it has thousands of parts', async () => {
    const parts = Object.fromEntries(
      Array.from({ length: 2100 }, (_, index) => [`xl/media/${index}.png`, '']),
    )
    await expectRefused(await rawWorkbook('<sheetData/>', parts), 'bomb', 'éléments')
  })

  test('when it merges a whole sheet, merges thousands of times, or has hundreds of thousands of cells', async () => {
    const merged = `<sheetData>${HEADER_XML}</sheetData><mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>`
    await expectRefused(await rawWorkbook(merged), 'bomb')
    const merges = Array.from(
      { length: 5001 },
      (_, rank) => `<mergeCell ref="A${2 * rank + 1}:A${2 * rank + 2}"/>`,
    )
    await expectRefused(await rawWorkbook(`<sheetData/><mergeCells>${merges.join('')}</mergeCells>`), 'bomb')
    const crowded = `<sheetData><row r="1">${'<c/>'.repeat(400_001)}</row></sheetData>`
    await expectRefused(await rawWorkbook(crowded), 'bomb')
  })

  test('when its elements are nested without end', async () => {
    await expectRefused(await rawWorkbook('<f>'.repeat(1_000_000)), 'unreadable')
  })

  test('when a line number is impossible', async () => {
    await expectRefused(await rawWorkbook('<sheetData><row r="999999999"/></sheetData>'), 'unreadable')
  })

  test('when 10 MB stand in one cell, which is named', async () => {
    const bytes = await rawWorkbook(
      `<sheetData>${HEADER_XML}<row r="7">${text('B7', 'x'.repeat(10_000_000))}</row></sheetData>`,
    )
    await expectRefused(bytes, 'long-cell', 'B7')
  })

  test('when it has a password, macros, or an older or another format', async () => {
    const ole = Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1])
    const protectedBook = Buffer.concat([ole, Buffer.alloc(504), Buffer.from('EncryptedPackage', 'utf16le')])
    await expectRefused(protectedBook, 'password', 'mot de passe')
    await expectRefused(Buffer.concat([ole, Buffer.alloc(1024)]), 'wrong-kind', '.xls', '.xlsx')
    await expectRefused(
      await rawWorkbook('<sheetData/>', { 'xl/vbaProject.bin': 'macro' }),
      'macros',
      'sans macros',
    )
    await expectRefused(await zip({ 'xl/workbook.bin': '' }), 'wrong-kind', '.xlsb')
    await expectRefused(await zip({ 'content.xml': '' }), 'wrong-kind', 'OpenDocument')
    await expectRefused(await zip({ 'word/document.xml': '' }), 'wrong-kind', 'Word')
    await expectRefused(await zip({ 'membres.csv': 'FINESS' }), 'wrong-kind', 'archive ZIP')
  })

  test('when it is cut short or damaged', async () => {
    const bytes = await workbook(book => book.addWorksheet('A').addRows([HEADERS, LINE]))
    await expectRefused(bytes.subarray(0, bytes.length / 2), 'unreadable', 'abîmé')
    await expectRefused(await rawWorkbook('<sheetData><row'), 'unreadable')
  })

  test('when only a hidden sheet holds something', async () => {
    const bytes = await workbook(book => {
      book.addWorksheet('Vide')
      book.addWorksheet('Membres', { state: 'veryHidden' }).addRows([HEADERS, LINE])
    })
    await expectRefused(bytes, 'empty', 'masquées')
  })
})

describe('a CSV', () => {
  const csv = (separator: string) => [HEADERS, LINE].map(cells => cells.join(separator)).join('\r\n')
  const latin = Buffer.from('FINESS;Nom;OG\n2A0000253;EHPAD \xc9toile \x8cuvre;Association\n', 'latin1')

  test.each([';', ',', '\t'])('separated by %j is read', async separator => {
    expect(rowsOf(await readMemberSheet(Buffer.from(csv(separator))))).toEqual([HEADERS, LINE])
  })

  test('in UTF-8 with a mark, UTF-16 both ways with and without one, is read', async () => {
    const wide = Buffer.from(csv(';'), 'utf16le')
    for (const bytes of [
      Buffer.from(`\uFEFF${csv(';')}`),
      Buffer.from(`\uFEFF${csv(';')}`, 'utf16le'),
      wide,
      Buffer.from(wide).swap16(),
      Buffer.from(`\uFEFF${csv('\t')}`, 'utf16le').swap16(),
    ]) {
      expect(rowsOf(await readMemberSheet(bytes))).toEqual([HEADERS, LINE])
    }
  })

  test('in Windows-1252, or pasted together from two encodings, keeps every accent', async () => {
    expect(rowsOf(await readMemberSheet(latin))[1]?.[1]).toBe('EHPAD Étoile Œuvre')
    const mixed = Buffer.concat([latin, Buffer.from('010780195;Clinique Été;OG')])
    expect(rowsOf(await readMemberSheet(mixed)).map(cells => cells[1])).toEqual([
      'Nom',
      'EHPAD Étoile Œuvre',
      'Clinique Été',
    ])
  })

  test.each([
    ['excel-mac_csv-macroman_CR.csv', 'Macintosh'],
    ['excel_csv-msdos_cp850.csv', 'MS-DOS'],
  ])('%s is decoded, and said to be read as %s writes', async (name, kind) => {
    const reading = await readMemberSheet(await fixture(name))
    expect(rowsOf(reading)[1]?.slice(1, 3)).toEqual(['Résidence Âgée n° 0', 'Association Été'])
    expect(reading.ok && reading.doubt).toContain(kind)
  })

  test('in Windows-1252, capitals, ligatures and quotes included, leaves no doubt', async () => {
    for (const name of [
      'L\x92\xC9t\xE9',
      '\x8Cuvre',
      '\xABPr\xE9\xBB',
      'ABB\xC9 NO\xCBL',
      'n\xB0 1',
      'cur\xE9',
    ]) {
      const reading = await readMemberSheet(Buffer.from(`FINESS;Nom\n1;EHPAD ${name}\n`, 'latin1'))
      expect(reading).toMatchObject({ ok: true, doubt: null })
    }
  })

  test('with quotes, separators and line breaks inside cells is read by lines of the spreadsheet', async () => {
    const text = 'sep=;\nFINESS;Nom;OG\n1;"Foyer ""A"" ; bis\nsuite";OG\n\n2;EHPAD "B";OG\n'
    const reading = await readMemberSheet(Buffer.from(text))
    expect(rowsOf(reading).slice(1)).toEqual([
      ['1', 'Foyer "A" ; bis\nsuite', 'OG'],
      ['2', 'EHPAD "B"', 'OG'],
    ])
    expect(reading.ok && reading.rows.map(({ line }) => line)).toEqual([2, 3, 5])
  })

  test('is separated by what makes the headers known, whatever the title above', async () => {
    const text = 'Liste, à jour, au 1er mai, des membres\nFINESS;Nom;OG\n2A0000253;EHPAD, Corse;OG'
    expect(rowsOf(await readMemberSheet(Buffer.from(text))).slice(1)).toEqual([
      HEADERS,
      ['2A0000253', 'EHPAD, Corse', 'OG'],
    ])
  })

  test('that is a web page, another kind of file or nothing is refused', async () => {
    await expectRefused(Buffer.from('\n<!DOCTYPE html><html><body>Erreur 502'), 'web-page', 'page web')
    await expectRefused(Buffer.from('<table><tr><td>FINESS'), 'web-page')
    await expectRefused(await fixture('mime-single-file-web-page.xls'), 'web-page', 'un seul fichier')
    await expectRefused(Buffer.from('ID;PWXL;N;E\nC;Y1;X1;K"FINESS"'), 'wrong-kind', 'SYLK')
    await expectRefused(Buffer.from('<?xml version="1.0"?><Workbook>'), 'wrong-kind')
    await expectRefused(Buffer.from('%PDF-1.7'), 'wrong-kind', 'PDF')
    await expectRefused(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 3]), 'wrong-kind')
    for (const nothing of ['', '\uFEFF', '\n\n  \n', ';;\n;;']) {
      await expectRefused(Buffer.from(nothing), 'empty')
    }
  })

  test('with a quote left open, too long a cell, too many lines, columns or bytes is refused', async () => {
    await expectRefused(Buffer.from('FINESS;Nom\n1;"EHPAD\n2;IME'), 'unreadable', 'guillemet')
    await expectRefused(Buffer.from(`FINESS;Nom\n1;${'x'.repeat(10_000_000)}`), 'long-cell', 'B2')
    await expectRefused(Buffer.from(`FINESS\n${'1\n'.repeat(5000)}`), 'too-many-lines', 'plus de 5000 lignes')
    await expectRefused(Buffer.from(`FINESS\n${';'.repeat(200)}1`), 'too-many-columns', 'GS2')
    await expectRefused(Buffer.alloc(SHEET_LIMITS.maxFileBytes + 1, 'a'), 'too-large', '20 Mo')
  })
})

describe('pasted cells', () => {
  test('are read as a spreadsheet copies them', () => {
    const pasted = 'FINESS\tNom\tOG\r\n2A0000253\t"EHPAD\nExemple"\tAssociation; Exemple\r\n'
    expect(rowsOf(readPastedCells(pasted))).toEqual([
      HEADERS,
      ['2A0000253', 'EHPAD\nExemple', 'Association; Exemple'],
    ])
  })

  test('any text is read or refused, never fatal', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), pasted => {
        const reading = readPastedCells(pasted)
        if (!reading.ok) expect(reading.refusal.sentence).not.toBe('')
      }),
    )
  })
})

test('any bytes are read or refused, never fatal', async () => {
  const magic = fc.constantFrom([], [0x50, 0x4b, 3, 4], [0xd0, 0xcf, 0x11, 0xe0], [0xff, 0xfe])
  await fc.assert(
    fc.asyncProperty(magic, fc.uint8Array({ maxLength: 200 }), async (head, tail) => {
      const reading = await readMemberSheet(Uint8Array.from([...head, ...tail]))
      if (!reading.ok) expect(reading.refusal.sentence).not.toBe('')
    }),
  )
})

describe('the model workbook', () => {
  test('filled with two lines gives two ready members', async () => {
    const book = new ExcelJS.Workbook()
    await book.xlsx.load(Uint8Array.from(await memberSheetModel()).buffer)
    const sheet = book.getWorksheet('Membres')
    sheet?.insertRow(2, [
      '2A0000253',
      'EHPAD Un',
      'Association',
      '',
      'PA',
      'acquisition',
      'Exemple',
      'Démo',
      'v5',
    ])
    sheet?.insertRow(3, ['010780195', 'IME Deux', 'Association', '', 'PH', 'mise en conformité', 'Exemple'])
    const reading = await readMemberSheet(Buffer.from(await book.xlsx.writeBuffer()))
    expect(reading).toMatchObject({ ok: true, sheetName: 'Membres', otherSheets: [] })
    const result = readMemberTable(reading.ok ? reading.rows : [])
    expect(result.ok && result.table).toMatchObject({ unusedColumns: [], missing: [], ignored: [] })
    if (!result.ok) return
    const preview = previewImport(result.table, { ogs: [], esms: [], solutions: [] })
    expect(preview.lines.map(({ status, findings }) => [status, findings])).toEqual([
      ['pret', []],
      ['pret', [expect.objectContaining({ field: 'solution', blocking: false })]],
    ])
    expect(preview.membersToCreate?.map(({ projet, domaine }) => [projet, domaine])).toEqual([
      ['acquisition', 'PA'],
      ['mise-en-conformite', 'PH'],
    ])
  })

  test('left blank says that nothing stands under its headers', async () => {
    const reading = await readMemberSheet(await memberSheetModel())
    const result = readMemberTable(reading.ok ? reading.rows : [])
    expect(!result.ok && result.refusal.code).toBe('no-lines')
  })
})
