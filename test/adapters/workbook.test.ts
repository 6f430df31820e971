import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath, pathToFileURL } from 'node:url'
import ExcelJS from 'exceljs'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { fromBufferPromise } from 'yauzl'
import { coverText, missingText } from '../../server/adapters/dossier/dossier-texts.ts'
import { drawGeneratedFiles } from '../../server/adapters/dossier/generated-files.ts'
import { drawWorkbook } from '../../server/adapters/workbook/workbook.ts'
import { MAX_LINKS_PER_SHEET } from '../../server/adapters/workbook/xlsx-writer.ts'
import type { DossierPlan, DossierSnapshot } from '../../server/domain/dossier-plan.ts'
import { planDossier } from '../../server/domain/dossier-plan.ts'
import { WORKBOOK_PATH } from '../../server/domain/seal.ts'
import { aSnapshot } from '../domain/dossier-sample.ts'

async function reopened(plan: DossierPlan): Promise<ExcelJS.Workbook> {
  const workbook = new ExcelJS.Workbook()
  const bytes = await drawWorkbook(plan)
  await workbook.xlsx.load(new Uint8Array(bytes).buffer)
  return workbook
}

function sheetOf(workbook: ExcelJS.Workbook, name: string): ExcelJS.Worksheet {
  return workbook.getWorksheet(name) ?? expect.fail(`no sheet ${name}`)
}

/** Every row as the texts of its cells. */
function textsOf(sheet: ExcelJS.Worksheet): string[][] {
  const rows: string[][] = []
  sheet.eachRow(row =>
    rows.push(Array.from({ length: sheet.columnCount }, (_, i) => row.getCell(i + 1).text)),
  )
  return rows
}

/** The links as the file holds them, of every sheet. */
async function linkTargets(plan: DossierPlan): Promise<string[]> {
  const zip = await fromBufferPromise(await drawWorkbook(plan))
  const targets: string[] = []
  for await (const entry of zip.eachEntry()) {
    if (!entry.fileName.startsWith('xl/worksheets/_rels/')) continue
    const xml = await text(await zip.openReadStreamPromise(entry))
    targets.push(...Array.from(xml.matchAll(/ Target="([^"]*)"/g), ([, target = '']) => target))
  }
  return targets
}

afterEach(() => {
  vi.useRealTimers()
})

describe('the workbook of a dossier', () => {
  let workbook: ExcelJS.Workbook
  const plan = planDossier(aSnapshot())
  beforeAll(async () => {
    workbook = await reopened(plan)
  })

  it('has the seven sheets, ready to filter and to print', () => {
    expect(workbook.worksheets.map(sheet => sheet.name)).toEqual([
      'Synthèse',
      'Éligibilité',
      'Membres',
      'Pièces',
      'Manquants',
      'Empreintes',
      'Journal',
    ])
    for (const sheet of workbook.worksheets) {
      expect(sheet.pageSetup).toMatchObject({ orientation: 'landscape', fitToPage: true, paperSize: 9 })
      if (sheet.name === 'Synthèse') continue
      expect(sheet.views[0]).toMatchObject({ state: 'frozen', ySplit: 1 })
      expect(sheet.autoFilter).toBeTruthy()
      expect(sheet.pageSetup.printTitlesRow).toBe('1:1')
    }
  })

  it('says on its first page what is fictional, incomplete and not eligible, and where each demand comes from', () => {
    const said = textsOf(sheetOf(workbook, 'Synthèse')).flat().join('\n')
    expect(said).toContain('Exemple fictif')
    expect(said).toContain('INCOMPLET\u00A0: 3 pièces obligatoires manquent, dont 3 en retard.')
    expect(said).toContain('Éligibilité\u00A0: non éligible')
    expect(said).toContain('Source\u00A0: Présentation Corse du 13 juin 2023')
    expect(said).toContain('Hypothèse, non officielle\u00A0: Exemple')
  })

  it('links each cell of the matrix to its file, with the state in words', () => {
    const sheet = sheetOf(workbook, 'Pièces')
    const cells = textsOf(sheet)
    expect(cells[0]?.slice(4)).toEqual([
      "Lettre d'engagement",
      'Mandat donné au porteur',
      'Activités essentielles à la vie',
      'État des lieux',
      'Devis (facultative)',
    ])
    expect(cells.slice(1).map(row => [row[0], ...row.slice(4)])).toEqual([
      ['Grappe PEP2B', '✓ Acceptée v1', '', '', '', ''],
      ['Fondation du Maquis', '', '○ Non déposée, en retard', '', '', ''],
      ['SAVS Élan', '', '', '– Sans objet', '✗ Refusée v1, en retard', '○ Non déposée'],
      ['Association Les Oliviers', '', '○ Non déposée, en retard', '', '', ''],
      ['EHPAD Example', '', '', '– Sans objet', '● À contrôler v2, 2 fichiers', '○ Non déposée'],
    ])
    expect(sheet.getCell('E2').hyperlink).toBe('01_Grappe/01_Lettre-d-engagement_v1_etc-passwd.pdf')
    expect(sheet.getCell('H6').hyperlink).toBe(
      '03_ESMS/2A0000253_EHPAD-Example/02_Etat-des-lieux_v2_01_document.pdf',
    )
    const paths = plan.entries.map(entry => entry.path)
    sheet.eachRow(row => row.eachCell(cell => cell.hyperlink && expect(paths).toContain(cell.hyperlink)))
  })

  it('tells where each member is and how many places it has, and says what is not known', () => {
    const rows = textsOf(sheetOf(workbook, 'Membres'))
    const at = (header: string) => rows[0]?.indexOf(header) ?? -1
    expect(rows.slice(1).map(row => [row[0], row[at('Commune')], row[at('Places')]])).toEqual([
      ['SAVS Élan', 'Non renseigné', ''],
      ['EHPAD Example', 'Corte', '84'],
      ['SSIAD Parti', 'Non renseigné', ''],
    ])
  })

  it('tells what is missing, refused, not checked yet or left out', () => {
    const rows = textsOf(sheetOf(workbook, 'Manquants')).slice(1)
    expect(rows.map(row => [row[0], row[1], row[5]])).toEqual([
      ['○ Manquante', 'Fondation du Maquis', 'Mandat donné au porteur'],
      ['✗ Refusée', 'SAVS Élan', 'État des lieux'],
      ['○ Manquante', 'Association Les Oliviers', 'Mandat donné au porteur'],
      ['● À contrôler', 'EHPAD Example', 'État des lieux'],
      ['– Écartée', 'EHPAD Example', 'Activités essentielles à la vie'],
      ['– Écartée', 'Grappe PEP2B', 'budget'],
      ['– Écartée', 'SSIAD Parti', 'Activités essentielles à la vie'],
    ])
    expect(rows[1]?.[11]).toBe('La page 2 manque.\nRescannez-la.')
  })

  it('holds real dates, on the clock of the call', () => {
    const missing = sheetOf(workbook, 'Manquants')
    expect(missing.getCell('I2').value).toEqual(new Date('2023-09-15T00:00:00Z'))
    expect(missing.getCell('I2').numFmt).toBe('dd/mm/yyyy')
    const journal = sheetOf(workbook, 'Journal')
    expect(journal.getCell('A2').value).toEqual(new Date('2023-06-01T10:00:00Z'))
    expect(journal.getCell('A2').numFmt).toBe('dd/mm/yyyy hh:mm')
  })

  it('carries its title, its author and the instant of the dossier', () => {
    expect(workbook).toMatchObject({
      title: 'Dossier de la grappe Grappe PEP2B (exemple fictif)',
      subject: 'ESMS numérique, Corse 2023',
      creator: 'grappe-kit',
      created: new Date('2023-09-20T08:30:00Z'),
      modified: new Date('2023-09-20T08:30:00Z'),
    })
  })

  it('opens every linked file from the folder of the unpacked ZIP, accents in its path or not', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'dossier décompressé '))
    try {
      for (const { path } of plan.entries) {
        await mkdir(dirname(join(folder, path)), { recursive: true })
        await writeFile(join(folder, path), '%PDF-1.4')
      }
      const base = pathToFileURL(join(folder, WORKBOOK_PATH))
      const targets = (await linkTargets(plan)).map(target => fileURLToPath(new URL(target, base)))
      expect(targets.length).toBe(2 + plan.entries.length)
      for (const target of targets) expect(await readFile(target, 'utf8')).toBe('%PDF-1.4')
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('lists the fingerprint of every piece', () => {
    expect(
      textsOf(sheetOf(workbook, 'Empreintes'))
        .slice(1)
        .map(row => row.slice(0, 2)),
    ).toEqual(plan.entries.map(entry => [entry.path, entry.sha256]))
  })
})

describe('the edition that the ARS reads, once sealed', () => {
  const snapshot = aSnapshot()
  const [criterion] = snapshot.verdict.criteria
  if (!criterion) throw new Error('the sample has a criterion')
  const plan: DossierPlan = {
    ...planDossier({
      ...snapshot,
      verdict: {
        status: 'a-verifier',
        criteria: [
          {
            ...criterion,
            remedy: 'Vérifiez auprès de votre ARS.',
            ars: { toAssess: 'le minimum qui vaut pour cette grappe.' },
            provenance: { kind: 'hypothesis', reference: 'pièce probable' },
          },
        ],
      },
    }),
    seal: { number: 1, hash: 'a'.repeat(64), sealedBy: 'porteur@example.org', changes: null },
  }
  let workbook: ExcelJS.Workbook
  beforeAll(async () => {
    workbook = await reopened(plan)
  })
  const saidIn = (name: string) => textsOf(sheetOf(workbook, name)).flat().join('\n')

  it('says who the porteur is, and whom to call', () => {
    for (const said of [
      'Fondation du Maquis',
      'Mme Santoni',
      '04 95 00 00 00',
      'direction@maquis.example.org',
    ]) {
      expect(saidIn('Synthèse')).toContain(said)
    }
  })

  it('holds no to-do of the porteur, none of its guesses and none of its motives', () => {
    const everything = workbook.worksheets.map(({ name }) => saidIn(name)).join('\n')
    const forbidden = [
      'votre ARS',
      'Hypothèse',
      'pièce probable',
      'À faire',
      'À contrôler',
      'La page 2 manque',
    ]
    for (const said of [...forbidden, 'en retard', 'Grappe créée', 'Écartée']) {
      expect(everything).not.toContain(said)
    }
    expect(saidIn('Éligibilité')).toContain('le minimum qui vaut pour cette grappe.')
    expect(saidIn('Éligibilité')).toContain('à l’initiative du porteur')
  })

  it('tells what is absent apart from what was not asked for', () => {
    const rows = textsOf(sheetOf(workbook, 'Manquants')).slice(1)
    expect(rows.map(row => [row[0], row[1], row.at(-1)])).toEqual([
      ['○ Absente', 'Fondation du Maquis', ''],
      ['○ Absente', 'SAVS Élan', 'Le porteur n’a pas retenu ce qui était déposé.'],
      ['○ Absente', 'Association Les Oliviers', ''],
    ])
    expect(saidIn('Pièces')).toContain('○ Facultative')
    expect(saidIn('Pièces')).toContain('● Déposée v2, 2 fichiers')
  })

  it('holds the journal of the dossier, not that of the porteur', () => {
    const [, ...lines] = textsOf(sheetOf(workbook, 'Journal'))
    expect(lines.map(([, actor, event]) => [actor, event])).toEqual([
      ['EHPAD Example', '«\u00A0État des lieux\u00A0» déposée.'],
    ])
  })

  it('has texts of the same edition', () => {
    const text = missingText(plan) ?? ''
    expect(text).toContain('État des lieux\u00A0: absente, le porteur n’a pas retenu ce qui était déposé.')
    for (const said of ['CONTRÔLÉES', 'HORS DU DOSSIER', 'Motif', 'date limite'])
      expect(text).not.toContain(said)
    expect(coverText(plan, plan.seal ?? expect.fail('sealed'))).toContain('Téléphone\u00A0: 04 95 00 00 00')
  })

  it('draws a plan that was stored before it existed', async () => {
    const { dossierJournal: _, porteur: __, ...stored } = plan
    const old = { ...stored, verdict: { ...plan.verdict, criteria: [{ ...criterion }] } }
    const book = await reopened(old)
    expect(textsOf(sheetOf(book, 'Journal'))).toHaveLength(1)
  })
})

describe('a workbook of pieces in every state', () => {
  const before = aSnapshot()
  const [letter, deposited, refused] = before.pieces
  if (!letter || !deposited || !refused) throw new Error('the sample has at least three pieces')
  const now = '2023-09-10T08:00:00.000Z'
  const review = {
    decision: 'complement' as const,
    motive: 'Le tampon manque.',
    deadlineOn: '2023-10-01',
    actor: 'ars@example.org',
    at: now,
  }
  const asked = {
    id: 'n',
    reason: 'Aucun devis.',
    askedBy: 'SAVS Élan',
    askedAt: now,
    motive: null,
    decidedAt: now,
  }
  const plan = planDossier({
    ...before,
    antivirus: true,
    pieces: [
      {
        ...letter,
        versions: letter.versions.map(version => ({
          ...version,
          review,
          files: version.files.map(file => ({ ...file, scan: 'sain' as const })),
        })),
      },
      deposited,
      refused,
      {
        ...refused,
        id: 'd1',
        code: 'devis',
        versions: [],
        nonApplicable: { ...asked, decision: 'confirmee' },
      },
      {
        ...refused,
        id: 'd2',
        code: 'devis',
        esmsId: 'e1',
        versions: [],
        nonApplicable: { ...asked, decision: null, decidedAt: null },
      },
    ],
  })
  let workbook: ExcelJS.Workbook
  beforeAll(async () => {
    workbook = await reopened(plan)
  })

  it('tells apart what waits for the antivirus, what the ARS asks again and what does not apply', () => {
    const cells = textsOf(sheetOf(workbook, 'Pièces')).slice(1)
    expect(cells.map(row => [row[0], ...row.slice(4)].filter(text => text !== ''))).toEqual([
      ['Grappe PEP2B', '↺ Complément v1, en retard'],
      ['Fondation du Maquis', '○ Non déposée, en retard'],
      ['SAVS Élan', '– Sans objet', '◌ Antivirus en attente v1', '– Non applicable'],
      ['Association Les Oliviers', '○ Non déposée, en retard'],
      ['EHPAD Example', '– Sans objet', '◌ Antivirus en attente v2', '○ Non déposée, dit non applicable'],
    ])
  })

  it('says in Manquants why each of them is there', () => {
    const rows = textsOf(sheetOf(workbook, 'Manquants')).slice(1)
    const said = rows.map(row => [row[0], row[1], row[11]])
    expect(said).toContainEqual(['◌ En attente de l’antivirus', 'EHPAD Example', ''])
    expect(said).toContainEqual(['↺ Complément demandé', 'Grappe PEP2B', 'Le tampon manque.'])
    expect(said).toContainEqual([
      '– Non applicable',
      'SAVS Élan',
      'Dit non applicable par SAVS Élan\u00A0: Aucun devis.\nConfirmé par le porteur.',
    ])
    expect(textsOf(sheetOf(workbook, 'Synthèse')).flat()).toContain(
      'Chaque fichier du dossier a été analysé et déclaré sain.',
    )
  })

  it('says the same in _MANQUANTS.txt', () => {
    const lines = missingText(plan)?.split('\r\n') ?? []
    expect(lines).toContain(
      '  - État des lieux\u00A0: version 2 déposée, en attente de l’antivirus, date limite le 15/09/2023.',
    )
    expect(lines).toContain(
      "  - Grappe PEP2B\u00A0: Lettre d'engagement, version 1\u00A0; motif\u00A0: Le tampon manque.",
    )
    expect(lines).toContain('  - SAVS Élan\u00A0: Devis\u00A0; raison\u00A0: Aucun devis.')
    expect(lines.join()).not.toContain('PAS ENCORE CONTRÔLÉES')
  })
})

describe('a workbook fed with odd text', () => {
  const odd = [
    '=1+1',
    '+33 4',
    '-2',
    '@SUM(A1)',
    '\t=1',
    '\r=1',
    'a\u0000b\u000Bc',
    'x\uD800y',
    '_x0041_',
    'z'.repeat(40_000),
  ]
  const journal = odd.map((event, i) => ({ at: `2023-01-01T00:00:${10 + i}.000Z`, actor: event, event }))

  it('keeps what looks like a formula as text, and opens whatever people typed', async () => {
    const workbook = await reopened(planDossier({ ...aSnapshot(), journal }))
    const texts = odd.map((_, i) => {
      const cell = sheetOf(workbook, 'Journal').getCell(i + 2, 3)
      expect(cell.type).toBe(ExcelJS.ValueType.String)
      return cell.text
    })
    expect(texts.slice(0, 4)).toEqual(odd.slice(0, 4))
    expect(texts[6]).toBe('abc')
    expect(texts[7]).toBe('x\uFFFDy')
    // Unless escaped, a spreadsheet reads it as `A`.
    expect(texts[8]).toBe('_x0041_')
    expect(texts[9]?.length).toBe(32_767)
    expect(texts[9]).toMatch(/… \(coupé\)$/)
  })

  it('links to names that a URI cannot hold as they are', async () => {
    const plan = planDossier(aSnapshot())
    const path = '03_ESMS/Été & hiver/100 % #1?.pdf'
    const entries = plan.entries.slice(0, 1).map(entry => ({ ...entry, path }))
    const targets = await linkTargets({ ...plan, rows: [], entries })
    expect(targets).toEqual(['03_ESMS/%C3%89t%C3%A9%20%26%20hiver/100%20%25%20%231%3F.pdf'])
  })

  it('opens with no member, no piece, no rule and no event', async () => {
    const snapshot: DossierSnapshot = { ...aSnapshot(), definitions: [], pieces: [], journal: [] }
    const grappe = { ...snapshot.grappe, ogs: [], esms: [], porteurOgId: null }
    const verdict = { status: 'a-verifier' as const, criteria: [] }
    const workbook = await reopened(planDossier({ ...snapshot, grappe, verdict }))
    expect(workbook.worksheets.length).toBe(7)
  })

  it('drops the links that Excel would refuse, and says so', async () => {
    const plan = planDossier(aSnapshot())
    const [entry] = plan.entries
    if (!entry) return expect.fail('no entry')
    const entries = Array.from({ length: MAX_LINKS_PER_SHEET + 3 }, (_, i) => ({
      ...entry,
      path: `${i}.pdf`,
    }))
    const workbook = await reopened({ ...plan, entries })
    const sheet = sheetOf(workbook, 'Empreintes')
    expect(sheet.getCell(MAX_LINKS_PER_SHEET + 1, 1).hyperlink).toBeTruthy()
    expect(sheet.getCell(MAX_LINKS_PER_SHEET + 2, 1).value).toBe(`${MAX_LINKS_PER_SHEET}.pdf`)
    expect(textsOf(sheetOf(workbook, 'Synthèse')).flat().join()).toContain('les 3 derniers liens')
  }, 60_000)
})

describe('the files drawn from a plan', () => {
  const plan = planDossier(aSnapshot())

  it('are the same bytes whenever they are drawn', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: new Date('2024-02-03T04:05:06Z') })
    const once = await drawGeneratedFiles(plan)
    vi.setSystemTime(new Date('2025-07-08T09:10:11Z'))
    const twice = await drawGeneratedFiles(JSON.parse(JSON.stringify(plan)) as DossierPlan)
    for (const [i, file] of once.entries()) expect(twice[i]?.bytes.equals(file.bytes)).toBe(true)
  })

  it('include the checksum of every other file, as sha256sum reads it', async () => {
    const files = await drawGeneratedFiles(plan)
    expect(files.map(file => file.path)).toEqual([WORKBOOK_PATH, '_MANQUANTS.txt', 'SHA256SUMS'])
    const hashes = files.map(({ path, bytes }) => [createHash('sha256').update(bytes).digest('hex'), path])
    const expected = [...hashes.slice(0, 2), ...plan.entries.map(({ sha256, path }) => [sha256, path])]
    expect(files[2]?.bytes.toString()).toBe(expected.map(line => `${line.join('  ')}\n`).join(''))
  })

  it('tell what is missing in plain French, in a file that Notepad opens', () => {
    expect(missingText(plan)?.split('\r\n')).toEqual([
      '\uFEFFPIÈCES MANQUANTES',
      '',
      'Grappe PEP2B',
      'ESMS numérique, Corse 2023',
      'Exemple fictif\u00A0: aucun établissement de ce dossier n’existe.',
      'État au 20/09/2023 à 10:30 (fuseau Europe/Paris).',
      'Aucun antivirus n’est configuré : les fichiers n’ont pas été analysés.',
      '',
      'Ce dossier est INCOMPLET\u00A0: 3 pièces obligatoires manquent, dont 3 en retard.',
      '',
      'Fondation du Maquis (OG, FINESS non renseigné)',
      '  - Mandat donné au porteur\u00A0: non déposée, date limite dépassée depuis le 15/09/2023.',
      '',
      'SAVS Élan (ESMS, FINESS 2B0000020)',
      'Organisme gestionnaire\u00A0: Fondation du Maquis',
      '  - État des lieux\u00A0: version 1 refusée le 02/09/2023 à 00:30, nouvelle version attendue, date limite dépassée depuis le 15/09/2023.',
      '    Motif\u00A0: La page 2 manque. Rescannez-la.',
      '',
      'Association Les Oliviers (OG, FINESS 2A0000014)',
      '  - Mandat donné au porteur\u00A0: non déposée, date limite dépassée depuis le 15/09/2023.',
      '',
      'DANS LE DOSSIER, MAIS PAS ENCORE CONTRÔLÉES PAR LE PORTEUR (1 pièce)',
      '  - EHPAD Example\u00A0: État des lieux, version 2',
      '',
      'DÉPOSÉES, MAIS LAISSÉES HORS DU DOSSIER (3 pièces)',
      '  - EHPAD Example\u00A0: Activités essentielles à la vie, version 1 déposée le 03/07/2023 à 10:15\u00A0; la pièce n’est plus demandée à ce membre.',
      '  - Grappe PEP2B\u00A0: budget, version 1 déposée le 03/07/2023 à 10:15\u00A0; la pièce n’est plus dans la liste des pièces demandées.',
      '  - SSIAD Parti\u00A0: Activités essentielles à la vie, version 1 déposée le 03/07/2023 à 10:15\u00A0; le membre n’est plus dans la grappe.',
      '',
    ])
  })

  it('hold no _MANQUANTS.txt when nothing is missing', () => {
    const snapshot = aSnapshot()
    const definitions = snapshot.definitions.slice(0, 1)
    const pieces = snapshot.pieces.slice(0, 1)
    expect(missingText(planDossier({ ...snapshot, definitions, pieces }))).toBeNull()
  })
})
