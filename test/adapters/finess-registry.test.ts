import { readFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { finessCsv, finessPlusJson } from '../../scripts/bench/generate-finess.ts'
import { readFinessRegistry } from '../../server/adapters/finess/finess-registry.ts'
import type { RegistryItem } from '../../server/domain/registry.ts'

const HEADER = 'finess;etalab;111;2026-05-12'

/** A line of the ET extract, 32 columns. */
function line(number: string, name: string, ejNumber = '010780054'): string {
  return `structureet;${number};${ejNumber};${name};;;;12;R;DE LA PAIX;;;451;01;AIN;01440 VIRIAT;;;500;EHPAD;4401;EHPAD;26010004500012;8610Z;03;ARS;1;PUBLIC;1979-02-13;1979-02-13;2020-02-04;`
}

const csv = (...lines: string[]) => `${[HEADER, ...lines].join('\n')}\n`

async function read(content: string | Uint8Array, chunkBytes = 65_536): Promise<RegistryItem[]> {
  const bytes = Buffer.from(content as string)
  function* chunks() {
    for (let start = 0; start < bytes.length; start += chunkBytes)
      yield bytes.subarray(start, start + chunkBytes)
  }
  const items: RegistryItem[] = []
  for await (const item of readFinessRegistry(Readable.from(chunks()))) items.push(item)
  return items
}

const structuresIn = (items: readonly RegistryItem[]) =>
  items.flatMap(item => (item.kind === 'structure' ? [item.structure] : []))
const namesIn = (items: readonly RegistryItem[]) => structuresIn(items).map(({ name }) => name)
const reasonsIn = (items: readonly RegistryItem[]) =>
  items.flatMap(item => (item.kind === 'refused' ? [`${item.line} ${item.reason}`] : []))
const encodingsIn = (items: readonly RegistryItem[]) =>
  items.flatMap(item => (item.kind === 'encodings' ? item.encodings : []))

/** The sentence with which a whole file is refused; fails when it is not. */
function refusalOf(items: readonly RegistryItem[]): string {
  const last = items.at(-1)
  if (last?.kind !== 'unreadable') throw new Error(`Not refused: ${JSON.stringify(items.slice(-3))}`)
  return last.reason
}

describe('the old CSV', () => {
  it('gives the five real establishments of the sample, with the date of the data', async () => {
    const items = await read(
      await readFile(new URL('../fixtures/finess/sample-cs1100502.csv', import.meta.url)),
    )
    expect(items.slice(0, 3)).toEqual([
      { kind: 'format', format: 'csv' },
      { kind: 'date', dataOn: '2026-05-12' },
      {
        kind: 'structure',
        line: 2,
        structure: {
          number: '010000024',
          kind: 'ET',
          name: 'CH DE FLEYRIAT',
          longName: 'CENTRE HOSPITALIER DE BOURG-EN-BRESSE FLEYRIAT',
          ejNumber: '010780054',
          categorie: '355',
          departement: '01',
          acheminement: '01440 VIRIAT',
          siret: '26010004500012',
          open: true,
        },
      },
    ])
    expect(structuresIn(items).map(({ departement, siret }) => [departement, siret])).toEqual([
      ['01', '26010004500012'],
      ['973', null],
      ['972', '50254756500015'],
      ['972', null],
      ['976', '82967998400015'],
    ])
    expect(namesIn(items)[4]).toBe('LIEU DE VIE "MAVOUNA MEMA 1"')
  })

  it('reads the same structures however the bytes are cut', async () => {
    const content = csv(
      line('010000024', '"LE ""CŒUR""; ÉTOILE"'),
      'geolocalisation;010000024;1;2',
      line('010000032', 'ÉTÉ'),
    )
    const whole = await read(content)
    expect(namesIn(whole)).toEqual(['LE "CŒUR"; ÉTOILE', 'ÉTÉ'])
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 400 }), async size => {
        expect(await read(content, size)).toEqual(whole)
      }),
      { numRuns: 40 },
    )
  })

  it('keeps separators, quotes and line feeds that a quoted name holds', async () => {
    const items = await read(csv(line('010000024', '"A;B ""C""\nD"'), line('010000032', 'E')))
    expect(namesIn(items)).toEqual(['A;B "C" D', 'E'])
    expect(items.filter(item => item.kind === 'structure').map(item => item.line)).toEqual([2, 4])
  })

  it('takes quotes in the middle of an unquoted name, as old extracts have them', async () => {
    expect(namesIn(await read(csv(line('010000024', 'FOYER "LES LILAS" SUD'))))).toEqual([
      'FOYER "LES LILAS" SUD',
    ])
  })

  it('refuses a line whose quote is never closed, and that line alone', async () => {
    const items = await read(csv(line('010000024', '"LES LILAS'), line('010000032', 'LA ROSERAIE')))
    expect(namesIn(items)).toEqual(['LA ROSERAIE'])
    expect(reasonsIn(items)).toEqual(['2 Un guillemet n’est pas refermé.'])
  })

  it('says why each other line is refused, with its number', async () => {
    const items = await read(
      csv(
        line('01000002', 'A'),
        line('010000024', 'B', 'inconnue'),
        line('010000032', ' '),
        'structureet;010000040;010780054;C',
        line('010000057', 'D'.repeat(301)),
        '123;456',
        line('010000065', 'GARDÉE'),
      ),
    )
    expect(reasonsIn(items)).toEqual([
      '2 Le numéro FINESS n’a pas la forme attendue : « 01000002 ».',
      '3 010000024 : le numéro de l’entité juridique n’a pas la forme attendue : « inconnue ».',
      '4 010000032 : la raison sociale manque.',
      '5 Il manque des colonnes : 4 au lieu de 32.',
      '6 010000057 : un texte dépasse 300 caractères.',
      '7 La ligne ne commence pas par un type d’enregistrement.',
    ])
    expect(namesIn(items)).toEqual(['GARDÉE'])
  })

  it.each([
    ['a number that lost its zero', line('10000024', 'A'), '10000024'],
    ['an EJ that lost its zero', line('010000024', 'A', '10780054'), '10780054'],
    ['a SIRET rounded', line('010000024', 'A').replace('26010004500012', '2,60100E+13'), '2,60100E+13'],
  ])('%s is a spreadsheet’s doing: the whole file is refused, with what to do', async (_, spoiled, shown) => {
    const refusal = refusalOf(await read(csv(line('010000065', 'B'), spoiled)))
    expect(refusal).toContain(shown)
    expect(refusal).toContain('sans l’ouvrir')
  })

  it('passes over records of other types and says which', async () => {
    const items = await read(
      csv(line('010000024', 'A'), 'geolocalisation;010000024;1;2;3;2026-05-11', 'nouveau;1'),
    )
    expect(items.flatMap(item => (item.kind === 'skipped' ? [item.recordType] : []))).toEqual([
      'geolocalisation',
      'nouveau',
    ])
  })

  it('does not mind a byte order mark, Windows line ends nor a missing last line feed', async () => {
    const items = await read(
      `\uFEFF${[HEADER, line('010000024', 'ÉTÉ'), line('010000032', 'B')].join('\r\n')}`,
    )
    expect(items).toContainEqual({ kind: 'date', dataOn: '2026-05-12' })
    expect(namesIn(items)).toEqual(['ÉTÉ', 'B'])
  })

  it('reads Windows-1252 and ISO-8859-15, which old extracts are in', async () => {
    const latin = (name: string) => Buffer.from(csv(line('010000024', name)), 'latin1')
    // In Windows-1252 Œ is 0x8C and ’ is 0x92; in ISO-8859-15 œ is 0xBD.
    const windows = await read(latin('C\x8CUR DE L\x92ÉTÉ'))
    expect([namesIn(windows), encodingsIn(windows)]).toEqual([['CŒUR DE L’ÉTÉ'], ['Windows-1252']])
    const iso = await read(latin('C\xBDur été'))
    expect([namesIn(iso), encodingsIn(iso)]).toEqual([['Cœur été'], ['ISO-8859-15']])
  })

  it('reads each line of a file that mixes encodings, and says that it does', async () => {
    const items = await read(
      Buffer.concat([
        Buffer.from(csv(line('010000024', 'ÉTÉ'))),
        Buffer.from(`${line('010000032', 'HÔPITAL')}\n`, 'latin1'),
      ]),
    )
    expect(namesIn(items)).toEqual(['ÉTÉ', 'HÔPITAL'])
    expect(encodingsIn(items)).toEqual(['UTF-8', 'Windows-1252'])
  })

  it('stores no control character, which the database would refuse', async () => {
    expect(namesIn(await read(csv(line('010000024', 'A\0B\tC'))))).toEqual(['A B C'])
  })

  it('is refused when it stops in the middle of a line', async () => {
    const content = csv(line('010000024', 'A'), line('010000032', 'B'))
    expect(refusalOf(await read(content.slice(0, -30)))).toBe(
      'Le fichier s’arrête au milieu de la ligne 3 : le téléchargement est incomplet. Téléchargez-le à nouveau.',
    )
  })

  it('is refused when a cell holds 10 MB, without keeping them', async () => {
    const reason = refusalOf(await read(csv(line('010000024', 'A'), line('010000032', 'B'.repeat(10 << 20)))))
    expect(reason).toContain('La ligne 3 dépasse 1 Mo')
  })

  it('is refused when 10 MB follow a quote that is never closed', async () => {
    const lines = Array.from({ length: 100_000 }, () => 'suite sans fin;'.repeat(7))
    expect(refusalOf(await read(csv(line('010000024', '"A'), ...lines)))).toContain('La ligne 2 dépasse 1 Mo')
  })

  it('is refused when it is the extract of legal entities', async () => {
    const reason = refusalOf(await read(csv('structureej;010780054;CH DE FLEYRIAT;;;;;;;;;01440 VIRIAT')))
    expect(reason).toContain('entités juridiques (cs1100501)')
    expect(reason).toContain('Importez')
  })

  it('is refused when no line of it can be kept', async () => {
    expect(refusalOf(await read(csv()))).toContain('Aucun établissement')
  })
})

describe('FINESS+', () => {
  const sample = readFile(new URL('../fixtures/finess/sample-finess-plus-structures.json', import.meta.url))

  it('gives the legal entities and establishments of the real sample, open and closed', async () => {
    const items = await read(await sample)
    expect(items[0]).toEqual({ kind: 'format', format: 'finess-plus' })
    expect(items).toContainEqual({ kind: 'date', dataOn: '2026-03-09' })
    expect(
      structuresIn(items).map(({ number, kind, ejNumber, open }) => [number, kind, ejNumber, open]),
    ).toEqual([
      ['010000156', 'EJ', null, true],
      ['010780195', 'ET', '010000156', true],
      ['010000172', 'EJ', null, false],
      ['010780211', 'ET', '010000172', false],
    ])
    expect(structuresIn(items)[1]).toEqual({
      number: '010780195',
      kind: 'ET',
      name: 'CLINIQUE CONVERT',
      longName: 'CLINIQUE DOCTEUR CONVERT',
      ejNumber: '010000156',
      categorie: '365',
      departement: '01',
      acheminement: '01000 BOURG EN BRESSE',
      siret: '77220148900022',
      open: true,
    })
  })

  it('reads the same, gzipped or not, however the bytes are cut', async () => {
    const whole = await read(await sample)
    expect(await read(gzipSync(await sample))).toEqual(whole)
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 300 }), async size => {
        expect(await read(await sample, size)).toEqual(whole)
      }),
      { numRuns: 30 },
    )
  })

  it('reads any text that JSON can hold, escapes and braces included', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'binary', maxLength: 40 }),
        fc.integer({ min: 1, max: 50 }),
        async (text, size) => {
          const [structure] = structuresIn(
            await read(entities({ [`${text}x`]: text, inconnu: [{ '}': ']' }] }), size),
          )
          expect(structure?.name).toBe('OG')
        },
      ),
      { numRuns: 60 },
    )
  })

  /** One legal entity with one open establishment, and unknown fields. */
  function entities(unknown: object): string {
    return JSON.stringify({
      avant: { pmej: [{ numFinessPm: 'leurre' }] },
      pmej: [
        {
          ...unknown,
          informationsGeneralesPMEJ: { numFinessPm: '010000156', denominationPm: 'OG' },
          etatObjet: 'A',
          ege: [
            { informationsGeneralesEGE: { numFinessEge: '010780195', nomEgeCourt: 'ET' }, etatObjet: 'A' },
          ],
        },
      ],
      apres: unknown,
    })
  }

  it('understands the spellings of the JSON schema', async () => {
    const items = await read(
      JSON.stringify({
        pmej: [
          {
            informationsGeneralesPmej: {
              numFinessPm: '2A0000016',
              denominationPm: 'OG',
              etatObjet: { code: 'A', system: 'x' },
            },
            ege: [
              {
                informationsGeneralesEGE: { numFinessEge: '2A0000024', nomEgeLong: 'RÉSIDENCE' },
                etatObjet: { code: 'A' },
                categorieEntiteGeographiqueExercice: { code: '500', system: 'x' },
                siret: '77220148900022',
                adresse: { codePostal: '20000', ligneAcheminement: 'AJACCIO' },
              },
            ],
          },
        ],
      }),
    )
    expect(structuresIn(items)[1]).toMatchObject({
      number: '2A0000024',
      name: 'RÉSIDENCE',
      categorie: '500',
      siret: '77220148900022',
      departement: null,
      acheminement: '20000 AJACCIO',
      open: true,
    })
  })

  it('holds an establishment with a closing day for closed, and one without a state for refused', async () => {
    const ege = (general: object, rest: object) => ({
      informationsGeneralesEGE: { nomEgeCourt: 'A', ...general },
      ...rest,
    })
    const items = await read(
      JSON.stringify({
        pmej: [
          {
            informationsGeneralesPMEJ: { numFinessPm: '010000156', denominationPm: 'OG' },
            etatObjet: 'A',
            ege: [
              ege({ numFinessEge: '010780195', dateFermeture: '2024-12-31' }, { etatObjet: 'A' }),
              ege({ numFinessEge: '010780203' }, {}),
            ],
          },
        ],
      }),
    )
    expect(structuresIn(items).map(({ number, open }) => [number, open])).toEqual([
      ['010000156', true],
      ['010780195', false],
    ])
    expect(reasonsIn(items)).toEqual(['1 010780203 : l’état (etatObjet), ouvert ou fermé, manque.'])
  })

  it('is refused when it is cut midway, wherever that is', async () => {
    const content = (await sample).subarray(0, (await sample).lastIndexOf('}') + 1)
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: content.length - 1 }), async length => {
        expect(refusalOf(await read(content.subarray(0, length)))).toContain('téléchargement est incomplet')
      }),
      { numRuns: 40 },
    )
  })

  it('is refused when a legal entity is not JSON, or something follows the object', async () => {
    const content = (await sample).toString()
    expect(refusalOf(await read(content.replace('"ege":[', '"ege":[,')))).toContain(
      'L’entité juridique n° 1 n’est pas du JSON',
    )
    expect(refusalOf(await read(`${content}{`))).toContain('n’est plus du JSON')
  })

  it('is refused when it is another JSON file', async () => {
    expect(refusalOf(await read('{"features":[{"a":1}]}'))).toContain('pas de liste « pmej »')
  })
})

describe('a file that is something else', () => {
  it.each([
    ['an empty file', '', 'Le fichier est vide.'],
    ['an empty gzip', gzipSync(''), 'Le fichier est vide.'],
    [
      'an HTML error page saved as .csv',
      '\n<!DOCTYPE html><title>503</title>',
      'Ce fichier est une page web',
    ],
    ['a gzipped HTML page', gzipSync('<html>'), 'Ce fichier est une page web'],
    ['a PDF', '%PDF-1.7', 'Ce fichier est un PDF'],
    ['a ZIP or XLSX', Buffer.from('PK\x03\x04'), 'archive ZIP'],
    ['a CSV saved as UTF-16', Buffer.from(`\uFEFF${csv()}`, 'utf16le'), 'UTF-16'],
    ['a CSV without its first line', line('010000024', 'A'), 'La première ligne manque'],
    ['a gzip in a gzip', gzipSync(gzipSync('{}')), 'compressé deux fois'],
    ['some other text', 'nom;ville\n', 'pas un registre FINESS'],
    ['a gzip bomb of zeros', gzipSync(Buffer.alloc(50 << 20)), 'pas un registre FINESS'],
    [
      'a gzip bomb of zeros after a brace',
      gzipSync(Buffer.concat([Buffer.from('{'), Buffer.alloc(50 << 20)])),
      'n’est plus du JSON',
    ],
  ])('%s is named, with what to do', async (_, content, expected) => {
    const reason = refusalOf(await read(content))
    expect(reason).toContain(expected)
    expect(reason).toMatch(/Téléchargez|Importez/)
  })

  it('a truncated or damaged gzip is refused wherever it is hurt', async () => {
    const whole = gzipSync([...finessPlusJson(40)].join(''))
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 20, max: whole.length - 1 }), async length => {
        expect(refusalOf(await read(whole.subarray(0, length)))).toContain('incomplet')
      }),
      { numRuns: 30 },
    )
    const damaged = Buffer.from(whole)
    damaged.fill(0x55, 200, 260)
    expect(refusalOf(await read(damaged))).toContain('Téléchargez')
  })

  it('leaves no file open when it is refused at once', async () => {
    const source = Readable.from([Buffer.from('%PDF-1.7'), Buffer.alloc(1 << 20)])
    for await (const item of readFinessRegistry(source)) expect(item.kind).toBe('unreadable')
    expect(source.destroyed).toBe(true)
  })
})

it('generated files hold as many establishments as asked for, all accepted', async () => {
  for (const parts of [finessCsv(2000), finessPlusJson(2000)]) {
    const items = await read([...parts].join(''))
    expect(reasonsIn(items)).toEqual([])
    expect(structuresIn(items).filter(({ kind }) => kind === 'ET')).toHaveLength(2000)
  }
})
