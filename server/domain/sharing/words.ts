/** A key written out: one French text computed from it, so that what is signed is what is applied. */
import type { Projet } from '../call.ts'
import type { CostKind, HourlyRate, KeyPart, Measure, SharingFacts, SharingKey } from './key.ts'
import type { Shares, SharingGap } from './share.ts'

const EUROS = new Intl.NumberFormat('fr-FR', { style: 'currency', currency: 'EUR' })
const NUMBER = new Intl.NumberFormat('fr-FR', { maximumFractionDigits: 2 })

/** « 1 234,56 € » */
export const centsWords = (cents: number): string => EUROS.format(cents / 100)

/** « 33,33 % » */
export const pointsWords = (points: number): string => `${NUMBER.format(points / 100)} %`

/** As a column heading. */
export const MEASURE_TITLES: Readonly<Record<Measure, string>> = {
  egale: 'Parts égales',
  esms: 'ESMS',
  places: 'Places',
  usagers: 'Usagers',
  bulletins: 'Bulletins de paie',
  heures: 'Heures',
}

/** The same inside a sentence. */
export const MEASURE_WORDS: Readonly<Record<Measure, string>> = {
  egale: 'parts égales',
  esms: 'ESMS',
  places: 'places',
  usagers: 'usagers',
  bulletins: 'bulletins de paie',
  heures: 'heures',
}

export const SHARED_BY: Readonly<Record<Measure, string>> = {
  egale: 'à parts égales',
  esms: 'selon le nombre d’ESMS',
  places: 'selon le nombre de places',
  usagers: 'selon le nombre d’usagers',
  bulletins: 'selon le nombre de bulletins de paie',
  heures: 'selon le nombre d’heures',
}

export const COST_KIND_WORDS: Readonly<Record<CostKind, string>> = {
  logiciel: 'logiciel',
  equipement: 'équipement',
  prestation: 'prestation',
  personnel: 'personnel',
  formation: 'formation',
  autre: 'autre',
}

export const PROJET_WORDS: Readonly<Record<Projet, string>> = {
  acquisition: 'en acquisition',
  'mise-en-conformite': 'en mise en conformité',
}

const joined = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} et ${words.at(-1)}`

const plural = (count: number, word: string, many = `${word}s`): string =>
  `${NUMBER.format(count)} ${count > 1 ? many : word}`

function partsWords(parts: readonly KeyPart[]): string {
  const used = parts.filter(({ points }) => points > 0)
  const [only] = used
  return used.length === 1 && only !== undefined
    ? SHARED_BY[only.measure]
    : joined(used.map(({ measure, points }) => `${pointsWords(points)} ${SHARED_BY[measure]}`))
}

function rateWords({ cents, nothingUnder, atMost }: HourlyRate): string {
  const limits = [
    ...(atMost === null ? [] : [`${plural(atMost, 'heure')} au plus`]),
    ...(nothingUnder === null ? [] : [`rien sous ${plural(nothingUnder, 'heure')}`]),
  ]
  return `${centsWords(cents)} l’heure${limits.map(limit => `, ${limit}`).join('')}`
}

/** Where the costs come from: no call gives any. */
export const costsOrigin = ({ source }: Pick<SharingKey, 'source'>): string =>
  `Coûts saisis par le porteur${source === null ? '.' : `. D’après : ${source}`}`

/** The rule, one sentence after the other. */
export function ruleSentences(key: SharingKey, facts: Pick<SharingFacts, 'money'>): string[] {
  const { rule, costs, between, outside } = key
  const whole = costs.reduce((total, { cents }) => total + cents, 0)
  const who = between === 'og' ? 'organismes gestionnaires' : 'ESMS'
  const costsOf = `Les coûts communs, ${centsWords(whole)} TTC,`
  const outsideWords =
    outside === null
      ? []
      : [`${pointsWords(outside.points)} des coûts sont payés par ${outside.by}, hors de ce partage.`]
  if (rule.kind === 'forfait') {
    return [
      `Chacun des ${who} paie ses heures : ${rateWords(rule.rate)}.`,
      `${costsOf} ne changent pas ce forfait : ce qu’il ne couvre pas, ou couvre en trop, est dit à part.`,
      ...outsideWords,
      ...subsidySentences(key, facts),
    ]
  }
  return [
    `${costsOf} sont répartis entre les ${who} : ${partsWords(rule.parts)}.`,
    ...outsideWords,
    ...(['acquisition', 'mise-en-conformite'] as const).flatMap(projet => {
      const own = costs.filter(cost => cost.projet === projet)
      const cents = own.reduce((total, cost) => total + cost.cents, 0)
      return own.length === 0
        ? []
        : [`De ces coûts, ${centsWords(cents)} ne sont portés que par les ESMS ${PROJET_WORDS[projet]}.`]
    }),
    ...(rule.capCents === null
      ? []
      : [
          `Aucun ne paie plus de ${centsWords(rule.capCents)} : ce qu’il ne paie pas revient aux autres, ` +
            'dans les mêmes proportions.',
        ]),
    ...(rule.called === null
      ? []
      : [
          `En cours d’année, chacun paie ses heures (${rateWords(rule.called)}) ; la fin de l’année ` +
            'régularise, en plus ou en moins.',
        ]),
    'Chaque part est arrondie au centime ; les centimes qui restent vont à qui en perdait le plus, et à ' +
      'égalité dans l’ordre du tableau.',
    ...subsidySentences(key, facts),
  ]
}

function subsidySentences({ subsidy }: SharingKey, { money }: Pick<SharingFacts, 'money'>): string[] {
  if (subsidy === null) return ['La subvention attendue n’est pas connue : rien n’en est réparti.']
  if (subsidy.kind === 'porteur') {
    return [
      `La subvention attendue, ${centsWords(subsidy.cents)} d’après « ${subsidy.basis} », est répartie ` +
        'comme les coûts.',
    ]
  }
  const amounts = money.map(
    ({ projet, euros, origin }) => `${centsWords(100 * euros)} par ESMS ${PROJET_WORDS[projet]} (${origin})`,
  )
  return [
    'La subvention attendue est celle que l’appel donne pour chaque ESMS' +
      `${amounts.length === 0 ? '' : ` : ${joined(amounts)}`}.`,
  ]
}

/** What those who apply the key must know besides. */
export function shareNotes({ totals, beyondFunded }: Shares): string[] {
  return [
    ...(totals.uncovered > 0
      ? [`Le forfait laisse ${centsWords(totals.uncovered)} de coûts que personne ne paie.`]
      : []),
    ...(totals.uncovered < 0
      ? [`Le forfait rapporte ${centsWords(-totals.uncovered)} de plus que les coûts.`]
      : []),
    ...(beyondFunded === null
      ? []
      : [
          `L’appel finance ${beyondFunded.most} ESMS au plus et la grappe en compte ` +
            `${beyondFunded.members} : la subvention attendue peut être plus basse.`,
        ]),
  ]
}

/** Where a gap is mended; `measures` and `key` are on the page itself. */
export type GapPlace = { kind: 'esms'; id: string } | { kind: 'measures' | 'key' | 'members' | 'call-values' }

export function gapWords(gap: SharingGap): { sentence: string; place: GapPlace } {
  const key: GapPlace = { kind: 'key' }
  switch (gap.kind) {
    case 'no-members':
      return { sentence: 'Ajoutez d’abord les membres de la grappe.', place: { kind: 'members' } }
    case 'no-costs':
      return { sentence: 'Donnez au moins un coût à répartir.', place: key }
    case 'nothing-billed':
      return {
        sentence:
          'Ce forfait ne facture rien à personne : la subvention ne peut pas être répartie comme les coûts.',
        place: { kind: 'measures' },
      }
    case 'measure':
      return {
        sentence: `${gap.esms.name} : ${UNKNOWN_MEASURE[gap.measure]} inconnu, que rien ne remplace.`,
        place: gap.measure === 'places' ? { kind: 'esms', id: gap.esms.id } : { kind: 'measures' },
      }
    case 'projet':
      return {
        sentence: `${gap.esms.name} : nature du projet inconnue.`,
        place: { kind: 'esms', id: gap.esms.id },
      }
    case 'nothing-measured':
      return {
        sentence:
          `${MEASURE_TITLES[gap.measure]} : le total des membres` +
          `${gap.projet === null ? '' : ` ${PROJET_WORDS[gap.projet]}`} est zéro, qui ne partage rien.`,
        place: gap.measure === 'places' ? { kind: 'members' } : { kind: 'measures' },
      }
    case 'nobody-bears':
      return {
        sentence:
          `${centsWords(gap.cents)} de coûts ne sont portés par personne : aucun ESMS n’est ` +
          `${PROJET_WORDS[gap.projet]}.`,
        place: key,
      }
    case 'amount':
      return {
        sentence: `L’appel ne donne pas le montant par ESMS ${PROJET_WORDS[gap.projet]}.`,
        place: { kind: 'call-values' },
      }
    case 'caps':
      return {
        sentence:
          `Avec un plafond de ${centsWords(gap.capCents)}, ${centsWords(gap.cents)} ne sont portés par ` +
          'personne. Relevez le plafond ou baissez les coûts.',
        place: key,
      }
  }
}

const UNKNOWN_MEASURE: Readonly<Record<Measure, string>> = {
  egale: 'nombre',
  esms: 'nombre d’ESMS',
  places: 'nombre de places',
  usagers: 'nombre d’usagers',
  bulletins: 'nombre de bulletins de paie',
  heures: 'nombre d’heures',
}
