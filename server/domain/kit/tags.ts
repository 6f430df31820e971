/**
 * The words between braces that a model may hold, and what takes their place. A list repeats what stands
 * between `{#name}` and `{/name}`, once for each; a condition keeps it or drops it.
 */
import type { PieceScope } from '../call.ts'
import type { PrintedValues } from './print.ts'

export interface Tag {
  name: string
  kind: 'fact' | 'list' | 'condition'
  meaning: string
  example: string
  /** In the documents of whom it stands for something; within a list, see `within`. */
  scopes: readonly PieceScope[]
  /** Names of the lists inside which it stands for one of their lines. */
  within?: readonly string[]
}

const ALL: readonly PieceScope[] = ['grappe', 'og', 'esms']
const GRAPPE: readonly PieceScope[] = ['grappe']
const OG: readonly PieceScope[] = ['og']
const ESMS: readonly PieceScope[] = ['esms']
const IN_MEMBERS = ['etablissements']
const OG_AND_ESMS: readonly PieceScope[] = ['og', 'esms']
const IN_OGS = ['organismes']
const IN_ANY = ['organismes', 'etablissements']

const fact = (
  name: string,
  meaning: string,
  example: string,
  scopes: readonly PieceScope[],
  within?: readonly string[],
): Tag => ({ name, kind: 'fact', meaning, example, scopes, ...(within === undefined ? {} : { within }) })

const condition = (name: string, meaning: string, scopes: readonly PieceScope[]): Tag => ({
  ...{ name, kind: 'condition', meaning, scopes },
  example: `{#${name}}…{/${name}}`,
})

const carrier = (name: string, meaning: string, example: string) =>
  fact(`porteur.${name}`, `${meaning} de l’OG qui porte la candidature`, example, ALL)

export const TAGS: readonly Tag[] = [
  fact('date.edition', 'Jour où le document est prérempli', 'samedi 29 novembre 2026', ALL),
  fact('grappe.nom', 'Nom de la grappe', 'Grappe PEP2B', ALL),
  fact('appel.titre', 'Titre de l’appel à projets', 'ESMS numérique, Corse 2023', ALL),
  fact('appel.region', 'Région de l’ARS qui reçoit le dossier', 'Corse', ALL),
  fact('appel.cloture', 'Dernier jour pour déposer le dossier', 'vendredi 15 septembre 2023', ALL),
  carrier('nom', 'Nom', 'PEP 2B'),
  carrier('finess', 'Numéro FINESS juridique', '2B0001234'),
  carrier('representant', 'Représentant légal', 'Ève Martin'),
  carrier('fonction', 'Fonction du représentant légal', 'Présidente'),
  carrier('adresse', 'Adresse du siège', '1 rue des Oliviers, 20200 Bastia'),
  carrier('siren', 'SIREN ou SIRET', '732 829 320'),
  fact('porteur.email', 'Adresse e-mail à laquelle les membres écrivent', 'porteuse@exemple.fr', ALL),

  fact('grappe.nombreEsms', 'Nombre d’ESMS de la grappe', '19 ESMS', GRAPPE),
  fact('grappe.nombreOg', 'Nombre d’OG de la grappe', '4 organismes gestionnaires', GRAPPE),

  fact('grappe.domaines', 'Domaines des ESMS de la grappe', 'PA, PH', GRAPPE),
  fact('grappe.departements', 'Départements de leurs numéros FINESS', '2A, 2B', GRAPPE),
  fact('grappe.volets', 'Ce que la grappe demande', 'acquisition et mise en conformité', GRAPPE),
  fact('grappe.solutions', 'Solutions DUI de la grappe', 'Éditeur — Produit', GRAPPE),
  fact('verdict.resultat', 'Résultat des règles de l’appel, ce jour-là', 'éligible', GRAPPE),
  fact('montant.acquisition', 'Montant de l’appel par ESMS en acquisition', '25 000 €', ALL),
  fact('montant.conformite', 'Montant de l’appel par ESMS en mise en conformité', '10 000 €', ALL),
  fact('montant.equipement', 'Montant de l’appel pour l’équipement de chaque ESMS', '20 000 €', ALL),
  fact('montant.source', 'D’où viennent ces montants', 'D’après : appel régional, page 4', ALL),

  fact('repartition.regle', 'La clé de répartition, écrite en toutes lettres', 'À parts égales.', ALL),
  {
    name: 'si.repartition',
    kind: 'condition',
    meaning: 'Vrai quand la grappe a une clé de répartition',
    example: '{#si.repartition}…{/si.repartition}',
    scopes: ALL,
  },
  {
    name: 'si.repartitionAEcrire',
    kind: 'condition',
    meaning: 'Vrai tant que la grappe n’a pas de clé de répartition',
    example: '{#si.repartitionAEcrire}…{/si.repartitionAEcrire}',
    scopes: ALL,
  },
  {
    name: 'si.partParEsms',
    kind: 'condition',
    meaning: 'Vrai quand, selon cette clé, chaque ESMS paie sa part',
    example: '{#si.partParEsms}…{/si.partParEsms}',
    scopes: ALL,
  },

  fact('og.nom', 'Nom de l’organisme gestionnaire', 'Association Les Oliviers', OG_AND_ESMS, IN_ANY),
  fact('og.finess', 'Son numéro FINESS juridique', '2B0001234', OG_AND_ESMS, IN_ANY),
  fact('og.representant', 'Son représentant légal', 'Paul Durand', OG, IN_OGS),
  fact('og.fonction', 'Fonction de son représentant légal', 'Directeur général', OG, IN_OGS),
  fact('og.adresse', 'Adresse de son siège', '2 place du Marché, 20000 Ajaccio', OG, IN_OGS),
  fact('og.siren', 'Son SIREN ou son SIRET', '732 829 320', OG, IN_OGS),
  fact('og.montant', 'Total de ses ESMS selon l’appel, hors équipement', '75 000 €', OG, IN_OGS),
  fact('og.part', 'Sa part des coûts communs, selon la clé de répartition', '1 234,56 €', OG, IN_OGS),
  fact('og.rang', 'Son numéro d’ordre dans la liste', '1', [], IN_OGS),
  fact('og.nombreEsms', 'Nombre de ses ESMS dans la grappe', '3 ESMS', OG, IN_OGS),

  fact('esms.nom', 'Nom de l’établissement ou du service', 'EHPAD Les Oliviers', ESMS, IN_MEMBERS),
  fact('esms.finess', 'Son numéro FINESS géographique', '2B0005678', ESMS, IN_MEMBERS),
  fact('esms.categorie', 'Sa catégorie FINESS', '500 (EHPAD)', ESMS, IN_MEMBERS),
  fact('esms.domaine', 'Son domaine', 'PA', ESMS, IN_MEMBERS),
  fact('esms.volet', 'Ce qu’il demande', 'acquisition', ESMS, IN_MEMBERS),
  fact('esms.commune', 'Sa commune', 'Bastia', ESMS, IN_MEMBERS),
  fact('esms.capacite', 'Son nombre de places', '84', ESMS, IN_MEMBERS),
  fact('esms.solution', 'Sa solution DUI', 'Éditeur — Produit', ESMS, IN_MEMBERS),
  fact('esms.version', 'Version de sa solution', '4.2', ESMS, IN_MEMBERS),
  fact('esms.montant', 'Montant de l’appel pour ce qu’il demande', '25 000 €', ESMS, IN_MEMBERS),
  fact('esms.part', 'Sa part des coûts communs, si chaque ESMS paie la sienne', '234,56 €', ESMS, IN_MEMBERS),
  fact('esms.rang', 'Son numéro d’ordre dans la liste', '1', [], IN_MEMBERS),
  {
    name: 'si.acquisition',
    kind: 'condition',
    meaning: 'Vrai pour une acquisition ; pour un OG, dès qu’un de ses ESMS en demande une',
    example: '{#si.acquisition}…{/si.acquisition}',
    scopes: OG_AND_ESMS,
    within: IN_ANY,
  },
  {
    name: 'si.conformite',
    kind: 'condition',
    meaning: 'Vrai pour une mise en conformité ; pour un OG, dès qu’un de ses ESMS en demande une',
    example: '{#si.conformite}…{/si.conformite}',
    scopes: OG_AND_ESMS,
    within: IN_ANY,
  },
  {
    name: 'si.domicile',
    kind: 'condition',
    meaning: 'Vrai pour un service à domicile ; pour un OG, dès qu’un de ses ESMS en est un',
    example: '{#si.domicile}…{/si.domicile}',
    scopes: OG_AND_ESMS,
    within: IN_ANY,
  },
  {
    name: 'etablissements',
    kind: 'list',
    meaning: 'Les ESMS de l’organisme ; ceux de toute la grappe dans un document de la grappe',
    example: '{#etablissements}{esms.nom}{/etablissements}',
    scopes: ['grappe', 'og'],
    within: IN_OGS,
  },
  {
    name: 'organismes',
    kind: 'list',
    meaning: 'Les organismes gestionnaires de la grappe, le porteur d’abord',
    example: '{#organismes}{og.nom}{/organismes}',
    scopes: GRAPPE,
  },
  {
    name: 'regles',
    kind: 'list',
    meaning: 'Les règles de l’appel et leur résultat',
    example: '{#regles}{regle.titre} : {regle.resultat}{/regles}',
    scopes: GRAPPE,
  },
  fact('regle.titre', 'Titre de la règle', 'Nombre d’ESMS', [], ['regles']),
  fact('regle.resultat', 'Son résultat', 'respectée', [], ['regles']),
  fact('regle.explication', 'Pourquoi, en une phrase', '19 ESMS pour 15 demandés.', [], ['regles']),
  {
    name: 'declarations',
    kind: 'list',
    meaning: 'Ce que l’appel demande de déclarer à l’établissement',
    example: '{#declarations}{declaration.phrase} : {declaration.reponse}{/declarations}',
    scopes: ESMS,
  },
  {
    name: 'si.declarations',
    kind: 'condition',
    meaning: 'Vrai quand l’appel demande à l’établissement de déclarer quelque chose',
    example: '{#si.declarations}…{/si.declarations}',
    scopes: ESMS,
  },
  fact('declaration.phrase', 'La phrase à confirmer', 'Aucun autre fonds européen', [], ['declarations']),
  fact('declaration.reponse', 'La réponse donnée', 'oui', [], ['declarations']),
  fact('identite.public', 'Public que le groupement accueille', 'Personnes âgées', GRAPPE),
  fact('identite.objet', 'Objet de la coopération', 'Acquérir ensemble un DUI', GRAPPE),
  fact('identite.personnes', 'Nombre de personnes ressources', 'Un chef de projet à mi-temps', GRAPPE),
  fact('identite.entree', 'Modalité d’entrée ou de participation', 'Accord du COPIL', GRAPPE),
  fact('identite.gouvernance', 'Mode de gouvernance', 'Un COPIL par mois', GRAPPE),
  fact('forme.choisie', 'Forme de coopération choisie', 'Union d’associations', GRAPPE),
  condition('si.formeChoisie', 'Vrai quand la forme de coopération est choisie', GRAPPE),
  condition('si.formeAChoisir', 'Vrai tant que la forme de coopération n’est pas choisie', GRAPPE),
  condition('si.personneMorale', 'Vrai pour un GCSMS, un GCS, un GIE ou une union d’associations', GRAPPE),
  condition('si.miseADisposition', 'Vrai pour une mise à disposition de personnel ou de moyens', GRAPPE),
  {
    name: 'formes',
    kind: 'list',
    meaning: 'La forme de coopération choisie ; toutes, avec leur case, tant qu’aucune ne l’est',
    example: '{#formes}{forme.case} {forme.nom}{/formes}',
    scopes: GRAPPE,
  },
  fact('forme.case', 'Sa case, cochée quand elle est choisie', '☒', [], ['formes']),
  fact('forme.nom', 'Son nom', 'GIE (groupement d’intérêt économique)', [], ['formes']),
  fact('forme.gouvernance', 'Ses instances, dans les grandes lignes', 'Assemblée générale', [], ['formes']),
  fact('forme.responsabilite', 'Qui répond de quoi', 'Chacun répond de ses actes', [], ['formes']),
  fact('forme.tva', 'Ce qui est à vérifier de la TVA', 'À vérifier', [], ['formes']),
  fact('forme.retrait', 'Comment on y entre et on en sort', 'Selon les statuts', [], ['formes']),
  {
    name: 'roles',
    kind: 'list',
    meaning: 'Qui fait quoi dans la grappe',
    example: '{#roles}{role.titre} : {role.personne}{/roles}',
    scopes: GRAPPE,
  },
  fact('role.titre', 'Le rôle', 'Chef de projet SI', [], ['roles']),
  fact('role.personne', 'Nom de la personne', 'Camille Exemple', [], ['roles']),
  fact('role.fonction', 'Sa fonction', 'Directrice adjointe', [], ['roles']),
  fact('role.contact', 'Comment la joindre', '04 00 00 00 00', [], ['roles']),
  fact('role.organisme', 'Son organisme', 'Association Les Oliviers', [], ['roles']),
  {
    name: 'reunions',
    kind: 'list',
    meaning: 'Les réunions du comité de pilotage, sans celles qui sont annulées',
    example: '{#reunions}{reunion.date} : {reunion.objet}{/reunions}',
    scopes: GRAPPE,
  },
  fact('reunion.date', 'Jour et heure', 'mardi 2 mars 2027 à 14 h', [], ['reunions']),
  fact('reunion.lieu', 'Lieu', 'Siège du porteur', [], ['reunions']),
  fact('reunion.objet', 'Objet', 'COPIL mensuel', [], ['reunions']),
  fact('reunion.invites', 'Invités, en plus des membres', 'ARS et GRADeS', [], ['reunions']),
  fact('reunion.etat', 'Prévue ou tenue', 'prévue', [], ['reunions']),
  {
    name: 'risques',
    kind: 'list',
    meaning: 'Le registre des risques ; tant qu’il est vide, les risques connus',
    example: '{#risques}{risque.titre} : {risque.reponse}{/risques}',
    scopes: GRAPPE,
  },
  fact('risque.titre', 'Le risque', 'Des dirigeants changent', [], ['risques']),
  fact('risque.suivi', 'Qui le suit', 'Camille Exemple', [], ['risques']),
  fact('risque.reponse', 'La réponse', 'Point à chaque COPIL', [], ['risques']),
  fact('risque.etat', 'À traiter, suivi ou clos', 'suivi', [], ['risques']),
  {
    name: 'facteurs',
    kind: 'list',
    meaning: 'Les six facteurs clés de succès de l’ANAP et leur niveau',
    example: '{#facteurs}{facteur.nom} : {facteur.niveau}{/facteurs}',
    scopes: GRAPPE,
  },
  fact('facteur.nom', 'Le facteur', 'Des choix concertés', [], ['facteurs']),
  fact(
    'facteur.niveau',
    'À faire, en cours ou acquis : niveaux de ce logiciel',
    'en cours',
    [],
    ['facteurs'],
  ),
  fact('facteur.suite', 'Le prochain pas', 'Nommer un référent', [], ['facteurs']),
  condition('si.decisions', 'Vrai quand une décision est notée', GRAPPE),
  {
    name: 'decisions',
    kind: 'list',
    meaning: 'Les décisions prises',
    example: '{#decisions}{decision.jour} : {decision.texte}{/decisions}',
    scopes: GRAPPE,
  },
  fact('decision.jour', 'Jour de la décision', 'mardi 2 mars 2027', [], ['decisions']),
  fact('decision.texte', 'Ce qui a été décidé', 'Choisir une convention', [], ['decisions']),
  fact('decision.auteur', 'Qui a décidé', 'COPIL', [], ['decisions']),
  fact('decision.maniere', 'À l’unanimité ou à la majorité, et les voix', 'à l’unanimité', [], ['decisions']),
]

/** Every tag with its example: a model filled in with these shows what it will look like, and fits or not. */
export function exampleValues(): PrintedValues {
  const facts = Object.fromEntries(
    TAGS.filter(({ kind }) => kind === 'fact').map(({ name, example }) => [name, example]),
  )
  // What a line of a list does not hold is looked for around it.
  const others = TAGS.filter(({ kind }) => kind !== 'fact').map(({ name, kind }) => [
    name,
    kind === 'condition' ? true : [facts, facts],
  ])
  return { ...facts, ...Object.fromEntries(others) }
}
