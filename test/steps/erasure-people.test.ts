/** What is of a person and of no grappe: digests, a place in a service of the ARS. Told, swept, erased. */
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { colleagues, digests, porteurs, serviceMembers, services } from '../../schema/tables.ts'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { ERASED_PERSON, KEPT_DAYS } from '../../server/domain/erasure.ts'
import { chooseDigests } from '../../server/steps/access/digests.ts'
import { findOrCreatePorteur } from '../../server/steps/access/sign-in.ts'
import { erasePerson } from '../../server/steps/erasure/erase-person.ts'
import { exportPerson } from '../../server/steps/erasure/export-person.ts'
import { sweepExpired } from '../../server/steps/erasure/sweep-expired.ts'
import { START, startApp, type TestApp } from '../support/app.ts'
import { createTestGrappe } from '../support/grappe.ts'
import { openBrowser, signInPorteur } from '../support/page-client.ts'
import { textOf } from '../support/page-text.ts'

const ANNA = 'anna@ars.exemple.fr'
const BRUNO = 'bruno@ars.exemple.fr'
const DAY_MS = 24 * 60 * 60 * 1000
const ACTOR = { name: 'porteuse@exemple.fr', proof: 'session' as const }

let test: TestApp
let grappeId: string
let serviceId: string

const onDay = (days: number) => new Date(Date.parse(START) + days * DAY_MS)
const places = () => test.context.db.select().from(serviceMembers).orderBy(serviceMembers.email)

async function place(email: string, more: Partial<typeof serviceMembers.$inferInsert> = {}) {
  const row = { id: test.context.newId(), serviceId, email, invitedAt: onDay(0), joinedAt: onDay(0) }
  await test.context.db.insert(serviceMembers).values({ ...row, ...more })
}

beforeAll(async () => {
  test = await startApp()
  const porteur = await test.porteur()
  grappeId = (await createTestGrappe(porteur, 1)).grappeId
  serviceId = test.context.newId()
  await test.context.db.insert(services).values({ id: serviceId, name: 'ARS Corse', createdAt: onDay(0) })
  const handed = { email: ANNA, label: 'Anna de l’ARS' }
  await porteur.call('POST', fill(API_PATHS.links, { grappe: grappeId }), handed)
})
afterAll(() => test.close())
beforeEach(async () => {
  test.setNow(START)
  await test.context.db.delete(serviceMembers)
  await test.context.db.delete(digests)
})

describe('the register', () => {
  it('tells of the services and of the digests, with the days of the sweep', async () => {
    const page = textOf(await openBrowser(test).get(urlTo('personalData')))
    expect(page).toContain('Services de l’ARS : adresses de leurs personnes, qui les a invitées, quand')
    expect(page).toContain(
      `Tant que la personne en est, et ${KEPT_DAYS.serviceMember} jours après son départ`,
    )
    expect(page).toContain('Choix de recevoir ou non les résumés par e-mail')
  })
})

describe('the sweep', () => {
  it('takes a place in a service that ended so many days ago, and neither an earlier end nor none', async () => {
    await place(ANNA)
    await place(BRUNO, { endedAt: onDay(1), endedBy: ANNA })
    test.setNow(onDay(1 + KEPT_DAYS.serviceMember).toISOString())
    await sweepExpired(test.context)
    expect(await places()).toHaveLength(2)
    test.setNow(onDay(2 + KEPT_DAYS.serviceMember).toISOString())
    await sweepExpired(test.context)
    expect((await places()).map(({ email }) => email)).toEqual([ANNA])
  })

  it('takes what somebody chose of the digests once it is of no porteur, and of nobody else', async () => {
    const { context } = test
    const gone = await findOrCreatePorteur(context.db, context, 'partie@exemple.fr')
    for (const email of ['porteuse@exemple.fr', gone.email]) {
      await chooseDigests(context, email, { hebdomadaire: false, depots: true })
    }
    const choosing = async () =>
      [...new Set((await context.db.select().from(digests)).map(({ email }) => email))].toSorted()
    await sweepExpired(context)
    expect(await choosing()).toEqual(['partie@exemple.fr', 'porteuse@exemple.fr'])
    await context.db.delete(porteurs).where(eq(porteurs.id, gone.id))
    await sweepExpired(context)
    expect(await choosing()).toEqual(['porteuse@exemple.fr'])
  })
})

describe('one person', () => {
  it('reads both in its copy', async () => {
    const { context } = test
    await place(ANNA, { administers: true, invitedBy: BRUNO })
    await chooseDigests(context, ANNA, { hebdomadaire: false, depots: true })
    const { account } = await exportPerson(context, ANNA, null)
    expect(account.services).toEqual([
      expect.objectContaining({ service: 'ARS Corse', administers: true, invitedBy: BRUNO, endedAt: null }),
    ])
    expect(account.digests).toContainEqual(
      expect.objectContaining({ kind: 'hebdomadaire', endedAt: expect.any(Date) }),
    )
  })

  it('that is still of a service stays there, under its address, when a grappe erases it', async () => {
    await place(ANNA)
    await place(BRUNO, { invitedBy: ANNA })
    expect(await erasePerson(test.context, grappeId, ANNA, ACTOR)).toMatchObject({ ok: true })
    expect(await places()).toMatchObject([{ email: ANNA }, { email: BRUNO, invitedBy: ANNA }])
  })

  it('that left goes with its places, its choices, and its address where it invited or removed others', async () => {
    const { context } = test
    const porteur = await test.porteur()
    await porteur.call('POST', fill(API_PATHS.links, { grappe: grappeId }), {
      email: ANNA,
      label: 'Anna encore',
    })
    await place(ANNA, { endedAt: onDay(0), endedBy: ANNA })
    await place(BRUNO, { invitedBy: ANNA })
    await place('chloe@ars.exemple.fr', { invitedBy: BRUNO, endedAt: onDay(0), endedBy: ANNA })
    await chooseDigests(context, ANNA, { hebdomadaire: false, depots: true })
    const invited = await findOrCreatePorteur(context.db, context, 'invitee@exemple.fr')
    const ofPorteur = eq(colleagues.porteurId, invited.id)
    await context.db.update(colleagues).set({ invitedBy: ANNA }).where(ofPorteur)

    expect(await erasePerson(context, grappeId, ANNA, ACTOR)).toMatchObject({ ok: true })
    expect(await places()).toMatchObject([
      { email: BRUNO, invitedBy: ERASED_PERSON, endedBy: null },
      { email: 'chloe@ars.exemple.fr', invitedBy: BRUNO, endedBy: ERASED_PERSON },
    ])
    expect(await context.db.select().from(digests)).toEqual([])
    expect(await context.db.select().from(colleagues).where(ofPorteur)).toMatchObject([
      { invitedBy: ERASED_PERSON },
    ])
    const page = await (await signInPorteur(test, 'invitee@exemple.fr')).get(urlTo('colleagues'))
    expect(textOf(page)).toContain(`Invité par ${ERASED_PERSON} le`)
  })
})
