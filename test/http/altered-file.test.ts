import { open, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import type { boardAnswer } from '../../schema/contracts/api.ts'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { checkedBytes, witnessed } from '../../server/http/checked-bytes.ts'
import { type ApiClient, startApp, type TestApp } from '../support/app.ts'
import { pdfOf } from '../support/files.ts'
import { createTestGrappe } from '../support/grappe.ts'
import { type PageClient, signInPorteur } from '../support/page-client.ts'
import { textOf } from '../support/page-text.ts'
import { depositOn, esmsPieces, type Receipt, sealVersion } from '../support/sealed.ts'

type Board = z.infer<typeof boardAnswer>

const SMALL = 20_000
const LONG = 3_000_000

let test: TestApp
let base: string
let porteur: ApiClient
let browser: PageClient
let grappe: string
/** Every line of the log, as it is written. */
const log: string[] = []
let reviewer: string

interface Deposit {
  /** Of the member's link. */
  token: string
  pieceId: string
  pieceName: string
  fileId: string
  sha256: string
  bytes: Buffer
}

const deposits = new Map<number, Deposit>()
const depositOf = (size: number) => deposits.get(size) as Deposit
const blobOf = ({ sha256 }: Deposit) => join(test.config.dataDir, 'blobs', sha256.slice(0, 2), sha256)
const tokenOf = (address = '') => address.split('/').at(-1) ?? ''

beforeAll(async () => {
  test = await startApp({ LOG_LEVEL: 'error' })
  listenTo(test)
  base = await test.app.listen({ host: '127.0.0.1', port: 0 })
  porteur = await test.porteur()
  browser = await signInPorteur(test)
  const made = await createTestGrappe(porteur, 2)
  grappe = made.grappeId
  const pieces = await esmsPieces(porteur, grappe)
  const at = { grappe }
  for (const [i, size] of [SMALL, LONG].entries()) {
    const { pieceId, name: pieceName, owner } = pieces[i] as Board['pieces'][number]
    const bytes = await pdfOf(size)
    const receipt = await depositOn(porteur, grappe, pieceId, bytes)
    const invited = await porteur.call<{ address: string }[]>('POST', fill(API_PATHS.invitations, at), {
      esms: owner.id,
    })
    const token = tokenOf(invited.body[0]?.address)
    deposits.set(size, { token, pieceId: pieceId ?? '', pieceName, bytes, ...fileOf(receipt) })
  }
  const handed = await porteur.call<{ address: string }>('POST', fill(API_PATHS.links, at), { label: 'ARS' })
  reviewer = tokenOf(handed.body.address)
  await sealVersion(test, porteur, grappe)
})
afterAll(() => test.close())

function fileOf({ version }: Receipt): { fileId: string; sha256: string } {
  const [file] = version.files
  return { fileId: file?.id ?? '', sha256: file?.sha256 ?? '' }
}

/** Reads the log where it leaves the process, for every request. */
function listenTo({ app }: TestApp): void {
  const held = Object.getOwnPropertySymbols(app.log).map(key => Reflect.get(app.log, key))
  const stream = held.find(value => typeof value?.write === 'function')
  stream.write = (line: string) => log.push(line)
}

/** Every way in which somebody is given one file. */
function waysTo({
  fileId: file,
  token,
}: Deposit): Record<string, [url: string, headers: Record<string, string>]> {
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
  const session = { cookie: browser.cookieHeader() }
  return {
    'the member’s page': [urlTo('memberFile', { token, file }), {}],
    'the porteur’s page': [urlTo('file', { grappe, file }), session],
    'the porteur’s preview': [urlTo('previewFile', { grappe, file }), session],
    'the reviewer’s page': [urlTo('arsFile', { token: reviewer, file }), {}],
    'the reviewer’s preview': [urlTo('arsPreviewFile', { token: reviewer, file }), {}],
    'the member’s program': [fill(API_PATHS.memberFile, { file }), bearer(token)],
    'the porteur’s program': [fill(API_PATHS.file, { grappe, file }), bearer(porteur.token)],
    'the reviewer’s program': [fill(API_PATHS.arsFile, { file }), bearer(reviewer)],
  }
}

/** The bytes of a 200 that came to its end; null otherwise. */
async function taken([url, headers]: [string, Record<string, string>]): Promise<Buffer | null> {
  try {
    const answer = await fetch(base + url, { headers })
    const bytes = Buffer.from(await answer.arrayBuffer())
    return answer.status === 200 ? bytes : null
  } catch {
    return null
  }
}

async function takenByAll(deposit: Deposit): Promise<Record<string, boolean>> {
  const entries = Object.entries(waysTo(deposit))
  return Object.fromEntries(
    await Promise.all(entries.map(async ([name, way]) => [name, (await taken(way)) !== null] as const)),
  )
}

const board = (headers: Record<string, string> = {}) =>
  porteur.call<Board>('GET', fill(API_PATHS.board, { grappe }), undefined, headers)

/** The current file of a piece as the board of the API tells it. */
async function damagedAt(pieceId: string): Promise<string | null | undefined> {
  const row = (await board()).body.pieces.find(each => each.pieceId === pieceId)
  return row?.version?.files[0]?.damagedAt
}

async function journalOf(grappeId: string): Promise<string[]> {
  const lines = await porteur.call<{ event: string }[]>('GET', fill(API_PATHS.journal, { grappe: grappeId }))
  return lines.body.map(({ event }) => event)
}

const pages = ({ pieceId, token }: Deposit) => ({
  board: urlTo('board', { grappe }),
  piece: urlTo('piece', { grappe, piece: pieceId }),
  memberHome: urlTo('memberHome', { token }),
  memberPiece: urlTo('memberPiece', { token, piece: pieceId }),
})

async function flip(blob: string, position: number): Promise<void> {
  const handle = await open(blob, 'r+')
  await handle.write(Buffer.from('x'), 0, 1, position)
  await handle.close()
}

const all = (whole: boolean) =>
  Object.fromEntries(Object.keys(waysTo(depositOf(SMALL))).map(name => [name, whole]))

describe.each([SMALL, LONG])('a file of %i bytes that was altered on the disk', size => {
  afterEach(async () => {
    const deposit = depositOf(size)
    await writeFile(blobOf(deposit), deposit.bytes)
    await takenByAll(deposit)
  })

  it.each<[string, (blob: string) => Promise<void>]>([
    ['one byte of it changed', blob => flip(blob, size - 1000)],
    ['it is cut short', blob => truncate(blob, size - 1000)],
    ['it is gone', blob => rm(blob)],
  ])(
    'is given as whole to nobody when %s, and everybody is told, until it is whole again',
    async (_, damage) => {
      const deposit = depositOf(size)
      const { pieceId, pieceName, bytes, token } = deposit
      for (const way of Object.values(waysTo(deposit))) expect((await taken(way))?.equals(bytes)).toBe(true)
      const { etag } = (await board()).headers
      const told = async () =>
        (await journalOf(grappe)).filter(event => event.includes('abîmé sur le serveur')).length
      const toldBefore = await told()
      log.length = 0

      await damage(blobOf(deposit))
      expect(await takenByAll(deposit)).toEqual(all(false))

      const named = log.filter(line => line.includes('A stored file is damaged'))
      expect(named).toHaveLength(1)
      expect(named[0]).toContain(pieceName)
      expect(log.join()).not.toContain(token)
      expect(await damagedAt(pieceId)).toBe(test.context.now().toISOString())
      expect((await board({ 'if-none-match': String(etag) })).status).toBe(200)
      expect(await told()).toBe(toldBefore + 1)
      const shown = pages(deposit)
      expect(textOf(await browser.get(shown.board))).toContain('fichier abîmé')
      expect(textOf(await browser.get(shown.piece))).toMatch(/Fichier abîmé sur le serveur.*Redéposez-le/)
      expect(textOf(await browser.get(shown.memberHome))).toMatch(
        /Fichier abîmé sur le serveur.*redéposez-le/,
      )
      expect(textOf(await browser.get(shown.memberPiece))).toMatch(
        /Fichier abîmé sur le serveur.*redéposez-le/,
      )

      await writeFile(blobOf(deposit), bytes)
      expect(await takenByAll(deposit)).toEqual(all(true))
      expect(await damagedAt(pieceId)).toBeNull()
      expect(textOf(await browser.get(shown.board))).not.toContain('fichier abîmé')
      expect((await journalOf(grappe)).filter(event => event.includes('de nouveau intact')).length).toBe(
        toldBefore + 1,
      )
    },
  )
})

it('whole again is noted so before its last bytes leave: whoever has them may look at once', async () => {
  const deposit = depositOf(SMALL)
  await flip(blobOf(deposit), 100)
  await takenByAll(deposit)
  expect(await damagedAt(deposit.pieceId)).not.toBeNull()
  await writeFile(blobOf(deposit), deposit.bytes)
  const known = { path: deposit.pieceName, sha256: deposit.sha256, size: deposit.bytes.length }
  const given = witnessed(test.context, test.app.log, () => checkedBytes(test.context.blobs, known), [
    deposit.sha256,
  ])
  const first = await given.next()
  expect(first.value?.length).toBe(SMALL)
  expect(await damagedAt(deposit.pieceId)).toBeNull()
  expect((await given.next()).done).toBe(true)
})
