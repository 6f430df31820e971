/** A real Chromium in front of the real application, listening on a port of its own. */

import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { describe } from 'vitest'
import { findChromium, openChromium } from '../../scripts/tour.ts'
import { startApp, type TestApp } from '../support/app.ts'

const executable = findChromium()

/** Skipped with its reason where no Chromium is found. */
export function describeInBrowser(name: string, tests: () => void): void {
  if (executable !== null) describe(name, tests)
  else describe.skip(`${name} (not run: no Chromium; apt install chromium, or set CHROMIUM_PATH)`, tests)
}

export interface Site extends TestApp {
  browser: Browser
  /** Where it listens, such as `http://127.0.0.1:41234`. */
  base: string
  /** A person's own browser: no cookie, French, with scripts unless told otherwise. */
  visitor(options?: BrowserContextOptions): Promise<Page>
}

export async function openSite(settings: Record<string, string> = {}): Promise<Site> {
  if (executable === null) throw new Error('no Chromium')
  const test = await startApp({ PUBLIC_URL: '', ...settings })
  test.runClock()
  const base = await test.app.listen({ host: '127.0.0.1', port: 0 })
  test.context.setPublicUrl(base)
  const browser = await openChromium(executable)
  return {
    ...test,
    browser,
    base,
    async visitor(options = {}) {
      const context = await browser.newContext({ locale: 'fr-FR', baseURL: base, ...options })
      context.setDefaultTimeout(15_000)
      return await context.newPage()
    },
    async close() {
      await browser.close()
      await test.close()
    },
  }
}

const axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What axe finds wrong, one line each: rule, help and the elements. By default every rule that it runs by itself. */
export async function axeViolations(page: Page, rules?: readonly string[]): Promise<string[]> {
  // Evaluated by the debugger, which the page's content security policy does not concern.
  await page.evaluate(axeSource)
  const options = { resultTypes: ['violations'], ...(rules === undefined ? {} : { runOnly: rules }) }
  const results = await page.evaluate<AxeResults>(`axe.run(document, ${JSON.stringify(options)})`)
  return results.violations.map(
    ({ id, help, nodes }) =>
      `${id}: ${help} (${nodes
        .map(({ target }) => String(target))
        .slice(0, 4)
        .join(' ; ')})`,
  )
}
