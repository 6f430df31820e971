import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_PATH_LENGTH } from '../../server/domain/dossier-names.ts'
import type { DossierSnapshot } from '../../server/domain/dossier-plan.ts'
import { planDossier } from '../../server/domain/dossier-plan.ts'
import { currentVersion, expectedPieces, pieceKey, pieceState } from '../../server/domain/piece.ts'
import { anEsms, anySnapshot, aSnapshot } from './dossier-sample.ts'

describe('the dossier of a grappe that is not ready', () => {
  const plan = planDossier(aSnapshot())

  it('holds the accepted and the deposited pieces, each under its owner', () => {
    expect(plan.entries.map(entry => entry.path)).toEqual([
      '01_Grappe/01_Lettre-d-engagement_v1.pdf',
      '03_ESMS/2A0000253_EHPAD-Example/02_Etat-des-lieux_v2_1.pdf',
      '03_ESMS/2A0000253_EHPAD-Example/02_Etat-des-lieux_v2_2.png',
    ])
  })

  it('tells every required piece that is missing or refused, and since when it is late', () => {
    expect(plan.gaps.map(row => [row.owner.name, row.pieceName, row.state, row.late])).toEqual([
      ['Fondation du Maquis', 'Mandat donné au porteur', 'attendue', true],
      ['SAVS Élan', 'État des lieux', 'refusee', true],
      ['Association Les Oliviers', 'Mandat donné au porteur', 'attendue', true],
    ])
  })

  it('says INCOMPLET in its name', () => {
    expect(plan.complete).toBe(false)
    expect(plan.name).toBe('Dossier_corse-2023_Grappe-PEP2B_INCOMPLET_2023-09-20')
  })

  it('tells what was deposited and is no longer asked for', () => {
    expect(plan.setAside.map(({ ownerName, pieceName, reason }) => [ownerName, pieceName, reason])).toEqual([
      ['EHPAD Example', 'Activités essentielles à la vie', 'sans-objet'],
      ['Grappe PEP2B', 'budget', 'plus-demandee'],
      ['SSIAD Parti', 'Activités essentielles à la vie', 'membre-retire'],
    ])
  })

  it('begins with the porteur and names the members of a rule in the order of the lists', () => {
    expect(plan.owners.map(owner => owner.id)).toEqual([null, 'og2', 'e2', 'og1', 'e1'])
    expect(plan.verdict.criteria[0]?.esmsIds).toEqual(['e2', 'e1'])
  })
})

describe('the dossier of a grappe that is ready', () => {
  it('is complete once each required piece is there, even not controlled yet, whatever is optional', () => {
    const snapshot = aSnapshot()
    const [letter] = snapshot.definitions
    const plan = planDossier({ ...snapshot, definitions: letter ? [letter] : [] })
    expect(plan.gaps).toEqual([])
    expect(plan.name).toBe('Dossier_corse-2023_Grappe-PEP2B_2023-09-20')
  })

  it('stays complete but tells an optional piece that was refused', () => {
    const snapshot = aSnapshot()
    const plan = planDossier({
      ...snapshot,
      definitions: snapshot.definitions
        .filter(d => d.code === 'etat-des-lieux')
        .map(d => ({ ...d, required: false })),
    })
    expect(plan.complete).toBe(true)
    expect(plan.gaps.map(row => row.owner.name)).toEqual(['SAVS Élan'])
  })
})

describe('any dossier', () => {
  it('gives each file a path of its own, that opens on any system', () => {
    fc.assert(
      fc.property(anySnapshot, snapshot => {
        const plan = planDossier(snapshot)
        const paths = plan.entries.map(entry => entry.path)
        expect(new Set(paths.map(path => path.toLowerCase())).size).toBe(paths.length)
        for (const path of paths) {
          expect(path.length).toBeLessThanOrEqual(MAX_PATH_LENGTH)
          expect(path).toMatch(/^0[123]_(Grappe|OG\/[^/]+|ESMS\/[^/]+)\/[^/]+\.(pdf|png|jpg|bin)$/)
          for (const segment of path.split('/')) {
            expect(segment).toMatch(/^[A-Za-z0-9][\w-]*[A-Za-z0-9](\.[a-z]+)?$/)
            expect(segment).not.toMatch(/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i)
          }
        }
        const folders = plan.owners.map(owner => owner.folder.toLowerCase())
        expect(new Set(folders).size).toBe(folders.length)
        expect(`${plan.name}.zip`).toMatch(/^Dossier_[\w-]+\.zip$/)
      }),
      { numRuns: 300 },
    )
  })

  it('holds every required piece as files or as a gap, and tells every deposit', () => {
    fc.assert(
      fc.property(anySnapshot, snapshot => {
        const plan = planDossier(snapshot)
        const recorded = new Map(snapshot.pieces.map(piece => [pieceKey(piece), piece]))
        const expected = expectedPieces(snapshot.definitions, snapshot.grappe)
        const gaps = new Set(plan.gaps)
        const inZip = new Set(plan.entries.map(entry => entry.path))
        expect(plan.rows.length).toBe(expected.length)
        for (const row of plan.rows) {
          expect(row.paths.every(path => inZip.has(path))).toBe(true)
          if (row.required) expect(gaps.has(row)).toBe(row.paths.length === 0)
        }
        const filesIn = new Set(plan.entries.map(entry => entry.fileId))
        for (const { definition, ogId, esmsId } of expected) {
          const piece = recorded.get(pieceKey({ code: definition.code, ogId, esmsId }))
          const version = piece ? currentVersion(piece) : null
          const goesIn = piece !== undefined && ['deposee', 'acceptee'].includes(pieceState(piece))
          for (const file of version?.files ?? []) expect(filesIn.has(file.id)).toBe(goesIn)
        }
        const deposited = snapshot.pieces.filter(piece => piece.versions.length > 0).length
        expect(plan.rows.filter(row => row.version !== null).length + plan.setAside.length).toBe(deposited)
        expect(plan.complete).toBe(!plan.gaps.some(row => row.required))
      }),
      { numRuns: 300 },
    )
  })

  it('is the same whatever the order in which the database answered', () => {
    const shuffled = fc.tuple(anySnapshot, fc.infiniteStream(fc.nat())).map(([snapshot, numbers]) => {
      const mix = <T>(items: readonly T[]): T[] =>
        items
          .map(item => ({ item, at: numbers.next().value ?? 0 }))
          .sort((a, b) => a.at - b.at)
          .map(({ item }) => item)
      const { grappe } = snapshot
      const other: DossierSnapshot = {
        ...snapshot,
        grappe: { ...grappe, ogs: mix(grappe.ogs), esms: mix(grappe.esms) },
        pieces: mix(snapshot.pieces).map(piece => ({ ...piece, versions: mix(piece.versions) })),
        journal: mix(snapshot.journal),
      }
      return [snapshot, other] as const
    })
    fc.assert(
      fc.property(shuffled, ([snapshot, other]) => {
        expect(planDossier(other)).toEqual(planDossier(snapshot))
      }),
      { numRuns: 300 },
    )
  })

  it('refuses to leave out a member whose OG is unknown', () => {
    const snapshot = aSnapshot()
    const lost = anEsms({ id: 'lost', ogId: 'elsewhere', name: 'Perdu' })
    const grappe = { ...snapshot.grappe, esms: [...snapshot.grappe.esms, lost] }
    expect(() => planDossier({ ...snapshot, grappe })).toThrow('OG')
  })
})
