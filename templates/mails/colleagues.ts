/** Mails to a person about its own access, and between the people of one porteur. */
import type { Instant } from '../../server/domain/call.ts'
import { count, list, moment } from '../pages/format.ts'
import { type Letter, LINK, letter } from './letter.ts'

export const colleagueMails = {
  passkeyChanged(about: {
    name: string
    added: boolean
    at: Instant
    passkeys: string
    sessions: string
  }): Letter {
    const { name, added, at, passkeys, sessions } = about
    const act = added ? 'ajoutée' : 'retirée'
    return letter(`Clé d’accès ${act}`, [
      'Bonjour,',
      `La clé d’accès « ${name} » a été ${act} le ${moment(at, 'Europe/Paris')}, depuis une session ` +
        `ouverte à votre nom. ${
          added
            ? 'Elle confirme vos actes à la place d’un code.'
            : 'Vos actes se confirment de nouveau par un code, ou par une autre de vos clés.'
        }`,
      `Si c’est vous, il n’y a rien à faire. Sinon, quelqu’un d’autre se sert de votre session : fermez-la` +
        ', puis retirez les clés que vous ne reconnaissez pas.',
      { button: 'Fermer mes sessions', target: { address: sessions } },
      { button: 'Voir mes clés d’accès', target: { address: passkeys } },
    ])
  },

  colleagueInvited(about: {
    by: string
    /** As a verb: lire, contrôler, administrer. */
    role: string
    /** Names of the porteur's current grappes. */
    grappes: readonly string[]
    /** How long the link works. */
    days: number
    /** Where one asks for another link. */
    signIn: string
  }): Letter {
    const { by, role, grappes, days, signIn } = about
    const [first] = grappes
    const carried =
      first === undefined
        ? 'vous invite dans son espace de porteur'
        : grappes.length > 3
          ? `vous invite dans l’espace du porteur de ${count(grappes.length, 'grappe', 'grappes')}`
          : `vous invite dans l’espace du porteur de ${list(grappes.map(name => `« ${name} »`))}`
    return letter('Vous êtes invité dans l’espace d’un porteur', [
      'Bonjour,',
      `${by} ${carried}, avec le rôle « ${role} ». Ce lien vous y fait entrer : il sert une seule fois et ` +
        `reste valable ${days} jours.`,
      { button: 'Entrer', target: LINK },
      'Passé ce délai, et les fois suivantes, demandez un lien avec cette même adresse.',
      { button: 'Demander un lien', target: { address: signIn } },
      'Si vous ne connaissez pas cette personne, ignorez ce message : personne n’est connecté.',
    ])
  },
}
