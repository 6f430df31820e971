import { type CallWindow, windowOn } from '../call.ts'
import { daysLeft, formatClosing, formatDay, formatDaysLeft } from '../deadline.ts'
import { agree, defineRule, type UsedValue } from './rule.ts'

export const fenetre = defineRule({
  code: 'fenetre',
  title: 'Dates de l’appel à projets',
  parameters: {},
  evaluate(_, { today, windows, origins }) {
    const window = windowOn({ windows }, today)
    const { opensOn, closesOn } = window
    const others = otherWindows(windows, window)
    const opening: UsedValue = { name: 'ouverture', origin: origins.opensOn }
    const closing: UsedValue = { name: 'clôture', origin: origins.closesOn }
    if (closesOn !== null && today > closesOn) {
      return {
        status: 'non-satisfait',
        uses: [closing],
        reason: `L’appel a fermé le ${formatClosing(closesOn)}.`,
        remedy:
          'Si votre ARS accorde un délai, reportez la nouvelle clôture. Sinon, attendez le prochain appel.',
        place: 'echeances',
        ars: {
          reason:
            `Dossier établi le ${formatDay(today)}, après la clôture de l’appel, le ` +
            `${formatClosing(closesOn)}.`,
        },
      }
    }
    if (opensOn !== null && today < opensOn) {
      const days = daysLeft(today, opensOn)
      return {
        status: 'a-verifier',
        uses: [opening],
        reason: `L’appel ouvre le ${formatDay(opensOn)}, dans ${days} jour${agree(days, '', 's')}.${others}`,
        remedy: 'Préparez les pièces dès maintenant ; vous déposerez à l’ouverture.',
        place: 'tableau',
        ars: {
          reason:
            `Dossier établi le ${formatDay(today)}, avant l’ouverture de l’appel, le ` +
            `${formatDay(opensOn)}.`,
        },
      }
    }
    if (opensOn === null || closesOn === null) {
      return {
        status: 'a-verifier',
        uses: [opening, closing],
        reason: `La date ${closesOn === null ? 'de clôture' : 'd’ouverture'} de l’appel n’est pas connue.`,
        remedy: 'Reportez cette date depuis le texte publié par votre ARS.',
        place: 'echeances',
      }
    }
    return {
      status: 'satisfait',
      uses: [opening, closing],
      reason:
        `L’appel est ouvert jusqu’au ${formatClosing(closesOn)} : ` +
        `${formatDaysLeft(today, closesOn)}.${others}`,
      // Read later than it is written: no count of days.
      ars: {
        reason:
          `Dossier établi le ${formatDay(today)}, dans les dates de l’appel : du ${formatDay(opensOn)} ` +
          `au ${formatClosing(closesOn)}.`,
      },
    }
  },
})

/** What is said of the windows besides the one that counts; nothing when it is the only one. */
function otherWindows(windows: readonly CallWindow[], counting: CallWindow): string {
  const position = windows.indexOf(counting)
  const before = windows[position - 1]?.closesOn ?? null
  const after = windows[position + 1]
  const past = before === null ? '' : ` La fenêtre précédente a fermé le ${formatDay(before)}.`
  if (after === undefined) return past
  const dates = [
    after.opensOn === null ? '' : ` du ${formatDay(after.opensOn)}`,
    after.closesOn === null ? '' : ` au ${formatDay(after.closesOn)}`,
  ].join('')
  return `${past} Une autre fenêtre suit${dates}, si l’ARS ne clôt pas l’appel avant.`
}
