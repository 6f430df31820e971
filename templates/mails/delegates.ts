/** Mails to the delegated contact of an OG: named, then replaced or taken out. */
import { count, list } from '../pages/format.ts'
import { KEEP_PRIVATE, type Letter, LINK, letter } from './letter.ts'
import { hello } from './plain-words.ts'

/** Names told one by one; of more, how many. */
const NAMES_TOLD = 8

function membersOf(og: string, esms: readonly string[]): string {
  if (esms.length === 0) return `Aucun ESMS n’est encore inscrit pour « ${og} ».`
  return esms.length > NAMES_TOLD
    ? `Cela concerne ses ${count(esms.length, 'ESMS', 'ESMS')}.`
    : `Cela concerne ${list(esms.map(name => `« ${name} »`))}.`
}

export const delegateMails = {
  delegateNamed(about: {
    grappe: string
    call: string
    og: string
    by: string
    contactName: string | null
    esms: readonly string[]
  }): Letter {
    const { grappe, call, og, by, contactName, esms } = about
    return letter(`Vous êtes le contact délégué de « ${og} » – ${grappe}`, [
      hello(contactName),
      `${by} vous a nommé contact délégué de « ${og} » pour la grappe « ${grappe} » (appel « ${call} »).`,
      'Par votre lien, vous déposez les pièces de cet organisme et de ses ESMS, et vous ajoutez ou retirez ' +
        `leurs contacts. ${membersOf(og, esms)} Chacun voit sur sa page que vous gérez avec lui.`,
      { button: 'Ouvrir les pièces', target: LINK },
      KEEP_PRIVATE,
    ])
  },

  delegationEnded(about: {
    grappe: string
    call: string
    og: string
    contactName: string | null
    successor: string | null
    still: readonly string[]
  }): Letter {
    const { grappe, call, og, contactName, successor, still } = about
    const now = successor === null ? '' : ` ${successor} l’est maintenant.`
    return letter(`Vous n’êtes plus le contact délégué de « ${og} » – ${grappe}`, [
      hello(contactName),
      `Vous n’êtes plus le contact délégué de « ${og} » pour la grappe « ${grappe} » (appel ` +
        `« ${call} »).${now} Le lien que vous aviez ne fonctionne plus.`,
      ...(still.length === 0
        ? ['Vous n’avez plus rien à faire ici. En cas d’erreur, répondez à ce message.']
        : [
            `Vous répondez encore pour ${list(still.map(name => `« ${name} »`))} : voici votre nouveau lien.`,
            { button: 'Ouvrir vos pièces', target: LINK },
            KEEP_PRIVATE,
          ]),
    ])
  },
}
