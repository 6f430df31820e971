/**
 * `npm run screenshots`: every page of the tour and every mail, at three widths, light and dark, in a folder
 * to be looked at.
 *
 * `--out DIR` says where, `--only TEXT` takes the pages whose name holds TEXT, `--readme` makes the three
 * pictures of the README instead. `CHROMIUM_PATH` names the browser.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import { buildApp } from '../server/app.ts'
import { readConfig } from '../server/config.ts'
import { createContext } from '../server/context.ts'
import { everyMailPage } from './every-mail.ts'
import {
  enterAsPorteur,
  enterAsReviewer,
  findChromium,
  openChromium,
  prepareTour,
  type Stop,
  type Tour,
} from './tour.ts'

const WIDTHS = [390, 1024, 1440] as const
const SCHEMES = ['light', 'dark'] as const
/** Beyond, a list only repeats itself. */
const MAX_HEIGHT = 4000

const README_FOLDER = 'docs/images'
const README_MAX_BYTES = 150_000
const README_PICTURES = [
  { file: 'tableau.webp', stop: 'porteur-19-tableau', width: 1280, height: 900 },
  { file: 'membre-telephone.webp', stop: 'membre-19-refusee', width: 390, height: 844 },
  { file: 'verdict.webp', stop: 'porteur-19-eligibilite', width: 1280, height: 900 },
] as const

const say = (line: string) => process.stdout.write(`${line}\n`)

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { out: { type: 'string' }, only: { type: 'string' }, readme: { type: 'boolean' } },
  })
  const executable = findChromium()
  if (executable === null) {
    throw new Error('Aucun Chromium trouvé. Installez-le (apt install chromium), ou donnez CHROMIUM_PATH.')
  }
  const dataDir = await mkdtemp(join(tmpdir(), 'grappe-kit-ecrans-'))
  const config = readConfig({
    DATA_DIR: dataDir,
    PORT: '0',
    DEMO: 'non',
    LOG_LEVEL: 'warn',
    RATE_LIMIT_PER_MINUTE: '100000',
  })
  const context = await createContext(config)
  const app = await buildApp(context, config)
  const browser = await openChromium(executable)
  try {
    const base = await app.listen({ host: config.host, port: config.port })
    context.setPublicUrl(base)
    const tour = await prepareTour(context)
    if (values.readme) await makeReadmePictures(browser, base, tour)
    else {
      const folder = resolve(values.out ?? join(tmpdir(), 'grappe-kit-ecrans'))
      await mkdir(folder, { recursive: true })
      const only = values.only ?? ''
      await goRound(
        browser,
        base,
        { ...tour, stops: tour.stops.filter(({ name }) => name.includes(only)) },
        folder,
      )
      if ('mails'.includes(only)) await shootMails(browser, folder)
      say(`Captures dans ${folder}`)
    }
  } finally {
    await browser.close()
    await app.close()
    await context.close()
    await rm(dataDir, { recursive: true, force: true })
  }
}

async function goRound(browser: Browser, base: string, tour: Tour, folder: string): Promise<void> {
  for (const colorScheme of SCHEMES) {
    const context = await browser.newContext({ colorScheme, locale: 'fr-FR' })
    await enterAsPorteur(context, base, tour.sessionToken)
    await enterAsReviewer(context, base, tour.reviewerToken)
    const page = await context.newPage()
    for (const stop of tour.stops) {
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 900 })
        // A width is one more look at the same page: only the first one asks the server for it.
        if (width === WIDTHS[0]) await open(page, base, stop)
        await reportOverflow(page, stop, width)
        const height = Math.min(MAX_HEIGHT, await page.evaluate(() => document.documentElement.scrollHeight))
        await page.screenshot({
          path: join(folder, `${stop.name}_${width}_${colorScheme}.png`),
          fullPage: true,
          clip: { x: 0, y: 0, width, height },
        })
      }
    }
    await context.close()
  }
}

/** Every mail under its subject; no page of the server. */
async function shootMails(browser: Browser, folder: string): Promise<void> {
  for (const colorScheme of SCHEMES) {
    const page = await browser.newPage({ colorScheme, locale: 'fr-FR' })
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 900 })
      await page.setContent(everyMailPage())
      for (const frame of await page.locator('iframe').all()) {
        const height = await frame
          .contentFrame()
          .locator('html')
          .evaluate(html => html.scrollHeight)
        await frame.evaluate((element, px) => element.setAttribute('style', `height: ${px}px`), height + 2)
      }
      await page.screenshot({ path: join(folder, `mails_${width}_${colorScheme}.png`), fullPage: true })
    }
    await page.close()
  }
}

async function open(page: Page, base: string, stop: Stop): Promise<void> {
  const response = await page.goto(base + stop.url)
  const status = response?.status() ?? 0
  if (status !== 200 && stop.name !== 'introuvable') say(`${stop.name} : réponse ${status}`)
}

async function reportOverflow(page: Page, stop: Stop, width: number): Promise<void> {
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  if (wider > 0) say(`${stop.name} : dépasse de ${wider} px à ${width} px de large`)
}

async function makeReadmePictures(browser: Browser, base: string, tour: Tour): Promise<void> {
  await mkdir(README_FOLDER, { recursive: true })
  const context = await browser.newContext({ colorScheme: 'light', locale: 'fr-FR', deviceScaleFactor: 1.5 })
  await enterAsPorteur(context, base, tour.sessionToken)
  await enterAsReviewer(context, base, tour.reviewerToken)
  const page = await context.newPage()
  const cdp = await context.newCDPSession(page)
  for (const { file, stop: name, width, height } of README_PICTURES) {
    const stop = tour.stops.find(candidate => candidate.name === name)
    if (stop === undefined) throw new Error(`${name} is not on the tour`)
    await page.setViewportSize({ width, height })
    await open(page, base, stop)
    const { data } = await cdp.send('Page.captureScreenshot', { format: 'webp', quality: 80 })
    const bytes = Buffer.from(data, 'base64')
    if (bytes.length > README_MAX_BYTES) throw new Error(`${file} weighs ${bytes.length} bytes`)
    await writeFile(join(README_FOLDER, file), bytes)
    say(`${join(README_FOLDER, file)} : ${bytes.length} octets`)
  }
  await context.close()
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
  process.exitCode = 1
})
