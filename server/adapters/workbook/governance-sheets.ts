/** The sheets of the governance: one for each part in which something is written. */
import type { DossierPlan } from '../../domain/dossier-plan.ts'
import { FACTOR_CODES, type GovernanceValues, IDENTITY_FIELDS } from '../../domain/governance/governance.ts'
import {
  FACTOR_WORDS,
  FACTORS_SOURCE,
  FORM_WORDS,
  IDENTITY_SOURCE,
  IDENTITY_WORDS,
  LEVEL_WORDS,
  MANNER_WORDS,
  MEETING_WORDS,
  RISK_STATE_WORDS,
  RISKS_SOURCE,
  ROLE_WORDS,
  roleOgName,
} from '../../domain/governance/words.ts'
import { COLOURS, DAY, dayCell, NUMBER, tableSheet } from './table.ts'
import type { Sheet } from './xlsx-writer.ts'

/** None where nothing is written, or where it is not for whoever reads. */
export function governanceSheets(plan: DossierPlan): Sheet[] {
  const governance = plan.governance ?? null
  if (governance === null) return []
  return [
    identitySheet(plan, governance),
    rolesSheet(plan, governance),
    meetingsSheet(plan, governance),
    risksSheet(plan, governance),
    factorsSheet(plan, governance),
    decisionsSheet(plan, governance),
  ].filter(sheet => sheet !== null)
}

function identitySheet(plan: DossierPlan, { identite, forme }: GovernanceValues): Sheet | null {
  const form = forme.form === null ? null : FORM_WORDS[forme.form]
  const rows = [
    ...IDENTITY_FIELDS.map(field => ({
      name: IDENTITY_WORDS[field],
      text: identite[field],
      source: IDENTITY_SOURCE,
    })),
    { name: 'Forme de coopération', text: form?.label ?? null, source: forme.basis },
    { name: 'Gouvernance de cette forme', text: form?.governance ?? null, source: OURS },
    { name: 'Responsabilité', text: form?.liability ?? null, source: OURS },
    { name: 'TVA', text: form?.vat ?? null, source: OURS },
    { name: 'Entrée et retrait', text: form?.leaving ?? null, source: OURS },
  ].filter(({ text }) => text !== null)
  if (rows.length === 0) return null
  return tableSheet(plan, 'Gouvernance', rows, [
    { header: 'Rubrique', width: 34, value: ({ name }) => name },
    { header: 'Réponse', width: 80, value: ({ text }) => text },
    { header: 'D’après', width: 46, value: ({ source }) => source },
  ])
}

const OURS = 'repères de ce logiciel, à faire vérifier'

function rolesSheet(plan: DossierPlan, { roles }: GovernanceValues): Sheet | null {
  if (roles.length === 0) return null
  const names = new Map(
    plan.owners.flatMap(({ scope, id, name }) => (scope === 'og' && id ? [[id, name]] : [])),
  )
  return tableSheet(plan, 'Rôles', roles, [
    { header: 'Nom', width: 30, value: ({ name }) => name },
    { header: 'Rôle', width: 20, value: ({ kind }) => ROLE_WORDS[kind] },
    { header: 'Fonction', width: 40, value: ({ position }) => position },
    { header: 'Organisme', width: 36, value: role => roleOgName(role, names) },
    { header: 'Le joindre', width: 34, value: ({ contact }) => contact },
  ])
}

function meetingsSheet(plan: DossierPlan, { copil }: GovernanceValues): Sheet | null {
  if (copil.length === 0) return null
  return tableSheet(
    plan,
    'COPIL',
    copil,
    [
      { header: 'Jour', width: 13, style: DAY, value: ({ day }) => dayCell(day) },
      { header: 'Heure', width: 9, value: ({ time }) => time },
      { header: 'Lieu', width: 30, value: ({ place }) => place },
      { header: 'Objet', width: 40, value: ({ object }) => object },
      { header: 'Invités', width: 26, value: ({ guests }) => guests },
      { header: 'État', width: 12, value: ({ state }) => MEETING_WORDS[state] },
      { header: 'Ce qui a été décidé', width: 60, value: ({ decided }) => decided },
    ],
    {
      colours: {
        F: [
          [MEETING_WORDS.tenue, COLOURS.good],
          [MEETING_WORDS.annulee, COLOURS.idle],
        ],
      },
    },
  )
}

function risksSheet(plan: DossierPlan, { risques }: GovernanceValues): Sheet | null {
  if (risques.length === 0) return null
  return tableSheet(
    plan,
    'Risques',
    risques,
    [
      { header: 'Risque', width: 46, value: ({ title }) => title },
      { header: 'Suivi par', width: 28, value: ({ owner }) => owner ?? 'Personne' },
      { header: 'Réponse', width: 60, value: ({ answer }) => answer ?? 'Aucune' },
      { header: 'État', width: 12, value: ({ state }) => RISK_STATE_WORDS[state] },
      { header: 'D’après', width: 40, value: ({ known }) => (known === null ? null : RISKS_SOURCE) },
    ],
    {
      colours: {
        D: [
          [RISK_STATE_WORDS['a-traiter'], COLOURS.late],
          [RISK_STATE_WORDS.clos, COLOURS.good],
        ],
      },
    },
  )
}

function factorsSheet(plan: DossierPlan, { facteurs }: GovernanceValues): Sheet | null {
  if (Object.values(facteurs).every(({ level, next }) => level === null && next === null)) return null
  const levelOf = (code: (typeof FACTOR_CODES)[number]) => {
    const level = facteurs[code]?.level ?? null
    return level === null ? 'non évalué' : LEVEL_WORDS[level]
  }
  return tableSheet(
    plan,
    'Facteurs',
    FACTOR_CODES,
    [
      { header: 'Facteur de réussite', width: 42, value: code => FACTOR_WORDS[code] },
      { header: 'Niveau', width: 14, value: levelOf },
      { header: 'Prochain pas', width: 60, value: code => facteurs[code]?.next ?? null },
      { header: 'D’après', width: 60, value: () => FACTORS_SOURCE },
    ],
    {
      colours: {
        B: [
          [LEVEL_WORDS.acquis, COLOURS.good],
          [LEVEL_WORDS['en-cours'], COLOURS.waiting],
          [LEVEL_WORDS['a-faire'], COLOURS.late],
        ],
      },
    },
  )
}

function decisionsSheet(plan: DossierPlan, { decisions }: GovernanceValues): Sheet | null {
  if (decisions.length === 0) return null
  const voices = (name: 'pour' | 'contre' | 'abstention', header: string) => ({
    header,
    width: 12,
    style: NUMBER,
    value: ({ votes }: GovernanceValues['decisions'][number]) => votes?.[name] ?? null,
  })
  return tableSheet(plan, 'Décisions', decisions, [
    { header: 'Jour', width: 13, style: DAY, value: ({ day }) => dayCell(day) },
    { header: 'Décision', width: 60, value: ({ what }) => what },
    { header: 'Par', width: 34, value: ({ by }) => by },
    { header: 'Comment', width: 16, value: ({ manner }) => (manner === null ? null : MANNER_WORDS[manner]) },
    voices('pour', 'Pour'),
    voices('contre', 'Contre'),
    voices('abstention', 'Abstentions'),
  ])
}
