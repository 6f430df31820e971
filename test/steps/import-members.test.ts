import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { finessRegistry, finessStructures } from '../../schema/registry-tables.ts'
import { API_PATHS, fill } from '../../schema/urls.ts'
import { readMemberTable } from '../../server/domain/member-import/table.ts'
import { openPorteurScope, type PorteurScope } from '../../server/steps/access/porteur-scope.ts'
import { findOrCreatePorteur } from '../../server/steps/access/sign-in.ts'
import { importMembers, previewMembers } from '../../server/steps/eligibility/import-members.ts'
import { readSnapshot } from '../../server/steps/read/read-snapshot.ts'
import { type ApiClient, startApp, type TestApp } from '../support/app.ts'
import { fictionalFiness } from '../support/grappe.ts'

let test: TestApp
let porteur: ApiClient
beforeAll(async () => {
  test = await startApp()
  porteur = await test.porteur()
})
afterAll(() => test.close())

async function newGrappe(): Promise<PorteurScope> {
  const body = { name: 'Grappe', call: 'demonstration' }
  const { body: grappe } = await porteur.call<{ id: string }>('POST', API_PATHS.grappes, body)
  const person = await findOrCreatePorteur(test.context.db, test.context, 'porteuse@exemple.fr')
  const scope = await openPorteurScope(test.context, person, grappe.id)
  if (scope === null) throw new Error('its own grappe')
  return scope
}

async function snapshotOf(scope: PorteurScope) {
  const snapshot = await readSnapshot(test.context, scope.grappeId)
  if (snapshot === null) throw new Error('the grappe is there')
  return snapshot
}

function tableOf(...lines: string[][]) {
  const rows = [['FINESS', 'Nom', 'OG', 'EJ', 'Projet'], ...lines]
  const result = readMemberTable(rows.map((cells, index) => ({ line: index + 1, cells })))
  if (!result.ok) throw new Error(result.refusal.sentence)
  return result.table
}

describe('members of a spreadsheet enter the grappe', () => {
  it('with their OG and every piece that they owe, one line of journal and one revision', async () => {
    const scope = await newGrappe()
    const table = tableOf(
      [fictionalFiness(1), 'EHPAD A', 'Association A', '', 'acquisition'],
      [fictionalFiness(2), 'EHPAD B', 'Association A', fictionalFiness(90), 'acquisition'],
    )
    await importMembers(test.context, scope, table)
    const { record, pieces, journal } = await snapshotOf(scope)
    expect(record.ogs).toMatchObject([{ name: 'Association A', finessEj: fictionalFiness(90) }])
    expect(record.revision).toBe(scope.revision + 1)
    expect(journal.at(-1)?.event).toContain('2 ESMS et 1 OG ajoutés')
    for (const { id } of record.esms) {
      expect(pieces.filter(({ esmsId }) => esmsId === id).length).toBeGreaterThan(0)
    }
  })

  it('once, when two people confirm at the same instant', async () => {
    const scope = await newGrappe()
    const table = tableOf(
      ...Array.from({ length: 30 }, (_, index) => [fictionalFiness(index + 1), `EHPAD ${index}`, 'OG']),
    )
    const results = await Promise.all([
      importMembers(test.context, scope, table),
      importMembers(test.context, scope, table),
    ])
    expect(results.map(result => (result.ok ? result.added : 'refused')).sort()).toEqual([0, 30])
    expect((await snapshotOf(scope)).record.esms.length).toBe(30)
  })

  it('never in part: one line to correct and nothing is written', async () => {
    const scope = await newGrappe()
    const table = tableOf([fictionalFiness(1), 'EHPAD A', 'OG'], ['990000012', 'EHPAD B', 'OG'])
    expect(await importMembers(test.context, scope, table)).toMatchObject({ ok: false })
    const { record } = await snapshotOf(scope)
    expect([record.ogs, record.esms, record.revision]).toEqual([[], [], scope.revision])
  })

  it('leaving those already there as they are, and completing the number of their OG', async () => {
    const scope = await newGrappe()
    const og = { name: 'Association A' }
    await porteur.call('POST', fill(API_PATHS.ogs, { grappe: scope.grappeId }), og)
    const line = [fictionalFiness(1), 'EHPAD A', 'association a', fictionalFiness(90)]
    const table = tableOf(line)
    const preview = await previewMembers(test.context.db, scope.grappeId, table)
    expect(preview.completedOgs).toMatchObject([{ name: 'Association A', finessEj: fictionalFiness(90) }])
    await importMembers(test.context, scope, table)
    const again = tableOf([line[0] ?? '', 'Autre nom', 'Autre OG'], [fictionalFiness(2), 'EHPAD B', 'OG B'])
    expect(await importMembers(test.context, scope, again)).toMatchObject({ added: 1, alreadyPresent: 1 })
    const { record } = await snapshotOf(scope)
    expect(record.ogs).toMatchObject([
      { name: 'Association A', finessEj: fictionalFiness(90) },
      { name: 'OG B' },
    ])
    expect(record.esms.map(({ name }) => name)).toEqual(['EHPAD A', 'EHPAD B'])
  })

  it('checked against the FINESS registry, which gives names, OG and categories, and says its date', async () => {
    const scope = await newGrappe()
    const structure = (number: string, kind: 'ET' | 'EJ', name: string, ejNumber: string | null) => ({
      number,
      kind,
      name,
      longName: null,
      ejNumber,
      categorie: kind === 'ET' ? '500' : null,
      departement: '99',
      acheminement: null,
      siret: null,
      open: true,
      words: '',
    })
    const [et, ej] = [fictionalFiness(1), fictionalFiness(90)]
    await test.context.db.insert(finessRegistry).values({
      id: 1,
      format: 'csv',
      dataOn: '2026-05-12',
      importedAt: new Date(0),
      establishments: 1,
      legalEntities: 1,
    })
    await test.context.db
      .insert(finessStructures)
      .values([
        structure(et, 'ET', 'EHPAD DU REGISTRE', ej),
        structure(ej, 'EJ', 'ASSOCIATION DU REGISTRE', null),
      ])

    const juridical = await previewMembers(test.context.db, scope.grappeId, tableOf([ej, 'EHPAD', 'OG']))
    expect(juridical.registryLabel).toContain('12 mai 2026')
    const [finding] = juridical.lines[0]?.findings ?? []
    expect(finding).toMatchObject({ blocking: true, proposal: et })
    expect(finding?.remedy).toContain(`${et} EHPAD DU REGISTRE`)

    await porteur.call('POST', fill(API_PATHS.ogs, { grappe: scope.grappeId }), {
      name: 'Association du registre',
    })
    await importMembers(test.context, scope, tableOf([et]))
    const { record } = await snapshotOf(scope)
    expect(record.esms).toMatchObject([{ name: 'EHPAD DU REGISTRE', categorie: '500' }])
    expect(record.ogs).toMatchObject([{ name: 'Association du registre', finessEj: ej }])
  })
})
