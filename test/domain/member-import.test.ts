import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { finessKey } from '../../server/domain/finess.ts'
import type { Grappe } from '../../server/domain/grappe.ts'
import type { MemberTable } from '../../server/domain/member-columns.ts'
import {
  applyCorrections,
  cellAddress,
  readMemberTable,
  recogniseHeader,
} from '../../server/domain/member-columns.ts'
import type { ImportPreview, RegistryFact } from '../../server/domain/member-import.ts'
import { finessNumbers, previewImport, proposedCorrections } from '../../server/domain/member-import.ts'

const HEADERS = ['FINESS', 'Nom', 'OG', 'EJ', 'Domaine', 'Projet', 'Solution', 'Éditeur', 'Courriel']
const EMPTY_GRAPPE: Pick<Grappe, 'ogs' | 'esms' | 'solutions'> = { ogs: [], esms: [], solutions: [] }

const numbered = (rows: readonly (readonly string[])[]) =>
  rows.map((cells, index) => ({ line: index + 1, cells }))

function tableOf(rows: readonly (readonly string[])[], headers: readonly string[] = HEADERS): MemberTable {
  const result = readMemberTable(numbered([headers, ...rows]))
  if (!result.ok) throw new Error(result.refusal.sentence)
  return result.table
}

const preview = (
  rows: readonly (readonly string[])[],
  grappe = EMPTY_GRAPPE,
  registry?: ReadonlyMap<string, RegistryFact>,
): ImportPreview => previewImport(tableOf(rows), grappe, registry)

/** A fictional number of département 99. */
const finess = (rank: number): string => {
  const eight = `990${String(rank).padStart(5, '0')}`
  return eight + finessKey(eight)
}
const row = (number: string, ...rest: string[]): string[] => [
  number,
  rest[0] ?? 'EHPAD Exemple',
  rest[1] ?? 'Association Exemple',
  ...rest.slice(2),
]

/** What is said of one cell of the only line. */
function onlyFinding(result: ImportPreview, line = 0) {
  const [finding, ...others] = result.lines[line]?.findings ?? []
  expect(others).toEqual([])
  if (finding === undefined) throw new Error('Nothing is said of this line.')
  return finding
}

describe('headers are recognised with their usual variants', () => {
  test.each([
    ['FINESS ET', 'finess'],
    ['N° FINESS géographique', 'finess'],
    ['finess', 'finess'],
    ['Numéro Finess de l’établissement', 'finess'],
    ['n° ET', 'finess'],
    ['nom', 'nom'],
    ['RAISON SOCIALE', 'nom'],
    ['Établissement', 'nom'],
    ['Nom de l’ESMS', 'nom'],
    ['OG', 'ogNom'],
    ['Organisme gestionnaire', 'ogNom'],
    ['association', 'ogNom'],
    ['Raison sociale de l’entité juridique', 'ogNom'],
    ['FINESS EJ', 'ogFiness'],
    ['FINESS juridique', 'ogFiness'],
    ['EJ', 'ogFiness'],
    ['domaine', 'domaine'],
    ['Domaine (PA, PH, DOM…)', 'domaine'],
    ['Projet : acquisition / mise en conformité', 'projet'],
    ['Acquisition ou MEC', 'projet'],
    ['Solution', 'solution'],
    ['logiciel', 'solution'],
    ['DUI actuel', 'solution'],
    ['Nom du DUI', 'solution'],
    ['Éditeur', 'editeur'],
    ['Éditeur du logiciel', 'editeur'],
    ['Produit', 'solution'],
    ['Version du DUI', 'version'],
    ['Contact', 'contact'],
    ['Nom du référent', 'contact'],
    ['E-mail', 'courriel'],
    ['Adresse électronique', 'courriel'],
    ['courriel du contact', 'courriel'],
    ['Tél.', 'telephone'],
    ['Commune', null],
    ['SIRET de l’établissement', null],
    ['Catégorie d’établissement', null],
    ['', null],
  ])('« %s » is read as %s', (header, field) => {
    expect(recogniseHeader(header)).toBe(field)
  })

  test('columns may come in any order, with titles above and others between', () => {
    const result = readMemberTable(
      numbered([
        ['Grappe Exemple — liste des établissements'],
        ['Projet', 'Commune', 'Nom', 'Organisme gestionnaire', 'N° FINESS', 'Nom'],
        ['MEC', 'Ajaccio', 'EHPAD Exemple', 'Association Exemple', '2A0000253', 'doublon'],
      ]),
    )
    if (!result.ok) throw new Error(result.refusal.sentence)
    const { table } = result
    expect(table.ignored).toMatchObject([{ line: 1, text: 'Grappe Exemple — liste des établissements' }])
    expect(table.unusedColumns.map(({ column, header }) => [column, header])).toEqual([
      [1, 'Commune'],
      [5, 'Nom'],
    ])
    expect(table.lines).toEqual([
      {
        line: 3,
        values: { projet: 'MEC', nom: 'EHPAD Exemple', ogNom: 'Association Exemple', finess: '2A0000253' },
        unread: {},
      },
    ])
    expect(table.missing.map(({ field }) => field)).toEqual(['domaine'])
  })

  test('a title merged over several columns tells whose name stands below', () => {
    const table = readMemberTable(
      numbered([
        [
          'Organisme gestionnaire',
          'Organisme gestionnaire',
          'Établissement',
          'Établissement',
          'Contact',
          'Contact',
        ],
        ['Nom', 'FINESS', 'FINESS', 'Nom', 'Nom', 'Courriel'],
        ['Association Exemple', finess(2), finess(1), 'EHPAD Exemple', 'Camille', 'c@exemple.fr'],
      ]),
    )
    expect(table.ok && table.table.columns.map(({ field }) => field)).toEqual([
      'ogNom',
      'ogFiness',
      'finess',
      'nom',
      'contact',
      'courriel',
    ])
  })

  test('headers merged downwards are not taken for a member', () => {
    const table = readMemberTable(numbered([HEADERS, HEADERS, row(finess(1))]))
    expect(table.ok && table.table.lines.map(({ line }) => line)).toEqual([3])
  })

  test('of two lines of headers as rich, the lower one is nearer to the data', () => {
    const table = readMemberTable(
      numbered([
        ['FINESS', 'Nom', 'Contact', 'Contact'],
        ['FINESS', 'Nom', 'Prénom', 'Courriel'],
        [finess(1), 'EHPAD', 'Camille', 'c@exemple.fr'],
      ]),
    )
    expect(table.ok && table.table.lines[0]?.values.courriel).toBe('c@exemple.fr')
  })

  test('headers repeated at each page are said to be left out', () => {
    const table = tableOf([row(finess(1)), HEADERS, row(finess(2))])
    expect(table.lines.map(({ line }) => line)).toEqual([2, 4])
    expect(table.ignored).toMatchObject([{ line: 3, reason: 'Cette ligne répète les en-têtes.' }])
  })

  test('without a FINESS column, the sentence says which headers to add', () => {
    const result = readMemberTable(
      numbered([
        ['Nom', 'OG'],
        ['EHPAD', 'Association'],
      ]),
    )
    expect(!result.ok && result.refusal).toMatchObject({ code: 'no-header' })
    expect(!result.ok && result.refusal.sentence).toContain('« FINESS »')
  })

  test('headers alone are said to be alone', () => {
    const result = readMemberTable(numbered([HEADERS]))
    expect(!result.ok && result.refusal.code).toBe('no-lines')
  })

  test('cells are named as spreadsheets do', () => {
    expect([0, 25, 26, 701, 702, 16383].map(column => cellAddress(7, column))).toEqual([
      'A7',
      'Z7',
      'AA7',
      'ZZ7',
      'AAA7',
      'XFD7',
    ])
  })
})

describe('a FINESS cell says what is wrong with it', () => {
  test('a leading zero lost by the spreadsheet is proposed back', () => {
    const result = preview([row('10780195')])
    expect(onlyFinding(result)).toMatchObject({
      field: 'finess',
      address: 'A2',
      found: '10780195',
      proposal: '010780195',
      blocking: true,
    })
    expect(result.membersToCreate).toBeNull()
  })

  test('a number stored as a float, its zero lost, is proposed whole', () => {
    expect(onlyFinding(preview([row('10780195.0')])).proposal).toBe('010780195')
    expect(onlyFinding(preview([row('10780195,00')])).proposal).toBe('010780195')
  })

  test('scientific notation is recognised', () => {
    const finding = onlyFinding(preview([row('1,0780195E+07')]))
    expect(finding).toMatchObject({ proposal: '010780195', blocking: true })
    expect(finding.reason).toContain('notation scientifique')
  })

  test.each([
    ['01 078 019 5', '010780195'],
    ['01.078.019.5', '010780195'],
    ['2a0000253', '2A0000253'],
    ['N° FINESS 010780195', '010780195'],
    ['010780195.0', '010780195'],
  ])('« %s » is read %s, which is said', (typed, read) => {
    const result = preview([row(typed)])
    expect(onlyFinding(result)).toMatchObject({ blocking: false, reason: `« ${typed} » est lu ${read}.` })
    expect(result.membersToCreate?.map(member => member.finess)).toEqual([read])
  })

  test('a letter O typed for a zero is proposed', () => {
    expect(onlyFinding(preview([row('O1O78O195')])).proposal).toBe('010780195')
  })

  test('a SIRET and a SIREN are called so', () => {
    expect(onlyFinding(preview([row('26010004500012')])).reason).toContain('SIRET')
    expect(onlyFinding(preview([row('552 100 554')])).reason).toContain('SIREN')
  })

  test('a wrong key and an empty cell are to correct, with nothing proposed', () => {
    expect(onlyFinding(preview([row('010780196')]))).toMatchObject({ blocking: true, proposal: null })
    expect(onlyFinding(preview([row('')]))).toMatchObject({ address: 'A2', blocking: true, proposal: null })
  })

  test('the same number typed as geographic and as juridical is to correct', () => {
    const finding = onlyFinding(preview([row(finess(1), 'EHPAD', 'OG', finess(1))]))
    expect(finding).toMatchObject({ field: 'finess', blocking: true })
    expect(finding.reason).toContain('colonnes géographique (ET) et juridique (EJ)')
  })

  test('the juridical number of another line, or of the grappe, is not a geographic one', () => {
    const result = preview([row(finess(1), 'EHPAD', 'OG', finess(9)), row(finess(9), 'IME')])
    expect(result.lines.map(line => line.status)).toEqual(['pret', 'a-corriger'])
    expect(onlyFinding(result, 1).reason).toContain('à la ligne 2')
    const ogs = [{ id: 'og', name: 'ADAPEI', finessEj: finess(9) }]
    expect(onlyFinding(preview([row(finess(9))], { ...EMPTY_GRAPPE, ogs })).reason).toContain('ADAPEI')
  })

  test('a number given twice names the other line, from both', () => {
    const result = preview([row(finess(1)), row(finess(2)), row(finess(1), 'IME')])
    expect(result.lines.map(line => line.status)).toEqual(['pret', 'pret', 'a-corriger'])
    expect(onlyFinding(result, 0).reason).toBe('Ce numéro figure aussi à la ligne 4.')
    expect(onlyFinding(result, 2).reason).toBe('Ce numéro figure déjà à la ligne 2.')
  })

  test('a member of the grappe is already there, withdrawn or not', () => {
    const member = {
      id: 'm1',
      ogId: 'og',
      name: 'EHPAD Déjà Là',
      finess: finess(1),
      domaine: null,
      projet: null,
      solutionId: null,
      categorie: null,
      registry: 'non-verifie' as const,
      registryEj: null,
      inOtherGrappe: null,
      declarations: {},
      withdrawnOn: null,
    }
    const gone = { ...member, id: 'm2', finess: finess(2), withdrawnOn: '2026-01-31' }
    const result = preview([row(finess(1), '', ''), row(finess(2)), row(finess(3))], {
      ...EMPTY_GRAPPE,
      esms: [member, gone],
    })
    expect(result.lines.map(line => [line.status, line.presentEsmsId])).toEqual([
      ['deja-present', 'm1'],
      ['deja-present', 'm2'],
      ['pret', null],
    ])
    expect(onlyFinding(result, 1).reason).toContain('a été retiré')
    expect(result.membersToCreate?.map(created => created.finess)).toEqual([finess(3)])
    expect(result.counts).toEqual({ pret: 1, 'a-corriger': 0, 'deja-present': 2 })
  })
})

describe('with a registry', () => {
  const fact = (more: Partial<RegistryFact>): RegistryFact => ({
    status: 'ouvert',
    name: null,
    ej: null,
    categorie: null,
    ...more,
  })
  const lookUp = (more: Partial<RegistryFact>, ...cells: string[]) =>
    preview([row(finess(1), ...cells)], EMPTY_GRAPPE, new Map([[finess(1), fact(more)]]))

  test('the numbers to look up are the valid ones of both columns, once each', () => {
    const table = tableOf([
      row('2a 0000253', 'A', 'B', finess(9)),
      row('10780195', 'A', 'B', finess(9)),
      row('', 'A', 'B', 'néant'),
    ])
    expect(finessNumbers(table)).toEqual(['2A0000253', finess(9)])
  })

  test('name, OG and category come from it where the file is silent', () => {
    const known = { name: 'EHPAD LES EXEMPLES', ej: finess(9), ejName: 'ASSOCIATION DÉMO', categorie: '500' }
    const [member] = lookUp(known, '', '').membersToCreate ?? []
    expect(member).toMatchObject({
      name: 'EHPAD LES EXEMPLES',
      og: { id: null, name: 'ASSOCIATION DÉMO', finessEj: finess(9) },
      categorie: '500',
      registry: 'ouvert',
      registryEj: finess(9),
    })
  })

  test('a juridical number is refused', () => {
    expect(onlyFinding(lookUp({ status: 'juridique' }))).toMatchObject({ field: 'finess', blocking: true })
  })

  test('a closed or unknown establishment is said, and left to the eligibility rules', () => {
    expect(onlyFinding(lookUp({ status: 'ferme' }))).toMatchObject({ blocking: false })
    expect(onlyFinding(lookUp({ status: 'absent' }))).toMatchObject({ blocking: false })
  })

  test('the establishment’s number in the juridical column is replaced by its OG’s, once accepted', () => {
    const finding = onlyFinding(lookUp({ ej: finess(9) }, 'EHPAD', 'OG', finess(1)))
    expect(finding).toMatchObject({ field: 'ogFiness', address: 'D2', proposal: finess(9), blocking: true })
  })

  test('another OG than the registry’s is said', () => {
    const finding = onlyFinding(lookUp({ ej: finess(9) }, 'EHPAD', 'OG', finess(8)))
    expect(finding).toMatchObject({ field: 'ogFiness', blocking: false })
  })

  test('a number like a SIREN that the registry knows is accepted', () => {
    const facts = new Map([['552100554', fact({})]])
    expect(preview([row('552100554')], EMPTY_GRAPPE, facts).counts.pret).toBe(1)
  })
})

describe('organismes gestionnaires', () => {
  test('one OG per name, whatever the case and accents, and per number', () => {
    const result = preview([
      row(finess(1), 'A', 'Fédération Exemple'),
      row(finess(2), 'B', 'FEDERATION EXEMPLE', finess(9)),
      row(finess(3), 'C', 'La Fédé', finess(9)),
      row(finess(4), 'D', '', finess(9)),
    ])
    expect(result.ogs).toEqual([{ id: null, name: 'Fédération Exemple', finessEj: finess(9) }])
    expect(new Set(result.membersToCreate?.map(member => member.og)).size).toBe(1)
    expect(onlyFinding(result, 2).reason).toContain('Fédération Exemple')
  })

  test('a name found further down serves the lines that only have the number', () => {
    const result = preview([row(finess(1), 'A', '', finess(9)), row(finess(2), 'B', 'Démo', finess(9))])
    expect(result.ogs).toEqual([{ id: null, name: 'Démo', finessEj: finess(9) }])
  })

  test('one name with two numbers is to correct', () => {
    const result = preview([
      row(finess(1), 'A', 'Exemple', finess(8)),
      row(finess(2), 'B', 'Exemple', finess(9)),
    ])
    expect(result.lines.map(line => line.status)).toEqual(['pret', 'a-corriger'])
    expect(onlyFinding(result, 1).reason).toContain('ligne 2')
  })

  test('those of the grappe are used, those of members already there are not created', () => {
    const grappe = { ...EMPTY_GRAPPE, ogs: [{ id: 'og1', name: 'Exemple', finessEj: null }] }
    const result = preview([row(finess(1), 'A', 'EXEMPLE', finess(9))], grappe)
    expect(result.ogs).toEqual([{ id: 'og1', name: 'Exemple', finessEj: finess(9) }])
  })

  test('without a name the line is to correct', () => {
    expect(onlyFinding(preview([row(finess(1), 'A', '')]))).toMatchObject({ field: 'ogNom', address: 'C2' })
  })
})

describe('the other columns', () => {
  test.each([
    ['pa', 'PA'],
    ['Personnes âgées', 'PA'],
    ['HANDICAP', 'PH'],
    ['Domicile', 'DOM'],
    ['Protection de l’enfance', 'PDE'],
    ['', null],
    ['à définir', null],
  ])('domaine « %s » is %s', (typed, domaine) => {
    expect(preview([row(finess(1), 'A', 'B', '', typed)]).membersToCreate?.[0]?.domaine).toBe(domaine)
  })

  test.each([
    ['MEC', 'mise-en-conformite'],
    ['conformité', 'mise-en-conformite'],
    ['Mise en conformité', 'mise-en-conformite'],
    ['acq.', 'acquisition'],
    ['ACQUISITION', 'acquisition'],
    ['-', null],
  ])('projet « %s » is %s', (typed, projet) => {
    expect(preview([row(finess(1), 'A', 'B', '', '', typed)]).membersToCreate?.[0]?.projet).toBe(projet)
  })

  test('a misspelled projet is proposed, an unknown domaine lists the possible ones', () => {
    const misspelled = onlyFinding(preview([row(finess(1), 'A', 'B', '', '', 'aquisition')]))
    expect(misspelled).toMatchObject({ address: 'F2', proposal: 'acquisition', blocking: true })
    const unknown = onlyFinding(preview([row(finess(1), 'A', 'B', '', 'PA/PH')]))
    expect(unknown).toMatchObject({ address: 'E2', proposal: null, blocking: true })
    expect(unknown.remedy).toContain('PA, PH, DOM, PDE, PDS, AHI, PJM')
  })

  test.each([
    ['Camille <camille@exemple.fr>', 'camille@exemple.fr'],
    ['camille@exemple,fr', 'camille@exemple.fr'],
    ['camille @exemple.fr.', 'camille@exemple.fr'],
    ['a@exemple.fr ; b@exemple.fr', 'a@exemple.fr'],
    ['camille', null],
    ['camille@exemple', null],
  ])('« %s » is no e-mail address; %s is proposed', (typed, proposal) => {
    const finding = onlyFinding(preview([row(finess(1), 'A', 'B', '', '', '', '', '', typed)]))
    expect(finding).toMatchObject({ field: 'courriel', address: 'I2', proposal, blocking: true })
  })

  test('a contact column that holds an address gives the address', () => {
    const table = tableOf([[finess(1), 'A', 'B', 'c@exemple.fr']], ['FINESS', 'Nom', 'OG', 'Contact'])
    const [member] = previewImport(table, EMPTY_GRAPPE).membersToCreate ?? []
    expect(member).toMatchObject({ contactName: null, contactEmail: 'c@exemple.fr' })
  })

  test('a cell whose content could not be had is to correct, then corrected in place', () => {
    const rows = [
      { line: 1, cells: HEADERS },
      { line: 2, cells: row(''), unread: [{ column: 0, reason: 'Formule sans résultat.' }] },
    ]
    const result = readMemberTable(rows)
    if (!result.ok) throw new Error('unreadable')
    const before = previewImport(result.table, EMPTY_GRAPPE)
    expect(onlyFinding(before)).toMatchObject({ address: 'A2', reason: 'Formule sans résultat.' })
    const mended = applyCorrections(result.table, [{ line: 2, field: 'finess', value: finess(1) }])
    expect(previewImport(mended, EMPTY_GRAPPE).counts.pret).toBe(1)
  })

  test('a text that no page could show is to correct', () => {
    expect(onlyFinding(preview([row(finess(1), 'x'.repeat(201))]))).toMatchObject({
      field: 'nom',
      blocking: true,
    })
  })
})

describe('solutions', () => {
  const solutionRow = (rank: number, produit: string, editeur = '') =>
    row(finess(rank), 'A', 'B', '', '', '', produit, editeur)

  test('a version is the member’s own and makes no other solution', () => {
    const result = preview([solutionRow(1, 'NETSoins v5', 'Démo'), solutionRow(2, 'netsoins', 'Démo')])
    expect(result.solutions).toEqual([{ id: null, editeur: 'Démo', produit: 'NETSoins' }])
    expect(result.membersToCreate?.map(member => member.version)).toEqual(['v5', null])
  })

  test('near spellings stay two solutions, proposed for merging', () => {
    const result = preview([solutionRow(1, 'NETSoins'), solutionRow(2, 'Net Soins')])
    expect(result.solutions).toHaveLength(2)
    expect(result.mergeProposals).toMatchObject([{ reason: 'orthographe-voisine' }])
  })

  test('a line without an editor means the only solution of that name, wherever it stands', () => {
    const known = { id: 's1', editeur: 'Démo', produit: 'NETSoins' }
    const grappe = { ...EMPTY_GRAPPE, solutions: [{ ...known, segur: null }] }
    expect(preview([solutionRow(1, 'netsoins v6')], grappe).solutions).toEqual([known])
    const rows = [solutionRow(1, 'Exemple'), solutionRow(2, 'exemple', 'Démo')]
    for (const order of [rows, rows.toReversed()]) expect(preview(order).solutions).toHaveLength(1)
  })

  test('an editor without a product is said not to be kept', () => {
    const result = preview([solutionRow(1, '', 'Démo')])
    expect(onlyFinding(result)).toMatchObject({ field: 'editeur', blocking: false })
    expect(result.membersToCreate?.[0]?.solution).toBeNull()
  })
})

describe('all or nothing', () => {
  test('accepting every proposal makes the file ready', () => {
    const table = tableOf([row('10780195'), row(finess(1), 'A', 'B', '', '', 'aquisition')])
    const before = previewImport(table, EMPTY_GRAPPE)
    expect(before.membersToCreate).toBeNull()
    const after = previewImport(applyCorrections(table, proposedCorrections(before)), EMPTY_GRAPPE)
    expect(after.membersToCreate?.map(member => member.finess)).toEqual(['010780195', finess(1)])
  })

  test('a line left aside is listed with why', () => {
    const table = applyCorrections(tableOf([row('Total'), row(finess(1))]), [{ line: 2, ignore: true }])
    expect(previewImport(table, EMPTY_GRAPPE).counts).toEqual({ pret: 1, 'a-corriger': 0, 'deja-present': 0 })
    expect(table.ignored).toMatchObject([{ line: 2, reason: 'Vous avez laissé cette ligne de côté.' }])
  })

  test('a column that the file lacks can be filled in place', () => {
    const table = tableOf([[finess(1), 'A']], ['FINESS', 'Nom'])
    expect(onlyFinding(previewImport(table, EMPTY_GRAPPE))).toMatchObject({ field: 'ogNom', address: null })
    const filled = applyCorrections(table, [{ line: 2, field: 'ogNom', value: 'Démo' }])
    expect(previewImport(filled, EMPTY_GRAPPE).counts.pret).toBe(1)
  })

  test.each([49, 2000])('%i lines are all ready', lines => {
    const rows = Array.from({ length: lines }, (_, index) =>
      row(finess(index), `EHPAD ${index}`, `Association ${index % 7}`, '', 'PA', 'MEC', 'Exemple v5', 'Démo'),
    )
    const result = preview(rows)
    expect(result.counts.pret).toBe(lines)
    expect(result.ogs).toHaveLength(7)
  })

  test('hundreds of solution names are not compared, and that is said', () => {
    const rows = Array.from({ length: 400 }, (_, index) =>
      row(finess(index), 'A', 'B', '', '', '', `Produit ${'abcdefghij'[index % 10]}${index}`),
    )
    const result = preview(rows)
    expect(result.mergeProposals).toEqual([])
    expect(result.mergeRefusal).toContain('400')
  })
})

describe('whatever the cells hold', () => {
  const cell = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom(
      '',
      '10780195',
      '2a0000253',
      finess(1),
      finess(2),
      'PA',
      'MEC',
      'Net Soins',
      'Démo',
      'é@é',
    ),
  )
  const anyRows = fc.array(fc.array(cell, { maxLength: 12 }), { maxLength: 20 })

  test('any matrix of strings is read or refused, never fatal', () => {
    fc.assert(
      fc.property(anyRows, rows => {
        const result = readMemberTable(numbered(rows))
        if (result.ok) previewImport(result.table, EMPTY_GRAPPE)
      }),
    )
  })

  test('under known headers, no line is lost: each is judged or listed as left out', () => {
    fc.assert(
      fc.property(anyRows, rows => {
        const result = readMemberTable(numbered([HEADERS, ...rows]))
        if (!result.ok) {
          expect(result.refusal.code).toBe('no-lines')
          return
        }
        const { lines, counts, membersToCreate } = previewImport(result.table, EMPTY_GRAPPE)
        const seen = [...lines, ...result.table.ignored].map(({ line }) => line)
        expect(new Set([1, ...seen]).size).toBe(rows.length + 1)
        expect(membersToCreate === null).toBe(counts['a-corriger'] > 0)
        expect(
          lines.every(line => line.status !== 'a-corriger' || line.findings.some(one => one.blocking)),
        ).toBe(true)
      }),
    )
  })
})
