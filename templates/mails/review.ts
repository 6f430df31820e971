/** Mails of the review: a reviewer's way in, its requests for complements, its opinion. */

import { formatClosing } from '../../server/domain/deadline.ts'
import { type ProvedBy, provedWords } from '../../server/domain/review.ts'
import { type Block, KEEP_PRIVATE, type Letter, LINK, letter } from './letter.ts'
import { hello, quoted } from './plain-words.ts'

interface ComplementsAsked {
  grappe: string
  call: string
  reviewer: string
  deadlineOn: string
  requests: ReadonlyArray<{ owner: string; piece: string; motive: string }>
}

/** Whom the requests reach. */
interface ComplementsTold {
  /** People whom a message was written to. */
  told: number
  /** Members for whom nobody could be. */
  unreachable: readonly string[]
  /** Whether the grappe's own pieces are among those asked for. */
  own: boolean
  /** Whether the server sends what is written. */
  sends: boolean
}

const whoIsTold = ({ told, unreachable, own, sends }: ComplementsTold): string[] => [
  ...(told === 0
    ? []
    : [
        sends
          ? 'Un message part aussi à chaque personne concernée.'
          : `Un message est écrit pour chaque personne concernée : à envoyer depuis l’onglet Messages.`,
      ]),
  ...(unreachable.length === 0
    ? []
    : [
        `Personne n’a pu être prévenu, faute d’adresse, pour : ${unreachable.join(', ')}. ` +
          'Prévenez ces membres vous-même.',
      ]),
  ...(own ? ['Les pièces de la grappe sont à déposer par vous.'] : []),
]

const complementCount = ({ requests }: Pick<ComplementsAsked, 'requests'>) =>
  requests.length === 1 ? 'Un complément' : `${requests.length} compléments`

const requested = ({ requests }: Pick<ComplementsAsked, 'requests'>): Block => ({
  entries: requests.map(({ owner, piece, motive }) => ({
    title: `${piece}, ${owner}`,
    details: [`L’ARS écrit : ${quoted(motive)}`],
    target: null,
  })),
})

export const reviewMails = {
  reviewerSignIn(): Letter {
    return letter('Votre lien de connexion à l’espace ARS', [
      'Bonjour,',
      'Voici le lien pour voir tous les dossiers qui vous ont été remis. Il sert une seule ' +
        'fois et reste valable 30 minutes.',
      { button: 'Se connecter', target: LINK },
      'Si vous n’avez rien demandé, ignorez ce message : personne n’est connecté.',
    ])
  },

  dossiersAssigned(about: {
    service: string
    assignedBy: string
    dossiers: readonly string[]
    address: string
  }): Letter {
    const { service, assignedBy, dossiers, address } = about
    const many = dossiers.length > 1
    return letter(many ? `${dossiers.length} dossiers à instruire` : 'Un dossier à instruire', [
      'Bonjour,',
      `${assignedBy} vous attribue, dans le service « ${service} » :`,
      { entries: dossiers.map(title => ({ title, details: [], target: null })) },
      { button: many ? 'Voir ces dossiers' : 'Voir ce dossier', target: { address } },
    ])
  },

  serviceInvitation(about: {
    service: string
    invitedBy: string
    readers: readonly string[]
    address: string
  }): Letter {
    return letter(`Invitation dans un service de l’ARS, par ${about.invitedBy}`, [
      'Bonjour,',
      `${about.invitedBy} vous invite à rejoindre le service « ${about.service} » pour instruire ensemble.`,
      'Si vous acceptez, chaque dossier qui vous est remis, ou le sera, sera lu aussi par : ' +
        `${about.readers.join(', ')}. Vous lirez ceux qui leur sont remis. Le porteur de chaque dossier ` +
        'en voit mention. Vos brouillons restent à vous seul, et chaque avis reste celui de son auteur.',
      'Connectez-vous avec cette adresse pour accepter ou refuser. Sans votre réponse, rien ne change.',
      { button: 'Voir l’invitation', target: { address: about.address } },
    ])
  },

  complement(about: ComplementsAsked & { name: string | null }): Letter {
    return letter(`${complementCount(about)} à déposer – ${about.grappe}`, [
      hello(about.name),
      `L’ARS (${about.reviewer}) a lu le dossier de la grappe « ${about.grappe} » pour ` +
        `l’appel « ${about.call} » et demande ce qui suit. À déposer avant le ` +
        `${formatClosing(about.deadlineOn)} :`,
      requested(about),
      about.requests.length === 1
        ? 'Déposez-le, même si l’appel est clos ; seule cette pièce est rouverte.'
        : 'Déposez-les, même si l’appel est clos ; seules ces pièces sont rouvertes.',
      {
        button: about.requests.length === 1 ? 'Déposer le complément' : 'Déposer les compléments',
        target: LINK,
      },
      KEEP_PRIVATE,
    ])
  },

  complementToPorteur(about: ComplementsAsked & ComplementsTold & { address: string }): Letter {
    return letter(`L’ARS demande ${complementCount(about).toLowerCase()} – ${about.grappe}`, [
      'Bonjour,',
      `L’ARS (${about.reviewer}) demande pour la grappe « ${about.grappe} », avant le ` +
        `${formatClosing(about.deadlineOn)} :`,
      requested(about),
      ...whoIsTold(about),
      'Quand les réponses sont là, scellez une nouvelle version.',
      { button: 'Ouvrir le tableau', target: { address: about.address } },
    ])
  },

  opinion(about: {
    grappe: string
    call: string
    reviewer: string
    sealNumber: number
    avis: string
    note: string | null
    proved: ProvedBy
    address: string
  }): Letter {
    return letter(`Avis de l’ARS : ${about.avis} – ${about.grappe}`, [
      'Bonjour,',
      `L’ARS (${about.reviewer}) a donné son avis sur la version ${about.sealNumber} du ` +
        `dossier de la grappe « ${about.grappe} » pour l’appel « ${about.call} » : ` +
        `${about.avis}. Avis ${opinionProof(about.proved)}.`,
      ...(about.note === null ? [] : ['Elle écrit :', { quote: about.note }]),
      { button: 'Lire l’avis', target: { address: about.address } },
    ])
  },
}

/** A person is connected, not an opinion. */
const opinionProof = (proved: ProvedBy): string =>
  provedWords(proved).replace(/^connecté /, 'donné après connexion ')
