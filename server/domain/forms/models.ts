/**
 * The forms that are answered on screen: the questions of our own Word models, in their order and their
 * words, which a test compares. None is official: each says so.
 */
import { type IdentityField, MOST_IDENTITY } from '../governance/governance.ts'
import type { ModelCode } from '../kit/models.ts'
import { DETAILS_SUFFIX, type FormModel, type ModelField, type ModelItem } from './form.ts'

const text = (id: string, label?: string): ModelField => ({
  id,
  kind: { type: 'text' },
  ...(label === undefined ? {} : { label }),
})
const long = (id: string, label?: string): ModelField => ({
  ...text(id, label),
  kind: { type: 'text', long: true },
})
const number = (id: string, unit: string | null, label?: string): ModelField => ({
  ...text(id, label),
  kind: { type: 'number', unit },
})

const DETAILS = 'Précisions, pièce jointe'
const details = (id: string): ModelField => text(`${id}${DETAILS_SUFFIX}`, DETAILS)

const known = (words: string, value: string): ModelItem => ({ kind: 'known', words, value })
const asked = (words: string, ...fields: ModelField[]): ModelItem => ({ kind: 'question', words, fields })
const choice = (id: string, words: string, options: string[], several?: true): ModelItem =>
  asked(
    words,
    { id, kind: { type: 'choice', options, ...(several === undefined ? {} : { several }) } },
    details(id),
  )
const yesNo = (id: string, words: string): ModelItem => choice(id, words, ['oui', 'non'])

const HEADS = ['Question', 'Réponse', DETAILS]
const OG = '{og.nom}, FINESS juridique {og.finess}'
const NOT_OFFICIAL =
  'Ces questions sont celles de notre modèle, à adapter : ce n’est pas un formulaire officiel.'

const ETAT_DES_LIEUX: FormModel = {
  code: 'etat-des-lieux',
  introduction:
    `${NOT_OFFICIAL} Ce que le porteur sait déjà est prérempli. Répondez « ne sait pas » plutôt que de ` +
    'laisser une case vide ; cet état des lieux sert à préparer le projet, il ne note personne.',
  parts: [
    {
      title: '1. L’établissement ou le service',
      level: 1,
      items: [
        known('Nom', '{esms.nom}'),
        known('Organisme gestionnaire', OG),
        known('FINESS géographique', '{esms.finess}'),
        known('Catégorie', '{esms.categorie}'),
        known('Domaine', '{esms.domaine}'),
        known('Commune', '{esms.commune}'),
        known('Places autorisées', '{esms.capacite}'),
        known('Demande', '{esms.volet}'),
        asked('Rempli par (nom, fonction)', text('rempli-par')),
        asked('Date', text('date')),
      ],
    },
    {
      title: '2. Le dossier de l’usager aujourd’hui',
      level: 1,
      heads: HEADS,
      items: [
        choice(
          'tenue',
          'Comment le dossier de l’usager est-il tenu ?',
          ['papier', 'bureautique', 'logiciel'],
          true,
        ),
        {
          kind: 'known',
          words: 'Solution DUI connue du porteur',
          value: '{esms.solution}',
          details: details('solution'),
        },
        asked(
          'Depuis quand est-elle employée ? Par combien de professionnels ?',
          text('emploi-depuis', 'Depuis quand'),
          number('emploi-professionnels', 'professionnels', 'Par combien de professionnels'),
        ),
        asked(
          'Quelles parties sont employées : projet personnalisé, soins, planning, transmissions, ' +
            'événements indésirables ?',
          long('parties'),
        ),
        asked('Qu’est-ce qui est repris à la main ou saisi deux fois ?', long('double-saisie')),
      ],
    },
    {
      title: 'Pour une mise en conformité',
      level: 2,
      when: 'si.conformite',
      heads: HEADS,
      items: [
        {
          kind: 'known',
          words: 'Version en service',
          value: '{esms.version}',
          details: details('version'),
        },
        yesNo('editeur-ecrit', 'L’éditeur a-t-il dit par écrit que la solution sera mise en conformité ?'),
        asked('Date prévue de la nouvelle version', text('nouvelle-version')),
        yesNo('devis', 'Un devis de l’éditeur est-il disponible ?'),
      ],
    },
    {
      title: 'Pour une acquisition',
      level: 2,
      when: 'si.acquisition',
      heads: HEADS,
      items: [
        yesNo(
          'deja-signe',
          'Un contrat ou une commande est-il déjà signé avec un éditeur pour ce DUI ? Si oui, prévenez le ' +
            'porteur avant d’aller plus loin.',
        ),
        yesNo('concurrence', 'Une mise en concurrence est-elle prévue, et par qui ?'),
        asked('Que faudra-t-il reprendre des dossiers actuels ?', long('reprise')),
      ],
    },
    {
      title: 'Pour un service à domicile',
      level: 2,
      when: 'si.domicile',
      heads: HEADS,
      items: [
        yesNo(
          'distingue',
          'Le service distingue-t-il les activités essentielles à la vie des prestations de confort ?',
        ),
        asked(
          'Combien d’intervenants se servent d’un téléphone ou d’une tablette chez l’usager ?',
          number('intervenants-equipes', 'intervenants'),
        ),
      ],
    },
    {
      title: '3. Équipement et réseau',
      level: 1,
      heads: HEADS,
      items: [
        asked(
          'Nombre de postes fixes, de portables, de tablettes',
          number('postes-fixes', null, 'Postes fixes'),
          number('portables', null, 'Portables'),
          number('tablettes', null, 'Tablettes'),
        ),
        asked('Combien ont plus de cinq ans ?', number('plus-de-cinq-ans', 'appareils')),
        choice('acces', 'Accès à internet', ['fibre', 'ADSL', '4G ou 5G'], true),
        yesNo('debit', 'Le débit suffit-il pour plusieurs personnes à la fois ?'),
        yesNo('wifi', 'Le Wi-Fi couvre-t-il les lieux où l’on accompagne les usagers ?'),
        asked('Qui répare les postes et le réseau ? Sous quel délai ?', long('depannage')),
      ],
    },
    {
      title: '4. Sécurité et données personnelles',
      level: 1,
      heads: HEADS,
      items: [
        yesNo('identifiants', 'Chaque professionnel a-t-il son propre identifiant ?'),
        yesNo('sauvegardes', 'Les sauvegardes sont-elles faites et une restauration a-t-elle été essayée ?'),
        asked('Date du dernier essai de restauration', text('restauration')),
        yesNo('dpo', 'Un délégué à la protection des données (DPO) est-il désigné ?'),
        yesNo('registre', 'Le registre des traitements mentionne-t-il le dossier de l’usager ?'),
        asked('Où sont hébergées les données de santé, et par qui ?', long('hebergement')),
      ],
    },
    {
      title: '5. Organisation et projet',
      level: 1,
      heads: HEADS,
      items: [
        asked(
          'Qui, dans l’établissement, suivra le projet ? Combien d’heures par mois ?',
          text('suivi', 'Qui suivra le projet'),
          {
            id: 'suivi-heures',
            label: 'Combien d’heures par mois',
            kind: { type: 'hours', unit: 'heures par mois' },
          },
        ),
        asked('Combien de professionnels seront à former ?', number('a-former', 'professionnels')),
        asked('Périodes à éviter pour l’installation et la formation', long('periodes')),
        asked('Ce que l’équipe attend d’abord du DUI', long('attentes')),
        asked('Ce qui l’inquiète', long('inquietudes')),
      ],
    },
    {
      title: '6. Prérequis à remplir avant l’installation',
      level: 1,
      items: [
        {
          kind: 'table',
          id: 'prerequis',
          columns: [
            { words: 'À faire', id: 'a-faire', kind: { type: 'text' } },
            { words: 'Par qui', id: 'par-qui', kind: { type: 'text' } },
            { words: 'Pour quand', id: 'pour-quand', kind: { type: 'text' } },
          ],
          lines: 5,
        },
      ],
    },
    {
      title: '7. Ce que l’appel demande de déclarer',
      level: 1,
      when: 'si.declarations',
      note: 'Réponses déjà données au porteur. Elles se corrigent sur votre page, pas ici.',
      items: [
        {
          kind: 'table',
          id: 'declarations',
          columns: [
            { words: 'Phrase à confirmer', value: '{declaration.phrase}' },
            { words: 'Réponse', value: '{declaration.reponse}' },
          ],
          lines: { list: 'declarations' },
        },
      ],
    },
  ],
  signature: [],
}

const activities = (id: string, title: string, what: string, why: string, lines: number) => ({
  title,
  level: 1 as const,
  items: [
    {
      kind: 'table' as const,
      id,
      columns: [
        { words: what, id: 'activite', kind: { type: 'text' as const } },
        { words: 'Personnes', id: 'personnes', kind: { type: 'number' as const, unit: 'personnes' } },
        { words: 'Heures par an', id: 'heures', kind: { type: 'hours' as const, unit: 'heures par an' } },
        { words: why, id: 'pourquoi', kind: { type: 'text' as const } },
      ],
      lines,
    },
  ],
})

const ESSENTIAL = { table: 'essentielles', column: 'heures' }
const COMFORT = { table: 'confort', column: 'heures' }

const REPARTITION_ACTIVITES: FormModel = {
  code: 'repartition-activites',
  introduction:
    `${NOT_OFFICIAL} Un document par service. Aucune liste officielle d’activités n’est donnée ici : ` +
    'écrivez les vôtres et dites pourquoi vous les classez ainsi.',
  parts: [
    {
      title: null,
      level: 1,
      items: [
        known('Service', '{esms.nom}'),
        known('FINESS géographique', '{esms.finess}'),
        known('Organisme gestionnaire', OG),
        known('Commune', '{esms.commune}'),
        known('Catégorie', '{esms.categorie}'),
        asked('Année de référence', text('annee')),
      ],
    },
    activities('essentielles', '1. Activités essentielles à la vie', 'Activité', 'Pourquoi essentielle', 5),
    activities('confort', '2. Prestations de confort', 'Prestation', 'Pourquoi de confort', 4),
    {
      title: '3. Synthèse',
      level: 1,
      items: [
        {
          kind: 'sums',
          heads: ['Heures par an', 'Part du total'],
          showsShare: true,
          sums: [
            { words: 'Activités essentielles à la vie', of: [ESSENTIAL] },
            { words: 'Prestations de confort', of: [COMFORT] },
            { words: 'Total', of: [ESSENTIAL, COMFORT] },
          ],
        },
        asked('Comment les heures ont été comptées', long('comptage')),
      ],
    },
  ],
  signature: ['Rempli par (nom, fonction)', 'À ……………………………, le ……………………', 'Signature :'],
}

const TABLEAU_MONTANTS: FormModel = {
  code: 'tableau-montants',
  introduction:
    `${NOT_OFFICIAL} Si le dossier de demande de l’ARS contient son propre tableau, recopiez-y ces ` +
    'lignes. Le logiciel ne devine aucun montant : ceux qui suivent viennent de l’appel ou du porteur, ' +
    'comme écrit sous le tableau.',
  parts: [
    {
      title: null,
      level: 1,
      items: [
        { kind: 'note', words: `Organisme gestionnaire : ${OG}, {og.nombreEsms}` },
        {
          kind: 'note',
          words: 'Grappe : « {grappe.nom} », portée par {porteur.nom}. Appel : « {appel.titre} »',
        },
        {
          kind: 'table',
          id: 'montants',
          columns: [
            { words: 'N°', value: '{esms.rang}' },
            { words: 'Établissement ou service', value: '{esms.nom}' },
            { words: 'FINESS', value: '{esms.finess}' },
            { words: 'Demande', value: '{esms.volet}' },
            { words: 'Montant selon l’appel', value: '{esms.montant}' },
            { words: 'Montant demandé', id: 'demande', kind: { type: 'euros' } },
          ],
          lines: { list: 'etablissements' },
        },
        {
          kind: 'sums',
          showsShare: false,
          sums: [
            {
              words: 'Total, hors équipement',
              of: [{ table: 'montants', column: 'demande' }],
              known: '{og.montant}',
            },
          ],
        },
        { kind: 'note', words: 'D’où viennent les montants : {montant.source}' },
        { kind: 'note', words: 'Équipement, pour chaque ESMS, selon l’appel : {montant.equipement}' },
        asked('Les montants sont toutes taxes comprises si l’appel le dit', {
          id: 'taxes',
          kind: { type: 'choice', options: ['TTC', 'HT'] },
        }),
      ],
    },
    {
      title: 'Coûts communs de la grappe',
      level: 1,
      when: 'si.repartition',
      items: [
        { kind: 'note', words: 'Part de {og.nom} : {og.part} TTC' },
        {
          kind: 'note',
          words: '{esms.nom} : {esms.part} TTC',
          when: 'si.partParEsms',
          each: 'etablissements',
        },
        { kind: 'note', words: 'La règle : {repartition.regle}' },
      ],
    },
    {
      title: 'Autres financements',
      level: 1,
      items: [
        {
          kind: 'table',
          id: 'financements',
          columns: [
            { words: 'Financement', id: 'financement', kind: { type: 'text' } },
            { words: 'Établissement', id: 'etablissement', kind: { type: 'text' } },
            { words: 'Montant et période', id: 'montant', kind: { type: 'text' } },
          ],
          lines: 3,
        },
      ],
    },
  ],
  signature: [
    'Certifié exact, à ……………………………, le ……………………',
    '{og.representant}, {og.fonction}',
    'Signature :',
  ],
}

const heading = (title: string, ...words: string[]): FormModel['parts'][number] => ({
  title,
  level: 1,
  items: words.map(each => ({ kind: 'note', words: each })),
})

/** A rubric of the identity card that nobody can tell but the porteur: the page Gouvernance keeps it. */
const identity = (id: IdentityField, words: string): ModelItem =>
  asked(words, {
    ...long(id),
    kind: { type: 'text', long: true, most: MOST_IDENTITY },
    tag: `identite.${id}`,
  })

/** Its answers are those of the page Gouvernance: written on either, read on both. */
export const FICHE_IDENTITE: FormModel = {
  code: 'fiche-identite',
  introduction:
    `${NOT_OFFICIAL} Ses dix rubriques sont celles du groupe de travail « Mutualiser nos compétences SI » ` +
    'du 6 mai 2021 ; la page Gouvernance montre et garde les mêmes réponses.',
  parts: [
    heading('1. Nom', '{grappe.nom}'),
    heading('2. Localisation', 'Départements : {grappe.departements}'),
    heading('3. Secteur d’activité', 'Domaines : {grappe.domaines}'),
    { ...heading('4. Public accueilli'), items: [identity('public', 'Qui est accueilli')] },
    heading('5. Établissements partenaires', '{grappe.nombreEsms}, de {grappe.nombreOg} (liste ci-dessous)'),
    {
      title: '6. Objet de la coopération',
      level: 1,
      items: [
        identity('objet', 'Ce que les membres veulent faire ensemble'),
        {
          kind: 'note',
          words: 'Candidature commune à l’appel à projets « {appel.titre} » ({grappe.volets})',
        },
      ],
    },
    heading('7. Nature des accords', '{forme.choisie}'),
    {
      ...heading('8. Nombre de personnes ressources'),
      items: [identity('personnes', 'Sur qui le groupement peut compter, et pour combien de temps')],
    },
    {
      ...heading('9. Modalité d’entrée ou de participation'),
      items: [identity('entree', 'Comment un membre entre et participe')],
    },
    {
      ...heading('10. Mode de gouvernance'),
      items: [identity('gouvernance', 'Les instances, qui y siège, comment on y décide')],
    },
    {
      title: 'Le porteur',
      level: 1,
      items: [
        known('Nom', '{porteur.nom}'),
        known('Siège', '{porteur.adresse}'),
        known('SIREN ou SIRET', '{porteur.siren}'),
        known('FINESS juridique', '{porteur.finess}'),
        known('Représenté par', '{porteur.representant}, {porteur.fonction}'),
      ],
    },
    {
      title: 'Les établissements partenaires',
      level: 1,
      items: [
        {
          kind: 'table',
          id: 'etablissements',
          columns: [
            { words: 'N°', value: '{esms.rang}' },
            { words: 'Établissement ou service', value: '{esms.nom}' },
            { words: 'FINESS', value: '{esms.finess}' },
            { words: 'Domaine', value: '{esms.domaine}' },
            { words: 'Organisme gestionnaire', value: '{og.nom}' },
          ],
          lines: { list: 'etablissements' },
        },
      ],
    },
  ],
  signature: [],
}

/** Those that are answered for a piece: by its member or, for one of the grappe, by the porteur. */
export const FORM_MODELS: readonly FormModel[] = [
  ...[ETAT_DES_LIEUX, REPARTITION_ACTIVITES, TABLEAU_MONTANTS],
  FICHE_IDENTITE,
]

/** Null where the model is written in Word alone. */
export const formModelOf = (code: ModelCode): FormModel | null =>
  FORM_MODELS.find(each => each.code === code) ?? null
