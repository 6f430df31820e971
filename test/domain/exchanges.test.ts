import { describe, expect, it } from 'vitest'
import type { RuleLine } from '../../server/domain/call.ts'
import { listExchanges, type WrittenWords } from '../../server/domain/exchanges.ts'
import { aSnapshot } from './dossier-sample.ts'

const source = { kind: 'carrier', reference: 'Essai' } as const
const question = (code: string, enonce: string | null, projets: string[] | null = null): RuleLine => ({
  code,
  rule: 'declaration',
  title: `Question ${code}`,
  parameters: { enonce, projets },
  provenance: source,
})

const NOTHING: WrittenWords = { messages: [], requests: [], toldSince: '2023-07-01T00:00:00.000Z' }

function scene(written: Partial<WrittenWords> = {}) {
  const { grappe, pieces, definitions } = aSnapshot()
  const [first, second, gone] = grappe.esms
  if (!first || !second || !gone) throw new Error('the sample has three ESMS')
  const answeredBy = {
    feder: {
      by: 'porteur' as const,
      who: 'p@exemple.fr',
      at: '2023-07-02T10:00:00.000Z',
      basis: 'au téléphone',
    },
  }
  const esms = [{ ...first, declarations: { feder: true, reste: false }, answeredBy }, second, gone]
  const rules = [question('feder', 'Aucun fonds européen'), question('reste', null), question('autre', null)]
  return { grappe: { ...grappe, esms }, call: { rules, pieces: definitions }, pieces, ...NOTHING, ...written }
}

const kinds = (from: ReturnType<typeof scene>, edition: 'porteur' | 'ars') =>
  listExchanges(from, edition).lines.map(({ kind, author, text }) => [kind, author, text])

describe('exchanges', () => {
  it('hold the answers with who gave them and how it is known, the latter for the porteur alone', () => {
    expect(kinds(scene(), 'porteur').slice(0, 2)).toEqual([
      ['reponse', null, 'Question reste\u00a0: non'],
      ['reponse', 'p@exemple.fr', 'Aucun fonds européen\u00a0: oui\nD’après\u00a0: au téléphone'],
    ])
    expect(kinds(scene(), 'ars').slice(0, 2)).toEqual([
      ['reponse', 'Porteur', 'Question reste\u00a0: non'],
      ['reponse', 'Porteur', 'Aucun fonds européen\u00a0: oui'],
    ])
  })

  it('hold every refusal for the porteur, none for the ARS, whose dossier has none of these versions', () => {
    const refusals = (edition: 'porteur' | 'ars') =>
      kinds(scene(), edition).filter(([kind]) => kind === 'refus')
    expect(refusals('porteur')).toEqual([
      ['refus', 'Porteur', 'Version 1\u00a0: Illisible'],
      ['refus', 'Porteur', 'Version 1\u00a0: La page 2 manque.\nRescannez-la.'],
    ])
    expect(refusals('ars')).toEqual([])
  })

  it('tell what the porteur declared by itself once, as its own word', () => {
    const at = '2023-07-03T08:00:00.000Z'
    const request = {
      id: 'r',
      pieceId: 'p2',
      reason: 'Fermé.',
      askedBy: 'p@exemple.fr',
      askedAt: at,
      motive: null,
    }
    const own = scene({ requests: [{ ...request, decision: 'confirmee', decidedAt: at }] })
    const said = listExchanges(own, 'porteur').lines.filter(({ kind }) => kind.startsWith('non-applicable'))
    expect(said).toMatchObject([{ side: 'porteur', text: 'Fermé.' }])

    const later = '2023-07-04T08:00:00.000Z'
    const member = {
      ...request,
      askedBy: 'EHPAD',
      decision: 'refusee' as const,
      decidedAt: later,
      motive: 'Si.',
    }
    const lines = listExchanges(scene({ requests: [member] }), 'ars').lines
    expect(lines.filter(({ kind }) => kind.startsWith('non-applicable'))).toMatchObject([
      { side: 'membre', author: 'EHPAD Example', text: 'Fermé.' },
      { side: 'porteur', author: 'Porteur', kind: 'non-applicable-refusee', text: 'Si.' },
    ])
  })

  it('count what was written before anybody was told, and keep what a member that left wrote', () => {
    const message = { id: 'm', side: 'membre' as const, author: 'X', text: 'Bonjour' }
    const from = scene({
      messages: [
        { ...message, pieceId: 'p2', at: '2023-06-30T23:59:59.999Z' },
        { ...message, pieceId: 'p4', at: '2023-07-01T00:00:00.000Z' },
      ],
    })
    expect(listExchanges(from, 'porteur').withheld).toBe(0)
    const told = listExchanges(from, 'ars')
    expect(told.withheld).toBe(1)
    expect(told.lines.filter(({ kind }) => kind === 'message')).toMatchObject([{ ownerName: 'SSIAD Parti' }])
  })
})
