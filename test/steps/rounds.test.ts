/** A grappe whose stored call no longer fits, or a mail server that is away, stops no round of any job. */
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { files, grappes, journal, links, pieces, seals, versions } from '../../schema/tables.ts'
import { listJobs } from '../../server/jobs.ts'
import { deliverDueMails, readMailsOfGrappe, writeMail } from '../../server/steps/access/send-mail.ts'
import type { JobName } from '../../server/steps/ports.ts'
import { startApp, type TestApp } from '../support/app.ts'
import { pdf } from '../support/files.ts'
import { createTestGrappe, type TestGrappe } from '../support/grappe.ts'
import { depositOn, esmsPieces, sealVersion } from '../support/sealed.ts'

let test: TestApp
/** The one that no longer fits comes first everywhere. */
let unfit: TestGrappe
let sound: TestGrappe
beforeAll(async () => {
  test = await startApp()
  const porteur = await test.porteur()
  const make = async (name: string) => {
    const grappe = await createTestGrappe(porteur, 3, name)
    const [first, second] = await esmsPieces(porteur, grappe.grappeId)
    await depositOn(porteur, grappe.grappeId, first?.pieceId ?? '', await pdf(name))
    await sealVersion(test, porteur, grappe.grappeId)
    await depositOn(porteur, grappe.grappeId, second?.pieceId ?? '', await pdf('les deux'))
    return grappe
  }
  unfit = await make('Grappe qui ne va plus')
  sound = await make('Grappe qui va')
  const { db } = test.context
  await db
    .update(grappes)
    .set({ call: { title: 'Sans rien' } })
    .where(eq(grappes.id, unfit.grappeId))
  // As members deposit.
  await db.update(versions).set({ depositedBy: 'EHPAD n° 1' })
  test.context.mailer = { send: async () => ({ state: 'sent' }) }
  test.context.antivirus = { scan: async () => ({ scan: 'sain' }) }
  // Fifteen days before the last day of what members owe.
  test.setNow('2026-06-16T10:00:00Z')
})
afterAll(() => test.close())

/** Runs the job to its end, and gives the fault that it tells. */
async function run(name: JobName): Promise<string> {
  const job = listJobs(test.context).find(each => each.name === name)
  return await (job?.run() ?? Promise.reject(new Error(name))).then(
    () => '',
    (fault: Error) => JSON.stringify([fault.message, (fault.cause as Error | undefined)?.message]),
  )
}

const subjectsOf = async ({ grappeId }: TestGrappe) =>
  (await readMailsOfGrappe(test.context, grappeId)).map(({ subject }) => subject)
const kindsOf = async ({ grappeId }: TestGrappe) =>
  (await test.context.db.select().from(journal).where(eq(journal.grappeId, grappeId))).map(({ kind }) => kind)

it('writes the reminders and the digests of the others, and names the one at fault', async () => {
  const fault = await run('relances')
  expect(fault).toContain('sendDueRelances')
  expect(fault).toContain(unfit.grappeId)
  expect(await kindsOf(sound)).toEqual(expect.arrayContaining(['reminders-written', 'digest-written']))
  expect(await subjectsOf(unfit)).toEqual([])
})

it('tells of the deposits of the others', async () => {
  expect(await run('alertes')).toContain(unfit.grappeId)
  expect(await kindsOf(sound)).toContain('deposits-announced')
})

it('sends what waits, though links that ended cannot all be given again', async () => {
  const { db } = test.context
  await db.update(links).set({ renewal: 'cle' }).where(eq(links.grappeId, sound.grappeId))
  const ended = { kind: 'esms' as const, label: 'EHPAD n° 1', renewal: 'cle' as const }
  const at = { createdAt: new Date(0), expiresAt: new Date('2027-01-01'), tokenHash: 'ended' }
  await db.insert(links).values({
    ...{ ...ended, ...at, id: unfit.grappeId, grappeId: unfit.grappeId },
    esmsId: unfit.esmsIds[0] ?? null,
  })
  expect(await run('envois')).toContain('renewLinks')
  const waiting = (await readMailsOfGrappe(test.context, sound.grappeId)).filter(
    ({ sentAt }) => sentAt === null,
  )
  expect(waiting).toEqual([])
  expect(await kindsOf(sound)).toContain('link-replaced')
})

it('scans every file, whatever its call', async () => {
  const { db } = test.context
  expect(await run('antivirus')).toBe('')
  const scans = await db
    .selectDistinct({ scan: files.scan, grappeId: pieces.grappeId })
    .from(files)
    .innerJoin(versions, eq(files.versionId, versions.id))
    .innerJoin(pieces, eq(versions.pieceId, pieces.id))
  expect(new Set(scans.map(({ scan }) => scan))).toEqual(new Set(['sain']))
  expect(new Set(scans.map(({ grappeId }) => grappeId)).size).toBe(2)
})

it('checks and draws what was sealed elsewhere, when one version can be neither', async () => {
  const { db } = test.context
  await db.update(seals).set({ finishedAt: null })
  await db.update(seals).set({ zipLength: 1 }).where(eq(seals.grappeId, unfit.grappeId))
  expect(await run('scellement')).toContain('Seal')
  const [checked] = await db.select().from(seals).where(eq(seals.grappeId, sound.grappeId))
  expect(checked?.finishedAt).not.toBeNull()
  const { readings } = test.context
  const broken = {
    ...readings,
    draw: async (...[of, ...rest]: Parameters<typeof readings.draw>) => {
      if (of.plan.grappeName !== 'Grappe qui va') throw new Error('panne')
      return await readings.draw(of, ...rest)
    },
  }
  test.context.readings = broken as typeof readings
  expect(await run('lecture')).toContain('panne')
  const [drawn] = await db.select().from(seals).where(eq(seals.grappeId, sound.grappeId))
  expect(drawn?.readingState).toBe('faite')
})

it('keeps and erases the others as their calls say', async () => {
  test.setNow('2046-06-16T10:00:00Z')
  const fault = await run('conservation')
  expect(fault).toContain('eraseDue')
  expect(fault).toContain(unfit.grappeId)
  expect(await kindsOf(sound)).toContain('erasure-warned')
})

it('leaves a mail server that fails alone, and what waits untried, until the next run', async () => {
  const { db } = test.context
  const wait = async (grappeId: string) => {
    for (let n = 0; n < 20; n++) {
      await writeMail(db, test.context, { ...text, recipient: `n${n}@exemple.fr`, grappeId, linkId: null })
    }
  }
  const text = test.context.mailTexts.accountDeletionCancelled({ by: 'porteuse@exemple.fr' })
  await wait(sound.grappeId)
  let asked = 0
  test.context.mailer = {
    async send() {
      asked++
      return { state: 'failed', answer: 'pas de réponse (ECONNREFUSED)' }
    },
  }
  await deliverDueMails(test.context)
  // Those under way together when the third one failed.
  expect(asked).toBeLessThanOrEqual(6)
  test.context.mailer = { send: async () => ({ state: 'sent' }) }
  await deliverDueMails(test.context)
  const left = (await readMailsOfGrappe(test.context, sound.grappeId)).filter(({ sentAt }) => sentAt === null)
  expect(left).toHaveLength(asked)
})
