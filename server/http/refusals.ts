/** Every refusal, once: its HTTP status and what the person reads. The compiler insists that none is forgotten. */

import { formatClosing, formatDay } from '../domain/deadline.ts'
import type { Refusal, RefusalCode } from '../steps/refusals.ts'

interface Wording {
  status: number
  title: string
  detail: (facts: Readonly<Record<string, string>>) => string
}

const WORDINGS: Readonly<Record<RefusalCode, Wording>> = {
  'not-found': {
    status: 404,
    title: 'Introuvable',
    detail: () => 'Cette page n’existe pas, ou votre accès ne permet pas de la voir. Vérifiez l’adresse.',
  },
  'signed-out': {
    status: 401,
    title: 'Session terminée',
    detail: () =>
      'Votre session est terminée. Connectez-vous dans un autre onglet, puis réessayez : ce qui est déjà envoyé est gardé.',
  },
  'invalid-fields': {
    status: 422,
    title: 'Saisie à corriger',
    detail: () => 'Une ou plusieurs informations sont à corriger : le message est à côté de chacune.',
  },
  'call-not-open': {
    status: 409,
    title: 'Appel pas encore ouvert',
    detail: ({ opensOn = '' }) => `Les dépôts ouvrent le ${formatDay(opensOn)}. Revenez à partir de ce jour.`,
  },
  'call-closed': {
    status: 409,
    title: 'Appel clos',
    detail: ({ closesOn = '' }) =>
      `L’appel est clos depuis le ${formatClosing(closesOn)} : aucun dépôt n’est plus possible. Contactez le porteur de la grappe.`,
  },
  'og-already-in-grappe': {
    status: 409,
    title: 'OG déjà présent',
    detail: ({ name = '' }) =>
      `L’organisme gestionnaire « ${name} » est déjà dans cette grappe : il n’a pas été ajouté deux fois.`,
  },
  'og-has-members': {
    status: 409,
    title: 'OG encore utilisé',
    detail: ({ name = '', count = '' }) =>
      `« ${name} » gère encore ${count} ESMS de la grappe. Rattachez-les à un autre OG ou retirez-les d’abord.`,
  },
  'og-has-deposits': {
    status: 409,
    title: 'OG avec des pièces déposées',
    detail: ({ name = '' }) =>
      `« ${name} » a déposé des pièces : elles restent dans l’historique, l’OG ne peut pas être effacé.`,
  },
  'esms-already-withdrawn': {
    status: 409,
    title: 'Membre déjà retiré',
    detail: ({ name = '' }) => `« ${name} » est déjà retiré de la grappe.`,
  },
  'link-unknown': {
    status: 404,
    title: 'Lien inconnu',
    detail: () =>
      'Ce lien n’existe pas. Vérifiez qu’il est copié en entier, ou demandez-en un nouveau à la personne qui vous l’a envoyé.',
  },
  'link-expired': {
    status: 410,
    title: 'Lien expiré',
    detail: () =>
      'Ce lien a dépassé sa date de validité. Demandez-en un nouveau à la personne qui vous l’a envoyé.',
  },
  'link-revoked': {
    status: 410,
    title: 'Lien révoqué',
    detail: () =>
      'Ce lien a été remplacé ou retiré. Demandez-en un nouveau à la personne qui vous l’a envoyé.',
  },
  'link-consumed': {
    status: 410,
    title: 'Lien déjà utilisé',
    detail: () => 'Ce lien de connexion a déjà servi. Demandez-en un nouveau sur la page de connexion.',
  },
  'piece-not-expected': {
    status: 409,
    title: 'Pièce non demandée',
    detail: () =>
      'Cette pièce n’est pas demandée à ce membre. Les pièces attendues sont sur la page d’accueil.',
  },
  'piece-already-accepted': {
    status: 409,
    title: 'Pièce déjà acceptée',
    detail: () =>
      'Cette pièce est déjà acceptée : rien n’est à déposer. Pour la remplacer, demandez au porteur de la refuser d’abord.',
  },
  'no-file': {
    status: 422,
    title: 'Aucun fichier',
    detail: () => 'Aucun fichier n’a été choisi. Choisissez un fichier, puis déposez-le.',
  },
  'files-refused': {
    status: 422,
    title: 'Fichier non pris',
    detail: () => 'Aucun fichier n’a pu être pris : la raison est à côté de chacun.',
  },
  'upload-cut-off': {
    status: 400,
    title: 'Envoi interrompu',
    detail: () =>
      'L’envoi s’est interrompu avant la fin : rien n’a été enregistré. Déposez le fichier de nouveau.',
  },
  'storage-full': {
    status: 507,
    title: 'Plus de place',
    detail: () =>
      'Le serveur n’a plus de place pour ce fichier : rien n’a été enregistré, vos dépôts précédents sont intacts. Prévenez le porteur et réessayez plus tard.',
  },
  'already-chased': {
    status: 409,
    title: 'Déjà relancé aujourd’hui',
    detail: () =>
      'Une relance est déjà partie aujourd’hui : une personne n’en reçoit qu’une par jour. Réessayez demain.',
  },
  'nothing-to-chase': {
    status: 409,
    title: 'Personne à relancer',
    detail: () =>
      'Rien n’est à demander aujourd’hui : tout est déposé, ou attend votre contrôle, ou personne n’a d’adresse e-mail.',
  },
  'extension-after-closing': {
    status: 409,
    title: 'Délai trop long',
    detail: ({ closesOn = '' }) =>
      `Un délai va au plus jusqu’à la clôture de l’appel, le ${formatClosing(closesOn)}. Choisissez un jour jusqu’à cette date ; après la clôture, rouvrez la pièce.`,
  },
  'extension-changes-nothing': {
    status: 409,
    title: 'Délai sans effet',
    detail: () =>
      'Ce délai ne changerait rien : aucune pièce ainsi désignée n’est à rendre avant ce jour. Choisissez un jour plus tardif, ou une autre pièce.',
  },
  'call-still-open': {
    status: 409,
    title: 'Appel encore ouvert',
    detail: ({ closesOn = '' }) =>
      `L’appel ferme le ${formatClosing(closesOn)} : rien n’est à rouvrir avant. Accordez plutôt un délai.`,
  },
  'upload-too-large': {
    status: 413,
    title: 'Fichier trop lourd',
    detail: ({ maxFileMb = '' }) =>
      `Ce fichier dépasse ${maxFileMb} Mo. Réduisez-le (numérisez en 150 points par pouce, ou séparez-le en plusieurs fichiers), puis déposez-le.`,
  },
  'too-many-uploads': {
    status: 429,
    title: 'Trop d’envois en attente',
    detail: () =>
      'Trop de fichiers ont été envoyés sans être déposés. Déposez-les ou retirez-les, puis envoyez les suivants.',
  },
  'too-many-files': {
    status: 413,
    title: 'Trop de fichiers',
    detail: () => 'Un dépôt compte 50 fichiers au plus. Réunissez vos pages en moins de documents.',
  },
  'uploads-gone': {
    status: 410,
    title: 'Envoi perdu',
    detail: () =>
      'Un des fichiers envoyés n’est plus sur le serveur : un envoi y reste un jour au plus. Envoyez-le de nouveau.',
  },
  'uploads-unfinished': {
    status: 409,
    title: 'Envoi inachevé',
    detail: () => 'Un des fichiers n’est pas arrivé en entier. Terminez son envoi, puis déposez.',
  },
  'version-superseded': {
    status: 409,
    title: 'Nouvelle version arrivée',
    detail: ({ number = '' }) =>
      `Une version ${number} est arrivée pendant que vous lisiez : votre décision n’a pas été enregistrée. Regardez la nouvelle version, puis décidez.`,
  },
  'seal-incomplete': {
    status: 409,
    title: 'Dossier incomplet',
    detail: ({ count = '' }) =>
      `Ce dossier est incomplet (pièces obligatoires manquantes : ${count}). Pour le sceller tel quel, cochez la case qui le dit : son nom portera INCOMPLET.`,
  },
  'seal-empty': {
    status: 409,
    title: 'Rien à sceller',
    detail: () => 'Aucune pièce n’est encore dans ce dossier. Attendez un premier dépôt, puis scellez.',
  },
  'seal-running': {
    status: 409,
    title: 'Scellement déjà en cours',
    detail: () =>
      'Une autre version vient d’être scellée, ou ses fichiers sont en cours de vérification : rien n’a été fait deux fois. Attendez qu’elle soit prête, regardez-la, puis scellez de nouveau si besoin.',
  },
  'reading-not-ready': {
    status: 409,
    title: 'PDF de lecture pas encore prêt',
    detail: () =>
      'Le PDF de lecture de cette version n’est pas prêt. Revenez plus tard : le ZIP, lui, peut être téléchargé.',
  },
  'seal-not-ready': {
    status: 409,
    title: 'Version pas encore scellée',
    detail: () =>
      'Le porteur n’a pas encore scellé de version de ce dossier, ou celle-ci n’est pas prête. Revenez plus tard : ce lien restera le même.',
  },
  'version-infected': {
    status: 409,
    title: 'Version infectée',
    detail: () =>
      'L’antivirus a trouvé un virus dans cette version : elle ne peut pas être acceptée. Attendez une nouvelle version.',
  },
  'file-infected': {
    status: 410,
    title: 'Fichier mis à l’écart',
    detail: ({ name = '', virus = '' }) =>
      `L’antivirus a trouvé « ${virus} » dans « ${name} » : ce fichier a été mis à l’écart, personne ne peut plus l’ouvrir. Une version saine est à déposer.`,
  },
  'file-awaits-scan': {
    status: 403,
    title: 'Fichier en attente de l’antivirus',
    detail: () =>
      'L’antivirus n’a pas encore contrôlé ce fichier : il pourra être ouvert dès qu’il sera reconnu sain. Revenez dans quelques minutes ; si cela dure, prévenez l’administrateur du serveur.',
  },
  'piece-without-member': {
    status: 409,
    title: 'Pièce de la grappe',
    detail: () =>
      'Cette pièce est celle de la grappe : vous la déposez vous-même, il n’y a personne à qui écrire.',
  },
  'request-superseded': {
    status: 409,
    title: 'Demande dépassée',
    detail: () =>
      'Cette demande « non applicable » n’est plus d’actualité : une autre, ou un dépôt, est arrivée depuis. Relisez la pièce, puis décidez.',
  },
  'link-already-ended': {
    status: 409,
    title: 'Lien déjà remplacé ou révoqué',
    detail: () =>
      'Ce lien est déjà révoqué ou remplacé : rien n’a changé. Revenez à la page Liens pour voir celui qui vaut.',
  },
  'contact-is-yourself': {
    status: 409,
    title: 'C’est vous',
    detail: () =>
      'Vous ne pouvez pas vous retirer vous-même : votre lien cesserait de fonctionner. Demandez-le au porteur.',
  },
  'link-without-email': {
    status: 409,
    title: 'Lien sans adresse e-mail',
    detail: () =>
      'Ce lien n’a été remis à aucune adresse e-mail : aucun code ne peut vous être envoyé. Demandez au porteur de changer les contacts, ou de vous inviter par e-mail.',
  },
  'code-needed': {
    status: 403,
    title: 'Confirmation demandée',
    detail: () =>
      'Cet acte demande un code, envoyé à votre adresse e-mail : faites-le à l’écran, où le code se demande et se tape.',
  },
  'code-wrong': {
    status: 422,
    title: 'Code faux',
    detail: ({ left = '' }) =>
      `Ce code n’est pas le bon. Recopiez les six chiffres du dernier message reçu : il vous reste ${left === '1' ? 'un essai' : `${left} essais`}.`,
  },
  'code-expired': {
    status: 422,
    title: 'Code expiré',
    detail: () => 'Ce code n’est plus valable. Demandez-en un autre.',
  },
  'code-limit': {
    status: 429,
    title: 'Trop de codes demandés',
    detail: ({ minutes = '' }) =>
      `Plusieurs codes vous ont déjà été envoyés. Regardez aussi dans les courriers indésirables, ou réessayez dans ${minutes} minutes.`,
  },
  'code-locked': {
    status: 429,
    title: 'Confirmation bloquée',
    detail: ({ minutes = '' }) =>
      `Trop de codes faux : la confirmation est bloquée. Réessayez dans ${minutes === '1' ? 'une minute' : `${minutes} minutes`}.`,
  },
}

export interface Problem {
  status: number
  title: string
  detail: string
  fields: Readonly<Record<string, string>>
}

/** What to answer to a refused act. */
export function problemOf(refusal: Refusal): Problem {
  const wording = WORDINGS[refusal.code]
  return {
    status: wording.status,
    title: wording.title,
    detail: wording.detail(refusal.facts ?? {}),
    fields: refusal.fields ?? {},
  }
}
