import { daysLeft, formatClosing, formatDay, formatDaysLeft } from '../deadline.ts'
import { agree, defineRule } from './rule.ts'

export const fenetre = defineRule({
  code: 'fenetre',
  title: 'Dates de l’appel à projets',
  parameters: {},
  evaluate(_, { today, window: { opensOn, closesOn } }) {
    if (closesOn !== null && today > closesOn) {
      return {
        status: 'non-satisfait',
        reason: `L’appel a fermé le ${formatClosing(closesOn)}.`,
        remedy: 'Attendez le prochain appel, ou demandez à votre ARS si un délai est accordé.',
      }
    }
    if (opensOn !== null && today < opensOn) {
      const days = daysLeft(today, opensOn)
      return {
        status: 'a-verifier',
        reason: `L’appel ouvre le ${formatDay(opensOn)}, dans ${days} jour${agree(days, '', 's')}.`,
        remedy: 'Préparez les pièces dès maintenant ; vous déposerez à l’ouverture.',
      }
    }
    if (opensOn === null || closesOn === null) {
      return {
        status: 'a-verifier',
        reason: `La date ${closesOn === null ? 'de clôture' : 'd’ouverture'} de l’appel n’est pas connue.`,
        remedy: 'Reportez les dates du texte publié par votre ARS.',
      }
    }
    return {
      status: 'satisfait',
      reason: `L’appel est ouvert jusqu’au ${formatClosing(closesOn)} : ${formatDaysLeft(today, closesOn)}.`,
    }
  },
})
