/** What lets people in has ended, all at once: told to those who held it. */
import type { LinkRenewal } from '../../server/domain/link.ts'
import { count, list } from '../pages/format.ts'
import { type Block, type Letter, letter } from './letter.ts'

const WHY: Readonly<Record<LinkRenewal, (grappe: string) => string>> = {
  cle: grappe =>
    `Qui administre ce serveur a changé sa clé secrète : tous les liens de la grappe « ${grappe} » ` +
    'ont cessé de fonctionner, et d’autres les remplacent.',
  revocation: grappe =>
    `Les liens de la grappe « ${grappe} » que vous avez fait remplacer le sont : les anciens ne ` +
    'fonctionnent plus.',
}

export const accessMails = {
  /** To the porteur: what was done by itself, and what it has to hand over. */
  linksRenewed(about: {
    grappe: string
    why: LinkRenewal
    mailed: number
    byHand: readonly string[]
    calendars: readonly string[]
    address: string
  }): Letter {
    const { grappe, why, mailed, byHand, calendars, address } = about
    const parts: Block[] = ['Bonjour,', WHY[why](grappe)]
    if (mailed > 0) {
      parts.push(
        `${count(mailed, 'personne reçoit son', 'personnes reçoivent leur')} nouveau lien par e-mail, ` +
          'aussi vite que les limites d’envoi du serveur le permettent.',
      )
    }
    if (byHand.length > 0) {
      parts.push(
        `À remettre vous-même, faute d’adresse : ${list(byHand)}. La page Liens montre leurs nouveaux ` +
          'liens.',
      )
    }
    if (calendars.length > 0) {
      parts.push(`Agendas à recréer, puis à ajouter de nouveau au calendrier de chacun : ${list(calendars)}.`)
    }
    parts.push({ button: 'Voir les liens', target: { address } })
    return letter(`Liens remplacés – ${grappe}`, parts)
  },

  tokenEnded({ label, address }: { label: string; address: string }): Letter {
    return letter(`Accès API terminé : ${label}`, [
      'Bonjour,',
      `Qui administre ce serveur a changé sa clé secrète : votre accès API « ${label} » ne ` +
        'fonctionne plus. Créez-en un autre, et donnez-le au logiciel qui s’en servait :',
      { button: 'Créer un accès', target: { address } },
    ])
  },

  /** To each person of a porteur. */
  everythingRevoked(about: {
    by: string
    sessions: number
    tokens: number
    links: number
    calendars: number
    renews: boolean
    signIn: string
  }): Letter {
    const { by, sessions, tokens, links, calendars, renews, signIn } = about
    const ended = [
      count(sessions, 'session'),
      count(tokens, 'accès API', 'accès API'),
      count(links, 'lien de membre ou de l’ARS', 'liens de membres et de l’ARS'),
      count(calendars, 'agenda'),
    ]
    return letter('Tout ce qui ouvrait votre espace de porteur est révoqué', [
      'Bonjour,',
      `${by} a mis fin à tout ce qui laissait entrer ici : ${list(ended)}. Rien de ce qui est déposé ne ` +
        'change.',
      renews
        ? 'Les membres et l’ARS reçoivent un nouveau lien par e-mail ; un message par grappe vous dira ' +
          'lesquels sont à remettre vous-même.'
        : 'Les membres et l’ARS n’ont plus de lien : invitez-les de nouveau depuis la page Liens de chaque ' +
          'grappe.',
      'Pour revenir, demandez un lien de connexion avec votre adresse.',
      { button: 'Demander un lien', target: { address: signIn } },
    ])
  },
}
