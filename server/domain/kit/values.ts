/** What a document is filled in with: the facts of its owner and of the grappe, never another member's. */
import type { Call, Day, Money, PieceDefinition, PieceScope, Projet } from '../call.ts'
import { concernOfSome, type OgSizes } from '../condition.ts'
import { formatDay } from '../deadline.ts'
import { askedDeclarations } from '../declarations.ts'
import { criterionWords, originWords } from '../edition.ts'
import { type CriterionStatus, VERDICT_WORDS, type Verdict } from '../eligibility.ts'
import { departementOf } from '../finess.ts'
import { type GovernancePart, type GovernanceValues, NO_GOVERNANCE } from '../governance/governance.ts'
import type { Esms, EsmsDetails, Og } from '../grappe.ts'
import type { OgIdentity } from '../member-facts.ts'
import { categorieLabel } from '../nomenclature.ts'
import { appliesToEsms, isSpared } from '../piece.ts'
import { originOf } from '../reported.ts'
import type { OwedParts } from '../sharing/owed.ts'
import { centsWords } from '../sharing/words.ts'
import { sirenWords } from '../siren.ts'
import { governanceValues } from './governance-values.ts'
import { type DocumentModel, documentModels } from './models.ts'

export type KitOg = Og & OgIdentity

/** A member still in, and what its documents tell of it. */
export interface KitEsms extends Esms, EsmsDetails {
  /** Editor and product. */
  solution: string | null
  solutionVersion: string | null
}

/** Only what whoever asks may be told. */
export interface KitFacts {
  today: Day
  /** Last day of the window that counts. */
  closesOn: Day | null
  grappeName: string
  call: Pick<Call, 'title' | 'region' | 'money' | 'reported' | 'rules' | 'pieces'>
  porteurOgId: string | null
  /** Whom members write to. */
  porteurEmail: string
  ogs: readonly KitOg[]
  esms: readonly KitEsms[]
  /** Of the whole grappe. */
  sizes: OgSizes
  /** Null for a member's link: it has no document of the grappe. */
  verdict: Verdict | null
  /** Of the shared costs; null as long as nobody wrote how they are split. */
  sharing: OwedParts | null
  /** Null for a member's link: it is the porteur's. */
  governance: GovernanceValues | null
}

/** Whose document it is: the grappe, an OG or an ESMS. */
export interface KitOwner {
  scope: PieceScope
  /** Null for the grappe. */
  id: string | null
  name: string
}

/** Addresses name the grappe itself so. */
const GRAPPE_KEY = 'grappe'
export const ownerKey = ({ id }: Pick<KitOwner, 'id'>): string => id ?? GRAPPE_KEY

/** One document as it would be handed out now. */
export interface KitDocument {
  owner: KitOwner
  model: DocumentModel
  missing: readonly MissingFact[]
  /** What nobody has told this server, to be written in it; empty for a porteur's own model. */
  byHand: readonly string[]
}

/** `nobody`: no page holds it, it is written in the document. */
export const FACT_PLACES = [
  'og',
  'esms',
  'declarations',
  'members',
  'call-values',
  'sharing',
  'governance',
  'nobody',
] as const

/** Where a missing fact is filled in. */
export type FactPlace =
  | { kind: 'og' | 'esms' | 'declarations'; id: string }
  | { kind: 'governance'; part: GovernancePart }
  | { kind: 'members' | 'call-values' | 'sharing' | 'nobody' }

/** A fact that nobody has given: it shows in the document, and is told with the place that fills it. */
export interface MissingFact {
  /** As a noun, without article. */
  missing: string
  /** Whose it is, where a document tells of several; null when it is clear. */
  of: string | null
  place: FactPlace
}

export type KitValue = string | boolean | MissingFact | readonly KitValues[]
export interface KitValues {
  readonly [tag: string]: KitValue
}

const known = (
  value: string | null,
  missing: string,
  place: FactPlace,
  of: string | null = null,
): string | MissingFact => (value === null || value === '' ? { missing, of, place } : value)

const NOBODY: FactPlace = { kind: 'nobody' }

export const VOLET_WORDS: Readonly<Record<Projet, string>> = {
  acquisition: 'acquisition',
  'mise-en-conformite': 'mise en conformité',
}

export function valuesFor(facts: KitFacts, owner: KitOwner): KitValues {
  const common = commonValues(facts)
  switch (owner.scope) {
    case 'grappe':
      return { ...common, ...ofGrappe(facts) }
    case 'og':
      return { ...common, ...ofOg(facts, found(facts.ogs, owner)) }
    case 'esms': {
      const esms = found(facts.esms, owner)
      const og = found(facts.ogs, { id: esms.ogId })
      return {
        ...common,
        'og.nom': og.name,
        'og.finess': known(og.finessEj, 'numéro FINESS juridique', { kind: 'og', id: og.id }, og.name),
        ...esmsValues(facts, esms),
        'si.declarations': declarationsOf(facts, esms).length > 0,
        declarations: declarationsOf(facts, esms),
      }
    }
  }
}

function found<Named extends { id: string }>(all: readonly Named[], { id }: Pick<KitOwner, 'id'>): Named {
  const own = all.find(each => each.id === id)
  if (own === undefined) throw new Error(`No facts of the owner ${id}`)
  return own
}

function commonValues(facts: KitFacts): KitValues {
  const { call, closesOn, porteurOgId } = facts
  const og = facts.ogs.find(({ id }) => id === porteurOgId)
  const carrier = og === undefined ? null : ogIdentity(og)
  const unchosen: MissingFact = {
    missing: 'organisme qui porte la candidature',
    of: null,
    place: { kind: 'members' },
  }
  const of = (name: string): KitValue => carrier?.[`og.${name}`] ?? unchosen
  return {
    'date.edition': formatDay(facts.today),
    'grappe.nom': facts.grappeName,
    'appel.titre': call.title,
    'appel.region': known(call.region, 'région de l’ARS', NOBODY),
    'appel.cloture': known(closesOn && formatDay(closesOn), 'date limite de dépôt', CALL_VALUES),
    'porteur.nom': of('nom'),
    'porteur.finess': of('finess'),
    'porteur.representant': of('representant'),
    'porteur.fonction': of('fonction'),
    'porteur.adresse': of('adresse'),
    'porteur.siren': of('siren'),
    'porteur.email': facts.porteurEmail,
    ...amountValues(facts.call),
    'si.repartition': facts.sharing !== null,
    'si.repartitionAEcrire': facts.sharing === null,
    'si.partParEsms': facts.sharing?.byEsms ?? false,
    'repartition.regle': known(facts.sharing?.rule ?? null, 'règle de répartition', SHARING),
  }
}

const SHARING: FactPlace = { kind: 'sharing' }

/** Of an OG, or of an ESMS where each pays for itself. */
function partOf({ sharing }: KitFacts, { id, name }: { id: string; name: string }): string | MissingFact {
  const cents = sharing?.parts?.get(id)
  return known(cents === undefined ? null : centsWords(cents), 'part des coûts communs', SHARING, name)
}

/** Whole euros, as « 25 000 € ». */
const euros = (amount: number): string =>
  new Intl.NumberFormat('fr-FR', { style: 'currency', currency: 'EUR', maximumFractionDigits: 0 }).format(
    amount,
  )

type AmountName = Exclude<keyof Money, 'provenance'>

const CALL_VALUES: FactPlace = { kind: 'call-values' }

/** Amounts come from the call or from the porteur, and say so: none is guessed. */
function amountValues(call: KitFacts['call']): KitValues {
  const { money } = call
  const amount = (name: AmountName, what: string) => {
    const value = money?.[name] ?? null
    return known(value === null ? null : euros(value), `montant par ESMS (${what})`, CALL_VALUES)
  }
  const names: AmountName[] = ['acquisitionEuros', 'miseEnConformiteEuros', 'equipementEuros']
  const origins = money === null ? [] : names.filter(name => money[name] !== null)
  const sources = origins.map(name =>
    money === null ? '' : originWords(originOf(call, `money.${name}`, money.provenance), 'ars'),
  )
  return {
    'montant.acquisition': amount('acquisitionEuros', 'acquisition'),
    'montant.conformite': amount('miseEnConformiteEuros', 'mise en conformité'),
    'montant.equipement': amount('equipementEuros', 'équipement'),
    'montant.source': known([...new Set(sources)].join(' ; '), 'source des montants', CALL_VALUES),
  }
}

/** What the call gives for what the member asks; null where either is not known. */
function amountOf(call: KitFacts['call'], { projet }: KitEsms): number | null {
  if (projet === null) return null
  return (projet === 'acquisition' ? call.money?.acquisitionEuros : call.money?.miseEnConformiteEuros) ?? null
}

function ogIdentity(og: KitOg): KitValues {
  const place: FactPlace = { kind: 'og', id: og.id }
  const own = (value: string | null, missing: string) => known(value, missing, place, og.name)
  return {
    'og.nom': og.name,
    'og.finess': own(og.finessEj, 'numéro FINESS juridique'),
    'og.representant': own(og.representative, 'représentant légal'),
    'og.fonction': own(og.representativeRole, 'fonction du représentant légal'),
    'og.adresse': own(og.seatAddress, 'adresse du siège'),
    'og.siren': own(og.siren && sirenWords(og.siren), 'SIREN ou SIRET'),
  }
}

function ofOg(facts: KitFacts, og: KitOg): KitValues {
  const members = facts.esms.filter(({ ogId }) => ogId === og.id)
  return {
    ...ogIdentity(og),
    'og.nombreEsms': `${members.length} ESMS`,
    ...conditionsOf(members),
    'og.montant': totalOf(facts.call, members),
    'og.part': partOf(facts, og),
    etablissements: membersList(facts, members, () => og),
  }
}

const OG_WORDS = 'organismes gestionnaires'

function ofGrappe(facts: KitFacts): KitValues {
  const rank = ({ id }: KitOg) => (id === facts.porteurOgId ? 0 : 1)
  const ogs = facts.ogs.filter(({ id }) => facts.sizes.has(id)).toSorted((a, b) => rank(a) - rank(b))
  const members = ogs.flatMap(og => facts.esms.filter(({ ogId }) => ogId === og.id))
  return {
    'grappe.nombreEsms': `${members.length} ESMS`,
    'grappe.nombreOg': `${ogs.length} ${ogs.length > 1 ? OG_WORDS : 'organisme gestionnaire'}`,
    ...summaryOf(facts, members),
    ...governanceValues(facts.governance ?? NO_GOVERNANCE, ogs),
    organismes: ogs.map((og, index) => ({ 'og.rang': String(index + 1), ...ofOg(facts, og) })),
    etablissements: membersList(facts, members, ({ ogId }) => found(ogs, { id: ogId })),
  }
}

function totalOf(call: KitFacts['call'], members: readonly KitEsms[]): string | MissingFact {
  const amounts = members.map(esms => amountOf(call, esms))
  const total = amounts.includes(null) ? null : amounts.reduce<number>((sum, each) => sum + (each ?? 0), 0)
  return known(total === null ? null : euros(total), 'total selon l’appel', CALL_VALUES)
}

const CRITERION_WORDS: Readonly<Record<CriterionStatus, string>> = {
  satisfait: 'respectée',
  'non-satisfait': 'non respectée',
  'a-verifier': 'à vérifier',
}

const MEMBERS: FactPlace = { kind: 'members' }

/** What is said of the members as a whole. */
function summaryOf({ verdict }: KitFacts, members: readonly KitEsms[]): KitValues {
  const listed = (values: readonly (string | null)[], missing: string, between: string) => {
    const told = [...new Set(values.flatMap(value => value ?? []))].toSorted()
    return known(told.join(between), missing, MEMBERS)
  }
  const of = <Value>(read: (esms: KitEsms) => Value) => members.map(read)
  return {
    'grappe.domaines': listed(
      of(({ domaine }) => domaine),
      'domaines',
      ', ',
    ),
    'grappe.departements': listed(
      of(({ finess }) => finess && departementOf(finess)),
      'départements',
      ', ',
    ),
    'grappe.volets': listed(
      of(({ projet }) => projet && VOLET_WORDS[projet]),
      'volets demandés',
      ' et ',
    ),
    'grappe.solutions': listed(
      of(({ solution }) => solution),
      'solution DUI de la grappe',
      ', ',
    ),
    'verdict.resultat': VERDICT_WORDS[verdict?.status ?? 'a-constituer'].toLowerCase(),
    regles: (verdict?.criteria ?? []).map(criterion => ({
      'regle.titre': criterion.title,
      'regle.resultat': CRITERION_WORDS[criterion.status],
      'regle.explication': criterionWords(criterion, 'ars').reason,
    })),
  }
}

const membersList = (
  facts: KitFacts,
  members: readonly KitEsms[],
  ogOf: (esms: KitEsms) => KitOg,
): KitValues[] =>
  members.map((esms, index) => {
    const { 'og.nom': name = '', 'og.finess': finess = '' } = ogIdentity(ogOf(esms))
    return { 'esms.rang': String(index + 1), 'og.nom': name, 'og.finess': finess, ...esmsValues(facts, esms) }
  })

const conditionsOf = (members: readonly KitEsms[]): KitValues => ({
  'si.acquisition': members.some(({ projet }) => projet === 'acquisition'),
  'si.conformite': members.some(({ projet }) => projet === 'mise-en-conformite'),
  'si.domicile': members.some(({ domaine }) => domaine === 'DOM'),
})

/** Missing at the member that does not say what it asks, else at the call that gives no amount. */
function montantOf(call: KitFacts['call'], esms: KitEsms): string | MissingFact {
  const amount = amountOf(call, esms)
  if (amount !== null) return euros(amount)
  return esms.projet === null
    ? { missing: 'volet demandé', of: esms.name, place: { kind: 'esms', id: esms.id } }
    : { missing: `montant par ESMS (${VOLET_WORDS[esms.projet]})`, of: null, place: CALL_VALUES }
}

function esmsValues(facts: KitFacts, esms: KitEsms): KitValues {
  const { call } = facts
  const place: FactPlace = { kind: 'esms', id: esms.id }
  const own = (value: string | null, missing: string) => known(value, missing, place, esms.name)
  return {
    'esms.nom': esms.name,
    'esms.finess': own(esms.finess, 'numéro FINESS géographique'),
    'esms.categorie': own(esms.categorie && categorieLabel(esms.categorie), 'catégorie'),
    'esms.domaine': own(esms.domaine, 'domaine'),
    'esms.volet': own(esms.projet && VOLET_WORDS[esms.projet], 'volet demandé'),
    'esms.commune': own(esms.commune, 'commune'),
    'esms.capacite': own(esms.capacite === null ? null : String(esms.capacite), 'nombre de places'),
    'esms.solution': own(esms.solution, 'solution DUI'),
    'esms.version': own(esms.solutionVersion, 'version de la solution'),
    'esms.montant': montantOf(call, esms),
    'esms.part': partOf(facts, esms),
    ...conditionsOf([esms]),
  }
}

const declarationsOf = ({ call }: KitFacts, esms: KitEsms): KitValues[] =>
  askedDeclarations(call).flatMap(({ code, title, statement, isAskedOf }) => {
    const answer = esms.declarations[code]
    return isAskedOf(esms) && statement !== null
      ? [
          {
            'declaration.phrase': statement,
            'declaration.reponse': known(
              answer === undefined ? null : answer ? 'oui' : 'non',
              `réponse à «\u00a0${title}\u00a0»`,
              { kind: 'declarations', id: esms.id },
              esms.name,
            ),
          },
        ]
      : []
  })

/**
 * The models that are for this owner. The call says whom its pieces are asked of; a model that answers none
 * of them says so itself.
 */
export function modelsFor(facts: KitFacts, owner: KitOwner): readonly DocumentModel[] {
  return documentModels(facts.call.pieces).filter(model => {
    if (model.scope !== owner.scope) return false
    const asked = facts.call.pieces.filter(
      ({ code, scope }) => scope === model.scope && model.pieces.includes(code),
    )
    if (asked.length > 0) return asked.some(definition => isAskedOf(facts, definition, owner))
    if (model.exceptPorteur && owner.id === facts.porteurOgId) return false
    return !model.homeServices || membersOf(facts, owner).some(({ domaine }) => domaine === 'DOM')
  })
}

/** Of a fact that is missing, it may be asked: the document is there. */
const isAskedOf = (facts: KitFacts, definition: PieceDefinition, owner: KitOwner): boolean =>
  !isSpared(definition, owner.id, facts.porteurOgId) &&
  concernOfSome(membersOf(facts, owner).map(esms => appliesToEsms(definition, esms, facts.sizes)))
    .concerned !== 'no'

const membersOf = ({ esms }: KitFacts, { scope, id }: KitOwner): readonly KitEsms[] =>
  scope === 'grappe' ? esms : esms.filter(each => (scope === 'og' ? each.ogId : each.id) === id)
