/**
 * Every refusal, once: its HTTP status and what the person reads. The compiler insists that none is
 * forgotten.
 */

import { formatClosing, formatDay } from '../domain/deadline.ts'
import type { Refusal, RefusalCode } from '../steps/refusals.ts'

interface Wording {
  status: number
  title: string
  detail: (facts: Readonly<Record<string, string>>) => string
}

/** French, of a whole number of minutes. */
const waitWords = (minutes: number): string =>
  minutes > 90 ? `${Math.ceil(minutes / 60)} heures` : minutes > 1 ? `${minutes} minutes` : 'une minute'

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
      'Votre session est terminée. Connectez-vous dans un autre onglet, puis réessayez : ' +
      'ce qui est déjà envoyé est gardé.',
  },
  'invalid-fields': {
    status: 422,
    title: 'Saisie à corriger',
    detail: () => 'Une ou plusieurs informations sont à corriger : le message est à côté de chacune.',
  },
  'answer-is-its-own': {
    status: 409,
    title: 'Réponse donnée par le membre',
    detail: () =>
      'Ce membre a répondu lui-même : lui seul change sa réponse, sur sa page. ' +
      'Écrivez-lui si elle est fausse.',
  },
  'proposal-decided': {
    status: 409,
    title: 'Correction déjà traitée',
    detail: () => 'Cette correction a déjà été acceptée, déclinée ou remplacée. Rechargez la page.',
  },
  'facts-changed': {
    status: 409,
    title: 'Fiche changée entre-temps',
    detail: ({ names = '' }) =>
      `Ces informations ont changé depuis : ${names}. Comparez de nouveau, puis recommencez.`,
  },
  'person-is-porteur': {
    status: 409,
    title: 'Personne du porteur',
    detail: () => 'Cette personne agit pour le porteur : retirez-la d’abord de son équipe, puis recommencez.',
  },
  'erasure-held': {
    status: 409,
    title: 'Effacement suspendu',
    detail: ({ motive = '' }) =>
      `L’effacement est suspendu (motif : ${motive}). Levez d’abord la suspension, puis recommencez.`,
  },
  'adaptation-overtaken': {
    status: 409,
    title: 'Adaptation modifiée depuis',
    detail: ({ title = '' }) =>
      `« ${title} » a été suivie d’une autre adaptation : annulez d’abord la plus récente.`,
  },
  'call-version-superseded': {
    status: 409,
    title: 'Version de l’appel remplacée',
    detail: () =>
      'Cette version de l’appel n’est plus la dernière : relisez ce qui change, puis choisissez de nouveau.',
  },
  'call-version-followed': {
    status: 409,
    title: 'Version déjà suivie',
    detail: () =>
      'Cette grappe suit déjà la dernière version de son appel : elle a été prise entre-temps, dans un ' +
      'autre onglet ou par quelqu’un d’autre. Rien d’autre n’a été changé.',
  },
  'call-copy-changed': {
    status: 409,
    title: 'Grappe modifiée entre-temps',
    detail: () =>
      'Cette grappe a été adaptée entre-temps, dans un autre onglet ou par quelqu’un d’autre. Rien n’a été ' +
      'pris : relisez ce que chaque changement remplace, puis choisissez de nouveau.',
  },
  'call-version-torn': {
    status: 409,
    title: 'Changements qui vont ensemble',
    detail: ({ piece = '', flaw = '' }) =>
      `Ainsi, la pièce « ${piece} » ne pourrait plus être demandée : ${flaw}. Rien n’a été pris : prenez ` +
      'aussi le changement de cette pièce, ou changez d’abord qui elle concerne.',
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
      `L’appel est clos depuis le ${formatClosing(closesOn)} : aucun dépôt n’est plus ` +
      'possible. Contactez le porteur de la grappe.',
  },
  'grappe-archived': {
    status: 409,
    title: 'Grappe archivée',
    detail: ({ porteurEmail = '' }) =>
      porteurEmail === ''
        ? 'Cette grappe est archivée : reprenez-la d’abord, depuis sa page « Réglages ».'
        : 'Cette grappe est archivée : tout reste lisible, mais plus rien ne peut y être déposé, répondu ' +
          `ni corrigé. S’il manque encore quelque chose, écrivez à son porteur : ${porteurEmail}.`,
  },
  'dossier-archived': {
    status: 409,
    title: 'Grappe archivée',
    detail: ({ porteurEmail = '' }) =>
      'Le porteur a archivé cette grappe : plus rien ne peut y être déposé, donc aucun complément ' +
      `demandé. Écrivez-lui : ${porteurEmail}.`,
  },
  'call-archived': {
    status: 409,
    title: 'Appel archivé',
    detail: () => 'Cet appel est archivé : reprenez-le d’abord, puis publiez-le.',
  },
  'call-unchanged': {
    status: 409,
    title: 'Rien à publier',
    detail: ({ number = '' }) => `Rien n’a changé depuis la version ${number} : elle reste celle qui sert.`,
  },
  'not-a-call-writer': {
    status: 403,
    title: 'Appels réservés',
    detail: () =>
      'Sur ce serveur, seules certaines adresses publient des appels. Demandez à la personne qui ' +
      'l’administre d’y ajouter la vôtre.',
  },
  'model-superseded': {
    status: 409,
    title: 'Modèle remplacé entre-temps',
    detail: () =>
      'Ce modèle n’est plus celui que vous regardiez : un autre a été envoyé ou pris, ou il a été retiré. ' +
      'Rechargez la page, puis choisissez.',
  },
  'model-unfilled': {
    status: 409,
    title: 'Document non rempli',
    detail: ({ file = '' }) =>
      `Ce document n’a pas pu être rempli à partir du modèle « ${file} ». Le porteur peut en choisir ` +
      'un autre, depuis sa page « Documents ».',
  },
  'model-unscanned': {
    status: 503,
    title: 'Modèle pas encore contrôlé',
    detail: ({ file = '' }) =>
      `L’antivirus n’a pas encore contrôlé le modèle « ${file} » : réessayez dans quelques minutes.`,
  },
  'nothing-changed': {
    status: 409,
    title: 'Rien n’a changé',
    detail: () =>
      'Ce document ne porte rien qui ait changé depuis qu’il a été remis, ou une autre version l’a ' +
      'remplacé. Rechargez la page.',
  },
  'model-busy': {
    status: 503,
    title: 'Trop de documents à la fois',
    detail: () => 'Trop de fichiers sont préparés à la fois : rien n’est perdu. Réessayez dans une minute.',
  },
  'call-changed': {
    status: 409,
    title: 'Appel modifié entre-temps',
    detail: () =>
      'Cet appel a été modifié depuis que vous l’avez lu : relisez-le, puis refaites votre changement.',
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
      `« ${name} » gère encore ${count} ESMS de la grappe. Rattachez-les à un autre OG ou ` +
      'retirez-les d’abord.',
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
      'Ce lien n’existe pas. Vérifiez qu’il est copié en entier, ou demandez-en un nouveau ' +
      'à la personne qui vous l’a envoyé.',
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
    detail: () =>
      'Ce lien de connexion a déjà servi. Si c’est vous qui venez de l’ouvrir, vous êtes connecté : ' +
      'revenez à l’accueil. Sinon, demandez-en un nouveau sur la page de connexion.',
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
      'Cette pièce est déjà acceptée : rien n’est à déposer. Pour la remplacer, demandez ' +
      'au porteur de la refuser d’abord.',
  },
  'form-unanswered': {
    status: 409,
    title: 'Rien n’est répondu',
    detail: () => 'Aucune réponse n’est enregistrée : répondez d’abord, puis déposez.',
  },
  'answers-changed': {
    status: 409,
    title: 'Réponses changées entre-temps',
    detail: () =>
      'Des réponses ont changé depuis que vous les avez relues : rien n’est déposé. Relisez-les, puis ' +
      'déposez de nouveau.',
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
      'Le serveur n’a plus de place pour ce fichier : rien n’a été enregistré, vos dépôts ' +
      'précédents sont intacts. Prévenez le porteur et réessayez plus tard.',
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
      'Rien n’est à demander aujourd’hui : tout est déposé, ou attend votre contrôle, ou ' +
      'personne n’a d’adresse e-mail.',
  },
  'extension-after-closing': {
    status: 409,
    title: 'Délai trop long',
    detail: ({ closesOn = '' }) =>
      `Un délai va au plus jusqu’à la clôture de l’appel, le ${formatClosing(closesOn)}. ` +
      'Choisissez un jour jusqu’à cette date ; après la clôture, rouvrez la pièce.',
  },
  'extension-changes-nothing': {
    status: 409,
    title: 'Délai sans effet',
    detail: () =>
      'Ce délai ne changerait rien : aucune pièce ainsi désignée n’est à rendre avant ce ' +
      'jour. Choisissez un jour plus tardif, ou une autre pièce.',
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
      `Ce fichier dépasse ${maxFileMb} Mo. Réduisez-le (numérisez en 150 points par pouce, ` +
      'ou séparez-le en plusieurs fichiers), puis déposez-le.',
  },
  'too-many-uploads': {
    status: 429,
    title: 'Trop d’envois en attente',
    detail: () =>
      'Trop de fichiers ont été envoyés sans être déposés. Déposez-les ou retirez-les, ' +
      'puis envoyez les suivants.',
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
      'Un des fichiers envoyés n’est plus sur le serveur : un envoi y reste un jour au ' +
      'plus. Envoyez-le de nouveau.',
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
      `Une version ${number} est arrivée pendant que vous lisiez : votre décision n’a pas ` +
      'été enregistrée. Regardez la nouvelle version, puis décidez.',
  },
  'version-taken-out': {
    status: 409,
    title: 'Version retirée',
    detail: ({ number = '', by = '' }) =>
      `La version ${number} a été retirée par ${by} : rien n’a été enregistré. ` +
      'Rouvrez la pièce pour voir ce qui vaut maintenant.',
  },
  'version-replaced': {
    status: 409,
    title: 'Version remplacée',
    detail: ({ number = '', current = '' }) =>
      `La version ${number} n’est plus la version actuelle : la version ${current} l’a remplacée, ` +
      'rien n’a été retiré. Rouvrez la pièce, puis choisissez.',
  },
  'version-decided': {
    status: 409,
    title: 'Version déjà contrôlée',
    detail: ({ number = '' }) =>
      `La version ${number} est déjà contrôlée : elle reste dans l’historique et ne peut plus être ` +
      'retirée. Déposez une nouvelle version, qui la remplacera.',
  },
  'move-nowhere': {
    status: 422,
    title: 'Déjà à cette place',
    detail: () => 'Ce dépôt est déjà sur cette pièce. Choisissez un autre membre ou une autre pièce.',
  },
  'move-not-taken': {
    status: 409,
    title: 'Dépôt non pris par cette pièce',
    detail: ({ reason = '' }) => `L’autre pièce ne prend pas ce dépôt, qui reste où il est. ${reason}`,
  },
  'seal-incomplete': {
    status: 409,
    title: 'Dossier incomplet',
    detail: ({ count = '', unknown = '' }) =>
      count === '0'
        ? `On ne sait pas encore si des pièces sont dues (${unknown}). Renseignez les faits qui le diront, ` +
          'ou cochez la case pour sceller tel quel : son nom portera A-VERIFIER.'
        : `Ce dossier est incomplet (pièces obligatoires manquantes : ${count}). Pour le ` +
          'sceller tel quel, cochez la case qui le dit : son nom portera INCOMPLET.',
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
      'Une autre version vient d’être scellée, ou ses fichiers sont en cours de ' +
      'vérification : rien n’a été fait deux fois. Attendez qu’elle soit prête, ' +
      'regardez-la, puis scellez de nouveau si besoin.',
  },
  'reading-not-ready': {
    status: 409,
    title: 'PDF de lecture pas encore prêt',
    detail: () =>
      'Le PDF de lecture de cette version n’est pas prêt. Revenez plus tard : le ZIP, lui, ' +
      'peut être téléchargé.',
  },
  'seal-not-ready': {
    status: 409,
    title: 'Version pas encore scellée',
    detail: () =>
      'Le porteur n’a pas encore scellé de version de ce dossier, ou celle-ci n’est pas ' +
      'prête. Revenez plus tard : ce lien restera le même.',
  },
  'version-infected': {
    status: 409,
    title: 'Version infectée',
    detail: () =>
      'L’antivirus a trouvé un virus dans cette version : elle ne peut pas être acceptée. ' +
      'Attendez une nouvelle version.',
  },
  'file-infected': {
    status: 410,
    title: 'Fichier mis à l’écart',
    detail: ({ name = '', virus = '' }) =>
      `L’antivirus a trouvé « ${virus} » dans « ${name} » : ce fichier a été mis à ` +
      'l’écart, personne ne peut plus l’ouvrir. Une version saine est à déposer.',
  },
  'loose-file-infected': {
    status: 403,
    title: 'Virus trouvé',
    detail: ({ name = '', virus = '' }) =>
      `L’antivirus a trouvé « ${virus} » dans « ${name} » : il n’est montré à personne. Retirez-le des ` +
      'fichiers à classer, et faites vérifier l’ordinateur d’où il vient.',
  },
  'file-awaits-scan': {
    status: 403,
    title: 'Fichier en attente de l’antivirus',
    detail: () =>
      'L’antivirus n’a pas encore contrôlé ce fichier : il pourra être ouvert dès qu’il ' +
      'sera reconnu sain. Revenez dans quelques minutes ; si cela dure, prévenez ' +
      'l’administrateur du serveur.',
  },
  'piece-without-member': {
    status: 409,
    title: 'Pièce de la grappe',
    detail: () =>
      'Cette pièce est celle de la grappe : vous la déposez vous-même, il n’y a personne à qui écrire.',
  },
  'signature-not-asked': {
    status: 409,
    title: 'Aucune signature demandée',
    detail: ({ piece = '' }) => `Personne ne doit signer « ${piece} » : rien n’a été noté. Décochez-la.`,
  },
  'day-to-come': {
    status: 422,
    title: 'Jour à venir',
    detail: () => 'Ce jour n’est pas encore arrivé : rien n’a été noté. Indiquez le jour où cela s’est fait.',
  },
  'request-superseded': {
    status: 409,
    title: 'Demande dépassée',
    detail: () =>
      'Cette demande « non applicable » n’est plus d’actualité : une autre, ou un dépôt, ' +
      'est arrivée depuis. Relisez la pièce, puis décidez.',
  },
  'link-already-ended': {
    status: 409,
    title: 'Lien déjà remplacé ou révoqué',
    detail: () =>
      'Ce lien est déjà révoqué ou remplacé : rien n’a changé. Revenez à la page Liens ' +
      'pour voir celui qui vaut.',
  },
  'contact-is-yourself': {
    status: 409,
    title: 'C’est vous',
    detail: () =>
      'Vous ne pouvez pas vous retirer vous-même : votre lien cesserait de fonctionner. ' +
      'Demandez-le au porteur.',
  },
  'link-without-email': {
    status: 409,
    title: 'Lien sans adresse e-mail',
    detail: () =>
      'Ce lien n’a été remis à aucune adresse e-mail : aucun code ne peut vous être ' +
      'envoyé. Demandez au porteur de changer les contacts, ou de vous inviter par e-mail.',
  },
  'reviewer-without-email': {
    status: 409,
    title: 'Lien sans adresse e-mail',
    detail: () =>
      'Ce lien n’a été remis à aucune adresse e-mail : il permet de lire, pas de parler au nom de l’ARS. ' +
      'Demandez au porteur de remettre le dossier à votre adresse.',
  },
  'reviewer-unproved': {
    status: 403,
    title: 'Preuve demandée',
    detail: () =>
      'Cet acte parle au nom de l’ARS. Demandez un code, envoyé à l’adresse à laquelle le dossier a été ' +
      'remis, confirmez-le, puis envoyez la preuve reçue dans l’en-tête « X-Preuve ».',
  },
  'proof-needed': {
    status: 401,
    title: 'Preuve demandée',
    detail: () =>
      'Ce qui appartient à une adresse de l’ARS (ses appels, ses dossiers, son service) s’ouvre par la ' +
      'preuve de cette adresse. Demandez un lien de connexion ou un code, puis envoyez la preuve reçue ' +
      'dans l’en-tête « X-Preuve ».',
  },
  'service-missing': {
    status: 409,
    title: 'Aucun service',
    detail: () => 'Vous n’êtes membre d’aucun service. Créez-en un, ou acceptez une invitation.',
  },
  'service-held': {
    status: 409,
    title: 'Déjà membre d’un service',
    detail: ({ service = '' }) =>
      `Vous êtes membre du service « ${service} », et on ne l’est que d’un à la fois. Quittez-le d’abord.`,
  },
  'service-not-administered': {
    status: 403,
    title: 'Réservé à qui administre le service',
    detail: () =>
      'Seules les personnes qui administrent le service retirent quelqu’un ou nomment qui l’administre. ' +
      'Demandez-le à l’une d’elles.',
  },
  'service-last-administrator': {
    status: 409,
    title: 'Le service a besoin d’un administrateur',
    detail: () =>
      'Vous êtes la seule personne à administrer le service, et d’autres en sont membres. Nommez d’abord ' +
      'l’une d’elles.',
  },
  'provider-unreachable': {
    status: 503,
    title: 'Connexion impossible pour l’instant',
    detail: ({ name = '' }) =>
      `${name} ne répond pas. Réessayez dans quelques minutes, ou revenez à l’espace ARS pour recevoir un ` +
      'lien de connexion par e-mail.',
  },
  'provider-declined': {
    status: 403,
    title: 'Connexion abandonnée',
    detail: ({ name = '' }) =>
      `${name} n’a pas confirmé qui vous êtes : vous y avez renoncé, ou il l’a refusé. Recommencez, ou ` +
      'revenez à l’espace ARS pour recevoir un lien de connexion par e-mail.',
  },
  'provider-untrusted': {
    status: 502,
    title: 'Connexion refusée',
    detail: ({ name = '' }) =>
      `La réponse de ${name} ne peut pas être vérifiée : elle est écartée, et personne n’est connecté. ` +
      'Recommencez ; si cela dure, prévenez la personne qui s’occupe de ce serveur.',
  },
  'provider-weak': {
    status: 403,
    title: 'Double authentification demandée',
    detail: ({ name = '' }) =>
      `Ce serveur demande une connexion à deux facteurs, et ${name} ne dit pas qu’elle a eu lieu. ` +
      'Recommencez en l’activant, ou revenez à l’espace ARS pour recevoir un lien de connexion par e-mail.',
  },
  'provider-without-email': {
    status: 403,
    title: 'Adresse non confirmée',
    detail: ({ name = '' }) =>
      `${name} ne donne pas d’adresse e-mail qu’il ait vérifiée. Faites-la vérifier, ou revenez à l’espace ` +
      'ARS pour recevoir un lien de connexion par e-mail.',
  },
  'provider-not-for-you': {
    status: 403,
    title: 'Réservé aux agents publics',
    detail: ({ name = '', email = '' }) =>
      `Ici, ${name} est réservé aux agents publics qui instruisent les dossiers : ${email} n’est ` +
      'pas une de leurs adresses. Revenez à l’espace ARS pour recevoir un lien de connexion par e-mail.',
  },
  'reviewer-unknown': {
    status: 403,
    title: 'Aucun dossier à cette adresse',
    detail: ({ email = '' }) =>
      `Aucun dossier n’est remis à ${email} en ce moment. Demandez au porteur de le remettre à cette ` +
      'adresse, ou ouvrez le lien que vous avez reçu.',
  },
  'sign-in-stale': {
    status: 410,
    title: 'Connexion à recommencer',
    detail: ({ name = '' }) =>
      `Cette connexion par ${name} n’a pas commencé dans ce navigateur, a déjà servi, ou a plus de dix ` +
      'minutes. Revenez à l’espace ARS et recommencez.',
  },
  'passkeys-not-here': {
    status: 409,
    title: 'Clés d’accès impossibles ici',
    detail: () =>
      'Les navigateurs n’acceptent de clé d’accès que d’un site en HTTPS qui porte un nom : l’adresse de ' +
      'ce serveur (PUBLIC_URL) n’en est pas un. Les codes par e-mail restent.',
  },
  'passkey-refused': {
    status: 422,
    title: 'Clé d’accès refusée',
    detail: () =>
      'Cette clé d’accès n’a pas pu être vérifiée, ou la demande a déjà servi ou a plus de dix minutes. ' +
      'Recommencez.',
  },
  'too-many-passkeys': {
    status: 409,
    title: 'Trop de clés d’accès',
    detail: ({ most = '' }) =>
      `Vous avez déjà ${most} clés d’accès. Retirez celles qui ne servent plus, puis ajoutez la nouvelle.`,
  },
  'code-needed': {
    status: 403,
    title: 'Confirmation demandée',
    detail: () =>
      'Cet acte demande un code, envoyé à votre adresse e-mail. Demandez-le, confirmez-le, puis envoyez la ' +
      'preuve reçue dans l’en-tête « X-Preuve ».',
  },
  'code-wrong': {
    status: 422,
    title: 'Code faux',
    detail: ({ left = '' }) =>
      'Ce code n’est pas le bon. Recopiez les six chiffres du dernier message reçu : il ' +
      `vous reste ${left === '1' ? 'un essai' : `${left} essais`}.`,
  },
  'code-expired': {
    status: 422,
    title: 'Code expiré',
    detail: () => 'Ce code n’est plus valable. Demandez-en un autre.',
  },
  'token-reads-only': {
    status: 403,
    title: 'Jeton de lecture',
    detail: () =>
      'Ce jeton lit seulement. Créez-en un autre qui contrôle ou administre, sur la page « Accès API » ' +
      'ou par un lien de connexion.',
  },
  'code-limit': {
    status: 429,
    title: 'Trop de codes demandés',
    detail: ({ minutes = '' }) =>
      'Plusieurs codes vous ont déjà été envoyés. Regardez aussi dans les courriers ' +
      `indésirables, ou réessayez dans ${waitWords(Number(minutes))}.`,
  },
  'role-needed': {
    status: 403,
    title: 'Réservé à un autre rôle',
    detail: ({ role = '', needed = '', who = '' }) =>
      `Votre rôle est « ${role} » ; ceci demande le rôle « ${needed} ». Rien n’a été fait. ` +
      `Demandez à qui l’a : ${who}.`,
  },
  'colleague-present': {
    status: 409,
    title: 'Déjà parmi vous',
    detail: ({ email = '' }) => `${email} est déjà parmi les personnes du porteur. Changez plutôt son rôle.`,
  },
  'last-administrator': {
    status: 409,
    title: 'Dernière personne qui administre',
    detail: () =>
      'Il n’y a personne d’autre qui administre et qui se soit déjà connecté : rien n’a été fait. ' +
      'Donnez d’abord le rôle « administrer » à une autre personne, et attendez qu’elle se soit connectée.',
  },
  'code-locked': {
    status: 429,
    title: 'Confirmation bloquée',
    detail: ({ minutes = '' }) =>
      'Trop de codes faux : la confirmation est bloquée dans ce navigateur. Réessayez dans ' +
      `${waitWords(Number(minutes))}.`,
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
