/** Calendar feeds, through ical-generator. */
import ical, { ICalAlarmType, ICalCalendarMethod, ICalEventTransparency } from 'ical-generator'
import type { CalendarWriter } from '../steps/ports.ts'

const HOUR_S = 3600

/** Before the day begins: at nine, seven days before and the day before. */
const ALARMS_S = [6 * 24 * HOUR_S + 15 * HOUR_S, 15 * HOUR_S]

/**
 * Each last day is a whole day, which every calendar shows on that date wherever its owner is; its
 * description says on which clocks it ends. No zone is given to the library, which would then write the days
 * of this server's own.
 */
export const drawCalendar: CalendarWriter = ({ name, revisedAt, events }) => {
  const calendar = ical({
    name,
    prodId: { company: 'grappe-kit', product: 'echeances', language: 'FR' },
    method: ICalCalendarMethod.PUBLISH,
    ttl: HOUR_S,
  })
  for (const { uid, day, title, description } of events) {
    calendar.createEvent({
      id: uid,
      start: new Date(`${day}T00:00:00Z`),
      allDay: true,
      stamp: new Date(revisedAt),
      summary: title,
      description,
      transparency: ICalEventTransparency.TRANSPARENT,
      alarms: ALARMS_S.map(triggerBefore => ({
        type: ICalAlarmType.display,
        triggerBefore,
        description: title,
      })),
    })
  }
  return `${calendar.toString()}\r\n`
}
