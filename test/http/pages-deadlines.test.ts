import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { urlTo } from '../../schema/urls.ts'
import { readMailsOfGrappe } from '../../server/steps/access/send-mail.ts'
import { START, startApp, type TestApp } from '../support/app.ts'
import { form, pdf } from '../support/files.ts'
import { fieldsOf } from '../support/form-fields.ts'
import { createTestGrappe, type TestGrappe } from '../support/grappe.ts'
import { openBrowser, type PageClient, signInPorteur } from '../support/page-client.ts'
import { textOf } from '../support/page-text.ts'

const CLOSED = '2026-07-17T08:00:00.000Z'

let test: TestApp
let grappe: TestGrappe
let porteur: PageClient
beforeEach(async () => {
  test = await startApp()
  grappe = await createTestGrappe(await test.porteur(), 2)
  porteur = await signInPorteur(test)
})
afterEach(() => test.close())

const page = () => urlTo('deadlines', { grappe: grappe.grappeId })
const mails = () => readMailsOfGrappe(test.context, grappe.grappeId)

async function grant(fields: Record<string, string>) {
  await porteur.get(page())
  return await porteur.submit(urlTo('grantExtension', { grappe: grappe.grappeId }), {
    'delai-membre': '',
    'delai-piece': '',
    'delai-jour': '2026-07-10',
    'delai-motif': 'Panne de réseau',
    ...fields,
  })
}

async function reopen(fields: Record<string, string>) {
  await porteur.get(page())
  return await porteur.submit(urlTo('reopenPiece', { grappe: grappe.grappeId }), {
    'reouverture-membre': `esms:${grappe.esmsIds[0]}`,
    'reouverture-piece': 'etat-des-lieux',
    'reouverture-jour': '2026-07-20',
    'reouverture-motif': 'Scan à refaire',
    ...fields,
  })
}

async function memberPage(recipient: string) {
  const mail = (await mails()).find(each => each.recipient === recipient)
  return { member: openBrowser(test), home: new URL(mail?.link ?? '').pathname, mail }
}

describe('a delay', () => {
  it('moves the last day of one member, which is mailed why and sees it on its page', async () => {
    const granted = await grant({ 'delai-membre': `esms:${grappe.esmsIds[0]}` })
    expect(textOf(await porteur.follow(granted))).toMatch(
      /Délai accordé : 1 pièce concernée, 1 message écrit/,
    )
    expect((await mails()).map(({ recipient }) => recipient)).toEqual(['contact1@exemple.fr'])
    const { member, home, mail } = await memberPage('contact1@exemple.fr')
    expect(mail?.text).toContain('> Panne de réseau')
    const shown = textOf(await member.get(home))
    expect(shown).toContain(
      'Délai accordé jusqu’au vendredi 10 juillet 2026 à 23 h 59. Motif : Panne de réseau',
    )
    test.setNow('2026-07-05T10:00:00.000Z')
    expect(textOf(await member.get(home))).not.toContain('en retard')
    test.setNow('2026-07-11T10:00:00.000Z')
    expect(textOf(await member.get(home))).toContain('en retard')
  })

  it.each([
    [{ 'delai-jour': '2026-07-17' }, 'Un délai va au plus jusqu’à la clôture de l’appel'],
    [{ 'delai-jour': '2026-06-20' }, 'Ce délai ne changerait rien'],
    [{ 'delai-jour': '2026-05-20' }, 'Ce jour est déjà passé'],
    [{ 'delai-jour': '2026-02-31' }, 'Indiquez un jour'],
    [{ 'delai-motif': '  ' }, 'Indiquez le motif'],
    [{ 'delai-membre': 'esms:00000000-0000-0000-0000-000000000000' }, 'n’existe pas'],
  ])('%j is refused with a sentence, and what was typed stays', async (fields, sentence) => {
    const refused = await grant(fields)
    expect(refused.status).toBe(422)
    expect(textOf(refused)).toContain(sentence)
    expect(await mails()).toEqual([])
  })
})

describe('a piece reopened after the closing', () => {
  it('takes a deposit of its owner alone, until its last day, and says why', async () => {
    expect(textOf(await reopen({}))).toContain('rien n’est à rouvrir avant')
    test.setNow(CLOSED)
    porteur = await signInPorteur(test)
    const choices =
      (await porteur.get(page())).html.split('id="reouverture-piece"')[1]?.split('</select>')[0] ?? ''
    const codes = [...choices.matchAll(/value="([^"]+)"/g)].flatMap(([, code]) => code ?? [])
    let opened = 0
    for (const code of codes) {
      const answer = await reopen({ 'reouverture-piece': code })
      if (answer.status === 303) opened += 1
    }
    expect(opened).toBeGreaterThan(0)
    const { member, home, mail } = await memberPage('contact1@exemple.fr')
    expect(mail?.subject).toContain('Dépôt rouvert')
    const shown = await member.get(home)
    expect(textOf(shown)).toContain(
      'Dépôt rouvert jusqu’au lundi 20 juillet 2026 à 23 h 59. Motif : Scan à refaire',
    )
    const path = /href="(\/esms\/[^"]+\/pieces\/[^"]+)"/.exec(shown.html)?.[1] ?? ''
    const deposit = async () => member.upload(path, form([{ name: 'a.pdf', bytes: await pdf('a') }]))
    expect((await deposit()).status).toBe(303)
    test.setNow('2026-07-20T21:59:59.000Z')
    expect((await deposit()).status).toBe(303)
    test.setNow('2026-07-20T22:00:00.000Z')
    const late = await deposit()
    expect(late.status).toBe(409)
    expect(textOf(late)).toContain('L’appel est clos')
    porteur = await signInPorteur(test)
    expect(textOf(await porteur.get(page()))).toMatch(/EHPAD n° 1 .* réouverture .* Scan à refaire/)
  })
})

describe('a date moved for everybody', () => {
  it('is the call’s closing or a piece’s own, told in the journal, and refused when it makes no sense', async () => {
    await porteur.get(page())
    const url = urlTo('moveDeadline', { grappe: grappe.grappeId })
    const move = async (fields: Record<string, string>) => {
      const told = await porteur.submit(url, { 'date-dapres': 'Avis de l’ARS du 2 juin', ...fields })
      return told.status === 200 ? await porteur.submit(url, fieldsOf(told, url)) : told
    }
    expect((await move({ 'date-piece': '', 'date-jour': '2026-07-31' })).status).toBe(303)
    expect(textOf(await porteur.get(page()))).toContain('L’appel ferme le vendredi 31 juillet 2026')
    expect(textOf(await move({ 'date-piece': '', 'date-jour': '' }))).toContain('Indiquez le jour de clôture')
    expect(textOf(await move({ 'date-piece': '', 'date-jour': '2020-01-01' }))).toContain('L’appel ouvre le')
    const told = await move({ 'date-piece': '@ouverture', 'date-jour': '2026-05-01' })
    expect(textOf(await porteur.follow(told))).toMatch(
      /Ouverture de l’appel : vendredi 1er mai 2026 \(avant : .+\)\. Personne n’est prévenu aussitôt/,
    )
    expect(textOf(await move({ 'date-piece': '@ouverture', 'date-jour': '2027-01-01' }))).toContain(
      'L’appel ferme le vendredi 31 juillet 2026 : choisissez un jour plus tôt.',
    )
    const journal = textOf(await porteur.get(urlTo('journal', { grappe: grappe.grappeId })))
    expect(journal).toContain(
      'Clôture de l’appel : vendredi 31 juillet 2026 (avant : jeudi 16 juillet 2026), d’après : Avis de l’ARS du 2 juin.',
    )
  })

  it('closing the call at once says so before it is done, and to how many', async () => {
    test.setNow('2026-06-25T10:00:00.000Z')
    porteur = await signInPorteur(test)
    await porteur.get(page())
    const close = { 'date-piece': '', 'date-jour': '2026-06-24', 'date-dapres': 'Message de l’ARS' }
    const url = urlTo('moveDeadline', { grappe: grappe.grappeId })
    const asked = await porteur.submit(url, close)
    expect(asked.status).toBe(200)
    expect(textOf(asked)).toContain('jeudi 16 juillet 2026 → mercredi 24 juin 2026')
    expect(textOf(asked)).toMatch(/\d pièces? obligatoires? (sera|seront) en retard aussitôt/)
    expect(textOf(asked)).toContain('Plus personne ne pourra déposer')
    expect(textOf(asked)).toContain('Les relances s’arrêtent tant que personne ne peut déposer.')
    expect(textOf(asked)).not.toContain('prochaines relances suivront')
    expect(textOf(await porteur.get(page()))).toContain('L’appel ferme le jeudi 16 juillet 2026')
    const closed = await porteur.submit(url, fieldsOf(asked, url))
    expect(textOf(await porteur.follow(closed))).toContain(
      'Clôture de l’appel : mercredi 24 juin 2026 (avant : jeudi 16 juillet 2026).',
    )
    test.setNow(START)
  })
})
