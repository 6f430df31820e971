/** What the fictional grappe agreed on: enough of each part to see it alive, and some left to be done. */
import { randomUUID } from 'node:crypto'
import { type Day, windowAt } from './domain/call.ts'
import { addDays, formatDay, mondayOf } from './domain/deadline.ts'
import type {
  Factors,
  Governance,
  GovernanceChange,
  Identity,
  KnownRisk,
  Meeting,
  Risk,
  Role,
} from './domain/governance/governance.ts'
import type { SharingKey } from './domain/sharing/key.ts'
import type { PorteurScope } from './steps/access/porteur-scope.ts'
import { addKnownRisks, keepGovernance, proposeMeetings } from './steps/eligibility/keep-governance.ts'
import { keepSharingKey } from './steps/eligibility/keep-sharing-key.ts'
import type { Context } from './steps/ports.ts'
import { type GrappeRecord, readGrappe } from './steps/read/read-grappe.ts'
import type { Outcome } from './steps/refusals.ts'

export async function governDemonstration(context: Context, scope: PorteurScope): Promise<void> {
  const { today } = windowAt(scope.call, context.now().toISOString())
  const launched = mondayOf(addDays(today, -14))
  const read = async (): Promise<GrappeRecord> => {
    const record = await readGrappe(context.db, scope.grappeId)
    if (record === null) throw new Error('The demonstration cannot be read back')
    return record
  }
  const keep = async (change: GovernanceChange): Promise<Governance> => {
    const { governance } = await read()
    const seen = governance[change.part].revision
    return granted(await keepGovernance(context, scope, { ...change, seen }))
  }
  const basis = `COPIL du ${formatDay(launched)} (fictif)`
  const { ogs } = await read()

  await keep({ part: 'identite', value: IDENTITY })
  await keep({ part: 'forme', value: { form: 'partenariat', basis } })
  await keep({ part: 'roles', value: rolesOf(ogs) })
  const { copil } = await keep({ part: 'copil', value: [launchOn(launched)] })
  const monthly = { first: today, time: '14:00', place: 'En visioconférence' }
  granted(await proposeMeetings(context, scope, { ...monthly, seen: copil.revision }))
  granted(await addKnownRisks(context, scope, { seen: 0 }))
  const { risques } = (await read()).governance
  await keep({ part: 'risques', value: risques.value.map(risk => ({ ...risk, ...answerTo(risk) })) })
  await keep({ part: 'facteurs', value: FACTORS })
  await keep({
    part: 'decisions',
    value: [
      {
        ...{ id: randomUUID(), day: launched, what: 'La coopération prend la forme d’une convention.' },
        ...{ by: 'COPIL', manner: 'unanimite', votes: { pour: 4, contre: 0, abstention: 0 } },
      },
    ],
  })
  granted(await keepSharingKey(context, scope, { seen: 0, key: { ...SHARING, source: basis } }))
}

/** Two parts of one invented budget: what does not divide shows how cents are shared. */
const SHARING: Omit<SharingKey, 'source'> = {
  costs: [
    { label: 'Hébergement du DUI (montant inventé)', kind: 'logiciel', cents: 1_850_000, projet: null },
    { label: 'Chef de projet partagé (montant inventé)', kind: 'personnel', cents: 2_400_000, projet: null },
  ],
  between: 'og',
  rule: {
    kind: 'parts',
    parts: [
      { measure: 'egale', points: 3000 },
      { measure: 'esms', points: 7000 },
    ],
    capCents: null,
    called: null,
  },
  outside: null,
  subsidy: null,
  measures: {},
}

const IDENTITY: Identity = {
  public: 'Enfants et adultes en situation de handicap, en établissement et à domicile.',
  objet: 'Acquérir et déployer ensemble un même dossier usager informatisé.',
  personnes: 'Un chef de projet SI à mi-temps, un référent par organisme.',
  entree: 'Accord du COPIL à l’unanimité, puis avenant à la convention.',
  gouvernance: 'Un COPIL stratégique décide à l’unanimité ; un comité de suivi prépare ses décisions.',
}

const CONTACT = 'contact@demonstration.invalid'

function rolesOf(ogs: GrappeRecord['ogs']): Role[] {
  const names = ['Dominique Modèle', 'Claude Gabarit']
  const role = (
    kind: Role['kind'],
    name: string,
    position: string,
    more: Partial<Pick<Role, 'contact' | 'ogId'>>,
  ): Role => ({ ...{ id: randomUUID(), kind, name, position, contact: null, ogId: null }, ...more })
  return [
    role('chef-projet-si', 'Camille Exemple', 'Calendrier, éditeur, équipements', { contact: CONTACT }),
    role('amoa', 'Cabinet Fictif', 'Assiste la grappe jusqu’au choix de la solution', {}),
    ...ogs
      .slice(0, names.length)
      .map((og, at) =>
        role('referent', names[at] ?? '', 'Suit le projet dans son organisme', { ogId: og.id }),
      ),
  ]
}

const launchOn = (day: Day): Meeting => ({
  ...{ id: randomUUID(), day, time: '14:00', place: 'Siège du porteur', sequence: 0 },
  ...{ object: 'Lancement, forme de coopération', guests: 'ARS et GRADeS', state: 'tenue' },
  decided: 'Convention de partenariat ; un COPIL par mois.',
})

const ANSWERS: Readonly<Partial<Record<KnownRisk, Pick<Risk, 'owner' | 'answer' | 'state'>>>> = {
  depart: {
    owner: 'Camille Exemple',
    answer: 'Préavis de trois mois dans la convention ; la marge est relue à chaque COPIL.',
    state: 'suivi',
  },
  debit: { owner: 'Cabinet Fictif', answer: 'Mesure du débit dans chaque ESMS.', state: 'suivi' },
}
const answerTo = ({ known }: Risk) => (known === null ? {} : ANSWERS[known])

const FACTORS: Factors = {
  finalite: { level: 'acquis', next: null },
  droits: { level: 'acquis', next: null },
  choix: { level: 'en-cours', next: 'Choisir la solution au prochain COPIL' },
  roles: { level: 'en-cours', next: 'Nommer un référent dans chaque organisme' },
  risques: { level: 'a-faire', next: 'Donner une réponse à chaque risque' },
}

function granted<Value>(outcome: Outcome<Value>): Value {
  if (!outcome.ok) throw new Error(`The demonstration is refused: ${outcome.refusal.code}`)
  return outcome.value
}
