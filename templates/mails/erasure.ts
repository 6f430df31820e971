/** A grappe is about to be erased: told to its porteur, in time to hold it back. */
import type { Day } from '../../server/domain/call.ts'
import { formatDay } from '../../server/domain/deadline.ts'
import { list } from '../pages/format.ts'
import { type Letter, letter } from './letter.ts'

const GOES =
  'Seront effacés : les pièces, les dossiers scellés, les membres, leurs contacts, les échanges et les ' +
  'messages. Resteront des dates, des comptes et des empreintes, sans aucun nom.'

export const erasureMails = {
  erasureWarning(about: {
    grappe: string
    call: string
    rank: 1 | 2
    erasesOn: Day
    address: string
  }): Letter {
    const { grappe, call, rank, erasesOn, address } = about
    const when = formatDay(erasesOn)
    return letter(
      `${rank === 1 ? 'Effacement' : 'Dernier avertissement : effacement'} de « ${grappe} » le ${when}`,
      [
        'Bonjour,',
        `La grappe « ${grappe} », pour l’appel « ${call} », arrive au terme de sa conservation : elle sera ` +
          `effacée le ${when}.`,
        GOES,
        'Téléchargez avant ce jour ce que vous devez garder. Si une règle ou un contentieux vous oblige à ' +
          'conserver la grappe, suspendez son effacement, ou changez sa durée :',
        { button: 'Voir la conservation de la grappe', target: { address } },
        rank === 1
          ? 'Un dernier avertissement vous sera envoyé une semaine avant.'
          : 'C’est le dernier avertissement. Un effacement ne s’annule pas.',
      ],
    )
  },

  accountDeletionAsked(about: {
    by: string
    grappes: readonly string[]
    deletesOn: Day
    address: string
  }): Letter {
    const { by, grappes, deletesOn, address } = about
    const named = grappes.map(name => `« ${name} »`)
    const also =
      grappes.length === 0
        ? ''
        : grappes.length === 1
          ? `, avec la grappe ${list(named)}`
          : `, avec les grappes ${list(named)}`
    return letter(`Suppression du compte demandée : effacement le ${formatDay(deletesOn)}`, [
      'Bonjour,',
      `${by} a demandé, avec un code ou une clé d’accès, la suppression de votre compte de porteur${also}. ` +
        `Tout sera effacé le ${formatDay(deletesOn)}.`,
      ...(grappes.length === 0 ? [] : [GOES]),
      'Partiront aussi les personnes du compte, leurs sessions, leurs accès API et les appels écrits ici.',
      'Jusque-là rien ne change, et qui administre le compte annule la demande d’un clic :'.replace(' ', ' '),
      { button: 'Voir ou annuler la demande', target: { address } },
    ])
  },

  accountDeletionCancelled({ by }: { by: string }): Letter {
    return letter('Suppression du compte annulée', [
      'Bonjour,',
      `${by} a annulé la suppression de votre compte de porteur : rien n’est effacé.`,
    ])
  },

  deletionAsked(about: { grappe: string; by: string; deletesOn: Day; address: string }): Letter {
    const { grappe, by, deletesOn, address } = about
    return letter(`Suppression demandée : « ${grappe} » le ${formatDay(deletesOn)}`, [
      'Bonjour,',
      `${by} a demandé, avec un code reçu par e-mail, la suppression de la grappe « ${grappe} ». Elle sera ` +
        `effacée le ${formatDay(deletesOn)}.`,
      GOES,
      'Jusque-là rien ne change, et la demande s’annule d’un clic :',
      { button: 'Voir ou annuler la demande', target: { address } },
    ])
  },
}
