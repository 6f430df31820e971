/**
 * Every to-do of the porteur leads to a page that answers, and that holds what mends it; where nothing in
 * this tool does, the sentence says so and leads nowhere.
 */
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { finessRegistry, finessStructures } from '../../schema/registry-tables.ts'
import { esms, grappes, solutions } from '../../schema/tables.ts'
import { urlTo } from '../../schema/urls.ts'
import type { Call, CallWindow, RuleLine } from '../../server/domain/call.ts'
import { OPENING } from '../../server/domain/deadline.ts'
import type { CriterionStatus, RemedyPlace } from '../../server/domain/eligibility.ts'
import type { SegurReference } from '../../server/domain/grappe.ts'
import { RULES } from '../../server/domain/rules/index.ts'
import { readGrappe } from '../../server/steps/read/read-grappe.ts'
import { readSnapshot } from '../../server/steps/read/read-snapshot.ts'
import { fictionalFiness as placed } from '../domain/facts.ts'
import { startApp, type TestApp } from '../support/app.ts'
import { createTestGrappe, fictionalFiness, type TestGrappe } from '../support/grappe.ts'
import { type PageClient, signInPorteur } from '../support/page-client.ts'
import { textOf } from '../support/page-text.ts'

interface Scenario {
  rule: string
  parameters?: RuleLine['parameters']
  status: CriterionStatus
  place: RemedyPlace
  /** In the page that each link of the to-do leads to; in its own words where it leads nowhere. */
  holds: RegExp
  /** Of every member, besides what makes it fine. */
  members?: Partial<typeof esms.$inferInsert>
  window?: Partial<CallWindow>
  /** What the registry says of every number; null where none is loaded. */
  registry?: 'ouvert' | 'ferme' | 'absent'
  /** Where every member is; a département that does not exist otherwise. */
  departement?: string
  segur?: SegurReference
  /** Of the first member, another solution than the others'. */
  isMixed?: boolean
}

const field = (name: string) => new RegExp(`name="${name}"`)
const CLOSING = field('date-jour')
const PARIS = { minimum: 2, exceptions: [{ places: ['Corse'], minimum: 5 }] }

const NOT_REFERENCED: SegurReference = {
  status: 'non-referencee',
  couloirs: null,
  source: 'saisie de test',
  readOn: '2026-05-01',
}

const SCENARIOS: readonly Scenario[] = [
  {
    rule: 'solution-unique',
    isMixed: true,
    status: 'non-satisfait',
    place: 'solutions',
    holds: /action="[^"]*\/choisir"/,
  },
  {
    rule: 'solution-referencee',
    parameters: { couloirs: [{ code: 'MS1', domaines: ['PA'] }] },
    segur: NOT_REFERENCED,
    status: 'non-satisfait',
    place: 'solutions',
    holds: /Corriger la fiche/,
  },
  {
    rule: 'region',
    parameters: { region: 'Corse' },
    departement: '31',
    status: 'non-satisfait',
    place: 'autre-appel',
    holds: field('call'),
  },
  {
    rule: 'une-seule-grappe',
    status: 'non-satisfait',
    place: 'fiches',
    holds: field('finess'),
  },
  {
    rule: 'minimum-esms',
    parameters: { minimum: { minimum: 9, exceptions: [] } },
    status: 'non-satisfait',
    place: 'membres',
    holds: /href="[^"]*\/esms\/nouveau/,
  },
  {
    rule: 'minimum-esms',
    parameters: { minimum: PARIS },
    members: { finess: null },
    status: 'a-verifier',
    place: 'fiches',
    holds: field('finess'),
  },
  {
    rule: 'minimum-og',
    parameters: { minimum: { minimum: 3, exceptions: [] } },
    status: 'non-satisfait',
    place: 'membres',
    holds: /href="[^"]*\/og\/nouveau/,
  },
  {
    rule: 'minimum-og',
    parameters: { minimum: { minimum: 1, exceptions: [{ places: ['Corse'], minimum: 5 }] } },
    members: { finess: null },
    status: 'a-verifier',
    place: 'fiches',
    holds: field('finess'),
  },
  {
    rule: 'minimum-og',
    parameters: { minimum: { minimum: 3, exceptions: [] }, seulAPartirDe: 2, seulJusquA: 2 },
    status: 'a-verifier',
    place: 'ars',
    holds: /Demandez à votre ARS/,
  },
  {
    rule: 'esms-finances',
    parameters: { maximum: 2 },
    status: 'satisfait',
    place: 'hors-outil',
    holds: /pas dans cet outil/,
  },
  {
    rule: 'guichet',
    parameters: { seuilNational: 50, guichets: ['national'] },
    status: 'non-satisfait',
    place: 'autre-appel',
    holds: field('call'),
  },
  {
    rule: 'finess-geographique',
    registry: 'ferme',
    status: 'non-satisfait',
    place: 'fiches',
    holds: field('finess'),
  },
  {
    rule: 'finess-geographique',
    registry: 'absent',
    status: 'a-verifier',
    place: 'fiches',
    holds: field('finess'),
  },
  {
    rule: 'finess-geographique',
    members: { finess: null },
    status: 'a-verifier',
    place: 'fiches',
    holds: field('finess'),
  },
  { rule: 'finess-geographique', status: 'a-verifier', place: 'hors-outil', holds: /administre ce serveur/ },
  {
    rule: 'finess-unique',
    members: { finess: null },
    status: 'a-verifier',
    place: 'fiches',
    holds: field('finess'),
  },
  {
    rule: 'categories',
    parameters: { admises: ['183'], exclues: ['500'] },
    members: { categorie: '500' },
    status: 'non-satisfait',
    place: 'fiches',
    holds: field('categorie'),
  },
  {
    rule: 'categories',
    parameters: { admises: ['183'], exclues: ['500'] },
    members: { categorie: null },
    status: 'a-verifier',
    place: 'fiches',
    holds: field('categorie'),
  },
  {
    rule: 'domaines',
    parameters: { domaines: ['PH'] },
    status: 'non-satisfait',
    place: 'fiches',
    holds: field('domaine'),
  },
  {
    rule: 'domaines',
    parameters: { domaines: ['PH'] },
    members: { domaine: null },
    status: 'a-verifier',
    place: 'fiches',
    holds: field('domaine'),
  },
  {
    rule: 'domaines',
    parameters: { domaines: null },
    status: 'a-verifier',
    place: 'valeurs',
    holds: field('rules-domaines-domaines-value-PA'),
  },
  {
    rule: 'projets',
    parameters: { projets: ['mise-en-conformite'] },
    members: { projet: 'acquisition' },
    status: 'non-satisfait',
    place: 'fiches',
    holds: field('projet'),
  },
  {
    rule: 'projets',
    parameters: { projets: ['acquisition'] },
    members: { projet: null },
    status: 'a-verifier',
    place: 'fiches',
    holds: field('projet'),
  },
  {
    rule: 'solution-unique',
    members: { solutionId: null },
    status: 'a-verifier',
    place: 'solutions',
    holds: /action="[^"]*\/choisir"/,
  },
  {
    rule: 'solution-referencee',
    parameters: { couloirs: [{ code: 'MS1', domaines: ['PA'] }] },
    status: 'a-verifier',
    place: 'solutions',
    holds: /Corriger la fiche/,
  },
  {
    rule: 'region',
    parameters: { region: null },
    members: { finess: null },
    status: 'a-verifier',
    place: 'fiches',
    holds: field('finess'),
  },
  {
    rule: 'region',
    parameters: { region: null },
    status: 'a-verifier',
    place: 'ars',
    holds: /ARS concernées/,
  },
  {
    rule: 'fenetre',
    window: { opensOn: '2026-01-01', closesOn: '2026-05-01' },
    status: 'non-satisfait',
    place: 'echeances',
    holds: CLOSING,
  },
  {
    rule: 'fenetre',
    window: { opensOn: '2026-07-01', closesOn: '2026-12-01' },
    status: 'a-verifier',
    place: 'tableau',
    holds: /<tr data-line/,
  },
  {
    rule: 'fenetre',
    window: { opensOn: '2026-01-01', closesOn: null },
    status: 'a-verifier',
    place: 'echeances',
    holds: CLOSING,
  },
  {
    rule: 'fenetre',
    window: { opensOn: null, closesOn: '2026-12-01' },
    status: 'a-verifier',
    place: 'echeances',
    holds: new RegExp(`value="${OPENING}"`),
  },
  {
    rule: 'declaration',
    parameters: { enonce: 'Rien d’autre.', projets: null },
    members: { declarations: { declaration: false } },
    status: 'non-satisfait',
    place: 'fiches',
    holds: field('projet'),
  },
  {
    rule: 'declaration',
    parameters: { enonce: 'Rien d’autre.', projets: null },
    status: 'a-verifier',
    place: 'declarations',
    holds: /<select name="[0-9a-f-]{36}\.declaration"/,
  },
  {
    rule: 'une-seule-grappe',
    members: { finess: null },
    status: 'a-verifier',
    place: 'fiches',
    holds: field('finess'),
  },
]

/** What no stored grappe comes to. */
const NEVER = [
  // These judge a count or a size: it is known as soon as there are members.
  'esms-finances non-satisfait',
  'esms-finances a-verifier',
  'guichet a-verifier',
  // The database keeps a number once in a grappe.
  'finess-unique non-satisfait',
]

describe('a to-do of the verdict', () => {
  let test: TestApp
  let porteur: PageClient
  let made: TestGrappe
  let call: Call
  let solutionIds: { chosen: string; other: string }

  beforeAll(async () => {
    test = await startApp()
    const api = await test.porteur()
    made = await createTestGrappe(api, 3)
    // The same members elsewhere.
    await createTestGrappe(api, 3, 'Une autre grappe')
    porteur = await signInPorteur(test)
    const record = await readGrappe(test.context.db, made.grappeId)
    if (record === null) throw new Error('no grappe')
    call = record.call
    const other = test.context.newId()
    const [chosen] = record.solutions
    await test.context.db.insert(solutions).values({
      id: other,
      grappeId: made.grappeId,
      editeur: 'Autre',
      produit: 'Autre',
      createdAt: new Date(),
    })
    solutionIds = { chosen: chosen?.id ?? '', other }
  })
  afterAll(() => test.close())

  /** Makes the grappe one to which the scenario happens. */
  async function play(scenario: Omit<Scenario, 'status' | 'place' | 'holds'>) {
    const { rule, parameters = {}, members = {}, window = {}, registry, departement } = scenario
    const { db } = test.context
    const provenance = { kind: 'carrier', reference: 'Texte de l’appel' } as const
    const line: RuleLine = { code: rule, rule, title: null, parameters, provenance }
    await db
      .update(grappes)
      .set({ call: { ...call, rules: [line], windows: call.windows.map(own => ({ ...own, ...window })) } })
      .where(eq(grappes.id, made.grappeId))
    await db
      .update(solutions)
      .set({ segur: scenario.segur ?? null })
      .where(eq(solutions.grappeId, made.grappeId))
    for (const [order, id] of made.esmsIds.entries()) {
      const finess = departement === undefined ? fictionalFiness(order + 1) : placed(departement, order + 1)
      const solutionId = scenario.isMixed && order === 0 ? solutionIds.other : solutionIds.chosen
      const fine = { finess, domaine: 'PA', projet: 'acquisition', solutionId }
      await db
        .update(esms)
        .set({ ...fine, categorie: '183', declarations: {}, ...members })
        .where(eq(esms.id, id))
    }
    await db.delete(finessRegistry)
    await db.delete(finessStructures)
    if (registry === undefined) return
    const loaded = { id: 1, format: 'csv', dataOn: null, importedAt: new Date() } as const
    await db.insert(finessRegistry).values({ ...loaded, establishments: 3, legalEntities: 0 })
    if (registry === 'absent') return
    await db.insert(finessStructures).values(
      made.esmsIds.map((_, order) => ({
        number: fictionalFiness(order + 1),
        kind: 'ET' as const,
        open: registry === 'ouvert',
        words: '',
      })),
    )
  }

  const linksIn = (html: string) => [...html.matchAll(/<a href="([^"]+)"/g)].map(([, href = '']) => href)

  async function follow({ place, holds }: Pick<Scenario, 'place' | 'holds'>) {
    const page = await porteur.get(urlTo('eligibility', { grappe: made.grappeId }))
    expect(page.status).toBe(200)
    const todo = /<ul class="criteria">.*?<\/section>/s.exec(page.html)?.[0] ?? ''
    expect(todo).toContain('À faire')
    const links = linksIn(todo)
    if (place === 'ars' || place === 'hors-outil') {
      expect(links).toEqual([])
      expect(textOf({ ...page, html: todo })).toMatch(holds)
      return
    }
    expect(links.length).toBeGreaterThan(0)
    for (const href of links) {
      const target = await porteur.get(href)
      expect([href, target.status]).toEqual([href, 200])
      const isRecord = place === 'solutions' && /\/esms\/[0-9a-f-]{36}$/.test(href)
      const held = href.endsWith('/retirer') ? field('motive') : isRecord ? field('solutionId') : holds
      expect(target.html, href).toMatch(held)
      const anchor = href.split('#')[1]
      if (anchor !== undefined) expect(target.html, href).toContain(`id="${anchor}"`)
    }
  }

  it.each(SCENARIOS.map(scenario => [scenario.rule, scenario.status, scenario.place, scenario] as const))(
    '%s, %s: %s',
    async (_rule, status, place, scenario) => {
      await play(scenario)
      const [criterion] = (await readSnapshot(test.context, made.grappeId))?.verdict.criteria ?? []
      expect([criterion?.status, criterion?.place]).toEqual([status, place])
      await follow(scenario)
    },
  )

  it.each(
    RULES.filter(({ parameters }) => Object.values(parameters).some(({ optional }) => optional !== true)),
  )('$code, of which the call does not give the value', async ({ code, parameters }) => {
    const unknown = Object.fromEntries(Object.keys(parameters).map(name => [name, null]))
    await play({ rule: code, parameters: unknown })
    await follow({ place: 'valeurs', holds: new RegExp(`value="rules.${code}.`) })
  })

  it('is followed for every rule, in each status that asks for something', () => {
    const shown = new Set(SCENARIOS.map(({ rule, status }) => `${rule} ${status}`))
    const lacking = RULES.flatMap(({ code }) =>
      ['non-satisfait', 'a-verifier'].map(status => `${code} ${status}`).filter(each => !shown.has(each)),
    )
    expect(lacking).toEqual(expect.arrayContaining(NEVER))
    expect(lacking).toHaveLength(NEVER.length)
  })
})
