import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LooseFile } from '../../server/domain/filing/clues.ts'
import { placesOf } from '../../server/domain/filing/places.ts'
import { Recogniser } from '../../server/domain/filing/recognise.ts'
import type { Esms, Og } from '../../server/domain/grappe.ts'
import { expectedPieces, type Piece } from '../../server/domain/piece.ts'
import { shippedCall } from './calls.ts'
import { fineEsms, grappeOf } from './facts.ts'

const CALL = shippedCall('demonstration')

const OGS: readonly Og[] = [
  { id: 'og-soleil', name: 'Association Soleil d’Oc', finessEj: '310000104' },
  { id: 'og-vallee', name: 'Fondation de la Vallée', finessEj: '090000084' },
]
const MEMBERS: ReadonlyArray<Partial<Esms> & { id: string; name: string; ogId: string }> = [
  { id: 'tilleuls', name: 'EHPAD Les Tilleuls', ogId: 'og-soleil', finess: '310780195' },
  { id: 'ssiad-tilleuls', name: 'SSIAD Les Tilleuls', ogId: 'og-soleil', finess: '310780203' },
  { id: 'garonne', name: 'EHPAD Val de Garonne', ogId: 'og-soleil', finess: '310780211' },
  { id: 'foix', name: 'IME de Foix', ogId: 'og-vallee', finess: '090780032' },
]
const GRAPPE = {
  ...grappeOf(MEMBERS.map((member, rank) => fineEsms(rank + 1, { ...member, projet: 'mise-en-conformite' }))),
  ogs: OGS,
  porteurOgId: 'og-soleil',
}
const recogniser = new Recogniser({
  grappe: GRAPPE,
  definitions: CALL.pieces,
  addresses: new Map([['direction@ime-foix.fr', ['foix']]]),
})

function file(path: string, mail: LooseFile['mail'] = null): LooseFile {
  const folders = path.split('/')
  return { name: folders.pop() ?? '', folders, mail }
}

function told(path: string, mail: LooseFile['mail'] = null) {
  const { expected, reasons, lacking } = recogniser.recognise(file(path, mail))
  return expected === null
    ? { lacking, reasons }
    : [expected.definition.code, expected.esmsId ?? expected.ogId ?? 'grappe', ...reasons]
}

describe('a file is recognised', () => {
  it.each([
    ['310 780 195 état des lieux.pdf', 'etat-des-lieux', 'tilleuls', '310 780 195 dans le nom du fichier'],
    ['310780211_Etat_des_lieux_signé.docx', 'etat-des-lieux', 'garonne'],
    ['Les Tilleuls 310780195/scan etat des lieux.pdf', 'etat-des-lieux', 'tilleuls'],
    ['EDL/état des lieux val de garone.pdf', 'etat-des-lieux', 'garonne'],
    ['SSIAD Tilleuls - Etat des lieux.pdf', 'etat-des-lieux', 'ssiad-tilleuls'],
    ['EtatDesLieux-ValDeGaronne.PDF', 'etat-des-lieux', 'garonne'],
    ['IME Foix/RIB.pdf', 'rib', 'og-vallee', '« ime foix » dans le dossier « IME Foix »'],
    ['rib soleil d oc.jpg', 'rib', 'og-soleil'],
    ['Fondation de la vallée/mandat signé.pdf', 'mandat-porteur', 'og-vallee'],
    ['Budget.xlsx', 'budget', 'grappe'],
    ['lettre engagement porteur.pdf', 'lettre-engagement-porteur', 'grappe'],
    ['IME de Foix/Devis mise en conformité.pdf', 'devis-mise-en-conformite', 'foix'],
  ])('%s', (path, code, owner, ...reasons) => {
    expect(told(path)).toEqual(expect.arrayContaining([code, owner, ...reasons]))
  })

  it('by the sender and the subject of its mail', () => {
    expect(told('scan0001.pdf', { from: 'Direction@IME-Foix.fr', subject: 'Notre état des lieux' })).toEqual([
      'etat-des-lieux',
      'foix',
      'écrit depuis direction@ime-foix.fr',
      '« etat lieux » dans l’objet du message',
    ])
  })

  it.each([
    ['scan0001.pdf', /quelle pièce/],
    ['tilleuls état des lieux.pdf', /Plusieurs membres.*EHPAD Les Tilleuls, SSIAD Les Tilleuls/],
    ['état des lieux.pdf', /de quel membre/],
    ['310780195 état des lieux Foix.pdf', /Deux membres sont nommés\s: EHPAD Les Tilleuls, IME de Foix/],
    ['Soleil d’Oc/état des lieux.pdf', /demandée à chaque ESMS, et cet organisme en a 3/],
    ['Soleil d’Oc/mandat.pdf', /n’est pas demandée à ce membre/],
    ['1310780195 état des lieux.pdf', /de quel membre/],
    ['réunion.pdf', /quelle pièce/],
  ])('or not, and says why: %s', (path, why) => {
    expect(told(path)).toMatchObject({ lacking: expect.stringMatching(why) })
  })

  it('and whatever its name, only ever as a piece that is expected', () => {
    const expected = expectedPieces(CALL.pieces, GRAPPE)
    const words = [...MEMBERS, ...OGS, ...CALL.pieces].flatMap(({ name }) => name.split(' '))
    const text = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.array(fc.constantFrom(...words)).map(a => a.join(' ')),
    )
    fc.assert(
      fc.property(text, fc.array(text, { maxLength: 3 }), (name, folders) => {
        const found = recogniser.recognise({ name, folders, mail: null })
        expect(found.expected === null).toBe(found.lacking !== null)
        if (found.expected !== null) {
          expect(expected).toContainEqual(found.expected)
          expect(found.reasons.length).toBeGreaterThan(0)
        }
      }),
    )
  })
})

describe('a place has a doubt', () => {
  const rowOf = (code: string, ogId: string | null, decisions: Array<'acceptee' | null>): Piece => ({
    id: `piece-${code}`,
    code,
    scope: ogId === null ? 'grappe' : 'og',
    ogId,
    esmsId: null,
    versions: decisions.map((decision, at) => ({
      id: `version-${at}`,
      number: at + 1,
      depositedAt: '2026-06-01T08:00:00.000Z',
      depositedBy: 'Essai',
      files: [],
      decision,
      motive: null,
      decidedAt: null,
      review: null,
    })),
    takenOut: [],
    nonApplicable: null,
    extensions: [],
  })
  const placed = (names: string[], rows: Piece[]) =>
    placesOf(
      names.map(name => file(name)),
      recogniser,
      rows,
      () => 'Essai',
    )

  it('when it would replace a deposit, when nothing more is taken, when nobody is asked yet', () => {
    const budget = (decisions: Array<'acceptee' | null>) =>
      placed(['Budget.pdf'], [rowOf('budget', null, decisions)])
    expect(budget([])).toMatchObject([{ place: { pieceId: 'piece-budget', replaces: null }, doubt: null }])
    expect(budget([null, null])).toMatchObject([
      { place: { replaces: 2 }, doubt: expect.stringContaining('la version 2') },
    ])
    expect(budget(['acceptee'])).toMatchObject([
      { place: null, doubt: expect.stringContaining('déjà acceptée') },
    ])
    expect(placed(['Budget.pdf'], [])).toMatchObject([
      { place: null, doubt: expect.stringContaining('pas encore') },
    ])
  })

  it('when two documents are proposed to a piece that takes one, but for the photos of one document', () => {
    const rows = [rowOf('rib', 'og-vallee', [])]
    const doubts = (names: string[]) => placed(names, rows).map(({ doubt }) => doubt !== null)
    expect(doubts(['IME Foix/RIB.pdf'])).toEqual([false])
    expect(doubts(['IME Foix/RIB 1.pdf', 'IME Foix/RIB 2.pdf'])).toEqual([true, true])
    expect(doubts(['IME Foix/RIB 1.jpg', 'IME Foix/RIB 2.png'])).toEqual([false, false])
    expect(doubts(['IME Foix/RIB 1.jpg', 'IME Foix/RIB 2.pdf'])).toEqual([true, true])
  })
})
