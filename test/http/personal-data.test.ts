/** Data about people, on the pages: the register, how long, what holds, one person’s copy and erasure, deletion. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { codes, columnMappings, erasedGrappes, grappes, links, mails, sessions } from '../../schema/tables.ts'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { runRgpd } from '../../scripts/rgpd.ts'
import { KEPT_DAYS } from '../../server/domain/erasure.ts'
import { DEFAULT_MONTHS } from '../../server/domain/retention.ts'
import { listJobs } from '../../server/jobs.ts'
import { linkOfPerson } from '../../server/steps/access/people.ts'
import { deliverDueMails } from '../../server/steps/access/send-mail.ts'
import { sweepExpired } from '../../server/steps/erasure/sweep-expired.ts'
import { verifyJournals } from '../../server/steps/read/journal-chain.ts'
import { START } from '../support/app.ts'
import { pdf } from '../support/files.ts'
import { type MailServer, startMailServer } from '../support/mail-server.ts'
import {
  lastCode,
  openBrowser,
  type PageClient,
  signInPorteur,
  submitWithCode,
} from '../support/page-client.ts'
import { textOf } from '../support/page-text.ts'
import { openScene, type Scene } from '../support/scene.ts'
import { depositOn } from '../support/sealed.ts'

let smtp: MailServer
let scene: Scene
let office: PageClient
let grappe: string
let token: string
const CLAIRE = 'claire.martin@exemple.fr'

const later = (days: number) =>
  scene.test.setNow(new Date(Date.parse(START) + days * 86_400_000).toISOString())

/** Wherever the person is still written, but for what must stay. */
async function tablesNaming(text: string): Promise<string[]> {
  const { db } = scene.test.context
  const ask = async <Row>(statement: string) =>
    ((await db.execute(sql.raw(statement))) as unknown as { rows: Row[] }).rows
  const tables = await ask<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = 'public'`,
  )
  const naming: string[] = []
  for (const { name } of tables) {
    const [row] = await ask<{ n: number }>(
      `select count(*)::int as n from "${name}" t where position('${text}' in row_to_json(t)::text) > 0`,
    )
    if (row !== undefined && row.n > 0) naming.push(name)
  }
  return naming
}

beforeAll(async () => {
  smtp = await startMailServer()
  scene = await openScene({
    SMTP_URL: smtp.url,
    DATA_CONTACT: 'donnees@hebergeur.example',
    BACKUPS_KEPT_DAYS: '90',
  })
  const { test, porteur, grappe: made } = scene
  grappe = made.grappeId
  office = await signInPorteur(test)
  const contacts = fill(API_PATHS.contacts, { grappe })
  const added = await porteur.call('POST', contacts, {
    owner: { kind: 'esms', id: made.esmsIds[0] },
    name: 'Claire Martin',
    email: CLAIRE,
    phone: '06 01 02 03 04',
  })
  expect(added.status).toBe(201)
  const label = 'Claire Martin'
  const { address } = await linkOfPerson(test.context.db, test.context, {
    grappeId: grappe,
    email: CLAIRE,
    label,
  })
  token = address.split('/').at(-1) ?? ''
  const own = test.bearer(token)
  const [piece] = (await own.call<{ pieces: Array<{ pieceId: string }> }>('GET', API_PATHS.memberPieces)).body
    .pieces
  await own.call('POST', fill(API_PATHS.memberThread, { piece: piece?.pieceId ?? '' }), { text: 'Bonjour' })
  await depositOn(porteur, grappe, piece?.pieceId ?? '', await pdf('dépôt'))
  await deliverDueMails(test.context)
})
afterAll(async () => {
  await scene.test.close()
  await smtp.close()
})

describe('the register', () => {
  it('is led to from every page, and tells the numbers that the jobs use', async () => {
    const home = await openBrowser(scene.test).get(urlTo('home'))
    expect(home.html).toContain(`href="${urlTo('personalData')}"`)
    const page = textOf(await openBrowser(scene.test).get(urlTo('personalData')))
    expect(page).toContain(`à défaut ${DEFAULT_MONTHS} mois après la clôture`)
    expect(page).toContain(`${KEPT_DAYS.link} jours après leur fin`)
    expect(page).toContain('90 jours')
    expect(page).toContain('donnees@hebergeur.example')
  })

  it('is kept to: what is over goes after that many days, and not before', async () => {
    const { db } = scene.test.context
    const counts = async () => ({
      sessions: await db.$count(sessions),
      signIn: await db.$count(links, sql`kind = 'connexion'`),
      mails: await db.$count(mails, sql`grappe_id is null`),
      codes: await db.$count(codes),
      columns: await db.$count(columnMappings),
    })
    await office.get(urlTo('apiAccess'))
    await office.submit(urlTo('apiAccess'), { label: 'Essai' })
    await deliverDueMails(scene.test.context)
    const before = await counts()
    expect(before).toMatchObject({ codes: 1, sessions: 1 })
    await sweepExpired(scene.test.context)
    expect(await counts()).toEqual(before)
    later(31)
    await sweepExpired(scene.test.context)
    expect(await counts()).toEqual({ sessions: 0, signIn: 0, mails: 0, codes: 0, columns: 0 })
    later(0)
    office = await signInPorteur(scene.test)
  })
})

describe('how long a grappe is kept', () => {
  it('is the porteur’s to say, and the member reads it', async () => {
    const url = urlTo('retention', { grappe })
    expect(textOf(await office.get(url))).toContain('proposée par grappe-kit')
    const wrong = await office.submit(url, { mois: 'deux' })
    expect([wrong.status, textOf(wrong)]).toEqual([422, expect.stringContaining('nombre entier de mois')])
    const kept = await office.follow(await office.submit(url, { mois: '12' }))
    expect(textOf(kept)).toContain('choisie par le porteur')
    const home = textOf(await openBrowser(scene.test).get(urlTo('memberHome', { token })))
    expect(home).toMatch(/Effacement prévu le \w+ \d+(er)? \S+ 2027/)
  })

  it('is held, with a motive, and then no deletion is taken', async () => {
    const [url, page] = [urlTo('holdErasure', { grappe }), urlTo('retention', { grappe })]
    await office.get(page)
    expect((await office.submit(url, { motif: '' })).status).toBe(422)
    const held = await office.follow(await office.submit(url, { motif: 'Contrôle de la chambre' }))
    expect(textOf(held)).toContain('Contrôle de la chambre')
    expect(held.html).not.toContain(`action="${urlTo('deleteGrappe', { grappe })}"`)
    const home = textOf(await openBrowser(scene.test).get(urlTo('memberHome', { token })))
    expect(home).toContain('L’effacement est suspendu par le porteur')
    expect(home).not.toContain('Contrôle de la chambre')
    const refused = await submitWithCode(scene.test, office, urlTo('deleteGrappe', { grappe }), {})
    expect([refused.status, textOf(refused)]).toEqual([409, expect.stringContaining('Levez d’abord')])
    await office.get(page)
    await office.submit(url, { acte: 'lever' })
  })
})

describe('the journal', () => {
  it('is exported with its proof from its page', async () => {
    const page = await office.get(urlTo('journal', { grappe }))
    expect(page.html).toContain(urlTo('journalExport', { grappe }))
    const file = await office.get(urlTo('journalExport', { grappe }))
    expect(file.headers['content-disposition']).toContain('.ndjson')
    const lines = file.html.trim().split('\n')
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ grappeId: grappe, hash: expect.any(String) })
  })
})

describe('one person', () => {
  it('gets a copy of its data on its link, by a code', async () => {
    later(0.01)
    const visitor = openBrowser(scene.test)
    const url = urlTo('memberData', { token })
    await visitor.get(url)
    const asked = await visitor.submit(url)
    expect(textOf(asked)).toContain(`Un code à six chiffres part à ${CLAIRE}`)
    const copy = await visitor.submit(url, { code: await lastCode(scene.test) })
    expect(copy.headers['content-disposition']).toContain('mes-donnees.json')
    const data = JSON.parse(copy.html)
    expect(data).toMatchObject({
      email: CLAIRE,
      grappes: [
        {
          names: ['Claire Martin'],
          contacts: [{ name: 'Claire Martin', email: CLAIRE, phone: expect.stringContaining('06') }],
          links: [expect.objectContaining({ kind: 'personne' })],
          signed: { 'Échanges, comme auteur': [expect.objectContaining({ text: 'Bonjour' })] },
        },
      ],
    })
    expect(data.grappes[0].journal.length).toBeGreaterThan(0)
    expect(copy.html).not.toContain(token)
  })

  it('is shown to the porteur place by place, then erased, and the journal still holds', async () => {
    const url = urlTo('personData', { grappe })
    expect(textOf(await office.get(`${url}?adresse=personne`))).toContain('adresse e-mail n’est pas complète')
    expect(textOf(await office.get(`${url}?adresse=inconnue@exemple.fr`))).toContain('Rien dans cette grappe')
    const shown = textOf(await office.get(`${url}?adresse=${CLAIRE}`))
    expect(shown).toContain('Fiches de contact')
    expect(shown).toContain('Lignes du journal')
    const done = await office.follow(await office.submit(url, { adresse: CLAIRE }))
    expect(textOf(done)).toContain('effacement fait')
    expect([await tablesNaming(CLAIRE), await tablesNaming('Claire Martin')]).toEqual([[], []])
    const journal = textOf(await office.get(urlTo('journal', { grappe })))
    expect(journal).toContain('Contenu effacé')
    expect(journal).toContain('Données d’une personne effacées')
    for await (const { grappeId, brokenAt, erased } of verifyJournals(scene.test.context.db)) {
      if (grappeId === grappe) expect([brokenAt, erased > 0]).toEqual([null, true])
    }
    expect((await openBrowser(scene.test).get(urlTo('memberHome', { token }))).status).toBe(410)
    const dossier = await office.get(urlTo('dossier', { grappe }))
    expect(dossier.status).toBe(200)
  })

  it('who acts for the porteur is not erased that way', async () => {
    const url = urlTo('personData', { grappe })
    await office.get(url)
    const refused = await office.submit(url, { adresse: 'porteuse@exemple.fr' })
    expect([refused.status, textOf(refused)]).toEqual([422, expect.stringContaining('agit pour le porteur')])
  })

  it('is exported and erased by a command too', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'grappe-kit-rgpd-'))
    const { context, config } = scene.test
    const command = async (...args: string[]) => {
      const out = new PassThrough()
      const given = { database: context, now: () => context.now() }
      const code = await runRgpd(args, config, { out, err: out }, given)
      return { code, text: String(out.read() ?? '').replaceAll('\u00a0', ' ') }
    }
    const to = join(folder, 'copie.json')
    expect((await command('export', '--email', 'contact2@exemple.fr', '--to', to)).code).toBe(0)
    expect(JSON.parse(await readFile(to, 'utf8')).grappes).toHaveLength(1)
    const told = await command('erase', '--email', 'contact2@exemple.fr')
    expect(told.text).toContain('Rien n’a été effacé')
    expect(await tablesNaming('contact2@exemple.fr')).not.toEqual([])
    expect((await command('erase', '--email', 'contact2@exemple.fr', '--oui')).code).toBe(0)
    expect(await tablesNaming('contact2@exemple.fr')).toEqual([])
    expect((await command('erase')).text).toContain('Usage')
    await rm(folder, { recursive: true })
  })
})

describe('the deletion of a grappe', () => {
  it('asks for a code, is told by mail, is cancelled, then done thirty days later', async () => {
    const [url, page] = [urlTo('deleteGrappe', { grappe }), urlTo('retention', { grappe })]
    later(0.02)
    office = await signInPorteur(scene.test)
    await office.get(page)
    const asked = await office.submit(url, { acte: 'demander' })
    expect(textOf(asked)).toContain('Confirmez que c’est vous')
    const done = await office.follow(await office.submit(url, { code: await lastCode(scene.test) }))
    expect(textOf(done)).toContain('Suppression demandée')
    await deliverDueMails(scene.test.context)
    const told = smtp.received.filter(
      ({ to, source }) => to === 'porteuse@exemple.fr' && /Suppression/.test(source),
    )
    expect(told.length).toBeGreaterThan(0)
    await office.submit(url, { acte: 'annuler' })
    const job = listJobs(scene.test.context).find(({ name }) => name === 'conservation')
    later(40)
    await job?.run()
    expect(await scene.test.context.db.$count(grappes)).toBe(1)
    later(41)
    office = await signInPorteur(scene.test)
    await office.get(page)
    await submitWithCode(scene.test, office, url, { acte: 'demander' })
    later(70)
    await job?.run()
    expect(await scene.test.context.db.$count(grappes)).toBe(1)
    later(72)
    await job?.run()
    expect(await scene.test.context.db.$count(grappes)).toBe(0)
    expect(await scene.test.context.db.select().from(erasedGrappes)).toMatchObject([{ cause: 'suppression' }])
  })
})
