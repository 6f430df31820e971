/** Calendar feeds, through ical-generator. */
import ical, {
  ICalAlarmType,
  ICalCalendarMethod,
  type ICalEventData,
  ICalEventStatus,
  ICalEventTransparency,
} from 'ical-generator'
import type { CalendarEvent, CalendarWriter } from '../steps/ports.ts'

const HOUR_S = 3600

/** Before the day begins: at nine, seven days before and the day before. */
const ALARMS_S = [6 * 24 * HOUR_S + 15 * HOUR_S, 15 * HOUR_S]

/** Before a meeting whose hour is known: a day, then an hour. */
const MEETING_ALARMS_S = [24 * HOUR_S, HOUR_S]

/**
 * Each last day is a whole day, which every calendar shows on that date wherever its owner is; its
 * description says on which clocks it ends. No zone is given to the library, which would then write the days
 * of this server's own. A meeting starts at an instant, which each calendar shows on its owner's clocks; how
 * long it lasts nobody has said.
 */
export const drawCalendar: CalendarWriter = ({ name, revisedAt, events }) => {
  const calendar = ical({
    name,
    prodId: { company: 'grappe-kit', product: 'echeances', language: 'FR' },
    method: ICalCalendarMethod.PUBLISH,
    ttl: HOUR_S,
  })
  for (const event of events) {
    const { uid, title, description } = event
    calendar.createEvent({
      id: uid,
      stamp: new Date(revisedAt),
      summary: title,
      description,
      alarms: alarmsOf(event).map(triggerBefore => ({
        type: ICalAlarmType.display,
        triggerBefore,
        description: title,
      })),
      ...timesOf(event),
    })
  }
  return `${calendar.toString()}\r\n`
}

/** What is cancelled rings nowhere. */
function alarmsOf({ meeting }: CalendarEvent): readonly number[] {
  if (meeting?.isCancelled) return []
  return meeting?.startsAt ? MEETING_ALARMS_S : ALARMS_S
}

function timesOf({ day, meeting }: CalendarEvent): Pick<ICalEventData, 'start'> & Partial<ICalEventData> {
  const wholeDay = { start: new Date(`${day}T00:00:00Z`), allDay: true }
  if (meeting === undefined) return { ...wholeDay, transparency: ICalEventTransparency.TRANSPARENT }
  const { startsAt, place, isCancelled, sequence } = meeting
  return {
    ...(startsAt === null ? wholeDay : { start: new Date(startsAt) }),
    ...(place === null ? {} : { location: place }),
    sequence,
    status: isCancelled ? ICalEventStatus.CANCELLED : ICalEventStatus.CONFIRMED,
    transparency: isCancelled ? ICalEventTransparency.TRANSPARENT : ICalEventTransparency.OPAQUE,
  }
}
