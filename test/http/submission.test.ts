/** The deposit and what follows it: its page against the API, bad input, two people at once, who reads it. */
import { eq } from 'drizzle-orm'
import ExcelJS from 'exceljs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { grappes } from '../../schema/tables.ts'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { type ApiClient, START, startApp, type TestApp } from '../support/app.ts'
import { pdf } from '../support/files.ts'
import { createTestGrappe, fictionalFiness, type TestGrappe } from '../support/grappe.ts'
import { type PageClient, signInPorteur } from '../support/page-client.ts'
import { fieldOf, textOf } from '../support/page-text.ts'
import { depositOn, esmsPieces, sealVersion } from '../support/sealed.ts'

interface Done {
  step: string
  on: string
  reference: string | null
  by: string
}
interface Answer {
  revision: number
  place: { name: string } | null
  facts: { label: string; value: string | null }[]
  sealed: { number: number; differs: boolean; missing: object[]; files: { path: string }[] } | null
  steps: { step: string; done: Done | null }[]
  former: Done[]
  doneOn: string | null
  award: { outcome: string; on: string; cents: number | null } | null
  followUps: { id: string; title: string; dueOn: string | null; doneOn: string | null; late: boolean }[]
}

const STEPS = [
  'Créer un compte',
  'Remplir la demande',
  'Transmettre la demande',
  'Recevoir le courriel de confirmation',
]

let test: TestApp
let api: ApiClient
let porteur: PageClient
let grappe: TestGrappe
const at = () => ({ grappe: grappe.grappeId })
const page = () => urlTo('submission', at())
const route = () => fill(API_PATHS.submission, at())
const read = async () => (await api.call<Answer>('GET', route())).body
const act = async (body: object, seen?: number) =>
  await api.call<Answer & { detail: string; fields: Record<string, string> }>('POST', route(), {
    seen: seen ?? (await read()).revision,
    act: body,
  })
const tick = (step: string, on = '2026-06-01', reference: string | null = null) =>
  act({ kind: 'etape', step, done: { on, reference } })

/** Sends a form of the page, with the revision that the page shows. */
async function send(form: string, fields: Record<string, string>) {
  const seen = fieldOf(await porteur.get(page()), 'seen') ?? ''
  const named = Object.entries(fields).map(([name, value]): [string, string] =>
    name.startsWith('@') ? [name.slice(1), value] : [`${form}-${name}`, value],
  )
  return await porteur.submit(page(), [['seen', seen], ['form', form], ...named])
}

beforeAll(async () => {
  test = await startApp()
  api = await test.porteur()
  porteur = await signInPorteur(test)
  grappe = await createTestGrappe(api, 2)
})
afterAll(() => test.close())

describe('what to type and to attach', () => {
  it('tells what the grappe knows, names what it does not, and never invents a field of the place', async () => {
    const { facts, place, sealed } = await read()
    const value = (label: string) => facts.find(each => each.label === label)?.value
    expect(place?.name).toBe('Guichet de démonstration (inventé)')
    expect([value('Nombre d’ESMS'), value('Solution DUI')]).toEqual(['2', 'Éditeur fictif, Dossier Clair'])
    expect(value('SIREN du porteur')).toBeNull()
    expect(sealed).toBeNull()
    const text = textOf(await porteur.get(page()))
    expect(text).toContain('Les champs de ce lieu de dépôt ne sont pas connus de cet outil.')
    expect(text).toContain('SIREN du porteur')
    expect(text).toContain('Aucune version n’est scellée.')
    expect((await porteur.get(page())).html).toMatch(/<textarea[^>]*>EHPAD n° 1\t99/)
  })

  it('gives the files of the last sealed version in order, and warns once the grappe differs', async () => {
    const [first, second] = await esmsPieces(api, grappe.grappeId)
    await depositOn(api, grappe.grappeId, first?.pieceId ?? null, await pdf('une'))
    await sealVersion(test, api, grappe.grappeId)
    const told = await read()
    expect(told.sealed).toMatchObject({ number: 1, differs: false })
    expect(told.sealed?.files.map(({ path }) => path.split('/')[0])).toEqual(['03_ESMS'])
    expect(told.sealed?.missing.length).toBeGreaterThan(0)
    expect(textOf(await porteur.get(page()))).not.toContain('La grappe a changé')

    await depositOn(api, grappe.grappeId, second?.pieceId ?? null, await pdf('deux'))
    expect((await read()).sealed?.differs).toBe(true)
    expect(textOf(await porteur.get(page()))).toMatch(
      /La grappe a changé depuis la version 1\. 1 pièce ajoutée/,
    )
    await sealVersion(test, api, grappe.grappeId)
    const esms = fill(API_PATHS.esms, { ...at(), esms: grappe.esmsIds[0] ?? '' })
    const known = { finess: fictionalFiness(1), ogId: grappe.ogId, domaine: 'PA', projet: 'acquisition' }
    expect((await api.call('PUT', esms, { name: 'EHPAD renommé', ...known })).status).toBe(204)
    expect(textOf(await porteur.get(page()))).toContain('Des faits de membres ont changé')
  })
})

describe('the checklist', () => {
  it('is ticked by the page as by the API, and told in the journal', async () => {
    const ticked = await send('etape-0', {
      '@acte': 'etape',
      '@etape': 'Créer un compte',
      on: '2026-05-30',
      reference: ' PAI <2026> & 17 ',
    })
    expect(ticked.status).toBe(303)
    expect((await tick('Remplir la demande')).status).toBe(200)
    const { steps, doneOn } = await read()
    expect(steps.map(({ step }) => step)).toEqual(STEPS)
    expect(steps[0]?.done).toMatchObject({
      on: '2026-05-30',
      reference: 'PAI <2026> & 17',
      by: 'porteuse@exemple.fr',
    })
    expect([steps[1]?.done?.on, steps[2]?.done, doneOn]).toEqual(['2026-06-01', null, null])
    const text = textOf(await porteur.get(page()))
    expect(text).toContain('2 étapes faites sur 4.')
    expect(textOf(await porteur.get(urlTo('board', at())))).toContain(
      'Version 2 scellée, à déposer : 2 étapes faites sur 4. Dépôt et suites',
    )
    expect(text).toContain('référence « PAI &lt;2026> & 17 »')
    expect(textOf(await porteur.get(urlTo('journal', at())))).toContain(
      'Dépôt (Guichet de démonstration (inventé)), « Créer un compte » : fait le samedi 30 mai 2026',
    )
  })

  it('noted twice is noted once, and never over what somebody else noted meanwhile', async () => {
    const { revision } = await read()
    const same = { kind: 'etape', step: 'Remplir la demande', done: { on: '2026-06-01', reference: null } }
    const twice = await act(same, revision - 1)
    expect([twice.status, twice.body.revision]).toEqual([200, revision])
    const other = { ...same, done: { on: '2026-05-31', reference: null } }
    const stale = await act(other, revision - 1)
    expect([stale.status, stale.body.detail]).toEqual([
      409,
      expect.stringContaining('le dépôt et ses suites'),
    ])
    expect((await read()).steps[1]?.done?.on).toBe('2026-06-01')
  })

  it('is unticked, and tells when every step is done', async () => {
    await send('etape-1', { '@acte': 'etape-annulee', '@etape': 'Remplir la demande' })
    expect((await read()).steps[1]?.done).toBeNull()
    for (const step of STEPS.slice(1)) await tick(step)
    expect((await read()).doneOn).toBe('2026-06-01')
    expect(textOf(await porteur.get(page()))).toContain(
      'Toutes les étapes sont faites, la dernière le lundi 1er juin 2026.',
    )
    expect(textOf(await porteur.get(urlTo('board', at())))).not.toContain('à déposer :')
  })

  it('refuses a day to come, one that does not exist and a reference without end, beside their fields', async () => {
    const before = await read()
    for (const [on, message] of [
      ['2026-06-02', 'Ce jour est à venir : écrivez celui où ce fut fait.'],
      ['2026-02-31', 'Écrivez un jour qui existe, comme 2027-03-31.'],
      ['', 'Écrivez un jour qui existe, comme 2027-03-31.'],
    ]) {
      const refused = await send('etape-0', { '@acte': 'etape', '@etape': 'Créer un compte', on: on ?? '' })
      expect(refused.status).toBe(422)
      expect(textOf(refused)).toContain(message)
      expect(refused.html).toContain('href="#etape-0-on"')
      expect((await tick('Créer un compte', on)).status).toBe(422)
    }
    const long = await send('etape-0', {
      '@acte': 'etape',
      '@etape': 'Créer un compte',
      on: '2026-06-01',
      reference: 'x'.repeat(20_000),
    })
    expect([long.status, textOf(long)]).toEqual([422, expect.stringContaining('200 caractères au plus')])
    expect(
      await act({ kind: 'etape', step: 'Inventée', done: { on: '2026-06-01', reference: null } }),
    ).toMatchObject({
      status: 422,
    })
    expect((await porteur.submit(page(), { acte: 'autre', seen: 'x' })).status).toBe(422)
    expect(await read()).toEqual(before)
  })

  it('keeps what was ticked of a list that changed since, and lets it be unticked', async () => {
    const { db } = test.context
    const [row] = await db.select({ call: grappes.call }).from(grappes).where(eq(grappes.id, grappe.grappeId))
    const call = row?.call as { submission: { steps: string[] } }
    const submission = { ...call.submission, steps: ['Ouvrir un compte', ...STEPS.slice(1)] }
    await db
      .update(grappes)
      .set({ call: { ...call, submission } })
      .where(eq(grappes.id, grappe.grappeId))
    const { steps, former, doneOn } = await read()
    expect([steps[0], doneOn]).toEqual([{ step: 'Ouvrir un compte', done: null }, null])
    expect(former.map(({ step }) => step)).toEqual(['Créer un compte'])
    expect(textOf(await porteur.get(page()))).toContain('Cochées, et plus dans la liste de l’appel')
    await act({ kind: 'etape', step: 'Créer un compte', done: null })
    expect((await read()).former).toEqual([])
  })
})

describe('what follows', () => {
  it('notes the award with its amount as people write it, corrects it and takes it back', async () => {
    const fields = { '@acte': 'resultat', outcome: 'en-partie', on: '2026-05-20', reference: 'Notif. 12' }
    const noted = await send('resultat', { ...fields, cents: '1 234 567,5 €' })
    expect(noted.status).toBe(303)
    expect((await read()).award).toMatchObject({ outcome: 'en-partie', on: '2026-05-20', cents: 123_456_750 })
    expect(textOf(await porteur.get(page()))).toContain(
      'Candidature retenue en partie , le mercredi 20 mai 2026',
    )
    const bad = await send('resultat', { ...fields, outcome: '', cents: 'beaucoup' })
    expect(bad.status).toBe(422)
    expect(textOf(bad)).toContain('Écrivez un montant en euros, comme 1 234,56.')
    expect(textOf(bad)).toContain('Choisissez ce qui vous a été dit.')
    expect(bad.html).toContain('value="beaucoup"')
    await send('resultat', { '@acte': 'resultat-efface' })
    expect((await read()).award).toBeNull()
  })

  it('dates what comes, tells what is late, on the deadlines and in the calendar of the grappe alone', async () => {
    const added = await send('date-nouvelle', {
      '@acte': 'date',
      title: 'Convention signée',
      dueOn: '2026-05-15',
      doneOn: '',
      cents: '',
      reference: '',
    })
    expect(added.status).toBe(303)
    await act({
      kind: 'date',
      id: null,
      date: {
        title: 'Premier versement',
        dueOn: '2026-09-30',
        doneOn: null,
        reference: null,
        cents: 5_000_000,
      },
    })
    const [late, next] = (await read()).followUps
    expect([late?.title, late?.late, next?.late]).toEqual(['Convention signée', true, false])
    const deadlines = textOf(await porteur.get(urlTo('deadlines', at())))
    expect(deadlines).toMatch(/Convention signée Attendu le vendredi 15 mai 2026 en retard/)

    const made = await porteur.submit(urlTo('porteurCalendar', at()))
    const calendar = await porteur.follow(made)
    const feed = /\/agenda\/[\w-]+\/echeances\.ics/.exec(calendar.html)?.[0] ?? ''
    const lines = (await porteur.get(feed)).raw.toString().replace(/\r\n /g, '').replace(/\s+/g, ' ')
    expect(lines).toContain('Après le dépôt : Premier versement')
    expect(lines).toContain('DTSTART;VALUE=DATE:20260930')

    const id = late?.id ?? ''
    await send(`date-${id}`, {
      '@acte': 'date',
      '@date': id,
      title: 'Convention signée',
      dueOn: '2026-05-15',
      doneOn: '2026-05-29',
      cents: '',
      reference: '',
    })
    expect((await read()).followUps[0]).toMatchObject({ doneOn: '2026-05-29', late: false })
    expect((await porteur.get(feed)).raw.toString()).not.toContain('Convention sign')
    await send(`date-${id}`, { '@acte': 'date-retiree', '@date': id })
    expect((await read()).followUps.map(({ title }) => title)).toEqual(['Premier versement'])
  })

  it('of a date of the call, keeps the call’s own words and day', async () => {
    test.setNow('2022-05-02T10:00:00.000Z')
    const made = await api.call<{ id: string }>('POST', API_PATHS.grappes, {
      name: 'Grappe de 2022',
      call: 'nouvelle-aquitaine-2022',
    })
    test.setNow(START)
    const there = fill(API_PATHS.submission, { grappe: made.body.id })
    const { body } = await api.call<Answer>('GET', there)
    expect(body.followUps).toMatchObject([
      { id: 'appel-convention-notifiee', dueOn: '2022-12-30', late: true },
    ])
    const date = { title: 'Autre', dueOn: '2030-01-01', doneOn: '2026-05-01', reference: 'C 1', cents: null }
    const noted = await api.call<Answer>('POST', there, {
      seen: 0,
      act: { kind: 'date', id: 'appel-convention-notifiee', date },
    })
    expect(noted.body.followUps).toMatchObject([
      {
        title: 'Convention entre l’ARS et l’OG notifiée, au plus tard',
        dueOn: '2022-12-30',
        doneOn: '2026-05-01',
      },
    ])
  })
})

describe('whose it is', () => {
  it('is nobody’s but the porteur’s, and is not taken along into a copy', async () => {
    const stranger = await test.porteur('autre@exemple.fr')
    expect((await stranger.call('GET', route())).status).toBe(404)
    expect(
      (await stranger.call('POST', route(), { seen: 0, act: { kind: 'resultat', award: null } })).status,
    ).toBe(404)
    const copied = await api.call<{ id: string }>('POST', fill(API_PATHS.copyGrappe, at()), {
      name: 'La suivante',
      call: 'demonstration',
    })
    const copy = await api.call<Answer>('GET', fill(API_PATHS.submission, { grappe: copied.body.id }))
    expect(copy.body).toMatchObject({ revision: 0, followUps: [], award: null })
    expect(copy.body.steps.every(({ done }) => done === null)).toBe(true)
  })

  it('is neither in a sealed version nor in what the ARS reads', async () => {
    await act({
      kind: 'resultat',
      award: { outcome: 'retenue', on: '2026-05-20', reference: 'SECRET-77', cents: 100 },
    })
    const workbook = new ExcelJS.Workbook()
    await workbook.xlsx.load((await api.call('GET', fill(API_PATHS.dossierXlsx, at()))).raw as never)
    const lines: string[] = []
    workbook.getWorksheet('Dépôt et suites')?.eachRow(row => lines.push(String(row.values)))
    expect(lines.join('\n')).toContain('Candidature retenue,fait')
    expect(lines.join('\n')).toContain('Transmettre la demande')
    expect(lines.join('\n')).toContain('SECRET-77')
    await sealVersion(test, api, grappe.grappeId)
    const handed = await api.call<{ address: string }>('POST', fill(API_PATHS.links, at()), {
      label: 'Instructrice',
    })
    const token = handed.body.address.split('/').at(-1) ?? ''
    const reviewer = test.bearer(token)
    const dossier = await reviewer.call('GET', API_PATHS.arsDossier)
    expect(dossier.status).toBe(200)
    const shown = await porteur.get(urlTo('arsHome', { token }))
    expect(shown.status).toBe(200)
    for (const text of [dossier.raw.toString(), shown.html]) {
      expect(text).not.toContain('SECRET-77')
      expect(text).not.toContain('Premier versement')
    }
    const zip = await reviewer.call('GET', API_PATHS.arsDossierZip)
    expect(zip.raw.includes('SECRET-77')).toBe(false)
  })

  it('is read and not written in a grappe put away', async () => {
    await api.call('POST', fill(API_PATHS.archiveGrappe, at()), { archived: true })
    const archived = await porteur.get(page())
    expect(archived.html).not.toContain('name="acte"')
    const refused = await tick('Transmettre la demande', '2026-05-01')
    expect(refused.status).toBe(409)
    const { body } = await api.call<Answer>('GET', route())
    expect(body.award?.outcome).toBe('retenue')
  })
})
