/** The messages page of a server that sends none: the porteur sends them itself, and says so. */
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mails, ogs } from '../../schema/tables.ts'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { readMailsOfGrappe } from '../../server/steps/access/send-mail.ts'
import { createTestGrappe } from '../support/grappe.ts'
import { type PageClient, signInPorteur } from '../support/page-client.ts'
import { openScene, type Scene } from '../support/scene.ts'

let scene: Scene
let browser: PageClient
let page: string

beforeAll(async () => {
  scene = await openScene()
  browser = await signInPorteur(scene.test)
  page = urlTo('mails', { grappe: scene.grappe.grappeId })
  await scene.at(0)
  scene.test.setNow('2026-06-01T10:01:00.000Z')
  await scene.at(1)
})
afterAll(() => scene.test.close())

const mailsNow = () => readMailsOfGrappe(scene.test.context, scene.grappe.grappeId)
const spaced = (text: string) => text.replace(/[\s\u00A0\u202F]+/g, ' ')
const entities = (text: string) => text.replaceAll('&amp;', '&')

describe('a mail that no server sends', () => {
  it('opens in the porteur’s own mail program, whole', async () => {
    const { html } = await browser.get(page)
    expect(spaced(html)).toContain('2 messages à envoyer')
    const [mail] = await mailsNow()
    const address = /href="(mailto:[^"]+)"/.exec(html)?.[1] ?? ''
    const opened = new URL(entities(address))
    expect(decodeURIComponent(opened.pathname)).toBe(mail?.recipient)
    expect(opened.searchParams.get('subject')).toBe(mail?.subject)
    expect(opened.searchParams.get('body')?.replaceAll('\r\n', '\n')).toBe(mail?.text)
    expect(mail?.text).toContain(mail?.link)
  })

  it('is a file that a mail program opens as a draft, with its link', async () => {
    const [mail] = await mailsNow()
    const at = { grappe: scene.grappe.grappeId, mail: mail?.id ?? '' }
    const draft = await browser.get(urlTo('mailDraft', at))
    expect(draft.headers['content-type']).toBe('message/rfc822')
    expect(draft.headers['content-disposition']).toContain('attachment')
    const text = draft.raw.toString('latin1')
    expect(text).toContain('X-Unsent: 1\r\n')
    expect(text).toContain(`To: ${mail?.recipient}\r\n`)
    expect(text).not.toMatch(/^From:/m)
    const unfolded = text.replace(/=\r\n/g, '').replaceAll('=3D', '=')
    expect(unfolded).toContain(mail?.link)
  })

  it('comes with the others in one ZIP, the oldest first', async () => {
    const zip = await browser.get(urlTo('mailDrafts', { grappe: scene.grappe.grappeId }))
    expect(zip.status).toBe(200)
    // Each name stands twice: before its bytes, and in the list at the end.
    const names = zip.raw.toString('latin1').match(/\d{3}_[\w@.-]+\.eml/g) ?? []
    expect([...new Set(names)]).toEqual(['001_contact1@exemple.fr.eml', '002_contact2@exemple.fr.eml'])
  })

  it('is noted as sent by hand, and taken back, each in the journal', async () => {
    const [mail] = await mailsNow()
    const mark = async (envoye: string) => {
      await browser.get(page)
      const answer = await browser.submit(urlTo('markMails', { grappe: scene.grappe.grappeId }), [
        ['mail', mail?.id ?? ''],
        ['envoye', envoye],
      ])
      return spaced((await browser.follow(answer)).html)
    }
    const sent = await mark('oui')
    expect(sent).toContain('1 message noté comme envoyé.')
    expect(sent).toContain('1 message à envoyer')
    expect((await mailsNow())[0]).toMatchObject({ sentAt: null, handSentAt: '2026-06-01T10:01:00.000Z' })
    expect(await mark('oui')).toContain('Rien n’a changé')
    const journal = await browser.get(urlTo('journal', { grappe: scene.grappe.grappeId }))
    expect(spaced(journal.html)).toContain(`Message envoyé à la main à ${mail?.recipient}.`)

    expect(await mark('non')).toContain('1 message remis à envoyer.')
    expect((await mailsNow())[0]?.handSentAt).toBeNull()
  })

  it('is noted by no other porteur, and by a program of its own one', async () => {
    const [mail] = await mailsNow()
    const stranger = await signInPorteur(scene.test, 'autre@exemple.fr')
    await stranger.get(urlTo('grappes'))
    const url = urlTo('markMails', { grappe: scene.grappe.grappeId })
    const fields: Array<[string, string]> = [
      ['mail', mail?.id ?? ''],
      ['envoye', 'oui'],
    ]
    expect((await stranger.submit(url, fields)).status).toBe(404)
    const other = await scene.test.porteur('autre@exemple.fr')
    const at = fill(API_PATHS.mail, { grappe: scene.grappe.grappeId, mail: mail?.id ?? '' })
    expect((await other.call('PUT', at, { envoye: true })).status).toBe(404)
    // Nor through a grappe of its own, where it may mark what is there.
    const own = await createTestGrappe(other, 1, 'Autre grappe')
    const through = fill(API_PATHS.mail, { grappe: own.grappeId, mail: mail?.id ?? '' })
    expect((await other.call('PUT', through, { envoye: true })).status).toBe(404)
    expect((await mailsNow())[0]?.handSentAt).toBeNull()

    const noted = await scene.porteur.call<{ handSentAt: string }>('PUT', at, { envoye: true })
    expect(noted.body.handSentAt).toBe('2026-06-01T10:01:00.000Z')
  })

  it('taken by a mail server since, stays sent by it', async () => {
    const { db } = scene.test.context
    const [mail] = await mailsNow()
    const sentAt = new Date('2026-06-01T09:00:00Z')
    await db
      .update(mails)
      .set({ sentAt, handSentAt: null })
      .where(eq(mails.id, mail?.id ?? ''))
    const at = fill(API_PATHS.mail, { grappe: scene.grappe.grappeId, mail: mail?.id ?? '' })
    const noted = await scene.porteur.call<{ handSentAt: string | null }>('PUT', at, { envoye: true })
    expect(noted.body.handSentAt).toBeNull()
  })
})

describe('who writes', () => {
  it('is said at the end of each mail, with a name and a telephone once they are known', async () => {
    const before = await browser.get(page)
    expect(spaced(before.html)).toContain('Vos messages sont signés sans nom ni téléphone')
    expect(before.html).toContain(urlTo('editOg', { grappe: scene.grappe.grappeId, og: scene.grappe.ogId }))
    const [unnamed] = await mailsNow()
    expect(spaced(unnamed?.text ?? '')).toContain(
      'Votre contact : Association Les Oliviers, porteur de la grappe « Grappe d’essai » ' +
        'E-mail : porteuse@exemple.fr',
    )

    await scene.test.context.db
      .update(ogs)
      .set({ contactName: 'Claire <Martin>', contactPhone: '04 95 00 00 00' })
      .where(eq(ogs.id, scene.grappe.ogId))
    await scene.at(2)
    const named = (await mailsNow()).find(({ recipient }) => recipient === 'contact3@exemple.fr')
    expect(spaced(named?.text ?? '')).toContain('Votre contact : Claire <Martin>, Association Les Oliviers,')
    expect(spaced(named?.text ?? '')).toContain('Téléphone : 04 95 00 00 00')
    expect(named?.html).toContain('Claire &lt;Martin&gt;')
    expect(spaced((await browser.get(page)).html)).not.toContain('sont signés sans')
  })
})
