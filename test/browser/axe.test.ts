import { afterAll, beforeAll, expect, it } from 'vitest'
import { enterAsPorteur, enterAsReviewer, prepareTour, type Stop, type Tour } from '../../scripts/tour.ts'
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

  /** Notes under the name of each page what is wrong with it. */
  async function goRound(stops: readonly Stop[], found: Record<string, string[]>): Promise<void> {
    // Colours are judged at rest, not on their way from one theme to the other.
    const page = await site.visitor({ reducedMotion: 'reduce' })
    await enterAsPorteur(page.context(), site.base, tour.sessionToken)
    await enterAsReviewer(page.context(), site.base, tour.reviewerToken)
    for (const { name, url } of stops) {
      await page.setViewportSize({ width: 1280, height: 900 })
      await page.emulateMedia({ colorScheme: 'light' })
      const response = await page.goto(url)
      const expected = name === 'introuvable' ? 404 : 200
      const problems = response?.status() === expected ? [] : [`answered ${response?.status()}`]
      problems.push(...(await axeViolations(page)))
      // A theme changes colours alone, and a width the layout alone.
      await page.emulateMedia({ colorScheme: 'dark' })
      problems.push(...(await axeViolations(page, ['color-contrast'])))
      await page.setViewportSize({ width: 390, height: 844 })
      problems.push(
        ...(await axeViolations(page, ['color-contrast', 'target-size', 'scrollable-region-focusable'])),
      )
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
      if (wider > 0) problems.push(`${wider} px too wide for a phone`)
      if (problems.length > 0) found[name] = problems
    }
  }

  it('has nothing that axe reproaches, light or dark, and fits a phone without scrolling sideways', async () => {
    const found: Record<string, string[]> = {}
    // Two visitors share the round: one browser alone leaves a core to nobody.
    await Promise.all(
      [0, 1].map(turn =>
        goRound(
          tour.stops.filter((_, place) => place % 2 === turn),
          found,
        ),
      ),
    )
    expect(found).toEqual({})
  }, 900_000)

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
