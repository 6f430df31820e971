/** The kit of the groupings told in the source documents, and of a grappe whose names try a document hard. */
import type { Example } from '../../schema/contracts/example.ts'
import { ogSizes } from '../../server/domain/condition.ts'
import { evaluate } from '../../server/domain/eligibility.ts'
import type { KitEsms, KitFacts, KitOg, KitOwner } from '../../server/domain/kit/values.ts'
import { UNKNOWN_IDENTITY } from '../../server/domain/member-facts.ts'
import { shippedCall } from '../domain/calls.ts'
import { fineEsms } from '../domain/facts.ts'
import { hardGovernance } from './governance.ts'

const TODAY = '2026-11-29'
/** What breaks a document that is not written with care. */
export const HARD_NAME = 'L’« Été » & <Cie> "d\'Œuvre"\u00a0\u202f🏡 {grappe.nom} {#x}'

export function kitFactsOf(
  members: { ogs: readonly KitOg[]; esms: readonly KitEsms[] },
  grappeName: string,
): KitFacts {
  const call = shippedCall('demonstration', TODAY)
  return {
    today: TODAY,
    closesOn: '2026-12-31',
    grappeName,
    call,
    porteurOgId: members.ogs[0]?.id ?? null,
    porteurEmail: 'porteuse@exemple.fr',
    ...members,
    sizes: ogSizes(members),
    verdict: evaluate(call, {
      grappe: { ...members, id: 'g', name: grappeName, porteurOgId: null, solutions: [] },
      today: TODAY,
    }),
    sharing: null,
    governance: null,
  }
}

/** Nothing is known of it but what the example says. */
export function exampleKit(example: Example): KitFacts {
  const ogs = example.ogs.map(
    ({ name }, rank): KitOg => ({ id: `og-${rank}`, name, finessEj: null, ...UNKNOWN_IDENTITY }),
  )
  let order = 1
  const esms = example.ogs.flatMap((og, rank) =>
    og.esms.map(
      ({ solution, ...facts }): KitEsms => ({
        ...fineEsms(order++, { ...facts, ogId: `og-${rank}` }),
        commune: null,
        capacite: null,
        solution,
        solutionVersion: null,
      }),
    ),
  )
  return kitFactsOf({ ogs, esms }, example.title)
}

/** Everything is known of it; one OG of 49 members with hard names, and one of home services. */
export function hardKit(): KitFacts {
  const og = (id: string, name: string): KitOg => ({
    id,
    name,
    finessEj: '2A0000253',
    representative: `Ève ${HARD_NAME}`,
    representativeRole: 'Présidente',
    seatAddress: '1 rue de l’Île & du Pont, 20000 Ajaccio',
    siren: '732829320',
  })
  const esms = (ogId: string, order: number, change: Partial<KitEsms> = {}): KitEsms => ({
    ...fineEsms(order, { name: `${HARD_NAME} n° ${order}`, ogId, projet: 'acquisition' }),
    commune: 'L’Île-Rousse',
    capacite: 84,
    solution: 'Éditeur & Cie — <Produit>',
    solutionVersion: '4.2',
    ...change,
  })
  const facts = kitFactsOf(
    {
      ogs: [og('og-0', HARD_NAME), og('og-1', `${HARD_NAME} bis`)],
      esms: [
        ...Array.from({ length: 49 }, (_, order) => esms('og-0', order)),
        esms('og-1', 50, { domaine: 'DOM', projet: 'mise-en-conformite' }),
      ],
    },
    HARD_NAME,
  )
  const rule = `Les coûts communs sont répartis à parts égales, d’après ${HARD_NAME}.`
  const parts = new Map(facts.ogs.map(({ id }) => [id, 123_456]))
  const sharing = { rule, byEsms: false, parts }
  return { ...facts, sharing, governance: hardGovernance(['og-0', 'og-1']) }
}

export function ownersOf({ ogs, esms, grappeName }: KitFacts): KitOwner[] {
  return [
    { scope: 'grappe', id: null, name: grappeName },
    ...ogs.map(({ id, name }): KitOwner => ({ scope: 'og', id, name })),
    ...esms.map(({ id, name }): KitOwner => ({ scope: 'esms', id, name })),
  ]
}
