/** The governance: its page, the form of each part against the API, two people at once, bad input, the feed. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import {
  GOVERNANCE_PARTS,
  type Governance,
  type GovernancePart,
  type Meeting,
} from '../../server/domain/governance/governance.ts'
import { openMemberScope } from '../../server/steps/access/member-scope.ts'
import { kitOfLink } from '../../server/steps/collection/hand-out-kit.ts'
import { type ApiClient, startApp, type TestApp } from '../support/app.ts'
import { HARD_WORDS, hardGovernance, lineId } from '../support/governance.ts'
import { createTestGrappe, type TestGrappe } from '../support/grappe.ts'
import { openBrowser, type PageClient, signInPorteur } from '../support/page-client.ts'
import { answersIn, textOf } from '../support/page-text.ts'
import { unzip } from '../support/unzip.ts'

interface Answer {
  known: { esms: number; ogs: number }
  parts: Governance
  timeline: {
    title: string
    done: boolean
    items: { label: string; done: boolean | null; place: string }[]
  }[]
}

let test: TestApp
let api: ApiClient
let porteur: PageClient
let grappe: TestGrappe
const at = () => ({ grappe: grappe.grappeId })
const page = () => urlTo('governance', at())
const partPage = (chapter: GovernancePart) => urlTo('governancePart', { ...at(), chapter })
const route = () => fill(API_PATHS.governance, at())
const read = async () => (await api.call<Answer>('GET', route())).body
const put = async <Body = Governance>(part: GovernancePart, value: unknown, seen?: number) => {
  const revision = seen ?? (await read()).parts[part].revision
  return await api.call<Body>('PUT', route(), { seen: revision, part, value })
}

beforeAll(async () => {
  test = await startApp()
  api = await test.porteur()
  porteur = await signInPorteur(test)
  grappe = await createTestGrappe(api, 2)
})
afterAll(() => test.close())

/** What the form that holds this field sends as it is shown: several go to the same address. */
async function shownIn(url: string, field: string, action: string) {
  const shown = await porteur.get(url)
  const form = shown.html.split('<form').find(each => each.includes(`name="${field}"`)) ?? ''
  return answersIn({ html: `<form class="call-form"${form}` }, action)
}

/** Which field each form has alone. */
const OWN_FIELDS: Readonly<Record<GovernancePart, string>> = {
  identite: 'public',
  forme: 'form',
  roles: 'kind',
  copil: 'object',
  risques: 'title',
  facteurs: 'finalite.level',
  decisions: 'what',
}

async function send(part: GovernancePart, changes: Record<string, string>, line = '') {
  const url = partPage(part)
  const form = await shownIn(line === '' ? url : `${url}?ligne=${line}`, OWN_FIELDS[part], url)
  const kept = form.filter(([name]) => !(name in changes))
  return await porteur.submit(url, [...kept, ...Object.entries(changes)])
}

const fresh = async () => {
  grappe = await createTestGrappe(api, 2)
}

describe('each part', () => {
  it('is empty at first, and its page says where it is filled', async () => {
    await fresh()
    const shown = await porteur.get(page())
    expect(shown.status).toBe(200)
    for (const part of GOVERNANCE_PARTS) {
      expect(shown.html).toContain(`href="${partPage(part)}"`)
      expect((await porteur.get(partPage(part))).status).toBe(200)
    }
    expect(textOf(shown)).toContain('Établissements partenaires 2 ESMS, 1 OG')
    expect((await porteur.get(urlTo('documents', at()))).html).toContain(`href="${page()}"`)
    expect((await porteur.get(`${page()}/autre`)).status).toBe(404)
  })

  it.each<[GovernancePart, Record<string, string>, unknown]>([
    [
      'identite',
      { public: 'Enfants & adultes\r\nà domicile', objet: 'Choisir ensemble' },
      {
        ...{ public: 'Enfants & adultes\nà domicile', objet: 'Choisir ensemble' },
        ...{ personnes: null, entree: null, gouvernance: null },
      },
    ],
    ['forme', { form: 'gie', basis: 'COPIL du 3 mars' }, { form: 'gie', basis: 'COPIL du 3 mars' }],
    [
      'facteurs',
      { 'choix.level': 'en-cours', 'choix.next': 'Voter' },
      {
        ...Object.fromEntries(
          ['finalite', 'droits', 'roles', 'representation', 'risques'].map(code => [
            code,
            { level: null, next: null },
          ]),
        ),
        choix: { level: 'en-cours', next: 'Voter' },
      },
    ],
  ])('%s is kept by its form as by the API', async (part, typed, value) => {
    await fresh()
    expect((await send(part, typed)).status).toBe(303)
    const { parts } = await read()
    expect(parts[part]).toEqual({ revision: 1, value })
    const again = await put(part, value)
    expect([again.status, again.body[part].revision]).toEqual([200, 1])
    expect((await send(part, {})).status).toBe(303)
    expect((await read()).parts[part].revision).toBe(1)
  })

  it.each<[GovernancePart, Record<string, string>, object]>([
    [
      'roles',
      { kind: 'amoa', name: 'Camille', contact: '04 00' },
      { kind: 'amoa', name: 'Camille', position: null, contact: '04 00', ogId: null },
    ],
    [
      'copil',
      { day: '2026-07-01', time: '14:30', object: 'Lancement' },
      {
        ...{ day: '2026-07-01', time: '14:30', place: null, object: 'Lancement' },
        ...{ guests: 'ARS et GRADeS', state: 'prevue', decided: null, sequence: 0 },
      },
    ],
    [
      'risques',
      { title: 'Un incendie', answer: 'Sauvegarder' },
      { known: null, title: 'Un incendie', owner: null, answer: 'Sauvegarder', state: 'a-traiter' },
    ],
    [
      'decisions',
      { day: '2026-06-01', what: 'Oui', by: 'COPIL', manner: 'unanimite', 'votes.pour': '4' },
      {
        ...{ day: '2026-06-01', what: 'Oui', by: 'COPIL', manner: 'unanimite' },
        votes: { pour: 4, contre: 0, abstention: 0 },
      },
    ],
  ])('%s takes a line, once whatever the clicks, changes it and takes it out', async (part, typed, line) => {
    await fresh()
    const form = await shownIn(partPage(part), OWN_FIELDS[part], partPage(part))
    const sent = [...form.filter(([name]) => !(name in typed)), ...Object.entries(typed)]
    const twice = [await porteur.submit(partPage(part), sent), await porteur.submit(partPage(part), sent)]
    expect(twice.map(({ status }) => status)).toEqual([303, 303])
    const { parts } = await read()
    const [kept] = parts[part].value as unknown as { id: string }[]
    expect(parts[part]).toEqual({ revision: 1, value: [{ id: kept?.id, ...line }] })

    const words = OWN_FIELDS[part] === 'kind' ? 'name' : OWN_FIELDS[part]
    expect((await send(part, { [words]: 'Autrement' }, kept?.id)).status).toBe(303)
    expect((await read()).parts[part].value).toMatchObject([{ id: kept?.id, [words]: 'Autrement' }])
    expect(textOf(await porteur.get(page()))).toContain('Autrement')

    const url = `${partPage(part)}?ligne=${kept?.id}`
    const removal = await shownIn(url, 'acte" value="retirer', partPage(part))
    expect((await porteur.submit(partPage(part), removal)).status).toBe(303)
    expect((await read()).parts[part]).toEqual({ revision: 3, value: [] })
    const journal = textOf(await porteur.get(urlTo('journal', at())))
    expect(journal).toContain('ajout')
    expect(journal).toContain('retrait')
  })
})

describe('two people at once', () => {
  it('in two parts do not meet; in one, the second is told and replaces nothing in silence', async () => {
    await fresh()
    const { roles } = hardGovernance([])
    const mine = await shownIn(partPage('roles'), 'kind', partPage('roles'))
    expect((await put('forme', { form: 'gcs', basis: null })).status).toBe(200)
    expect((await put('roles', roles, 0)).status).toBe(200)
    const typed = [
      ...mine.filter(([name]) => !['kind', 'name'].includes(name)),
      ['kind', 'amoa'],
      ['name', 'Ève'],
    ]
    const refused = await porteur.submit(partPage('roles'), typed as [string, string][])
    expect(refused.status).toBe(422)
    expect(textOf(refused)).toContain('ont changé depuis : les rôles')
    expect(refused.html).toContain('value="Ève"')
    expect((await read()).parts.roles.value).toEqual(roles)
    const stale = await put<{ detail: string }>('roles', [], 0)
    expect([stale.status, stale.body.detail]).toEqual([409, expect.stringContaining('les rôles')])
    const form = refused.html.split('<form').find(each => each.includes('name="kind"')) ?? ''
    const again = answersIn({ html: `<form class="call-form"${form}` }, partPage('roles'))
    expect((await porteur.submit(partPage('roles'), again)).status).toBe(303)
    expect((await read()).parts.roles.value.map(({ name }) => name)).toEqual([HARD_WORDS, 'Ève'])
  })
})

describe('what cannot be', () => {
  it.each<[GovernancePart, Record<string, string>, string]>([
    ['identite', { public: 'é'.repeat(20_000) }, 'Raccourcissez ce texte : 1000 caractères au plus.'],
    ['forme', { form: 'autre' }, 'Choisissez une forme de la liste.'],
    ['roles', { kind: 'amoa', name: ' ' }, 'Écrivez le nom de la personne.'],
    ['roles', { kind: '', name: 'Ève' }, 'Choisissez un rôle de la liste.'],
    ['roles', { kind: 'amoa', name: 'È', ogId: lineId(7) }, 'Cet organisme n’est pas dans la grappe.'],
    ['copil', { day: '2026-02-30', object: 'X' }, 'Écrivez un jour qui existe.'],
    ['copil', { day: '2026-07-01', time: '25:00', object: 'X' }, 'Écrivez une heure de 00:00 à 23:59'],
    ['copil', { day: '2027-03-28', time: '02:30', object: 'X' }, 'Cette heure n’existe pas ce jour-là'],
    ['facteurs', { 'droits.level': 'parfait' }, 'Choisissez un niveau de la liste.'],
    [
      'decisions',
      { day: '2026-06-01', what: 'X', by: 'Y', manner: 'unanimite', 'votes.contre': '1' },
      'Une décision prise à l’unanimité n’a pas de voix contre.',
    ],
    [
      'decisions',
      { day: '2026-06-01', what: 'X', by: 'Y', manner: 'majorite', 'votes.pour': '2', 'votes.contre': '2' },
      'À la majorité, il y a plus de voix pour que de voix contre.',
    ],
    [
      'decisions',
      { day: '2026-06-01', what: 'X', by: 'Y', 'votes.pour': 'trois' },
      'Écrivez un nombre de voix',
    ],
  ])(
    'of %s is refused beside its field, as it was typed, and nothing is kept (%#)',
    async (part, typed, told) => {
      const before = await read()
      const refused = await send(part, typed)
      expect(refused.status).toBe(422)
      expect(textOf(refused).replaceAll('\u00a0', ' ')).toContain(told)
      const [, link = ''] = /role="alert"[\s\S]*?href="#([^"]+)"/.exec(refused.html) ?? []
      expect(refused.html).toContain(`id="${link}"`)
      expect(await read()).toEqual(before)
    },
  )

  it('of a list is more than 200 lines, or the same line twice; 200 with hard words are all shown', async () => {
    await fresh()
    const { risques } = hardGovernance([])
    const [first] = risques
    const many = await put<{ fields: object }>('risques', [...risques, { ...first, id: lineId(900) }])
    expect([many.status, Object.values(many.body.fields)[0]]).toEqual([
      422,
      expect.stringContaining('Gardez 200 risques au plus'),
    ])
    const same = await put<{ fields: object }>('risques', [first, first])
    expect(Object.values(same.body.fields)).toEqual(['Deux lignes ont le même identifiant.'])
    expect((await put('risques', risques)).status).toBe(200)
    const shown = await porteur.get(page())
    expect(shown.html).not.toContain('<Cie>')
    expect(textOf(shown)).toContain('=2+2 199')
    const full = await api.call('POST', fill(API_PATHS.governanceRisks, at()), { seen: 1 })
    expect([full.status, (await read()).parts.risques.revision]).toEqual([200, 1])
    // Only those that are known are left out: the act would go beyond what may be kept, and be read again.
    await put(
      'risques',
      risques.map(risk => ({ ...risk, known: null })),
    )
    const beyond = await api.call('POST', fill(API_PATHS.governanceRisks, at()), { seen: 2 })
    expect([beyond.status, (await read()).parts.risques.value.length]).toEqual([422, 200])
    const [meeting] = hardGovernance([]).copil
    const meetings = risques.map(({ id }) => ({ ...meeting, id, day: '2026-05-04' }))
    expect((await put('copil', meetings)).status).toBe(200)
    const proposal = { seen: 1, first: '2026-06-08' }
    const more = await api.call<{ fields: object }>(
      'POST',
      fill(API_PATHS.governanceMeetings, at()),
      proposal,
    )
    expect([more.status, Object.values(more.body.fields)]).toEqual([
      422,
      ['Cela ferait plus de 200 réunions\u00a0: retirez d’abord des anciennes.'],
    ])
  })
})

describe('a référent whose organisme left', () => {
  it('stays, is said to be of one that left, and its line can still be changed', async () => {
    await fresh()
    const og = await api.call<{ id: string }>('POST', fill(API_PATHS.ogs, at()), { name: 'Qui part' })
    const roles = hardGovernance([og.body.id]).roles.slice(1)
    expect((await put('roles', roles)).status).toBe(200)
    expect(textOf(await porteur.get(page()))).toContain('Sans référent noté : Association Les Oliviers.')
    await porteur.get(urlTo('removeOg', { ...at(), og: og.body.id }))
    expect((await porteur.submit(urlTo('removeOg', { ...at(), og: og.body.id }))).status).toBe(303)
    const shown = textOf(await porteur.get(page()))
    expect(shown).toContain('organisme retiré')
    const [line] = roles
    expect((await send('roles', { name: 'Ève' }, line?.id)).status).toBe(303)
    expect((await read()).parts.roles.value).toMatchObject([{ name: 'Ève', ogId: og.body.id }])
  })
})

describe('the COPIL', () => {
  const propose = async (fields: Record<string, string>) => {
    const form = await shownIn(partPage('copil'), 'first', partPage('copil'))
    const kept = form.filter(([name]) => !(name in fields))
    return await porteur.submit(partPage('copil'), [...kept, ...Object.entries(fields)])
  }

  it('is proposed each month until the closing, with ARS and GRADeS, and not twice', async () => {
    await fresh()
    const { body } = await api.call<{ closesOn: string }>('GET', fill(API_PATHS.board, at()))
    expect((await propose({ first: '2026-05-31' })).status).toBe(422)
    expect(textOf(await propose({ first: '2099-01-01' }))).toContain(
      'Ce jour est après la clôture de l’appel.',
    )
    expect(textOf(await propose({ first: '2026-06-31' }))).toContain('Écrivez un jour qui existe.')
    expect((await propose({ first: '2026-06-06', firstTime: '9 h' })).status).toBe(422)
    expect((await propose({ first: '2026-06-06', firstTime: '14:00', firstPlace: 'Siège' })).status).toBe(303)
    const { value } = (await read()).parts.copil
    expect(value[0]).toMatchObject({
      ...{ day: '2026-06-08', time: '14:00', place: 'Siège', guests: 'ARS et GRADeS', state: 'prevue' },
    })
    expect(value.every(({ day }) => day <= (body.closesOn ?? '9999'))).toBe(true)
    const again = await porteur.follow(await propose({ first: '2026-06-06' }))
    expect(textOf(again)).toContain('chaque mois a déjà la sienne')
    const { revision } = (await read()).parts.copil
    const byProgram = await api.call('POST', fill(API_PATHS.governanceMeetings, at()), {
      ...{ seen: revision, first: '2026-06-06' },
    })
    expect([byProgram.status, byProgram.body]).toEqual([200, { added: 0 }])
  })

  it('is in the feeds of all: moved or cancelled it keeps its UID and its SEQUENCE grows', async () => {
    await fresh()
    const [held, cancelled] = hardGovernance([]).copil
    await put('copil', [held, cancelled])
    await porteur.get(urlTo('deadlines', at()))
    const given = await porteur.follow(await porteur.submit(urlTo('porteurCalendar', at())))
    const [, address = ''] = /value="[^"]*(\/agenda\/[^"]+)"/.exec(given.html) ?? []
    const feed = async (url = address) => {
      const { html } = await porteur.get(url)
      const events = html
        .replaceAll('\r\n ', '')
        .split('BEGIN:VEVENT')
        .filter(each => each.includes('-copil-'))
      return new Map(events.map(each => [/UID:\S+-copil-(\S+)@/.exec(each)?.[1] ?? '', each]))
    }
    const before = (await feed()).get(lineId(1)) ?? ''
    expect(before).toContain('DTSTART:20261201T130000Z')
    expect(before).toContain('SEQUENCE:0')
    expect(before).toContain('STATUS:CONFIRMED')
    expect((await feed()).get(lineId(2))).toContain('STATUS:CANCELLED')
    const moved = { ...held, day: '2026-12-02', sequence: 0 } as Meeting
    await put('copil', [moved, cancelled])
    const after = (await feed()).get(lineId(1)) ?? ''
    expect(after).toContain('DTSTART:20261202T130000Z')
    expect(after).toContain('SEQUENCE:1')
    await put('copil', [{ ...moved, state: 'annulee', time: null }, cancelled])
    const gone = (await feed()).get(lineId(1)) ?? ''
    expect(gone).toContain('STATUS:CANCELLED')
    expect(gone).toContain('SEQUENCE:2')
    expect(gone).toContain('DTSTART;VALUE=DATE:20261202')
    expect(gone).not.toContain('BEGIN:VALARM')
  })

  it('is told to a member by its day, place and object, and nothing else of the governance is', async () => {
    await fresh()
    const governance = hardGovernance([grappe.ogId])
    const secret = (text: string) => `SECRET ${text}`
    const meeting = { ...governance.copil[0], place: 'Mairie', decided: secret('décidé') }
    await put('copil', [meeting])
    await put('risques', [{ ...governance.risques[0], title: secret('risque') }])
    await put('roles', [{ ...governance.roles[0], name: secret('rôle') }])
    await put('identite', { ...governance.identite, public: secret('public') })
    const invited = await api.call<{ address: string }[]>('POST', fill(API_PATHS.invitations, at()), {
      esms: grappe.esmsIds[0],
    })
    const token = invited.body[0]?.address.split('/').at(-1) ?? ''
    const browser = openBrowser(test)
    await browser.get(urlTo('memberHome', { token }))
    const given = await browser.follow(await browser.submit(urlTo('memberCalendar', { token })))
    const [, address = ''] = /value="[^"]*(\/agenda\/[^"]+)"/.exec(given.html) ?? []
    const { html: text } = await browser.get(address)
    expect(text).toContain('Mairie')
    expect(text).not.toContain('SECRET')
    expect((await browser.get(urlTo('memberHome', { token }))).html).not.toContain('SECRET')
    const member = await openMemberScope(test.context, token)
    if (!member.ok) throw new Error(member.refusal.code)
    expect(JSON.stringify(await kitOfLink(test.context, member.value))).not.toContain('SECRET')
    expect((await browser.get(page())).status).toBe(303)
    expect((await test.bearer(token).call('GET', route())).status).not.toBe(200)
  })
})

describe('the risks that are known', () => {
  it('are added by one act, once, each with where it comes from, and own ones stay', async () => {
    await fresh()
    await send('risques', { title: 'Un incendie' })
    const act = await shownIn(partPage('risques'), 'acte" value="connus', partPage('risques'))
    const sent = [
      await porteur.submit(partPage('risques'), act),
      await porteur.submit(partPage('risques'), act),
    ]
    expect(sent.map(({ status }) => status)).toEqual([303, 303])
    const { value } = (await read()).parts.risques
    expect(value.map(({ known }) => known)).toEqual([
      ...[null, 'depart', 'attentes', 'desengagement', 'editeurs', 'dirigeants', 'debit'],
    ])
    expect((await send('risques', { answer: 'Préavis' }, value[1]?.id)).status).toBe(303)
    expect((await read()).parts.risques.value[1]).toMatchObject({ known: 'depart', answer: 'Préavis' })
    const shown = await porteur.get(partPage('risques'))
    expect(textOf(shown)).toContain(
      'D’après les documents du programme ESMS numérique, pour les risques connus.',
    )
    expect(shown.html).not.toContain('Ajouter les risques connus')
  })
})

describe('the documents of the grappe', () => {
  const documentOf = async (model: string) => {
    const { raw } = await api.call('GET', fill(API_PATHS.kitDocument, { ...at(), owner: 'grappe', model }))
    return ((await unzip(raw)).get('word/document.xml')?.toString('utf8') ?? '').replace(/<[^>]+>/g, '')
  }

  it('say what is missing, with the page that fills it, then what was written', async () => {
    await fresh()
    const lacking = await porteur.get(urlTo('documents', at()))
    expect(lacking.html).toContain(`href="${partPage('roles')}"`)
    expect(textOf(lacking)).toContain('Gouvernance, les rôles : rôles et personnes')
    expect(await documentOf('note-cadrage')).toContain('[à compléter\u00a0: rôles et personnes]')
    expect(await documentOf('convention-partenariat')).toContain('Cochez une seule forme')

    const blank = await porteur.get(urlTo('identityPdf', at()))
    const governance = hardGovernance([grappe.ogId])
    for (const part of GOVERNANCE_PARTS) await put(part, governance[part])
    const note = await documentOf('note-cadrage')
    expect(note).toContain('Référent 0')
    expect(note).toContain('mardi 1er décembre 2026 à 14\u00a0h')
    expect(note).not.toContain('Annulée')
    expect(note).toContain('à la majorité (3 pour, 1 contre, 0 abstention)')
    const convention = await documentOf('convention-partenariat')
    expect(convention).toContain('La coopération prend la forme que voici\u00a0: GCSMS')
    expect(convention).toContain('Le groupement a ses propres instances')
    expect(convention).not.toContain('GIE (')
    expect(await documentOf('fiche-identite')).toContain('Accord de tous')
    const printed = await porteur.get(urlTo('identityPdf', at()))
    expect(printed.headers['content-disposition']).toContain('attachment')
    expect(printed.raw.subarray(0, 5).toString()).toBe('%PDF-')
    expect(printed.raw.equals(blank.raw)).toBe(false)
    // The same card twice is the same file, by the page and by program.
    expect((await api.call('GET', fill(API_PATHS.identityPdf, at()))).raw.equals(printed.raw)).toBe(true)
    expect(await documentOf('presentation-grappe')).toContain('Choisir ensemble')
    const after = textOf(await porteur.get(urlTo('documents', at())))
    expect(after).not.toContain('rôles et personnes')
  })
})

describe('the four steps', () => {
  it('are on the page as in the API, each undone thing with the place where it is done', async () => {
    await fresh()
    const shown = await porteur.get(page())
    const { timeline, known } = await read()
    expect(known).toMatchObject({ esms: 2, ogs: 1 })
    for (const { title, items } of timeline) {
      expect(textOf(shown)).toContain(title)
      for (const { label } of items) expect(textOf(shown)).toContain(label)
    }
    const frise = shown.html.slice(shown.html.indexOf('id="frise"'), shown.html.indexOf('id="identite"'))
    const undone = timeline.flatMap(({ items }) => items).filter(({ done }) => done === false)
    expect(frise.match(/<a href=/g)?.length).toBe(undone.length)
    for (const [, href = ''] of frise.matchAll(/<a href="([^"]+)"/g))
      expect((await porteur.get(href)).status).toBe(200)
  })
})

it('an archived grappe keeps its governance as it is', async () => {
  await fresh()
  await put('forme', { form: 'gie', basis: null })
  await porteur.get(urlTo('grappeSettings', at()))
  await porteur.submit(urlTo('archiveGrappe', at()), { archiver: 'oui' })
  const refused = await put<{ title: string }>('forme', { form: null, basis: null })
  expect([refused.status, refused.body.title]).toEqual([409, expect.stringMatching(/archiv/i)])
  const shown = await porteur.get(page())
  expect(textOf(shown)).toContain('GIE')
  expect(shown.html).not.toContain('>Changer<')
  expect((await porteur.get(partPage('forme'))).html).not.toContain('Enregistrer')
})
