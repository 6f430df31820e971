/**
 * The register of processing (registre des traitements) of this server: what is kept, why, how long, who sees
 * it. Its durations are those of the jobs, its facts those of the settings.
 */
import { BYTES_WAIT_HOURS, KEPT_DAYS, UPLOAD_KEPT_DAYS } from './erasure.ts'
import { DEFAULT_MONTHS, FIRST_WARNING_DAYS, LAST_WARNING_DAYS } from './retention.ts'

/** What the register depends on beside the code. Undefined: nobody said. */
export interface Installation {
  /** Whether mails leave by a mail server. */
  sends: boolean
  antivirus: boolean
  backups: boolean
  backupsKeptDays: number | undefined
}

/** One line of the register. */
export interface Processing {
  what: string
  why: string
  howLong: string
  whoSees: string
}

const days = (count: number): string => (count === 1 ? '1 jour' : `${count} jours`)

const WITH_GRAPPE = 'Comme la grappe'

/** In the order in which people meet them. */
export const registerOf = (installation: Installation): Processing[] => [
  ...ofGrappes(installation),
  ...ofAccounts(installation),
  ...ofServer(installation),
]

function ofGrappes({ antivirus }: Pick<Installation, 'antivirus'>): Processing[] {
  return [
    {
      what: 'La grappe : membres, éligibilité, gouvernance, répartition, calendrier, messages de la grappe',
      why: 'Préparer la candidature et la suivre',
      howLong:
        `La durée choisie par le porteur ou donnée par l’appel ; à défaut ${DEFAULT_MONTHS} mois après la ` +
        `clôture. Deux avertissements, ${FIRST_WARNING_DAYS} et ${LAST_WARNING_DAYS} jours avant ; ` +
        'le porteur peut suspendre l’effacement',
      whoSees: 'Le porteur ; chaque membre pour ce qui le concerne ; l’ARS pour le dossier remis',
    },
    {
      what: 'Contacts des membres : nom, adresse, téléphone',
      why: 'Inviter, relancer, prévenir',
      howLong: WITH_GRAPPE,
      whoSees:
        'Le porteur, et les contacts du même membre ; ' +
        'chaque ESMS, le contact délégué de son OG ; l’ARS voit celui de l’OG porteur',
    },
    {
      what: 'Pièces déposées et leurs versions, reçus, réponses à l’écran, échanges sur une pièce',
      why: 'Constituer le dossier et en garder la preuve',
      howLong: `${WITH_GRAPPE} ; les fichiers partent ${BYTES_WAIT_HOURS} h après les noms`,
      whoSees:
        'Le membre, le porteur, et l’ARS une fois dans un dossier scellé' +
        (antivirus ? ' ; l’antivirus de ce serveur les lit' : ''),
    },
    {
      what: 'Dossiers scellés, copies de lecture, avis et demandes de l’ARS',
      why: 'Remettre un dossier qui ne change plus',
      howLong: `${WITH_GRAPPE} ; restent le sceau, les tailles et les empreintes, sans nom`,
      whoSees: 'Le porteur et l’ARS à qui il l’a remis',
    },
    {
      what: 'Journal : qui a fait quoi, quand, avec quelle preuve',
      why: 'Répondre de chaque acte',
      howLong: `${WITH_GRAPPE} ; restent les dates et les empreintes enchaînées, sans nom ni contenu`,
      whoSees: 'Le porteur ; l’ARS pour les actes du dossier, sans adresse',
    },
    {
      what: 'Ouvertures et téléchargements par l’ARS, dernière utilisation d’un lien',
      why: 'Dire au porteur que son dossier est lu',
      howLong: WITH_GRAPPE,
      whoSees: 'Le porteur',
    },
  ]
}

function ofAccounts({ sends }: Pick<Installation, 'sends'>): Processing[] {
  return [
    {
      what:
        'Comptes : adresses des personnes du porteur et des instructeurs ; sessions, avec le navigateur et ' +
        'l’adresse IP',
      why: 'Se connecter sans mot de passe',
      howLong:
        `L’adresse, tant que le compte existe, et ${days(KEPT_DAYS.colleague)} après un retrait ; ` +
        `une session terminée, ${days(KEPT_DAYS.session)}`,
      whoSees: 'La personne elle-même et qui administre le serveur',
    },
    {
      what: 'Services de l’ARS : adresses de leurs personnes, qui les a invitées, quand',
      why: 'Lire à plusieurs ce qui est remis à l’un, et répondre de qui pouvait lire',
      howLong: `Tant que la personne en est, et ${days(KEPT_DAYS.serviceMember)} après son départ`,
      whoSees: 'Les personnes du service et qui administre le serveur',
    },
    {
      what: 'Choix de recevoir ou non les résumés par e-mail',
      why: 'Ne plus écrire à qui ne le veut plus',
      howLong: 'Tant que l’adresse est celle d’une personne d’un porteur, retrait compris',
      whoSees: 'La personne elle-même',
    },
    {
      what: 'Clés d’accès : leur nom, leur clé publique, leur dernière utilisation',
      why: 'Confirmer un acte sans attendre un code',
      howLong:
        'Jusqu’à leur retrait par la personne ; celles d’un porteur, pas plus longtemps que son compte',
      whoSees: 'La personne elle-même et qui administre le serveur',
    },
    {
      what: 'Codes à six chiffres et liens de connexion (gardés hachés)',
      why: 'Prouver qu’on lit son adresse',
      howLong:
        `Codes : ${days(KEPT_DAYS.code)} ; liens de connexion : ` +
        `${days(KEPT_DAYS.signInLink)} après usage`,
      whoSees: 'Personne',
    },
    {
      what: 'Demandes de connexion, comptées (adresse et réseau hachés)',
      why: 'Ne pas laisser saturer la boîte de quelqu’un',
      howLong: 'Un jour',
      whoSees: 'Personne',
    },
    {
      what: 'Liens d’accès (gardés hachés)',
      why: 'Ouvrir sa page sans compte',
      howLong:
        `${days(KEPT_DAYS.link)} après leur fin ou leur révocation, pour dire pourquoi ` +
        'ils n’ouvrent plus',
      whoSees: 'Le porteur voit à qui et quand, jamais le secret d’un lien qu’il n’a pas remis',
    },
    {
      what: 'Messages sans grappe : connexion, codes',
      why: 'Les envoyer, et dire s’ils sont partis',
      howLong: days(KEPT_DAYS.accountMail),
      whoSees: sends
        ? 'La personne, et le serveur d’envoi par lequel ils partent'
        : 'La personne, et qui administre le serveur : aucun serveur d’envoi n’est réglé',
    },
    {
      what: 'Envois commencés, fichiers à classer',
      why: 'Reprendre un envoi coupé',
      howLong:
        `${days(UPLOAD_KEPT_DAYS.toDeposit)} sans activité ; à classer : ` +
        `${days(UPLOAD_KEPT_DAYS.toFile)}`,
      whoSees: 'Qui les envoie',
    },
    {
      what: 'Colonnes reconnues d’un tableur (ni nom, ni contenu)',
      why: 'Ne pas redemander ce qu’elles veulent dire',
      howLong: `${days(KEPT_DAYS.columnUses)} après leur dernier usage`,
      whoSees: 'Le porteur',
    },
  ]
}

function ofServer({
  backups,
  backupsKeptDays,
}: Pick<Installation, 'backups' | 'backupsKeptDays'>): Processing[] {
  return [
    {
      what: 'Fichiers infectés, fichiers mis de côté que plus rien ne cite',
      why: 'Ne rien perdre par erreur',
      howLong: 'Jusqu’à ce que qui administre le serveur les supprime, ou que leur grappe soit effacée',
      whoSees: 'Qui administre le serveur',
    },
    {
      what: 'Journaux techniques : adresses IP, pages demandées, sans nom ni secret',
      why: 'Réparer une panne, repérer un abus',
      howLong: 'Selon l’hébergeur, qui les recueille : grappe-kit les écrit et ne les garde pas',
      whoSees: 'Qui administre le serveur',
    },
    {
      what: 'Sauvegardes : tout ce qui précède, tel qu’au jour de la sauvegarde',
      why: 'Rétablir le service après un accident',
      howLong:
        backupsKeptDays === undefined
          ? 'Non renseigné par qui administre le serveur (réglage BACKUPS_KEPT_DAYS)'
          : `${days(backupsKeptDays)} : ce qui est effacé ici disparaît des sauvegardes au plus tard alors`,
      whoSees: `Qui administre le serveur${backups ? '' : ' ; aucune sauvegarde de nuit n’est réglée ici'}`,
    },
  ]
}
