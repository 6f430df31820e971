import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { parseCallText, readCallFile, readCallFiles } from '../../server/adapters/call-files.ts'

const CORSE = await readFile('templates/calls/corse-2023.yaml', 'utf8')
const folder = await mkdtemp(join(tmpdir(), 'grappe-kit-calls-'))
afterAll(() => rm(folder, { recursive: true }))

/** The Corse call with one passage changed; fails when the passage is not in it. */
function changed(from: string, to: string): readonly string[] {
  expect(CORSE).toContain(from)
  const result = parseCallText(CORSE.replace(from, to), 'corse-2023.yaml')
  return result.ok ? [] : result.problems
}

describe('a Word model beside a call file', () => {
  const beside = join(folder, 'modeles')
  const withModel = async (name: string, model: string) => {
    const path = join(beside, `${name}.yaml`)
    const text = CORSE.replace(/^code: .*$/m, `code: ${name}`).replace(
      /( {2}- code: etat-des-lieux\n)/,
      `$1    model: ${model}\n`,
    )
    expect(text).toContain('model: {')
    await writeFile(path, text)
    return await readCallFile(path)
  }

  test('is read with the call, named by its bytes, and checked as any model is', async () => {
    const bytes = await readFile('templates/documents/etat-des-lieux.docx')
    await mkdir(beside)
    await writeFile(join(beside, 'état.docx'), bytes)
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    const read = await withModel('avec-modele', '{ fileName: état.docx }')
    if (!read.ok) throw new Error(read.problems.join())
    expect(read.models.map(({ fileName }) => fileName)).toEqual(['état.docx'])
    expect(read.call.pieces.find(({ model }) => model)?.model).toEqual({ fileName: 'état.docx', sha256 })
    const said = await withModel('annonce', `{ fileName: état.docx, sha256: ${'a'.repeat(64)} }`)
    expect(said.ok ? [] : said.problems.join()).toContain(`Son empreinte est ${sha256}`)
    const missing = await withModel('absent', '{ fileName: rien.docx }')
    expect(missing.ok ? [] : missing.problems.join()).toContain('mettez ce fichier à côté')
    await writeFile(join(beside, 'og.docx'), await readFile('templates/documents/mandat-porteur.docx'))
    const elsewhere = await withModel('autre-portee', '{ fileName: og.docx }')
    expect(elsewhere.ok ? [] : elsewhere.problems.join()).toContain('{og.representant}')
    const outside = await withModel('ailleurs', '{ fileName: ../état.docx }')
    expect(outside.ok ? [] : outside.problems.join()).toContain('sans dossier')
  })
})

describe('the calls that are shipped', () => {
  test('are read without any problem', async () => {
    const { calls, problems } = await readCallFiles('templates/calls')
    expect(problems).toEqual([])
    expect(calls.map(call => call.code)).toEqual([
      'corse-2023',
      'demonstration',
      'national-2022',
      'national-2024',
      'nouvelle-aquitaine-2022',
      'temps-1-2021',
      'temps-2-2021',
    ])
    expect(calls.filter(call => call.fictional).map(call => call.code)).toEqual(['demonstration'])
  })

  test('say what the sources say: minimums, windows, money, and null where they say nothing', async () => {
    const { calls } = await readCallFiles('templates/calls')
    const facts = calls.map(call => [
      call.code,
      call.rules.find(line => line.rule === 'minimum-esms')?.parameters.minimum,
      ...call.windows.flatMap(({ opensOn, closesOn }) => [opensOn, closesOn]),
      call.money?.acquisitionEuros ?? null,
    ])
    const everywhere15 = { minimum: 15, exceptions: [{ places: ['Corse', 'Outre-mer'], minimum: 8 }] }
    expect(facts).toEqual([
      ['corse-2023', { minimum: 8, exceptions: [] }, '2023-05-16', '2023-09-15', null],
      ['demonstration', everywhere15, { daysFromCreation: -30 }, { daysFromCreation: 45 }, null],
      ['national-2022', everywhere15, '2022-03-14', '2022-09-30', null],
      ['national-2024', everywhere15, null, null, null],
      [
        'nouvelle-aquitaine-2022',
        everywhere15,
        ...['2022-03-15', '2022-06-15', '2022-06-16', '2022-09-30'],
        null,
      ],
      ['temps-1-2021', everywhere15, null, null, 25_000],
      ['temps-2-2021', null, null, '2021-10-14', 25_000],
    ])
  })

  test('never require from an acquiring member an order or a devis already signed', async () => {
    const { calls } = await readCallFiles('templates/calls')
    for (const { pieces } of calls) {
      const devis = pieces.filter(piece => /devis|commande/i.test(piece.name))
      expect(devis.map(piece => [piece.required, piece.condition])).toEqual([
        [false, { projets: ['mise-en-conformite'] }],
      ])
    }
  })

  test('mark as ours every piece and every limit that no source gives', async () => {
    const { calls } = await readCallFiles('templates/calls')
    for (const { pieces, limitsProvenance } of calls) {
      expect(limitsProvenance.kind).toBe('hypothesis')
      const sourced = pieces.filter(piece => piece.provenance.kind === 'source').map(piece => piece.code)
      expect(sourced).toEqual([
        'lettre-engagement-porteur',
        'convention-membres',
        'tableau-etablissements-montants',
        'repartition-activites-domicile',
        'etat-des-lieux',
      ])
      expect(pieces.filter(piece => piece.required).map(piece => piece.code)).toEqual(sourced)
    }
  })
})

describe('a call file with a mistake', () => {
  test.each([
    [
      'minimum: 8',
      'minimum: huit',
      /^corse-2023\.yaml, ligne 18, rules\.0\.parameters\.minimum\u00A0: écrivez un nombre entier/,
    ],
    ['minimum: 8', 'minimum: 0', /rules\.0\.parameters\.minimum\u00A0: .*à partir de 1/],
    ['      minimum: 8', '      minimun: 8', /rules\.0\.parameters.*\u00A0: .*minim/],
    [
      'rule: minimum-esms',
      'rule: minimum-essms',
      /ligne 16, rules\.0\.rule\u00A0: choisissez une règle parmi\u00A0: minimum-esms/,
    ],
    ['opensOn: "2023-05-16"', 'opensOn: 16/05/2023', /windows\.0\.opensOn\u00A0: écrivez un jour qui existe/],
    [
      'opensOn: "2023-05-16"',
      'opensOn: "2023-02-30"',
      /windows\.0\.opensOn\u00A0: écrivez un jour qui existe/,
    ],
    ['closesOn: "2023-09-15"', 'closesOn: "2023-09-15T12:00"', /windows\.0\.closesOn\u00A0: .*sans heure/],
    [
      'closesOn: "2023-09-15"',
      'closesOn: "2023-05-15"',
      /windows\.0\.closesOn\u00A0: mettez la clôture après/,
    ],
    ['timeZone: Europe/Paris', 'timeZone: Europe/Ajaccio', /timeZone\u00A0: écrivez un fuseau horaire/],
    ['region: Corse', 'region: Corsica', /region\u00A0: choisissez parmi\u00A0: Auvergne/],
    [
      '      region: Corse',
      '      region: Corsica',
      /parameters\.region\u00A0: choisissez parmi\u00A0: Auvergne/,
    ],
    ['    parameters:\n      minimum: 8\n', '', /rules\.0\.parameters\.minimum\u00A0: ajoutez ce champ/],
    ['fictional: false\n', '', /fictional\u00A0: ajoutez ce champ/],
    [
      'title: ESMS numérique 2023, ARS Corse',
      'titre: Corse',
      /retirez titre\u00A0: ce champ n’existe pas ici/,
    ],
    ['"101", "106"', '101, "106"', /exclues\.0\u00A0: écrivez chaque code entre guillemets/],
    ['scope: grappe', 'scope: tous', /pieces\.0\.scope\u00A0: choisissez parmi\u00A0: grappe, og, esms/],
    [
      'code: convention-membres',
      'code: lettre-engagement-porteur',
      /pieces\u00A0: donnez à chaque pièce un code différent/,
    ],
    [
      'code: pas-deux-fois',
      'code: sans-fonds-europeens',
      /rules\u00A0: donnez à chaque ligne un code différent/,
    ],
    ['code: corse-2023', 'code: corse', /code\u00A0: écrivez corse-2023, le nom du fichier/],
    [
      '      confidence: H',
      '      confidence: certaine',
      /provenance\.confidence\u00A0: choisissez parmi\u00A0: H, M, L/,
    ],
    ['region: Corse\n', 'region: Corse\nregion: Corse\n', /ligne \d+\u00A0: corrigez l’écriture YAML/],
    ['region: Corse\n', 'region: "Corse\n', /ligne \d+\u00A0: corrigez l’écriture YAML/],
  ])('%j become %j is told with where and what to write', (from, to, expected) => {
    const problems = changed(from, to)
    expect(
      problems.some(problem => expected.test(problem)),
      problems.join('\n'),
    ).toBe(true)
    for (const problem of problems) expect(problem).not.toMatch(/Invalid|expected|Required/)
  })

  test.each(['', 'null', '- a', 'bonjour', '<!doctype html><p>Erreur 404</p>'])('%j is not a call', text => {
    expect(parseCallText(text, 'appel.yaml')).toMatchObject({ ok: false })
  })

  test('an alias bomb is refused at once', () => {
    const levels = Array.from({ length: 12 }, (_, n) =>
      n === 0
        ? 'a0: &a0 [x, x, x, x, x, x, x, x, x, x]'
        : `a${n}: &a${n} [${Array(10)
            .fill(`*a${n - 1}`)
            .join(', ')}]`,
    )
    const startedAt = performance.now()
    const result = parseCallText(levels.join('\n'), 'bombe.yaml')
    expect(result).toMatchObject({ ok: false, problems: [expect.stringContaining('renvois YAML')] })
    expect(performance.now() - startedAt).toBeLessThan(15_000)
  })

  test('a file too large is refused without being read', async () => {
    const path = join(folder, 'geant.yaml')
    await writeFile(path, `# ${'x'.repeat(300_000)}`)
    expect(await readCallFile(path)).toMatchObject({
      ok: false,
      problems: [expect.stringContaining('200\u00A0ko')],
    })
  })

  test('does not hide the good ones of its folder, and a missing file is a fault', async () => {
    await writeFile(join(folder, 'corse-2023.yaml'), CORSE)
    const { calls, problems } = await readCallFiles(folder)
    expect(calls.map(call => call.code)).toEqual(['corse-2023'])
    expect(problems.join()).toContain('geant.yaml')
    await expect(readCallFile(join(folder, 'absent.yaml'))).rejects.toThrow('absent.yaml')
  })
})
