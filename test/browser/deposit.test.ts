/** A member at its phone, on a bad line, in front of a server that is killed: a process of its own, and a real Chromium. */
import { createHash, randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, CDPSession, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { z } from 'zod'
import type { pieceAnswer } from '../../schema/contracts/api.ts'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { findChromium, openChromium } from '../../scripts/tour.ts'
import {
  makePorteurToken,
  remoteClient,
  type ServerProcess,
  startServer,
  stopServer,
} from '../faults/server-process.ts'
import { inflated, pdf } from '../support/files.ts'
import { createTestGrappe } from '../support/grappe.ts'
import { axeViolations, describeInBrowser } from './support.ts'

type PieceBody = z.infer<typeof pieceAnswer>

/** Bytes a second that leave the phone: slow enough for a file to be cut midway. */
const SLOW = 400_000
const MOST_TABS = 60
/** Where pictures of the pages are left, for whoever wants to look. */
const PICTURES = process.env.PICTURES ?? ''

/** A file of the phone. */
interface Chosen {
  path: string
  buffer: Buffer
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

describeInBrowser('A member deposits from a phone', () => {
  let dataDir: string
  let photos: string
  let server: ServerProcess
  let token: string
  let member: string
  let browser: Browser
  let page: Page
  let line: CDPSession

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'grappe-kit-telephone-'))
    photos = await mkdtemp(join(tmpdir(), 'grappe-kit-photos-'))
    if (PICTURES !== '') await mkdir(PICTURES, { recursive: true })
    token = await makePorteurToken(dataDir)
    server = await startServer(dataDir)
    const porteur = remoteClient(server.base, token)
    const { grappeId, ogId } = await createTestGrappe(porteur, 1)
    const invited = await porteur.call<Array<{ address: string }>>(
      'POST',
      fill(API_PATHS.invitations, { grappe: grappeId }),
      { og: ogId },
    )
    member = invited.body[0]?.address.split('/').at(-1) ?? ''
    browser = await openChromium(findChromium() ?? '')
    page = await openPhone()
  })
  afterAll(async () => {
    await browser?.close()
    if (server !== undefined) await stopServer(server, 'SIGKILL')
    for (const folder of [dataDir, photos]) await rm(folder, { recursive: true, force: true })
  })

  /** Uploads that the server still holds. */
  const leftovers = () => readdir(join(dataDir, 'envois'))

  async function fileOf(name: string, buffer: Buffer): Promise<Chosen> {
    const path = join(photos, name)
    await writeFile(path, buffer)
    return { path, buffer }
  }
  async function someFile(name: string, bytes: number): Promise<Chosen> {
    return await fileOf(name, inflated(await pdf(name), randomBytes(bytes)))
  }

  async function openPhone(): Promise<Page> {
    const context = await browser.newContext({
      locale: 'fr-FR',
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      baseURL: server.base,
    })
    context.setDefaultTimeout(30_000)
    // Everything that a screen reader is given to read, in order.
    await context.addInitScript(() => {
      const said: string[] = []
      Object.assign(globalThis, { said })
      new MutationObserver(records => {
        for (const { target } of records) {
          const element = target instanceof Element ? target : target.parentElement
          const live = element?.closest('[data-live]')
          if (live?.textContent) said.push(`${live.getAttribute('data-live')}: ${live.textContent}`)
        }
      }).observe(document, { subtree: true, childList: true, characterData: true })
    })
    const phone = await context.newPage()
    line = await context.newCDPSession(phone)
    return phone
  }

  /** @param uploadThroughput in bytes a second; -1 is as fast as it goes, 0 is no line at all */
  const setLine = (uploadThroughput: number) =>
    line.send('Network.emulateNetworkConditions', {
      offline: uploadThroughput === 0,
      latency: 10,
      downloadThroughput: -1,
      uploadThroughput,
    })
  const read = (text: string | null) => (text ?? '').replace(/\s+/g, ' ')
  const said = async () => (await page.evaluate<string[]>('globalThis.said')).map(read).join('\n')
  /** Until these words are read aloud: in their turn, or at once. */
  const heard = async (how: 'polite' | 'assertive', words: string) => {
    const has = async () =>
      (await said()).split('\n').some(each => each.startsWith(how) && each.includes(words))
    for (let waited = 0; !(await has()); waited += 100) {
      if (waited > 20_000) throw new Error(`Never heard « ${words} », only:\n${await said()}`)
      await page.waitForTimeout(100)
    }
  }
  const picture = async (name: string) => {
    if (PICTURES !== '') await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true })
  }

  async function openPiece(name: string): Promise<void> {
    await page.goto(urlTo('memberHome', { token: member }))
    // What is deposited already folds away once there is much of it.
    const folded = page.locator('details:not([open]) > summary', { hasText: /pièces?$/ })
    if ((await folded.count()) > 0) await folded.click()
    await page.getByRole('link', { name }).first().click()
    await page.locator('.drop').waitFor()
  }
  const choose = (files: readonly Chosen[]) =>
    page.locator('#fichiers').setInputFiles(files.map(({ path }) => path))
  const send = () => page.getByRole('button', { name: /^Déposer l/ }).click()
  /** Until a share of all that was chosen has left. */
  const sentAtLeast = (share: number) =>
    page.waitForFunction(
      least =>
        (document.querySelector<HTMLProgressElement>('.upload-progress progress')?.position ?? 0) >= least,
      share,
    )
  const isReceived = () =>
    page
      .getByRole('heading', { level: 1, name: 'Votre dépôt est enregistré' })
      .waitFor()
      .catch(async error => {
        throw new Error(`No receipt came; heard:\n${await said()}`, { cause: error })
      })

  async function pieces(): Promise<PieceBody[]> {
    const answer = await remoteClient(server.base, member).call<{ pieces: PieceBody[] }>(
      'GET',
      API_PATHS.memberPieces,
    )
    return answer.body.pieces
  }

  /** Presses Tab until the focus is on what is looked for. */
  async function tabTo(what: RegExp): Promise<void> {
    for (let tabs = 0; tabs < MOST_TABS; tabs++) {
      await page.keyboard.press('Tab')
      const focused = await page.evaluate(() => {
        const element = document.activeElement
        return `${element?.id} ${element?.textContent ?? ''}`
      })
      if (what.test(read(focused))) return
    }
    throw new Error(`The focus never reaches ${what}`)
  }

  it('six pieces, the line cut once and the server killed once: six versions, each with its own bytes', async () => {
    const waiting = (await pieces()).slice(0, 6)
    expect(waiting).toHaveLength(6)
    const sent = new Map<string, string[]>()
    for (const [order, piece] of waiting.entries()) {
      await setLine(-1)
      await openPiece(piece.name)
      const isCut = order === 1 || order === 3
      const files = [await someFile(`piece-${order + 1}.pdf`, isCut ? 3_500_000 : 50_000)]
      if (piece.severalFiles)
        files.push(await someFile(`annexe-${order + 1}.pdf`, isCut ? 1_200_000 : 20_000))
      sent.set(
        piece.pieceId,
        files.map(({ buffer }) => sha256(buffer)),
      )
      await choose(files)
      if (isCut) await setLine(SLOW)
      await send()
      if (order === 1) {
        await sentAtLeast(0.3)
        expect(await axeViolations(page)).toEqual([])
        await picture('1-envoi')
        await setLine(0)
        await heard('assertive', 'La connexion est coupée. L’envoi reprendra de lui-même')
        await picture('2-coupure')
        expect(await axeViolations(page)).toEqual([])
        await setLine(SLOW * 4)
        await heard('polite', 'La connexion est rétablie')
      }
      if (order === 3) {
        await sentAtLeast(0.4)
        await stopServer(server, 'SIGKILL')
        await heard('assertive', 'La connexion est coupée. L’envoi reprendra de lui-même')
        server = await startServer(dataDir, { PORT: new URL(server.base).port })
        await setLine(SLOW * 4)
      }
      await isReceived()
    }
    for (const piece of await pieces()) {
      const hashes = sent.get(piece.pieceId)
      if (hashes === undefined) continue
      expect(piece.versions, piece.name).toHaveLength(1)
      expect(piece.versions[0]?.files.map(file => file.sha256)).toEqual(hashes)
    }
    expect(await leftovers()).toEqual([])
  })

  it('closes its lid midway, opens it later, chooses the file again: it goes on from there', async () => {
    const file = await someFile('long.pdf', 4_000_000)
    await openPiece('État des lieux')
    await choose([file])
    await setLine(SLOW)
    await send()
    await sentAtLeast(0.35)
    await page.context().close()

    page = await openPhone()
    await openPiece('État des lieux')
    await heard('polite', '1 envoi n’est pas terminé. Choisissez de nouveau ce fichier')
    expect(read(await page.locator('.chosen li').textContent())).toMatch(/long\.pdf.*envoyé à [3-9]\d %/)
    await picture('3-reprise')
    expect(await axeViolations(page)).toEqual([])
    expect(await page.evaluate(() => JSON.stringify(localStorage))).not.toContain(member)

    const offsets: number[] = []
    page.on('request', request => {
      if (request.method() === 'PATCH') offsets.push(Number(request.headers()['upload-offset']))
    })
    await choose([file])
    expect(read(await page.locator('.chosen li').textContent())).toMatch(/prêt, [3-9]\d % déjà envoyés/)
    await send()
    await isReceived()
    expect(offsets[0]).toBeGreaterThan(1_000_000)
    const [version] =
      (await pieces()).find(({ name }) => name.startsWith('État des lieux'))?.versions.slice(-1) ?? []
    expect(version?.files.at(-1)?.sha256).toBe(sha256(file.buffer))
  })

  it('loses the answer to its deposit: it is told of a success, and only one version is made', async () => {
    await openPiece('État des lieux')
    const before =
      (await pieces()).find(({ name }) => name.startsWith('État des lieux'))?.versions.length ?? 0
    await choose([await someFile('reponse-perdue.pdf', 30_000)])
    let lost = 0
    await page.route('**/envois/depot', async route => {
      if (lost++ < 2) {
        // The server does its part; what it answers never arrives.
        await route.fetch()
        await route.abort()
      } else await route.continue()
    })
    await send()
    await heard('assertive', 'La connexion est coupée. Tout est envoyé')
    await picture('4-confirmation')
    await isReceived()
    await page.unroute('**/envois/depot')
    expect(await page.evaluate<string[]>('globalThis.said')).not.toContain('échoué')
    const after = (await pieces()).find(({ name }) => name.startsWith('État des lieux'))?.versions.length
    expect(after).toBe(before + 1)
  })

  it('reads why a file was refused, beside the file, and deposits the others', async () => {
    await openPiece('État des lieux')
    const bad = await fileOf('faux.pdf', Buffer.from('pas un PDF'))
    const empty = await fileOf('vide.pdf', Buffer.alloc(0))
    await choose([bad, empty, await someFile('bon.pdf', 30_000)])
    await heard('assertive', '« vide.pdf » est vide (0 octet).')
    await send()
    // As without the script: what can be taken is recorded, the rest is said on the page of the piece.
    await page.locator('main > .errors').waitFor()
    const told = read(await page.locator('main > .errors').textContent())
    expect(told).toContain('2 fichiers refusés, le reste est enregistré')
    expect(told).toContain('« vide.pdf » est vide (0 octet).')
    expect(told).toContain('« faux.pdf » n’est pas dans un format accepté')
    expect(await page.evaluate(() => document.activeElement?.className)).toBe('errors')
    expect(read(await page.locator('#depose ~ .files').textContent())).toContain('bon.pdf')
    expect(await page.locator('input[name=garder]').first().isChecked()).toBe(true)
    await picture('5-refus')
    expect(await axeViolations(page)).toEqual([])
    // Said once.
    await page.reload()
    expect(await page.locator('main > .errors').count()).toBe(0)
  })

  it('is told of a line that takes nothing any more, before it is tried again', async () => {
    await openPiece('État des lieux')
    await choose([await someFile('ligne-muette.pdf', 1_500_000)])
    let held = 0
    await page.route('**/envois/*', async route => {
      // The first chunk is taken by nobody, and nobody says so.
      if (route.request().method() === 'PATCH' && held++ === 0) await page.waitForTimeout(14_000)
      await route.continue()
    })
    await send()
    await heard('assertive', 'La ligne ne répond plus.')
    expect(read(await page.locator('.chosen li').textContent())).toContain('la ligne ne répond plus')
    await isReceived()
    await page.unroute('**/envois/*')
  })

  it('presses the button with refused files only: the answer is beside it', async () => {
    await openPiece('État des lieux')
    await choose([await fileOf('vide-2.pdf', Buffer.alloc(0))])
    await send()
    await page.locator('.upload-told:visible').waitFor()
    expect(read(await page.locator('.upload-told').textContent())).toContain('Rien n’a été déposé')
    expect(await page.evaluate(() => document.activeElement?.className)).toContain('upload-told')
    expect(await axeViolations(page)).toEqual([])
  })

  it('on a network that refuses PATCH: chunks go by POST, or all goes by the form', async () => {
    for (const alsoPost of [false, true]) {
      await page.route('**/envois/*', async route => {
        const request = route.request()
        const isChunk =
          request.method() === 'PATCH' ||
          (alsoPost && request.headers()['x-http-method-override'] === 'PATCH')
        await (isChunk ? route.fulfill({ status: 405, body: 'Method Not Allowed' }) : route.continue())
      })
      await openPiece('État des lieux')
      await choose([await someFile(alsoPost ? 'par-formulaire.pdf' : 'par-post.pdf', 1_500_000)])
      await send()
      await isReceived()
      expect(read(await page.locator('main').textContent())).toContain(
        alsoPost ? 'par-formulaire.pdf' : 'par-post.pdf',
      )
      await page.unroute('**/envois/*')
    }
  })

  it('without a mouse: chooses, pauses, resumes, removes, sends', async () => {
    await openPiece('État des lieux')
    await setLine(SLOW / 2)
    await tabTo(/^fichiers /)
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.keyboard.press('Space')])
    const names = ['clavier-1.pdf', 'clavier-2.pdf', 'clavier-3.pdf']
    const files = await Promise.all(names.map(name => someFile(name, 900_000)))
    await chooser.setFiles(files.map(({ path }) => path))
    await heard('polite', '3 fichiers prêts à envoyer.')
    await tabTo(/Déposer les fichiers/)
    await page.keyboard.press('Enter')
    await sentAtLeast(0.1)
    await tabTo(/Tout mettre en pause/)
    await page.keyboard.press('Enter')
    await heard('polite', 'Tout est en pause.')
    expect(read(await page.locator('.upload-progress').textContent())).toContain('en pause')
    await picture('6-pause')
    expect(await axeViolations(page)).toEqual([])

    // Back to the list, whose rows come before the panel.
    await page.keyboard.press('Shift+Tab')
    expect(read(await page.evaluate(() => document.activeElement?.textContent ?? ''))).toContain(
      'Retirer « clavier-3.pdf »',
    )
    await page.keyboard.press('Enter')
    await heard('polite', '« clavier-3.pdf » retiré.')
    await tabTo(/Reprendre « clavier-1\.pdf »/)
    await page.keyboard.press('Enter')
    await heard('polite', '« clavier-1.pdf » : l’envoi reprend.')
    await tabTo(/Reprendre « clavier-2\.pdf »/)
    await page.keyboard.press('Enter')
    await setLine(-1)
    await isReceived()
    const text = read(await page.locator('main').textContent())
    expect(text).toContain('clavier-1.pdf')
    expect(text).toContain('clavier-2.pdf')
    expect(text).not.toContain('clavier-3.pdf')
  })

  it('chooses a folder, pastes a picture, cancels: nothing is deposited, and leaving asks first', async () => {
    await openPiece('État des lieux')
    await setLine(SLOW / 2)
    const folder = join(photos, 'Dossier', 'Annexes')
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, '.DS_Store'), 'x')
    await writeFile(join(folder, 'dans-le-dossier.pdf'), (await someFile('modele.pdf', 900_000)).buffer)
    const [chooser] = await Promise.all([
      page.waitForEvent('filechooser'),
      page.getByRole('button', { name: 'Choisir un dossier' }).click(),
    ])
    await chooser.setFiles(join(photos, 'Dossier'))
    await page.getByText('dans-le-dossier.pdf').first().waitFor()
    expect(await page.locator('.chosen li').count()).toBe(1)
    await page.evaluate(() => {
      const clipboardData = new DataTransfer()
      clipboardData.items.add(new File(['x'], 'image.png', { type: 'image/png' }))
      document.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
    })
    await page.getByText('Image collée à').first().waitFor()
    await send()
    await sentAtLeast(0.05)
    let asked = false
    page.once('dialog', async dialog => {
      asked = dialog.type() === 'beforeunload'
      await dialog.dismiss()
    })
    await page.getByRole('link', { name: 'Toutes vos pièces' }).click()
    await expect.poll(() => asked).toBe(true)
    await page.getByRole('button', { name: 'Annuler l’envoi' }).click()
    await heard('polite', 'Envoi annulé : rien n’a été déposé.')
    await setLine(-1)
    await expect.poll(leftovers).toEqual([])
    await page.goto(urlTo('memberHome', { token: member }))
    expect(read(await page.locator('main').textContent())).not.toContain('dans-le-dossier')
  })
})
