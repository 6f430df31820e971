/**
 * The words between braces that a model may hold, and what takes their place. A list repeats what stands
 * between `{#name}` and `{/name}`, once for each; a condition keeps it or drops it.
 */
import type { PieceScope } from '../call.ts'

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
]
