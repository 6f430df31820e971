import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { changeWords, missingText } from '../../server/adapters/dossier/dossier-texts.ts'
import { headline } from '../../server/adapters/dossier/dossier-words.ts'
import { boardState } from '../../server/domain/board.ts'
import { MAX_PATH_LENGTH } from '../../server/domain/dossier-names.ts'
import type { DossierSnapshot } from '../../server/domain/dossier-plan.ts'
import { awaitedWords, completenessOf, planDossier, unsettledRows } from '../../server/domain/dossier-plan.ts'
import { absenceOf } from '../../server/domain/edition.ts'
import { currentVersion, expectedPieces, pieceKey, pieceState } from '../../server/domain/piece.ts'
import { sealChanges, sealManifest } from '../../server/domain/seal.ts'
import { becameOf } from '../../server/domain/seal-mark.ts'
import { anEsms, anySnapshot, aSnapshot } from './dossier-sample.ts'

describe('the dossier of a grappe that is not ready', () => {
  const plan = planDossier(aSnapshot())

  it('holds the accepted and the deposited pieces, each under its owner', () => {
    expect(plan.entries.map(entry => entry.path)).toEqual([
      '01_Grappe/01_Lettre-d-engagement_v1_etc-passwd.pdf',
      '03_ESMS/2A0000253_EHPAD-Example/02_Etat-des-lieux_v2_01_document.pdf',
      '03_ESMS/2A0000253_EHPAD-Example/02_Etat-des-lieux_v2_02_photo.png',
    ])
  })

  it('keeps the person’s own name for a file, shortened, and sorts the second of twelve before the tenth', () => {
    const snapshot = aSnapshot()
    const named = (piece: DossierSnapshot['pieces'][number], names: string[]) => {
      const [version] = piece.versions.slice(-1)
      const [file] = version?.files ?? []
      if (!version || !file) throw new Error('the sample has files')
      const files = names.map((name, i) => ({ ...file, id: `n${i}`, name }))
      return { ...piece, versions: [{ ...version, files }] }
    }
    const pathsOf = (names: string[]) =>
      planDossier({
        ...snapshot,
        pieces: snapshot.pieces.map(piece => (piece.id === 'p1' ? named(piece, names) : piece)),
      })
        .entries.filter(({ path }) => path.startsWith('01_'))
        .map(({ path }) => path)
    const twelve = pathsOf(Array.from({ length: 12 }, (_, i) => `Annexe ${i + 1}.pdf`))
    expect(twelve.map(path => path.split('_v1')[1])).toEqual(
      Array.from({ length: 12 }, (_, i) => `_${String(i + 1).padStart(2, '0')}_Annexe-${i + 1}.pdf`),
    )
    expect(pathsOf(["Lettre d'engagement.PDF"])).toEqual(['01_Grappe/01_Lettre-d-engagement_v1.pdf'])
    expect(pathsOf(['Attestation signée de Mme la Directrice générale, version définitive (3).pdf'])).toEqual(
      ['01_Grappe/01_Lettre-d-engagement_v1_Attestation-signee-de-Mme-la-Directrice.pdf'],
    )
  })

  it('lists members as a person would: the second before the tenth', () => {
    const snapshot = aSnapshot()
    const esms = ['EHPAD n° 10', 'EHPAD n° 2'].map((name, i) =>
      anEsms({ id: `n${i}`, ogId: 'og1', name, finess: null }),
    )
    const plan = planDossier({ ...snapshot, grappe: { ...snapshot.grappe, esms } })
    expect(plan.members.map(({ name }) => name)).toEqual(['EHPAD n° 2', 'EHPAD n° 10'])
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

describe('the dossier of a grappe of which a fact is unknown', () => {
  const snapshot = aSnapshot()
  const [letter, , home] = snapshot.definitions
  const grappe = {
    ...snapshot.grappe,
    esms: snapshot.grappe.esms.map(esms => (esms.id === 'e2' ? { ...esms, domaine: null } : esms)),
  }
  const plan = planDossier({ ...snapshot, grappe, definitions: letter && home ? [letter, home] : [] })

  it('is neither complete nor said to lack the piece that waits for it', () => {
    expect(plan.gaps).toEqual([])
    expect(completenessOf(plan)).toBe('a-verifier')
    expect(plan.name).toBe('Dossier_corse-2023_Grappe-PEP2B_A-VERIFIER_2023-09-20')
    const [row] = unsettledRows(plan)
    expect([row?.owner.name, row && awaitedWords(row, plan)]).toEqual(['SAVS Élan', 'domaine'])
    expect(row && [row.late, row.required, boardState(row)]).toEqual([false, false, 'inconnue'])
  })

  it('is so in the manifest of a version too, which names the piece; the next version tells what it became', () => {
    const folder = unsettledRows(plan)[0]?.owner.folder
    const lines = sealManifest(plan, 1, 'Claire').split('\n')
    expect(lines).toContain('complet a-verifier')
    expect(lines.filter(line => line.startsWith('a-verifier '))).toEqual([
      `a-verifier ${folder} ${unsettledRows(plan)[0]?.code}`,
    ])
    const earlier = planDossier(aSnapshot())
    const changes = sealChanges(earlier, plan, 1)
    expect([changes.complete, changes.completeness]).toEqual([null, { from: 'incomplet', to: 'a-verifier' }])
    expect(changeWords(changes)).toContain('  Le dossier est devenu À VÉRIFIER.')
    // Of what was sealed before it was told.
    const { completeness: _, ...before } = changes
    expect(becameOf({ ...before, complete: { from: true, to: false } })).toBe('incomplet')
  })

  it('says so in its texts and in both editions of its workbook', () => {
    expect(headline(plan)).toContain('À VÉRIFIER')
    const said = missingText(plan)?.replaceAll('\u00a0', ' ')
    expect(said).toContain('Ce dossier est À VÉRIFIER : on ne sait pas si 1 pièce est due.')
    expect(said).toContain('  - SAVS Élan : Activités essentielles à la vie, attend : domaine.')
    expect(missingText(plan, 'ars')).toContain('attend : domaine')
    expect(unsettledRows(plan).map(absenceOf)).toEqual(['inconnue'])
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
        expect(plan.complete).toBe(!plan.gaps.some(row => row.required) && unsettledRows(plan).length === 0)
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
