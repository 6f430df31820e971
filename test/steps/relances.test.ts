import { eq, sql } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { grappes } from '../../schema/tables.ts'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { deliverDueMails, readMailsOfGrappe } from '../../server/steps/access/send-mail.ts'
import { alertDeposits } from '../../server/steps/collection/alert-deposits.ts'
import { refreshWaitingRelances, sendDueRelances } from '../../server/steps/collection/send-relances.ts'
import { sendWeeklyDigests } from '../../server/steps/collection/weekly-digest.ts'
import { eraseDue } from '../../server/steps/erasure/erase-due.ts'
import { startApp, type TestApp } from '../support/app.ts'
import { form, pdf } from '../support/files.ts'
import { createTestGrappe, type TestGrappe } from '../support/grappe.ts'
import { type MailServer, startMailServer } from '../support/mail-server.ts'
import { openBrowser, type PageClient, signInPorteur } from '../support/page-client.ts'
import { textOf } from '../support/page-text.ts'

let test: TestApp
let smtp: MailServer
let grappe: TestGrappe
beforeEach(async () => {
  smtp = await startMailServer()
  test = await startApp({ SMTP_URL: smtp.url })
  // On Monday 1 June 2026: what members owe is due on Wednesday 1 July, the demonstration closes on Thursday 16 July.
  grappe = await createTestGrappe(await test.porteur(), 2)
})
afterEach(async () => {
  await test.close()
  await smtp.close()
})

async function at(instant: string): Promise<void> {
  test.setNow(instant)
  await sendDueRelances(test.context)
  await refreshWaitingRelances(test.context)
  await deliverDueMails(test.context)
}

/** With plain spaces, where French has some that do not break. */
const mailsTo = async (email: string) =>
  (await readMailsOfGrappe(test.context, grappe.grappeId))
    .filter(({ recipient }) => recipient === email)
    .map(mail => ({
      ...mail,
      subject: mail.subject.replaceAll('\u00A0', ' '),
      text: mail.text.replaceAll('\u00A0', ' '),
      html: mail.html?.replaceAll('\u00A0', ' '),
    }))

/** The page of the person's own link, as the last mail gives it. */
async function openLink(email: string): Promise<{ browser: PageClient; token: string; paths: string[] }> {
  const [mail] = await mailsTo(email)
  const token = /\/esms\/([\w-]{43})/.exec(mail?.text ?? '')?.[1] ?? ''
  const paths = [...(mail?.text.matchAll(/\/esms\/[\w-]{43}\/pieces\/[0-9a-f-]{36}/g) ?? [])].map(
    ([path]) => path,
  )
  return { browser: openBrowser(test), token, paths: [...new Set(paths)] }
}

async function depositAll(email: string): Promise<number> {
  const { browser, paths } = await openLink(email)
  for (const path of paths) {
    const sent = await browser.upload(path, form([{ name: 'piece.pdf', bytes: await pdf(path) }]))
    expect(sent.status).toBe(303)
  }
  return paths.length
}

/** Notes every answer, so that only pieces are left to ask for. */
async function answerAll(): Promise<void> {
  const api = await test.porteur()
  const codes = ['sans-fonds-europeens', 'pas-deux-fois', 'pas-deux-dui', 'acquisition-non-contractee']
  const answers = grappe.esmsIds.flatMap(esmsId => codes.map(code => ({ esmsId, code, answer: true })))
  await api.call('PUT', fill(API_PATHS.declarations, { grappe: grappe.grappeId }), answers)
}

describe('reminders before the last day', () => {
  it('leave at nine on the due days alone, once a day whatever is run again', async () => {
    await at('2026-07-01T06:59:00.000Z')
    expect(smtp.received).toHaveLength(0)
    await at('2026-07-01T07:00:00.000Z')
    expect(smtp.received.map(({ to }) => to).toSorted()).toEqual([
      'contact1@exemple.fr',
      'contact2@exemple.fr',
    ])
    await at('2026-07-01T07:05:00.000Z')
    await at('2026-07-01T20:00:00.000Z')
    await at('2026-07-02T08:00:00.000Z')
    expect(smtp.received).toHaveLength(2)
    await at('2026-07-09T07:00:00.000Z')
    // J-2 is the holiday of 14 July: the Monday before.
    await at('2026-07-13T07:00:00.000Z')
    await at('2026-07-14T07:00:00.000Z')
    await at('2026-07-16T07:00:00.000Z')
    const subjects = (await mailsTo('contact1@exemple.fr')).map(({ subject }) => subject).toReversed()
    expect(subjects).toHaveLength(4)
    expect(subjects[0]).toBe('Dernier jour : 1 pièce à déposer – Grappe d’essai')
    expect(subjects[1]).toBe('D’ici le jeudi 16 juillet 2026 : 1 pièce à déposer – Grappe d’essai')
    expect(subjects[2]).toMatch(/^Plus que 3 jours : /)
    expect(subjects[3]).toMatch(/^Dernier jour : /)
    await at('2026-07-17T07:00:00.000Z')
    expect(smtp.received).toHaveLength(8)
  })

  it('are not sent again when the clock goes back, and only what is due when it jumps ahead', async () => {
    await at('2026-07-16T08:00:00.000Z')
    expect(smtp.received).toHaveLength(2)
    await at('2026-07-16T07:00:00.000Z')
    await at('2026-07-15T08:00:00.000Z')
    await at('2026-07-16T09:00:00.000Z')
    expect(smtp.received).toHaveLength(2)
    await at('2026-08-20T08:00:00.000Z')
    expect(smtp.received).toHaveLength(2)
  })

  it('are one mail for a person who answers for several establishments, each piece with its own link', async () => {
    const api = await test.porteur()
    const [first = '', second = ''] = grappe.esmsIds
    for (const [esms, order] of [
      [first, 1],
      [second, 2],
    ] as const) {
      const at = fill(API_PATHS.esms, { grappe: grappe.grappeId, esms })
      const saved = await api.call('PUT', at, {
        name: `EHPAD n° ${order}`,
        ogId: grappe.ogId,
        contactEmail: 'Commune@exemple.fr',
      })
      expect(saved.status).toBeLessThan(300)
    }
    await at('2026-07-01T07:00:00.000Z')
    expect(smtp.received.map(({ to }) => to)).toEqual(['commune@exemple.fr'])
    const [mail] = await mailsTo('commune@exemple.fr')
    expect(mail?.text).toContain('– EHPAD n° 1')
    expect(mail?.text).toContain('– EHPAD n° 2')
    const { browser, paths } = await openLink('commune@exemple.fr')
    for (const path of paths) expect((await browser.get(path)).status).toBe(200)
  })

  it('say nothing once all is in, and give the motive of what was refused', async () => {
    await answerAll()
    await at('2026-07-01T07:00:00.000Z')
    const deposited = await depositAll('contact1@exemple.fr')
    expect(deposited).toBeGreaterThan(0)
    await at('2026-07-09T07:00:00.000Z')
    expect(smtp.received.filter(({ to }) => to === 'contact1@exemple.fr')).toHaveLength(1)

    const api = await test.porteur()
    const { paths } = await openLink('contact1@exemple.fr')
    const pieceId = paths[0]?.split('/').at(-1) ?? ''
    const piece = await api.call<{ versions: { id: string }[] }>(
      'GET',
      fill(API_PATHS.piece, { grappe: grappe.grappeId, piece: pieceId }),
    )
    await api.call('POST', fill(API_PATHS.decision, { grappe: grappe.grappeId, piece: pieceId }), {
      versionId: piece.body.versions[0]?.id,
      decision: 'refusee',
      motive: 'Page 2 <illisible> & tachée',
    })
    await at('2026-07-13T07:00:00.000Z')
    const [mail] = await mailsTo('contact1@exemple.fr')
    expect(mail?.subject).toBe('Plus que 3 jours : 1 pièce à corriger – Grappe d’essai')
    expect(mail?.text).toContain('À corriger : « Page 2 <illisible> & tachée »')
    expect(mail?.html).toContain('Page 2 &lt;illisible&gt; &amp; tachée')
  })

  it('that a mail server kept waiting is taken back when all was deposited meanwhile', async () => {
    smtp.mood = { do: 'refuse', code: 451 }
    await at('2026-07-01T07:00:00.000Z')
    expect(await mailsTo('contact1@exemple.fr')).toMatchObject([{ sentAt: null, bouncedAt: null }])
    await depositAll('contact1@exemple.fr')
    smtp.mood = { do: 'accept' }
    await at('2026-07-01T09:00:00.000Z')
    const reminders = async (email: string) =>
      (await mailsTo(email)).filter(({ subject, sentAt }) => /^Dernier jour/.test(subject) && sentAt !== null)
    expect(await reminders('contact1@exemple.fr')).toEqual([])
    expect(await reminders('contact2@exemple.fr')).toHaveLength(1)
  })

  it('that never left are replaced by the next one: nobody receives both', async () => {
    smtp.mood = { do: 'refuse', code: 451 }
    await at('2026-07-09T07:00:00.000Z')
    smtp.mood = { do: 'accept' }
    await at('2026-07-13T07:00:00.000Z')
    expect(smtp.received.map(({ to }) => to).toSorted()).toEqual([
      'contact1@exemple.fr',
      'contact2@exemple.fr',
    ])
  })
})

describe('a round over several grappes', () => {
  it('writes those of the others when one cannot be written, and its own at the next round', async () => {
    const porteur = await test.porteur()
    const others: TestGrappe[] = []
    for (const name of ['Avant', 'Illisible', 'Entre', 'Après']) {
      others.push(await createTestGrappe(porteur, 2, name))
    }
    const [unread = grappe] = others.splice(1, 1)
    const { db } = test.context
    // What is stored of one, and the mail of another, are at fault once five of them are written together.
    const sharing =
      (await db.select().from(grappes).where(eq(grappes.id, unread.grappeId)))[0]?.sharing ?? null
    await db.update(grappes).set({ sharing: 'illisible' }).where(eq(grappes.id, unread.grappeId))
    await db.execute(sql`create function refuse_mail() returns trigger language plpgsql as
      $$ begin raise exception 'panne'; end $$`)
    await db.execute(
      sql.raw(`create trigger refusing before insert on mails for each row
        when (new.grappe_id = '${grappe.grappeId}') execute function refuse_mail()`),
    )
    test.setNow('2026-07-01T07:00:00.000Z')
    const fault = await sendDueRelances(test.context).then(
      () => '',
      (told: Error) => told.message,
    )
    expect([`Grappe ${grappe.grappeId}`, `Grappe ${unread.grappeId}`]).toContain(fault)
    const writtenIn = async (all: readonly TestGrappe[]) =>
      await Promise.all(all.map(async each => (await readMailsOfGrappe(test.context, each.grappeId)).length))
    expect(await writtenIn([grappe, unread])).toEqual([0, 0])
    expect(await writtenIn(others)).toEqual([2, 2, 2])
    await db.execute(sql`drop trigger refusing on mails`)
    await db.update(grappes).set({ sharing }).where(eq(grappes.id, unread.grappeId))
    await at('2026-07-01T07:05:00.000Z')
    expect(await writtenIn([grappe, unread, ...others])).toEqual([2, 2, 2, 2, 2])
    expect(smtp.received).toHaveLength(10)
  })

  it('opens no grappe in which nothing changed and nothing came due', async () => {
    const { context } = test
    const round = async () => {
      await sendDueRelances(context)
      await sendWeeklyDigests(context)
      await eraseDue(context)
    }
    test.setNow('2026-06-08T07:00:00.000Z')
    await round()
    // What was written made a revision of its own.
    await round()
    const asked: string[] = []
    context.database.tellSlowStatements(0, text => asked.push(text))
    test.setNow('2026-06-08T07:05:00.000Z')
    await round()
    expect(asked).toHaveLength(3)
    context.database.tellSlowStatements(Number.POSITIVE_INFINITY, () => {})
    // The next Monday is a week of its own.
    test.setNow('2026-06-15T07:00:00.000Z')
    await round()
    const digests = (await mailsTo('porteuse@exemple.fr')).filter(({ subject }) => /semaine/i.test(subject))
    expect(digests).toHaveLength(2)
  })
})

describe('a server stopped over a due day', () => {
  /** Lines of the journal about reminders, the newest first. */
  const told = async () => {
    const page = textOf(await (await signInPorteur(test)).get(urlTo('journal', { grappe: grappe.grappeId })))
    return page.replaceAll('\u00A0', ' ')
  }

  it('sends the reminder once it is back, once, at nine and on a working day, and says when it was due', async () => {
    // What members owe is due on 1 July: J-7 is Wednesday 24 June.
    await at('2026-06-23T08:00:00.000Z')
    await at('2026-06-25T05:00:00.000Z')
    expect(smtp.received).toHaveLength(0)
    await at('2026-06-25T07:00:00.000Z')
    await at('2026-06-25T07:05:00.000Z')
    await at('2026-06-26T08:00:00.000Z')
    expect(smtp.received.map(({ to }) => to).toSorted()).toEqual([
      'contact1@exemple.fr',
      'contact2@exemple.fr',
    ])
    const [mail] = await mailsTo('contact1@exemple.fr')
    expect(mail?.text.replace(/\s+/g, ' ')).toContain(
      'mercredi 1er juillet 2026 à 23 h 59, il reste 6 jours.',
    )
    expect(await told()).toContain('contact1@exemple.fr (J-7 du mercredi 24 juin 2026, en retard')
    const porteur = await signInPorteur(test)
    expect(textOf(await porteur.get(urlTo('relances', { grappe: grappe.grappeId })))).toContain(
      'prévue le mercredi 24 juin 2026',
    )
    // By hand on the same day, nobody receives a second one.
    test.setNow('2026-06-25T12:00:00.000Z')
    const by = await signInPorteur(test)
    const page = await by.get(urlTo('relances', { grappe: grappe.grappeId }))
    expect(textOf(page)).not.toContain('Relancer les 2 personnes')
  })

  it('waits for Monday when it is back on a Saturday', async () => {
    await at('2026-07-08T08:00:00.000Z')
    // Thursday 9 July was J-7 of the closing.
    await at('2026-07-11T08:00:00.000Z')
    await at('2026-07-12T08:00:00.000Z')
    expect(smtp.received).toHaveLength(0)
    // Monday is J-2, which stands for it.
    await at('2026-07-13T08:00:00.000Z')
    await at('2026-07-13T09:00:00.000Z')
    expect(smtp.received).toHaveLength(2)
    expect(await told()).toContain('(J-7 du jeudi 9 juillet 2026, une relance plus récente la remplace)')
  })

  it('sends the last of two that it missed, and tells the other', async () => {
    await at('2026-06-15T08:00:00.000Z')
    await at('2026-06-26T08:00:00.000Z')
    expect(smtp.received).toHaveLength(2)
    const journal = await told()
    expect(journal).toContain('contact1@exemple.fr (J-15 du mardi 16 juin 2026, une relance plus récente')
    expect(journal).toContain('contact1@exemple.fr (J-7 du mercredi 24 juin 2026, en retard')
    await at('2026-06-26T08:05:00.000Z')
    expect((await told()).match(/J-15 du mardi 16 juin/g)).toHaveLength(2)
  })

  it('sends nothing once the last day is over or the piece is there, and says so', async () => {
    await answerAll()
    await at('2026-07-09T08:00:00.000Z')
    expect(smtp.received).toHaveLength(2)
    // J-2 is Monday 13; back on Wednesday before nine, one of them deposits at once.
    test.setNow('2026-07-15T05:30:00.000Z')
    await depositAll('contact1@exemple.fr')
    await at('2026-07-15T08:00:00.000Z')
    const reminded = async (email: string) =>
      (await mailsTo(email)).filter(({ subject }) => !subject.startsWith('Accusé')).length
    expect([await reminded('contact1@exemple.fr'), await reminded('contact2@exemple.fr')]).toEqual([1, 2])
    expect(await told()).toContain(
      'contact1@exemple.fr (J-2 du lundi 13 juillet 2026, tout est arrivé depuis)',
    )
    // Closed on 16 July, the last day, while the server is away.
    await at('2026-07-17T08:00:00.000Z')
    await at('2026-07-17T08:05:00.000Z')
    expect([await reminded('contact1@exemple.fr'), await reminded('contact2@exemple.fr')]).toEqual([1, 2])
    const journal = await told()
    expect(
      journal.match(/contact2@exemple.fr \(J-0 du jeudi 16 juillet 2026, la date limite est passée\)/g),
    ).toHaveLength(1)
    expect(journal).not.toContain('contact1@exemple.fr (J-0')
  })

  it('misses nothing while reminders are paused or the grappe is put away', async () => {
    await at('2026-06-23T08:00:00.000Z')
    const porteur = await test.porteur()
    await porteur.call('POST', fill(API_PATHS.archiveGrappe, { grappe: grappe.grappeId }), { archived: true })
    await at('2026-06-23T09:00:00.000Z')
    await at('2026-06-25T08:00:00.000Z')
    await porteur.call('POST', fill(API_PATHS.archiveGrappe, { grappe: grappe.grappeId }), {
      archived: false,
    })
    await at('2026-06-25T09:00:00.000Z')
    await at('2026-06-26T09:00:00.000Z')
    expect(smtp.received).toHaveLength(0)
    expect(await told()).not.toContain('J-7 du')
  })
})

describe('the page of reminders', () => {
  it('shows the very mails of the next date, and what then leaves is the same', async () => {
    const porteur = await signInPorteur(test)
    const url = urlTo('relances', { grappe: grappe.grappeId })
    const page = textOf(await porteur.get(url))
    expect(page).toContain('mardi 16 juin 2026 à partir de 9 h 00 , 2 messages')
    await at('2026-06-16T07:00:00.000Z')
    const [mail] = await mailsTo('contact1@exemple.fr')
    expect(page).toContain(mail?.subject)
    expect(page).toContain(`Dernier jour : mercredi 1er juillet 2026 à 23 h 59, il reste 15 jours.`)
    expect(mail?.text.replace(/\s+/g, ' ')).toContain(
      'mercredi 1er juillet 2026 à 23 h 59, il reste 15 jours.',
    )
  })

  it('puts the porteur’s words first, pauses, resumes, and sends by hand once a day', async () => {
    test.setNow('2026-07-09T06:00:00.000Z')
    const porteur = await signInPorteur(test)
    const url = urlTo('relances', { grappe: grappe.grappeId })
    await porteur.get(url)
    await porteur.submit(urlTo('saveRelances', { grappe: grappe.grappeId }), {
      j7: 'oui',
      texte: 'Courage !',
    })
    await porteur.submit(urlTo('pauseRelances', { grappe: grappe.grappeId }), { pause: 'oui' })
    await at('2026-07-09T07:00:00.000Z')
    expect(smtp.received).toHaveLength(0)

    const send = urlTo('sendRelances', { grappe: grappe.grappeId })
    const one = await porteur.submit(send, { email: 'contact1@exemple.fr' })
    expect(textOf(await porteur.follow(one))).toContain('1 relance écrite à contact1@exemple.fr.')
    // Everybody at once is shown first: who is written to, and who was today already.
    const asked = textOf(await porteur.get(send))
    expect(asked).toContain('Relancer 1 personne ?')
    expect(asked).toContain('contact2@exemple.fr')
    expect(asked).not.toContain('contact1@exemple.fr')
    expect(asked).toContain(
      'Un message parti ne se reprend pas. Qui a déjà été relancé aujourd’hui n’en recevra pas d’autre (1).',
    )
    const again = await porteur.submit(send, { email: 'contact1@exemple.fr' })
    expect(again.status).toBe(409)
    expect(textOf(again)).toContain('une personne n’en reçoit qu’une par jour')
    await porteur.get(url)
    await porteur.submit(urlTo('pauseRelances', { grappe: grappe.grappeId }), { pause: 'non' })
    await at('2026-07-09T08:00:00.000Z')
    expect(smtp.received.map(({ to }) => to).toSorted()).toEqual([
      'contact1@exemple.fr',
      'contact2@exemple.fr',
    ])
    expect((await mailsTo('contact1@exemple.fr'))[0]?.text).toContain('> Courage !')

    const page = textOf(await porteur.get(url))
    expect(page).toMatch(/contact1@exemple.fr à la main .*envoyé/)
    expect(page).toMatch(/contact2@exemple.fr J-7 .*envoyé/)
    expect(textOf(await porteur.get(urlTo('journal', { grappe: grappe.grappeId })))).toContain(
      'Relance écrite à contact1@exemple.fr (manuelle',
    )
  })

  it('shows an address that the mail server refuses, and why', async () => {
    smtp.mood = { do: 'refuse', code: 550 }
    await at('2026-07-01T07:00:00.000Z')
    const porteur = await signInPorteur(test)
    const page = textOf(await porteur.get(urlTo('relances', { grappe: grappe.grappeId })))
    expect(page).toMatch(/Messages qui n’arrivent pas .*contact1@exemple.fr .*adresse refusée/)
    smtp.mood = { do: 'accept' }
    await at('2026-07-01T12:00:00.000Z')
    expect(smtp.received).toHaveLength(0)
  })
})

describe('what the porteur is told', () => {
  it('is one alert for a batch of deposits, once it is quiet', async () => {
    await at('2026-07-01T07:00:00.000Z')
    const deposited = await depositAll('contact1@exemple.fr')
    await alertDeposits(test.context)
    expect(await mailsTo('porteuse@exemple.fr')).toEqual([])
    test.setNow('2026-07-01T07:11:00.000Z')
    await alertDeposits(test.context)
    await alertDeposits(test.context)
    const alerts = await mailsTo('porteuse@exemple.fr')
    expect(alerts.map(({ subject }) => subject)).toEqual([
      `${deposited} pièce${deposited === 1 ? '' : 's'} déposée${deposited === 1 ? '' : 's'} par EHPAD n° 1 – Grappe d’essai`,
    ])
    expect(alerts[0]?.text).toContain(urlTo('board', { grappe: grappe.grappeId }))
  })

  it('is a digest on Monday at nine, once a week, while something is missing', async () => {
    for (const instant of [
      '2026-06-08T06:00:00.000Z',
      '2026-06-08T07:00:00.000Z',
      '2026-06-08T07:05:00.000Z',
      '2026-06-10T07:00:00.000Z',
      '2026-06-15T07:00:00.000Z',
    ]) {
      test.setNow(instant)
      await sendWeeklyDigests(test.context)
    }
    const digests = await mailsTo('porteuse@exemple.fr')
    expect(digests).toHaveLength(2)
    expect(digests[0]?.text.replaceAll('\u00a0', ' ')).toMatch(/\d+ questions sans réponse/)
    expect(digests[0]?.subject).toMatch(
      /^Votre semaine : \d+ pièces manquantes, \d+ questions sans réponse, il reste 16 jours – Grappe d’essai$/,
    )
  })
})
