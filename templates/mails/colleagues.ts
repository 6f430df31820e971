/** Mails between the people of one porteur. */
import { count, list } from '../pages/format.ts'
import { type Letter, LINK, letter } from './letter.ts'

export const colleagueMails = {
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
