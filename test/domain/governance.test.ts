/** The governance: proposed days, what a calendar sees change, the four steps, what the journal says. */
import { describe, expect, it } from 'vitest'
import { openHolidays } from '../../server/adapters/holidays.ts'
import { clockInstant } from '../../server/domain/deadline.ts'
import { planDossier } from '../../server/domain/dossier-plan.ts'
import { changesOf } from '../../server/domain/governance/changes.ts'
import { type Meeting, NO_GOVERNANCE } from '../../server/domain/governance/governance.ts'
import { inOrder, monthlyDays } from '../../server/domain/governance/meetings.ts'
import { type TimelineFacts, timelineOf } from '../../server/domain/governance/timeline.ts'
import { mannerWords, meetingWhen } from '../../server/domain/governance/words.ts'
import { type HolidayCalendar, isWorkingDay } from '../../server/domain/working-days.ts'
import { hardGovernance, lineId } from '../support/governance.ts'
import { aSnapshot } from './dossier-sample.ts'

const worked = (place: HolidayCalendar) => (day: string) => isWorkingDay(day, [place], openHolidays())

const meeting = (change: Partial<Meeting> = {}): Meeting => ({
  ...{ id: lineId(1), day: '2027-03-02', time: '14:30', place: 'Siège', object: 'COPIL' },
  ...{ guests: null, state: 'prevue' as const, decided: null, sequence: 0 },
  ...change,
})

describe('a meeting each month', () => {
  it('is the same day of each month, until the last day and not after', () => {
    const days = monthlyDays({ first: '2027-02-02', last: '2027-05-31', taken: [] }, worked('metropole'))
    expect(days).toEqual(['2027-02-02', '2027-03-02', '2027-04-02', '2027-05-03'])
  })

  it('passes over Sundays and public holidays, those of the place where the call is', () => {
    const may = { first: '2027-05-01', last: '2027-05-31', taken: [] }
    expect(monthlyDays(may, worked('metropole'))).toEqual(['2027-05-03'])
    const good = { first: '2027-03-26', last: '2027-03-31', taken: [] }
    expect(monthlyDays(good, worked('metropole'))).toEqual(['2027-03-26'])
    expect(monthlyDays(good, worked('alsace-moselle'))).toEqual(['2027-03-30'])
  })

  it('of the 31st is the last of a shorter month, and of December goes into the next year', () => {
    const days = monthlyDays({ first: '2026-12-31', last: '2027-04-30', taken: [] }, worked('metropole'))
    expect(days).toEqual(['2026-12-31', '2027-02-01', '2027-03-01', '2027-03-31', '2027-04-30'])
  })

  it('is not proposed twice in a month, nor when nothing is left', () => {
    const asked = { first: '2027-02-02', last: '2027-04-30' }
    expect(monthlyDays({ ...asked, taken: ['2027-03-20'] }, worked('metropole'))).toEqual([
      '2027-02-02',
      '2027-04-02',
    ])
    const again = monthlyDays(
      { ...asked, taken: ['2027-02-02', '2027-03-02', '2027-04-02'] },
      worked('metropole'),
    )
    expect(again).toEqual([])
    expect(monthlyDays({ first: '2027-05-01', last: '2027-05-02', taken: [] }, worked('metropole'))).toEqual(
      [],
    )
  })
})

describe('what a calendar sees of a meeting', () => {
  it('grows when it is moved, called elsewhere or cancelled, not when what was decided is written', () => {
    const before = [meeting({ sequence: 3 })]
    const sequenceOf = (change: Partial<Meeting>) => inOrder(before, [meeting(change)])[0]?.sequence
    expect(sequenceOf({})).toBe(3)
    expect(sequenceOf({ decided: 'Oui', state: 'tenue' })).toBe(3)
    expect(sequenceOf({ day: '2027-03-03' })).toBe(4)
    expect(sequenceOf({ time: null })).toBe(4)
    expect(sequenceOf({ place: 'Mairie' })).toBe(4)
    expect(sequenceOf({ state: 'annulee' })).toBe(4)
    expect(inOrder(before, [meeting({ id: lineId(2), sequence: 9 })])[0]?.sequence).toBe(0)
  })

  it('stands in the order of days, then of hours', () => {
    const ordered = inOrder(
      [],
      [meeting({ id: lineId(2), day: '2027-03-05' }), meeting({ time: '09:00' }), meeting()],
    )
    expect(ordered.map(({ day, time }) => `${day} ${time}`)).toEqual([
      '2027-03-02 09:00',
      '2027-03-02 14:30',
      '2027-03-05 14:30',
    ])
  })

  it('is an instant on the clocks of the call, of which spring has one hour less and autumn one twice', () => {
    expect(clockInstant('2027-03-02', '14:30', 'Europe/Paris')).toBe('2027-03-02T13:30:00.000Z')
    expect(clockInstant('2027-07-02', '14:30', 'Europe/Paris')).toBe('2027-07-02T12:30:00.000Z')
    expect(clockInstant('2027-03-28', '02:30', 'Europe/Paris')).toBeNull()
    expect(clockInstant('2027-03-28', '03:00', 'Europe/Paris')).toBe('2027-03-28T01:00:00.000Z')
    expect(clockInstant('2027-10-31', '02:30', 'Europe/Paris')).toBe('2027-10-31T00:30:00.000Z')
    expect(clockInstant('2027-03-28', '02:30', 'Indian/Reunion')).toBe('2027-03-27T22:30:00.000Z')
    expect(meetingWhen(meeting())).toBe('mardi 2 mars 2027 à 14\u00a0h\u00a030')
    expect(meetingWhen(meeting({ time: '09:00' }))).toBe('mardi 2 mars 2027 à 9\u00a0h')
  })
})

describe('the four steps', () => {
  const plan = planDossier(aSnapshot())
  const facts: TimelineFacts = {
    ...{ plan, esms: 8, ogs: 2, porteurName: null, verdict: 'a-verifier', hasKey: false },
    ...{ governance: NO_GOVERNANCE, sealed: null, isHanded: false },
    deposit: { ticked: 1, steps: 4, doneOn: null },
  }
  const itemOf = (given: TimelineFacts, label: string) =>
    timelineOf(given)
      .flatMap(({ items }) => items)
      .find(item => item.label === label)

  it('are those of the deck, none done in a grappe that has just begun, each thing with its place', () => {
    const steps = timelineOf({ ...facts, esms: 0 })
    expect(steps.map(({ title }) => title.slice(0, 1))).toEqual(['1', '2', '3', '4'])
    expect(steps.map(({ isDone }) => isDone).slice(1)).toEqual([false, false, false])
    expect(itemOf(facts, 'Risques')).toEqual({
      ...{ label: 'Risques', isDone: false, detail: 'registre vide' },
      place: { kind: 'governance', part: 'risques' },
    })
  })

  it('read what is true: a risk without an answer is not done, a meeting that was cancelled counts for none', () => {
    const governance = hardGovernance([])
    expect(itemOf({ ...facts, governance }, 'Risques')).toMatchObject({
      isDone: false,
      detail: '199 sur 200 avec un responsable et une réponse',
    })
    const answered = governance.risques.map(risk => ({ ...risk, owner: 'Camille' }))
    expect(itemOf({ ...facts, governance: { ...governance, risques: answered } }, 'Risques')?.isDone).toBe(
      true,
    )
    expect(itemOf({ ...facts, governance }, 'COPIL')?.detail).toBe('1 réunion, dont 1 tenue')
    const cancelled = governance.copil.filter(({ state }) => state === 'annulee')
    expect(itemOf({ ...facts, governance: { ...governance, copil: cancelled } }, 'COPIL')?.isDone).toBe(false)
    expect(itemOf({ ...facts, governance }, 'Facteurs de réussite')?.detail).toBe('3 sur 6 évalués')
  })

  it('tell how far the deposit is, as the porteur noted it', () => {
    const label = 'Dépôt là où l’appel le demande'
    expect(itemOf(facts, label)).toMatchObject({ isDone: false, detail: '1 étape notée sur 4' })
    const done = { ...facts, deposit: { ticked: 4, steps: 4, doneOn: '2026-09-15' } }
    expect(itemOf(done, label)).toMatchObject({ isDone: true, detail: 'déposé le mardi 15 septembre 2026' })
  })

  it('tell where the one convention stands, and how many of the states of play are accepted', () => {
    const definitions = [
      { ...plan.definitions[0], code: 'convention-membres', scope: 'grappe' },
      { ...plan.definitions[0], code: 'etat-des-lieux', scope: 'esms' },
    ] as typeof plan.definitions
    const row = (code: string, state: string) => ({ ...plan.rows[0], pieceId: 'p', code, state })
    const rows = [
      row('convention-membres', 'deposee'),
      ...['acceptee', 'deposee', 'attendue', 'non-applicable'].map(state => row('etat-des-lieux', state)),
    ] as typeof plan.rows
    const given = { ...facts, plan: { ...plan, definitions, rows } }
    expect(itemOf(given, 'Convention entre les membres')).toEqual({
      ...{ label: 'Convention entre les membres', isDone: false, detail: 'déposée, à contrôler' },
      place: { kind: 'piece', id: 'p' },
    })
    expect(itemOf(given, 'États des lieux de chaque ESMS')).toMatchObject({
      ...{ isDone: false, detail: '1 accepté sur 3, 1 à contrôler', place: { kind: 'board' } },
    })
  })

  it('ask nothing that the call does not ask', () => {
    const none = { ...plan, definitions: [], rows: [] }
    const item = itemOf({ ...facts, plan: none }, 'Convention entre les membres')
    expect(item).toMatchObject({ isDone: null, detail: 'l’appel n’en demande pas' })
    expect(timelineOf({ ...facts, plan: none })[0]?.isDone).toBe(true)
  })
})

describe('the journal', () => {
  it('names what was added, changed and taken out of a list, and counts what is too much', () => {
    const before = hardGovernance([])
    const [first, second, ...others] = before.risques
    if (first === undefined || second === undefined) throw new Error('no risk')
    const told = changesOf(before, {
      part: 'risques',
      value: [{ ...first, state: 'clos' }, ...others, { ...second, id: lineId(900), title: 'Un autre' }],
    })
    expect(told).toEqual([
      'changement\u00a0: Un membre se retire et la grappe n’est plus éligible (clos)',
      'ajout\u00a0: Un autre (suivi)',
      'retrait\u00a0: Attentes et calendriers divergent (suivi)',
    ])
    const all = changesOf(before, { part: 'risques', value: [] })
    expect([all.length, all.at(-1)]).toEqual([21, 'et 180 autres'])
    expect(Math.max(...all.map(text => text.length))).toBeLessThanOrEqual(125)
  })

  it('says of a text what it was made', () => {
    const before = hardGovernance([])
    const told = changesOf(before, { part: 'identite', value: { ...before.identite, personnes: null } })
    expect(told).toEqual(['Nombre de personnes ressources\u00a0: effacé'])
  })
})

it('a decision says how it was taken, and by how many when they were counted', () => {
  const votes = { pour: 5, contre: 1, abstention: 2 }
  expect(mannerWords({ manner: 'majorite', votes })).toBe('à la majorité (5 pour, 1 contre, 2 abstentions)')
  expect(mannerWords({ manner: 'unanimite', votes: null })).toBe('à l’unanimité')
  expect(mannerWords({ manner: null, votes: null })).toBe('')
})
