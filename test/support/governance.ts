/** A governance in which every part is written, with texts that try a page, a sheet and a document hard. */
import type { GovernanceValues } from '../../server/domain/governance/governance.ts'
import { KNOWN_RISKS } from '../../server/domain/governance/governance.ts'
import { RISK_WORDS } from '../../server/domain/governance/words.ts'

export const HARD_WORDS = '«\u00a0L’été\u00a0» & <Cie> "d\'œuvre" 🏡 {grappe.nom}\n=2+2'

/** Ids in order, which sort as they are numbered. */
export const lineId = (order: number): string => `00000000-0000-4000-8000-${String(order).padStart(12, '0')}`

/** @param ogIds of the référents, one each. */
export function hardGovernance(ogIds: readonly string[]): GovernanceValues {
  return {
    identite: {
      ...{ public: HARD_WORDS, objet: 'Choisir ensemble', personnes: 'Deux' },
      ...{ entree: 'Accord de tous', gouvernance: 'Un COPIL par mois' },
    },
    forme: { form: 'gcsms', basis: HARD_WORDS },
    roles: [
      {
        ...{ id: lineId(1), kind: 'chef-projet-si', name: HARD_WORDS, position: null, contact: null },
        ogId: null,
      },
      ...ogIds.map((ogId, order) => ({
        ...{ id: lineId(2 + order), kind: 'referent' as const, name: `Référent ${order}` },
        ...{ position: 'Directrice', contact: '04 00 00 00 00', ogId },
      })),
    ],
    copil: [
      {
        ...{ id: lineId(1), day: '2026-12-01', time: '14:00', place: HARD_WORDS, object: 'Lancement' },
        ...{ guests: 'ARS et GRADeS', state: 'tenue', decided: HARD_WORDS, sequence: 0 },
      },
      {
        ...{ id: lineId(2), day: '2026-12-15', time: null, place: null, object: 'Annulée', guests: null },
        ...{ state: 'annulee', decided: null, sequence: 2 },
      },
    ],
    risques: Array.from({ length: 200 }, (_, order) => {
      const known = KNOWN_RISKS[order] ?? null
      return {
        ...{ id: lineId(1 + order), known, title: known ? RISK_WORDS[known] : `${HARD_WORDS} ${order}` },
        ...{ owner: order === 0 ? null : 'Camille', answer: HARD_WORDS, state: 'suivi' as const },
      }
    }),
    facteurs: {
      finalite: { level: 'acquis', next: null },
      choix: { level: 'en-cours', next: HARD_WORDS },
      risques: { level: 'a-faire', next: null },
    },
    decisions: [
      {
        ...{ id: lineId(1), day: '2026-12-01', what: HARD_WORDS, by: 'COPIL', manner: 'majorite' },
        votes: { pour: 3, contre: 1, abstention: 0 },
      },
    ],
  }
}
