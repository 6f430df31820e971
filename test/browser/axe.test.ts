import { afterAll, beforeAll, expect, it } from 'vitest'
import { enterAsPorteur, prepareTour, type Tour } from '../../scripts/tour.ts'
import { axeViolations, describeInBrowser, openSite, type Site } from './support.ts'

const MAX_FIRST_PAGE_BYTES = 100_000

describeInBrowser('Every page of the three journeys', () => {
  let site: Site
  let tour: Tour
  beforeAll(async () => {
    site = await openSite()
    tour = await prepareTour(site.context)
  })
  afterAll(() => site?.close())

  it.each(['light', 'dark'] as const)(
    'has nothing that axe reproaches, in the %s theme',
    async colorScheme => {
      const page = await site.visitor({ colorScheme, viewport: { width: 1280, height: 900 } })
      await enterAsPorteur(page.context(), site.base, tour.sessionToken)
      const found: Record<string, string[]> = {}
      for (const { name, url } of tour.stops) {
        const response = await page.goto(url)
        const expected = name === 'introuvable' ? 404 : 200
        if (response?.status() !== expected) found[name] = [`answered ${response?.status()}`]
        const violations = await axeViolations(page)
        if (violations.length > 0) found[name] = [...(found[name] ?? []), ...violations]
      }
      expect(found).toEqual({})
    },
  )

  it('fits a phone without scrolling sideways, and axe has nothing to say there either', async () => {
    const page = await site.visitor({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true })
    await enterAsPorteur(page.context(), site.base, tour.sessionToken)
    const found: Record<string, string[]> = {}
    for (const { name, url } of tour.stops) {
      await page.goto(url)
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - 390)
      const problems = [...(wider > 0 ? [`${wider} px too wide`] : []), ...(await axeViolations(page))]
      if (problems.length > 0) found[name] = problems
    }
    expect(found).toEqual({})
  })

  it('opens the first page with less than 100 kB, and asks nothing of anyone else', async () => {
    const page = await site.visitor()
    let bytes = 0
    const elsewhere: string[] = []
    page.on('requestfinished', async request => {
      const { responseBodySize, responseHeadersSize } = await request.sizes()
      bytes += responseBodySize + responseHeadersSize
    })
    page.on('request', request => {
      if (!request.url().startsWith(site.base)) elsewhere.push(request.url())
    })
    await page.goto('/', { waitUntil: 'networkidle' })
    expect(bytes).toBeGreaterThan(5_000)
    expect(bytes).toBeLessThan(MAX_FIRST_PAGE_BYTES)
    expect(elsewhere).toEqual([])
  })
})
