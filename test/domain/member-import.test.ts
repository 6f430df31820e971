import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { finessKey } from '../../server/domain/finess.ts'
import type { Grappe } from '../../server/domain/grappe.ts'
import { cellAddress, recogniseHeader } from '../../server/domain/member-import/columns.ts'
import { finessNumbers, type RegistryFact } from '../../server/domain/member-import/numbers.ts'
import { type ImportPreview, previewImport } from '../../server/domain/member-import/preview.ts'
import { problemGroups, proposedCorrections } from '../../server/domain/member-import/problem-groups.ts'
import {
  applyCorrections,
  exampleCells,
  type MemberTable,
  readMemberTable,
  sheetShape,
} from '../../server/domain/member-import/table.ts'

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
    ['Logiciel prévu', 'solution'],
    ['Acquisition ou MAJ ?', 'projet'],
    ['Acquisition', 'croixAcquisition'],
    ['Mise en conformité', 'croixConformite'],
    ['Commune', 'commune'],
    ['Code commune', null],
    ['Type', 'type'],
    ['Catégorie d’établissement', 'type'],
    ['Nombre de places', 'capacite'],
    ['Mail de l’association', 'ogCourriel'],
    ['Contact du siège', 'ogContact'],
    ['Téléphone OG', 'ogTelephone'],
    ['Prénom du contact', 'contact'],
    ['SIRET de l’établissement', null],
    ['Statut juridique', null],
    ['contact@exemple.fr', null],
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
    expect(table.unusedColumns.map(({ column, header }) => [column, header])).toEqual([[5, 'Nom']])
    const values = { projet: 'MEC', commune: 'Ajaccio', nom: 'EHPAD Exemple', ogNom: 'Association Exemple' }
    expect(table.lines).toEqual([{ line: 3, values: { ...values, finess: '2A0000253' }, unread: {} }])
    expect(table.missing.map(({ field }) => field)).toEqual(['domaine', 'ogCourriel'])
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
    expect(table.ok && table.table.columns.map(({ use }) => use)).toEqual([
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

  test('a wrong key is to correct, with nothing proposed', () => {
    expect(onlyFinding(preview([row('010780196')]))).toMatchObject({ blocking: true, proposal: null })
  })

  test.each(['', 'n° en attente', 'à définir'])(
    '« %s » adds the member without its number, which is said',
    typed => {
      const result = preview([row(typed)])
      expect(result.lines[0]?.findings.map(({ reason }) => reason)).toContain(
        'Le numéro FINESS géographique manque.',
      )
      expect(result.membersToCreate?.map(({ finess }) => finess)).toEqual([null])
    },
  )

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
    expect(finessNumbers(table)).toEqual(['2A0000253', finess(9), '010780195'])
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

describe('the same name twice in one file', () => {
  test('without a number, it is asked whether it is one member, both lines are shown, and two can be kept', () => {
    const table = tableOf([row('', 'EHPAD Les Lilas'), row(finess(1), 'Ehpad  les lilas'), row(finess(2))])
    const first = previewImport(table, EMPTY_GRAPPE)
    expect(first.counts).toEqual({ pret: 2, 'a-corriger': 1, 'deja-present': 0 })
    const [group] = problemGroups(first.lines)
    expect(group?.cells.map(({ line }) => line)).toEqual([2, 3])
    expect(group?.ways.map(({ label }) => label.replaceAll('\u00a0', ' '))).toEqual([
      'C’est le même : garder la ligne 2',
      'C’est le même : garder la ligne 3',
      'Ce sont deux : nommer celui de la ligne 3 « Ehpad les lilas (2) »',
    ])
    const ready = group?.ways.map(({ corrections }) => {
      const { membersToCreate } = previewImport(applyCorrections(table, corrections), EMPTY_GRAPPE)
      return membersToCreate?.map(({ line, finess: number }) => [line, number])
    })
    expect(ready?.map(lines => lines?.map(([line]) => line))).toEqual([
      [2, 4],
      [3, 4],
      [2, 3, 4],
    ])
  })

  test('each with its own number, or under two OG, they are two members', () => {
    const rows = [row(finess(1), 'SSIAD'), row(finess(2), 'SSIAD'), row('', 'SSIAD', 'Autre OG')]
    expect(preview(rows).counts.pret).toBe(3)
  })
})

describe('organismes gestionnaires', () => {
  test('one OG per name, whatever the case and accents, and per number', () => {
    const result = preview([
      row(finess(1), 'A', 'Fédération Exemple'),
      row(finess(2), 'B', 'FEDERATION EXEMPLE', finess(9)),
      row(finess(3), 'C', 'Fédération de l’Exemple (siège)', finess(9)),
      row(finess(4), 'D', '', finess(9)),
    ])
    expect(result.ogs).toMatchObject([{ id: null, name: 'Fédération Exemple', finessEj: finess(9) }])
    expect(new Set(result.membersToCreate?.map(member => member.og)).size).toBe(1)
    expect(onlyFinding(result, 2).reason).toContain('Fédération Exemple')
  })

  test('a name found further down serves the lines that only have the number', () => {
    const result = preview([row(finess(1), 'A', '', finess(9)), row(finess(2), 'B', 'Démo', finess(9))])
    expect(result.ogs).toMatchObject([{ id: null, name: 'Démo', finessEj: finess(9) }])
  })

  test('a number that is another OG’s never changes the name typed unasked; either answer settles it', () => {
    const table = tableOf([
      row(finess(1), 'A', 'Les Jonquilles', finess(9)),
      row(finess(2), 'B', 'Fondation du Val', finess(9)),
      row(finess(3), 'C', 'Fondation du Val', finess(9)),
    ])
    const [group, ...others] = problemGroups(previewImport(table, EMPTY_GRAPPE).lines)
    expect(others).toEqual([])
    expect(group?.cells.map(({ line }) => line)).toEqual([2, 3, 4])
    const after = group?.ways.map(({ corrections }) =>
      previewImport(applyCorrections(table, corrections), EMPTY_GRAPPE).ogs.map(({ name }) => name),
    )
    expect(after).toEqual([['Les Jonquilles'], ['Les Jonquilles', 'Fondation du Val']])
  })

  test('the registry’s OG does not replace the one typed', () => {
    const facts = new Map([
      [finess(2), { status: 'ouvert' as const, name: null, ej: finess(9), categorie: null }],
    ])
    const rows = [row(finess(1), 'A', 'Les Jonquilles', finess(9)), row(finess(2), 'B', 'Fondation du Val')]
    const result = preview(rows, EMPTY_GRAPPE, facts)
    expect(result.ogs).toMatchObject([{ finessEj: finess(9) }, { name: 'Fondation du Val', finessEj: null }])
    expect(onlyFinding(result, 1).reason).toContain(finess(9))
  })

  test('the contact of an OG is told by any of its lines, and every address is kept', () => {
    const headers = ['FINESS', 'Nom', 'OG', 'Contact OG', 'Mail OG', 'Tél. OG']
    const table = tableOf(
      [
        [finess(1), 'A', 'Exemple', '', '', ''],
        [finess(2), 'B', 'Exemple', 'Mme Petit', 'siege@exemple.fr ; rh@exemple.fr', '470445566'],
      ],
      headers,
    )
    expect(previewImport(table, EMPTY_GRAPPE).ogs[0]?.contact).toEqual({
      contactName: 'Mme Petit',
      contactEmail: 'siege@exemple.fr',
      contactPhone: '04 70 44 55 66',
      otherEmails: ['rh@exemple.fr'],
    })
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
    expect(result.ogs).toMatchObject([{ id: 'og1', name: 'Exemple', finessEj: finess(9) }])
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
    ['MAJ', 'mise-en-conformite'],
    ['Mise à jour', 'mise-en-conformite'],
    ['acq.', 'acquisition'],
    ['acquis.', 'acquisition'],
    ['à acheter', 'acquisition'],
    ['ACQUISITION', 'acquisition'],
    ['-', null],
    ['?', null],
  ])('projet « %s » is %s', (typed, projet) => {
    expect(preview([row(finess(1), 'A', 'B', '', '', typed)]).membersToCreate?.[0]?.projet).toBe(projet)
  })

  test('« renouvellement » may be either: what it probably is, is asked', () => {
    const finding = onlyFinding(preview([row(finess(1), 'A', 'B', '', '', 'Renouvellement')]))
    expect(finding).toMatchObject({ proposal: 'mise en conformité', blocking: true })
  })

  test('a misspelled projet is proposed, an unknown domaine lists the possible ones', () => {
    const misspelled = onlyFinding(preview([row(finess(1), 'A', 'B', '', '', 'aquisition')]))
    expect(misspelled).toMatchObject({ address: 'F2', proposal: 'acquisition', blocking: true })
    const unknown = onlyFinding(preview([row(finess(1), 'A', 'B', '', 'PA/PH')]))
    expect(unknown).toMatchObject({ address: 'E2', proposal: null, blocking: true })
    expect(unknown.remedy).toContain('PA, PH, DOM, PDE, PDS, AHI, PJM')
  })

  test.each([
    ['camille@exemple,fr', 'camille@exemple.fr'],
    ['camille @exemple.fr.', 'camille@exemple.fr'],
    ['hélène@exemple.fr', 'helene@exemple.fr'],
    ['a@exemple.fr ; hélène@exemple.fr', 'a@exemple.fr ; helene@exemple.fr'],
    ['camille', null],
    ['camille@exemple', null],
  ])('« %s » is no e-mail address; %s is proposed', (typed, proposal) => {
    const finding = onlyFinding(preview([row(finess(1), 'A', 'B', '', '', '', '', '', typed)]))
    expect(finding).toMatchObject({ field: 'courriel', address: 'I2', proposal, blocking: true })
  })

  test.each([
    ['a@exemple.fr ; b@exemple.fr', ['a@exemple.fr', 'b@exemple.fr']],
    ['a@exemple.fr, b@exemple.fr / c@exemple.fr', ['a@exemple.fr', 'b@exemple.fr', 'c@exemple.fr']],
    ['mailto:a@exemple.fr', ['a@exemple.fr']],
    ['A@Exemple.fr', ['a@exemple.fr']],
    ['Camille Petit <camille@exemple.fr>', ['camille@exemple.fr']],
    ['contact@résidence-été.fr', ['contact@xn--rsidence-t-b7aib.fr']],
  ])('« %s » gives every address that it holds', (typed, addresses) => {
    const [member] = preview([row(finess(1), 'A', 'B', '', '', '', '', '', typed)]).membersToCreate ?? []
    expect([member?.contactEmail, ...(member?.otherEmails ?? [])]).toEqual(addresses)
    if (typed.startsWith('Camille')) expect(member?.contactName).toBe('Camille Petit')
  })

  test.each([
    ['470445566', '04 70 44 55 66'],
    ['04.70.22.33.44', '04 70 22 33 44'],
    ['+33 4 70 22 33 44', '04 70 22 33 44'],
    ['04 70 22 33 44 / 0612345678', '04 70 22 33 44, 06 12 34 56 78'],
    ['poste 12', 'poste 12'],
  ])('téléphone « %s » is %s', (typed, phone) => {
    const table = tableOf([[finess(1), 'A', 'B', typed]], ['FINESS', 'Nom', 'OG', 'Tél.'])
    expect(previewImport(table, EMPTY_GRAPPE).membersToCreate?.[0]?.contactPhone).toBe(phone)
  })

  test.each([
    ['EHPAD', '500', 'PA'],
    ['ehpad privé', '500', 'PA'],
    ['E.H.P.A.D.', '500', 'PA'],
    ['AJ', '207', 'PA'],
    ['Résidence autonomie', '202', 'PA'],
    ['SSIAD', '354', 'DOM'],
    ['SAAD', '460', 'DOM'],
    ['SAD', '460', 'DOM'],
    ['IME', '183', 'PH'],
    ['SESSAD', '182', 'PH'],
    ['ESAT', '246', 'PH'],
    ['FdV', '382', 'PH'],
    ['FAM', '437', 'PH'],
    ['MECS', '177', 'PDE'],
    ['255', '255', 'PH'],
  ])('type « %s » is category %s, and proposes %s', (typed, categorie, domaine) => {
    const table = tableOf([[finess(1), 'A', 'B', typed]], ['FINESS', 'Nom', 'OG', 'Type'])
    const result = previewImport(table, EMPTY_GRAPPE)
    expect(result.membersToCreate).toMatchObject([{ categorie, domaine }])
    expect(result.lines[0]?.findings.map(({ reason }) => reason).join(' ')).toContain('est proposé d’après')
  })

  test('a typed domain weighs more than the type; an unknown type is chosen once for all its lines', () => {
    const headers = ['FINESS', 'Nom', 'OG', 'Type', 'Domaine']
    const table = tableOf(
      [
        [finess(1), 'A', 'B', 'EHPAD', 'PH'],
        [finess(2), 'A', 'B', 'Truc'],
        [finess(3), 'A', 'B', 'truc'],
      ],
      headers,
    )
    const before = previewImport(table, EMPTY_GRAPPE)
    expect(before.lines[0]?.member?.domaine).toBe('PH')
    const [group] = problemGroups(before.lines)
    expect(group).toMatchObject({ field: 'type', cells: [{ line: 3 }, { line: 4 }] })
    expect(group?.values).toContain('500')
  })

  test.each([
    ['x', '', 'acquisition'],
    ['', 'X', 'mise-en-conformite'],
    ['non', 'oui', 'mise-en-conformite'],
    ['', '', null],
  ])('a cross in one of two columns: « %s » and « %s » are %s', (acquisition, conformity, projet) => {
    const headers = ['FINESS', 'Nom', 'OG', 'Acquisition', 'Mise en conformité']
    const table = tableOf([[finess(1), 'A', 'B', acquisition, conformity]], headers)
    expect(previewImport(table, EMPTY_GRAPPE).membersToCreate?.[0]?.projet).toBe(projet)
  })

  test.each(['84', '84 places', '84 lits', '84.0'])('capacité « %s » is 84', typed => {
    const table = tableOf(
      [[finess(1), 'A', 'B', typed, 'Vichy']],
      ['FINESS', 'Nom', 'OG', 'Capacité', 'Ville'],
    )
    const [member] = previewImport(table, EMPTY_GRAPPE).membersToCreate ?? []
    expect(member).toMatchObject({ capacite: 84, commune: 'Vichy' })
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

describe('lines that are no member’s', () => {
  const HEAD = ['FINESS', 'Nom', 'OG', 'Domaine']
  const merged = (text: string) => HEAD.map(() => text)

  test('separators, totals and notes are set apart with why, and can be taken back', () => {
    const rows = [
      merged('— Fondation Exemple —'),
      [finess(1), 'EHPAD A', 'Exemple', 'PA'],
      ['', 'TOTAL', '', '1'],
      ['17', 'Total général'],
      ['* sous réserve'],
      ['', 'MAS des Dômes', 'Exemple', ''],
    ]
    const table = tableOf(rows, HEAD)
    expect(table.lines.map(({ line }) => line)).toEqual([3, 7])
    expect(table.ignored.map(({ line, restorable }) => [line, restorable])).toEqual([
      [2, true],
      [4, true],
      [5, true],
      [6, true],
    ])
    expect(table.ignored[0]?.text).toBe('— Fondation Exemple —')
    const back = readMemberTable(numbered([HEAD, ...rows]), { takenBack: new Set([6]) })
    expect(back.ok && back.table.lines.map(({ line }) => line)).toEqual([3, 6, 7])
  })

  test('a second table further down is read with its own titles, which is said', () => {
    const table = tableOf(
      [
        [finess(1), 'A', 'B', 'PA'],
        ['Nom', 'FINESS', 'OG'],
        ['EHPAD', finess(2), 'C'],
        ['IME', '10780195', 'C'],
      ],
      HEAD,
    )
    expect(table.lines.map(({ values }) => values.finess)).toEqual([finess(1), finess(2), '10780195'])
    expect(table.remarks.join()).toContain('Un second tableau commence à la ligne 3')
    expect(onlyFinding(previewImport(table, EMPTY_GRAPPE), 2).address).toBeNull()
  })

  test('hidden lines are read, and listed', () => {
    const rows = [
      { line: 1, cells: HEAD },
      { line: 2, cells: [finess(1), 'A', 'B'], hidden: true as const },
    ]
    const result = readMemberTable(rows)
    expect(result.ok && [result.table.lines.length, result.table.hiddenLines]).toEqual([1, [2]])
  })

  test('without a number, a member of the same name and OG is the same one', () => {
    const og = { id: 'og', name: 'Exemple', finessEj: null }
    const known = { id: 'm', ogId: 'og', name: 'MAS des Dômes', finess: null }
    const esms = [{ ...({} as Grappe['esms'][number]), ...known }]
    const result = preview([row('', 'Mas des Domes', 'EXEMPLE')], { ogs: [og], esms, solutions: [] })
    expect(result.lines.map(({ status, presentEsmsId }) => [status, presentEsmsId])).toEqual([
      ['deja-present', 'm'],
    ])
    const numberedNow = preview([row(finess(1), 'MAS des Dômes', 'Exemple')], {
      ogs: [og],
      esms,
      solutions: [],
    })
    expect(onlyFinding(numberedNow).remedy).toContain(finess(1))
  })
})

describe('what a person says of the columns', () => {
  const HEAD = ['Code', 'FINESS', 'Désignation', 'Gestion', 'Soft actuel', 'Logiciel prévu']
  const rows = numbered([HEAD, ['1', finess(1), 'EHPAD A', 'Exemple', 'Papier', 'NetVie']])

  test('outweighs what was recognised', () => {
    const uses = new Map([
      [1, 'finess'],
      [2, 'nom'],
      [3, 'ogNom'],
      [4, 'solution'],
    ] as const)
    const result = readMemberTable(rows, { uses })
    if (!result.ok) throw new Error(result.refusal.sentence)
    expect(result.table.lines[0]?.values).toEqual({
      finess: finess(1),
      nom: 'EHPAD A',
      ogNom: 'Exemple',
      solution: 'Papier',
    })
    expect(result.table.unusedColumns.map(({ header }) => header)).toEqual(['Code', 'Logiciel prévu'])
  })

  test('shows three examples of each, separators aside', () => {
    const result = readMemberTable(rows)
    if (!result.ok) throw new Error(result.refusal.sentence)
    expect(exampleCells(rows, result.table, 5)).toEqual(['NetVie'])
    expect(sheetShape(rows)[5]).toBe('logiciel prevu')
  })

  test('is asked where no header says anything', () => {
    const mute = numbered([
      ['A1', 'B1', 'C1'],
      ['EHPAD', finess(1), 'Exemple'],
    ])
    expect(readMemberTable(mute).ok).toBe(false)
    const result = readMemberTable(mute, { keepEmpty: true })
    expect(result.ok && result.table.unusedColumns.map(({ header }) => header)).toEqual(['A1', 'B1', 'C1'])
  })

  test('of two columns for one field, the planned one is read', () => {
    const result = readMemberTable(
      numbered([
        ['FINESS', 'Nom', 'DUI actuel', 'DUI prévu'],
        [finess(1), 'A', 'Papier', 'NetVie'],
      ]),
    )
    expect(result.ok && result.table.lines[0]?.values.solution).toBe('NetVie')
  })

  test('a name beside a first name is a person’s', () => {
    const result = readMemberTable(
      numbered([
        ['FINESS', 'Établissement', 'Nom', 'Prénom'],
        [finess(1), 'EHPAD', 'Petit', 'Camille'],
      ]),
    )
    expect(result.ok && result.table.lines[0]?.values).toMatchObject({
      nom: 'EHPAD',
      contact: 'Petit Camille',
    })
  })
})

describe('all or nothing', () => {
  test('accepting every proposal makes the file ready', () => {
    const table = tableOf([row('10780195'), row(finess(1), 'A', 'B', '', '', 'aquisition')])
    const before = previewImport(table, EMPTY_GRAPPE)
    expect(before.membersToCreate).toBeNull()
    const after = previewImport(
      applyCorrections(table, proposedCorrections(problemGroups(before.lines))),
      EMPTY_GRAPPE,
    )
    expect(after.membersToCreate?.map(member => member.finess)).toEqual(['010780195', finess(1)])
  })

  test('a line left aside is listed with why', () => {
    const table = applyCorrections(tableOf([row(finess(2)), row(finess(1))]), [{ line: 2, ignore: true }])
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
