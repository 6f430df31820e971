/** Every mail, in French plain text, readable on any screen. `{lien}` is where the address goes. */
import { formatClosing } from '../../server/domain/deadline.ts'
import { exchangeMails } from './exchanges.ts'
import { KEEP_PRIVATE, type MailText, paragraphs } from './paragraphs.ts'

interface SealWords {
  number: number
  complete: boolean
  hash: string
}

function sealWords({ number, complete, hash }: SealWords): string[] {
  return [
    `Version ${number}, ${complete ? 'complète' : 'INCOMPLÈTE'}. Son sceau, à comparer avec celui du fichier 00_A_LIRE.txt du ZIP :`,
    hash,
  ]
}

interface ComplementsAsked {
  grappe: string
  call: string
  reviewer: string
  deadlineOn: string
  requests: ReadonlyArray<{ owner: string; piece: string; motive: string }>
}

const complementCount = ({ requests }: Pick<ComplementsAsked, 'requests'>) =>
  requests.length === 1 ? 'Un complément' : `${requests.length} compléments`

const requestWords = ({ owner, piece, motive }: ComplementsAsked['requests'][number]) =>
  `- ${piece}, ${owner} :\n  ${motive}`

export const mailTexts = {
  signIn(): MailText {
    return {
      subject: 'Votre lien de connexion',
      text: paragraphs(
        'Bonjour,',
        'Voici le lien pour vous connecter à l’espace porteur. Il sert une seule fois et reste valable 30 minutes :',
        '{lien}',
        'Si vous n’avez rien demandé, ignorez ce message : personne n’est connecté.',
      ),
    }
  },

  reviewer(about: { grappe: string; call: string; seal: SealWords | null }): MailText {
    return {
      subject: `Dossier « ${about.grappe} » – ${about.call}`,
      text: paragraphs(
        'Bonjour,',
        `Le porteur de la grappe « ${about.grappe} » vous remet son dossier pour l’appel « ${about.call} ». Vous pouvez le lire et le télécharger ici, sans compte :`,
        '{lien}',
        ...(about.seal === null
          ? [
              'Aucune version n’est encore scellée : ce lien l’ouvrira dès qu’elle le sera, et un message vous le dira.',
            ]
          : sealWords(about.seal)),
        KEEP_PRIVATE,
      ),
    }
  },

  sealedVersion(about: SealWords & { grappe: string; call: string }): MailText {
    return {
      subject: `Version ${about.number} du dossier « ${about.grappe} » – ${about.call}`,
      text: paragraphs(
        'Bonjour,',
        `Le porteur de la grappe « ${about.grappe} » a scellé la version ${about.number} de son dossier pour l’appel « ${about.call} ». Lisez-la et téléchargez-la ici :`,
        '{lien}',
        ...sealWords(about),
        KEEP_PRIVATE,
      ),
    }
  },

  reviewerSignIn(): MailText {
    return {
      subject: 'Votre lien de connexion à l’espace ARS',
      text: paragraphs(
        'Bonjour,',
        'Voici le lien pour voir tous les dossiers qui vous ont été remis. Il sert une seule fois et reste valable 30 minutes :',
        '{lien}',
        'Si vous n’avez rien demandé, ignorez ce message : personne n’est connecté.',
      ),
    }
  },

  complement(about: ComplementsAsked & { name: string | null }): MailText {
    return {
      subject: `${complementCount(about)} à déposer – ${about.grappe}`,
      text: paragraphs(
        about.name === null ? 'Bonjour,' : `Bonjour ${about.name},`,
        `L’ARS (${about.reviewer}) a lu le dossier de la grappe « ${about.grappe} » pour l’appel « ${about.call} » et demande ce qui suit. À déposer avant le ${formatClosing(about.deadlineOn)} :`,
        ...about.requests.map(requestWords),
        'Déposez ici, même si l’appel est clos ; seules ces pièces sont rouvertes :',
        '{lien}',
        KEEP_PRIVATE,
      ),
    }
  },

  complementToPorteur(
    about: ComplementsAsked & { unreachable: readonly string[]; address: string },
  ): MailText {
    return {
      subject: `L’ARS demande ${complementCount(about).toLowerCase()} – ${about.grappe}`,
      text: paragraphs(
        'Bonjour,',
        `L’ARS (${about.reviewer}) demande pour la grappe « ${about.grappe} », avant le ${formatClosing(about.deadlineOn)} :`,
        ...about.requests.map(requestWords),
        about.unreachable.length === 0
          ? 'Les personnes concernées ont reçu un message. Les pièces de la grappe sont à déposer par vous.'
          : `Personne n’a pu être prévenu, faute d’adresse, pour : ${about.unreachable.join(', ')}. Prévenez ces membres vous-même ; les autres ont reçu un message.`,
        'Quand les réponses sont là, scellez une nouvelle version. Le tableau des pièces concernées :',
        about.address,
      ),
    }
  },

  opinion(about: {
    grappe: string
    call: string
    reviewer: string
    sealNumber: number
    avis: string
    note: string | null
    address: string
  }): MailText {
    return {
      subject: `Avis de l’ARS : ${about.avis} – ${about.grappe}`,
      text: paragraphs(
        'Bonjour,',
        `L’ARS (${about.reviewer}) a donné son avis sur la version ${about.sealNumber} du dossier de la grappe « ${about.grappe} » pour l’appel « ${about.call} » : ${about.avis}.`,
        ...(about.note === null ? [] : [about.note]),
        about.address,
      ),
    }
  },

  ...exchangeMails,
}
