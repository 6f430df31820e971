/** What the documents of the grappe tell of its governance. What is not written shows as missing. */
import { formatDay } from '../deadline.ts'
import {
  type Decision,
  FACTOR_CODES,
  FORM_CODES,
  type GovernancePart,
  type GovernanceValues,
  IDENTITY_FIELDS,
  isLegalPerson,
  KNOWN_RISKS,
  type Risk,
} from '../governance/governance.ts'
import {
  FACTOR_WORDS,
  FORM_WORDS,
  IDENTITY_WORDS,
  LEVEL_WORDS,
  MEETING_WORDS,
  mannerWords,
  meetingWhen,
  RISK_STATE_WORDS,
  RISK_WORDS,
  ROLE_WORDS,
  roleOgName,
} from '../governance/words.ts'

/** As `values.ts` has them, which is drawn from this. */
const missingOf = (part: GovernancePart, missing: string) => ({
  missing,
  of: null,
  place: { kind: 'governance' as const, part },
})

interface Named {
  id: string
  name: string
}

export function governanceValues(governance: GovernanceValues, ogs: readonly Named[]) {
  const { identite, forme } = governance
  const { form } = forme
  const chosen = form === null ? FORM_CODES : [form]
  return {
    ...Object.fromEntries(
      IDENTITY_FIELDS.map(field => [
        `identite.${field}`,
        identite[field] ?? missingOf('identite', IDENTITY_WORDS[field].toLowerCase()),
      ]),
    ),
    'forme.choisie': form === null ? missingOf('forme', 'forme de coopération') : FORM_WORDS[form].label,
    'si.formeChoisie': form !== null,
    'si.formeAChoisir': form === null,
    'si.personneMorale': isLegalPerson(form),
    'si.miseADisposition': form === 'mise-a-disposition-personnel' || form === 'mise-a-disposition-moyens',
    formes: chosen.map(code => {
      const { label, governance: instances, liability, vat, leaving } = FORM_WORDS[code]
      return {
        'forme.case': form === null ? '☐' : '☒',
        'forme.nom': label,
        'forme.gouvernance': instances,
        'forme.responsabilite': liability,
        'forme.tva': vat,
        'forme.retrait': leaving,
      }
    }),
    roles: rolesOf(governance, ogs),
    reunions: meetingsOf(governance),
    risques: risksOf(governance),
    facteurs: factorsOf(governance),
    'si.decisions': governance.decisions.length > 0,
    decisions: governance.decisions.map(decisionValues),
  }
}

function rolesOf({ roles }: GovernanceValues, ogs: readonly Named[]) {
  if (roles.length === 0) {
    const nothing = { 'role.personne': '', 'role.fonction': '', 'role.contact': '', 'role.organisme': '' }
    return [{ ...nothing, 'role.titre': missingOf('roles', 'rôles et personnes') }]
  }
  const names = new Map(ogs.map(({ id, name }) => [id, name]))
  return roles.map(role => ({
    'role.titre': ROLE_WORDS[role.kind],
    'role.personne': role.name,
    'role.fonction': role.position ?? '',
    'role.contact': role.contact ?? '',
    'role.organisme': roleOgName(role, names) ?? '',
  }))
}

/** Those that were cancelled are no dates to keep. */
function meetingsOf({ copil }: GovernanceValues) {
  const kept = copil.filter(({ state }) => state !== 'annulee')
  if (kept.length === 0) {
    const nothing = { 'reunion.lieu': '', 'reunion.objet': '', 'reunion.invites': '', 'reunion.etat': '' }
    return [{ ...nothing, 'reunion.date': missingOf('copil', 'dates du comité de pilotage') }]
  }
  return kept.map(meeting => ({
    'reunion.date': meetingWhen(meeting),
    'reunion.lieu': meeting.place ?? '',
    'reunion.objet': meeting.object,
    'reunion.invites': meeting.guests ?? '',
    'reunion.etat': MEETING_WORDS[meeting.state],
  }))
}

/** Of an empty register, the risks that are known of such groupings: they are there whether noted or not. */
function risksOf({ risques }: GovernanceValues) {
  const known = KNOWN_RISKS.map(
    (code): Pick<Risk, 'title' | 'owner' | 'answer' | 'state'> => ({
      ...{ title: RISK_WORDS[code], owner: null, answer: null },
      state: 'a-traiter',
    }),
  )
  return (risques.length === 0 ? known : risques).map(({ title, owner, answer, state }) => ({
    'risque.titre': title,
    'risque.suivi': owner ?? missingOf('risques', 'qui suit ce risque'),
    'risque.reponse': answer ?? missingOf('risques', 'réponse à ce risque'),
    'risque.etat': RISK_STATE_WORDS[state],
  }))
}

const factorsOf = ({ facteurs }: GovernanceValues) =>
  FACTOR_CODES.map(code => {
    const { level, next } = facteurs[code] ?? { level: null, next: null }
    return {
      'facteur.nom': FACTOR_WORDS[code],
      'facteur.niveau': level === null ? missingOf('facteurs', 'niveau') : LEVEL_WORDS[level],
      'facteur.suite': next ?? '',
    }
  })

const decisionValues = (decision: Decision) => ({
  'decision.jour': formatDay(decision.day),
  'decision.texte': decision.what,
  'decision.auteur': decision.by,
  'decision.maniere': mannerWords(decision),
})
