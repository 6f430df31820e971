import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import type { HandedLink } from '../../server/domain/link.ts'
import { readMailsOfGrappe } from '../../server/steps/access/send-mail.ts'
import { listLinks } from '../../server/steps/collection/list-links.ts'
import { START, startApp, type TestApp } from '../support/app.ts'
import { createTestGrappe } from '../support/grappe.ts'
import { type PageClient, signInPorteur } from '../support/page-client.ts'
import { fieldOf, textOf } from '../support/page-text.ts'

let test: TestApp
let porteur: PageClient
beforeAll(async () => {
  test = await startApp()
  porteur = await signInPorteur(test)
})
afterAll(() => test.close())

async function grappeOf(members: number) {
  const { grappeId, ogId, esmsIds } = await createTestGrappe(await test.porteur(), members)
  const url = urlTo('invitations', { grappe: grappeId })
  await porteur.get(url)
  return { grappe: grappeId, og: ogId, esms: esmsIds[0] ?? '', url }
}

async function onlyLink(grappe: string): Promise<HandedLink> {
  const [link, ...others] = await listLinks(test.context, grappe)
  if (link === undefined || others.length > 0) throw new Error(`${others.length + 1} links instead of one`)
  return link
}

describe('the links of members', () => {
  it('gives a member its link, mails it, shows it to be copied with its end and its last use', async () => {
    const { grappe, esms, url } = await grappeOf(1)
    const invited = await porteur.submit(url, { kind: 'esms', id: esms })
    const page = await porteur.follow(invited)
    const text = textOf(page)
    expect(text).toContain(
      'Le lien de « contact1@exemple.fr » est prêt : 1 message écrit dans l’onglet Messages pour contact1@exemple.fr.',
    )
    expect(text).toMatch(/jamais ouvert Message écrit le .*, pas encore envoyé\./)
    expect(text).toContain('Valable jusqu’au samedi 28 novembre 2026 à 11 h 00.')
    const { address } = await onlyLink(grappe)
    expect(page.html).toContain(`value="${address}"`)
    expect((await readMailsOfGrappe(test.context, grappe))[0]?.recipient).toBe('contact1@exemple.fr')
    expect((await test.app.inject({ url: new URL(address ?? '').pathname })).statusCode).toBe(200)
  })

  it('keeps the same link when the member is invited again', async () => {
    const { grappe, esms, url } = await grappeOf(1)
    await porteur.submit(url, { kind: 'esms', id: esms })
    const twice = await porteur.submit(url, { kind: 'esms', id: esms })
    expect(textOf(await porteur.follow(twice))).toContain('un message vient déjà d’être écrit pour contact1')
    expect(await readMailsOfGrappe(test.context, grappe)).toHaveLength(1)
    test.setNow('2026-06-01T10:05:00.000Z')
    await porteur.submit(url, { kind: 'esms', id: esms })
    test.setNow(START)
    await onlyLink(grappe)
    expect(await readMailsOfGrappe(test.context, grappe)).toHaveLength(2)
  })

  it('creates the link of an OG without e-mail, to be copied', async () => {
    const { grappe, og, url } = await grappeOf(1)
    const invited = await porteur.submit(url, { kind: 'og', id: og })
    expect(textOf(await porteur.follow(invited))).toContain(
      'Le lien de « Association Les Oliviers » est prêt : copiez-le pour le lui donner.',
    )
    expect(await readMailsOfGrappe(test.context, grappe)).toEqual([])
  })

  it('invites everybody at once, and says before what it will do', async () => {
    const { grappe, url } = await grappeOf(3)
    expect(textOf(await porteur.get(url))).toContain('Ce bouton créera 3 liens et écrira 3 messages')
    const invited = await porteur.submit(urlTo('inviteAll', { grappe }))
    const page = textOf(await porteur.follow(invited))
    expect(page).toContain('3 liens prêts, 3 messages écrits dans l’onglet Messages.')
    expect(page).toContain('Tous ceux qui déposent ont déjà leur lien.')
    // Whoever has a link is left in peace, unless ticked.
    const again = await porteur.submit(urlTo('inviteAll', { grappe }))
    expect(textOf(await porteur.follow(again))).toContain(
      'Tous avaient déjà leur lien : rien n’a été envoyé.',
    )
    expect(await readMailsOfGrappe(test.context, grappe)).toHaveLength(3)
    const atOnce = await porteur.submit(urlTo('inviteAll', { grappe }), { aussi: 'oui' })
    expect(textOf(await porteur.follow(atOnce))).toMatch(
      /3 liens prêts\. Un message venait déjà d’être écrit pour 3 personnes\s: pas d’autre\./,
    )
    test.setNow('2026-06-01T10:05:00.000Z')
    const ticked = await porteur.submit(urlTo('inviteAll', { grappe }), { aussi: 'oui' })
    test.setNow(START)
    expect(textOf(await porteur.follow(ticked))).toContain('3 messages écrits')
    expect(await readMailsOfGrappe(test.context, grappe)).toHaveLength(6)
    expect(textOf(await porteur.get(urlTo('members', { grappe }))).match(/ actif /g)).toHaveLength(3)
  })

  it('asks before revoking a link, which then opens nothing and is listed apart', async () => {
    const { grappe, esms, url } = await grappeOf(1)
    await porteur.submit(url, { kind: 'esms', id: esms })
    const { id, address } = await onlyLink(grappe)
    const revoke = urlTo('revokeLink', { grappe, link: id })
    expect(textOf(await porteur.get(revoke))).toMatch(
      /Le lien cessera de fonctionner aussitôt.* On y dépose pour 1 membre\. Il n’a jamais servi\./,
    )
    expect((await onlyLink(grappe)).revokedAt).toBeNull()
    const page = textOf(await porteur.follow(await porteur.submit(revoke)))
    expect(page).toContain('Le lien de « contact1@exemple.fr » est révoqué : il ne fonctionne plus.')
    expect(page).toMatch(/Liens révoqués ou expirés .*contact1@exemple.fr contact révoqué/)
    expect(page).toContain('Créer et envoyer le lien')
    expect((await test.app.inject({ url: new URL(address ?? '').pathname })).statusCode).toBe(410)
    expect(textOf(await porteur.get(urlTo('members', { grappe })))).toContain('révoqué')
    expect((await porteur.submit(revoke)).status).toBe(303)
  })

  it('lists a link that has expired apart', async () => {
    const { esms, url } = await grappeOf(1)
    await porteur.submit(url, { kind: 'esms', id: esms })
    test.setNow('2026-12-15T10:00:00.000Z')
    const later = await signInPorteur(test)
    expect(textOf(await later.get(url))).toMatch(
      /Liens révoqués ou expirés .*contact1@exemple.fr contact expiré/,
    )
    test.setNow(START)
  })
})

describe('the links of reviewers', () => {
  it('hands one out, named, and mailed when an address is given', async () => {
    const { grappe } = await grappeOf(1)
    const url = urlTo('handToArs', { grappe })
    const handed = await porteur.submit(url, { label: 'Mme Durand 🌿, ARS', email: 'Durand@ars.example' })
    const page = textOf(await porteur.follow(handed))
    expect(page).toContain('Le lien de lecture de « Mme Durand 🌿, ARS » est prêt : 1 message écrit')
    expect((await readMailsOfGrappe(test.context, grappe))[0]?.recipient).toBe('durand@ars.example')
    expect((await onlyLink(grappe)).kind).toBe('ars')
  })

  it('keeps what was typed when the form is refused, and hands nothing out', async () => {
    const { grappe } = await grappeOf(1)
    const url = urlTo('handToArs', { grappe })
    const refused = await porteur.submit(url, { label: 'a'.repeat(300), email: 'pas une adresse' })
    expect(refused.status).toBe(422)
    expect(textOf(refused)).toContain('2 réponses sont à corriger')
    expect(fieldOf(refused, 'email')).toBe('pas une adresse')
    expect(await listLinks(test.context, grappe)).toEqual([])
  })
})

it('invites nobody to a grappe who has left it', async () => {
  const { grappe, esms, url } = await grappeOf(2)
  const api = await test.porteur()
  await api.call('POST', fill(API_PATHS.withdrawEsms, { grappe, esms }), { motive: 'Parti' })
  expect((await porteur.submit(url, { kind: 'esms', id: esms })).status).toBe(404)
  expect((await porteur.submit(url, { kind: 'grappe', id: esms })).status).toBe(404)
})
