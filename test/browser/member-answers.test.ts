/** A member answers its questions and corrects a fact by itself; its porteur compares and accepts. */
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { urlTo } from '../../schema/urls.ts'
import { enterAsPorteur } from '../../scripts/tour.ts'
import { issueLink } from '../../server/steps/access/links.ts'
import { findOrCreatePorteur, issueSignInLink, signIn } from '../../server/steps/access/sign-in.ts'
import { readGrappe } from '../../server/steps/read/read-grappe.ts'
import { createTestGrappe } from '../support/grappe.ts'
import { lastCode } from '../support/page-client.ts'
import { axeViolations, describeInBrowser, openSite, type Site } from './support.ts'

const PICTURES = process.env.PICTURES ?? ''

describeInBrowser('A member answers for itself', () => {
  let site: Site
  beforeAll(async () => {
    site = await openSite()
  })
  afterAll(() => site?.close())

  async function look(page: Page, name: string): Promise<void> {
    if (PICTURES !== '') await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true })
    expect(await axeViolations(page), name).toEqual([])
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    )
    expect(overflow, name).toBeLessThanOrEqual(0)
  }

  it.each([
    { width: 390, height: 844 },
    { width: 1440, height: 900 },
  ])('at $width pixels, with the keyboard', async viewport => {
    const { context } = site
    const { grappeId, esmsIds } = await createTestGrappe(
      await site.porteur(),
      2,
      `Réponses ${viewport.width}`,
    )
    const [own = ''] = esmsIds
    const link = await issueLink(context.db, context, {
      kind: 'personne',
      grappeId,
      label: 'Claire Martin',
      email: 'contact1@exemple.fr',
    })
    const picture = (page: Page, name: string) => look(page, `${viewport.width}-${name}`)

    const member = await site.visitor({ viewport })
    await member.goto(urlTo('memberHome', { token: link.token }))
    await picture(member, 'reponses-1-accueil')
    await member.getByRole('link', { name: 'EHPAD n° 1', exact: true }).click()
    await picture(member, 'reponses-2-fiche')
    const questions = await member.getByRole('group', { name: /^(Notre|Ce|Nous)/ }).all()
    expect(questions).toHaveLength(4)
    for (const [order, question] of questions.entries()) {
      await question.getByRole('radio', { name: order === 2 ? 'Non' : 'Oui' }).focus()
      await member.keyboard.press('Space')
    }
    await member.getByRole('button', { name: 'Envoyer mes réponses' }).press('Enter')
    await member.getByRole('heading', { name: 'Confirmez que c’est vous' }).waitFor()
    await picture(member, 'reponses-3-code')
    await member.getByLabel('Code reçu').fill(await lastCode(site))
    await member.keyboard.press('Enter')
    await member.getByText('Merci : 4 réponses enregistrées.').waitFor()
    expect((await readGrappe(context.db, grappeId))?.esms.find(({ id }) => id === own)).toMatchObject({
      declarations: { 'pas-deux-dui': false, 'sans-fonds-europeens': true },
    })

    await member.getByRole('combobox', { name: 'Domaine' }).selectOption('DOM')
    await member.getByLabel('Capacité (places)').fill('42')
    await member.keyboard.press('Enter')
    await member.getByText('Votre correction attend le porteur').waitFor()
    await picture(member, 'reponses-4-proposee')

    const porteur = await findOrCreatePorteur(context.db, context, 'porteuse@exemple.fr')
    const signed = await signIn(context, (await issueSignInLink(context.db, context, porteur)).token)
    if (!signed.ok) throw new Error('no session')
    const desk = await site.visitor({ viewport })
    await enterAsPorteur(desk.context(), site.base, signed.value.sessionToken)
    await desk.goto(urlTo('members', { grappe: grappeId }))
    await desk.getByRole('link', { name: 'Comparer et décider' }).press('Enter')
    await desk.getByRole('heading', { name: 'Corrections des membres' }).waitFor()
    await picture(desk, 'reponses-5-corrections')
    await desk.getByRole('button', { name: 'Accepter : EHPAD n° 1' }).press('Enter')
    await desk.getByText('Correction de « EHPAD n° 1 » acceptée.').waitFor()
    await desk.goto(`${urlTo('eligibility', { grappe: grappeId })}?declarations=oui`)
    await picture(desk, 'reponses-6-declarations')
    expect(await desk.locator('main').textContent()).toContain('non, répondu par le membre')

    await member.goto(urlTo('memberHome', { token: link.token }))
    await member.getByRole('link', { name: /Répartition des activités/ }).waitFor()
  })
})
