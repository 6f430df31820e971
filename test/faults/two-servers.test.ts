/**
 * Two real servers behind nginx, on PostgreSQL and a bucket, of which the second has a clock a minute ahead: each
 * restarted, killed, cut from the bucket or out of room while people work.
 */
import { createHash } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { PassThrough } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import type { boardAnswer, pieceAnswer, problemAnswer } from '../../schema/contracts/api.ts'
import { API_PATHS, fill, PATHS, urlTo } from '../../schema/urls.ts'
import { runJournal } from '../../scripts/journal.ts'
import { hasNginx, startTopology, type Topology, type TopologyServer } from '../../scripts/topology.ts'
import { readConfig } from '../../server/config.ts'
import type { ApiClient } from '../support/app.ts'
import { form, pdf, pdfOf } from '../support/files.ts'
import { createTestGrappe, type TestGrappe } from '../support/grappe.ts'
import { hangingUp, type S3Server } from '../support/s3-server.ts'
import { esmsPieces, type Receipt, type SealBody } from '../support/sealed.ts'
import { canMount, fillDisk, mountDisk, unmountDisk } from '../support/small-disk.ts'
import { depositSent, sendByTus } from '../support/tus.ts'
import { ENTRY, makePorteurToken, remoteClient, SETTINGS } from './server-process.ts'

if (!hasNginx && process.env.CI === 'true') throw new Error('nginx is not installed')
const reason = hasNginx ? '' : ' (skipped: nginx is not installed)'

const KILLS = 4
const AHEAD_MS = 60_000

/** Loaded by node before the server: the whole process, and those that it starts, read a clock that is ahead. */
const CLOCK_AHEAD = `const real = Date
const now = () => real.now() + ${AHEAD_MS}
globalThis.Date = new Proxy(real, {
  construct: (target, given) => Reflect.construct(target, given.length === 0 ? [now()] : given),
  apply: () => new real(now()).toString(),
  get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
})`

type Version = z.infer<typeof pieceAnswer>['versions'][number]
type Problem = z.infer<typeof problemAnswer>

let topology: Topology
let here: TopologyServer
let ahead: TopologyServer
/** The second server's own way to the bucket. */
let door: { setTrouble: S3Server['setTrouble'] }
let smallDisk: string | null = null
let porteur: ApiClient
let grappe: TestGrappe

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

/** Every deposit that was acknowledged: its version, and what was sent. */
const acknowledged = new Map<string, { piece: string; sha256: string }>()

/** What somebody does over and over, and every answer that was not what it should be. */
function working(act: () => Promise<string | null>) {
  let isOver = false
  const told = { done: 0, failed: [] as string[] }
  const work = (async () => {
    while (!isOver) {
      const failure = await act().catch((error: unknown) =>
        String(error instanceof Error ? (error.cause ?? error) : error),
      )
      if (failure === null) told.done++
      else told.failed.push(failure)
    }
  })()
  return async () => {
    isOver = true
    await work
    return told
  }
}

async function pieceOf(member: number): Promise<string> {
  const pieces = await esmsPieces(porteur, grappe.grappeId)
  const theirs = pieces.filter(({ owner }) => owner.id === grappe.esmsIds[member])
  return theirs.find(({ code }) => code === 'etat-des-lieux')?.pieceId ?? ''
}

let sent = 0
/** By the form, to a server or to the proxy: what was answered, and kept in mind when it was acknowledged. */
async function deposit(url: string, piece: string): Promise<{ status: number; text: string }> {
  const bytes = await pdf(`dépôt ${++sent}`)
  const answer = await fetch(url + fill(API_PATHS.versions, { grappe: grappe.grappeId, piece }), {
    method: 'POST',
    body: form([{ name: 'pièce.pdf', bytes }]),
    headers: { authorization: `Bearer ${porteur.token}` },
  })
  const text = await answer.text()
  if (answer.status === 201) {
    acknowledged.set((JSON.parse(text) as Receipt).version.id, { piece, sha256: sha256(bytes) })
  }
  return { status: answer.status, text }
}

async function versionsOf(piece: string, server: { url: string } = topology): Promise<Version[]> {
  const answer = await remoteClient(server.url, porteur.token).call<z.infer<typeof pieceAnswer>>(
    'GET',
    fill(API_PATHS.piece, { grappe: grappe.grappeId, piece }),
  )
  return answer.body.versions
}

/** Of all that was acknowledged so far: what is not there, and what is not what was sent, as either server gives it. */
async function count() {
  let visible = 0
  let damaged = 0
  const left = new Map(acknowledged)
  for (const member of grappe.esmsIds.keys()) {
    for (const [rank, { id, files }] of (await versionsOf(await pieceOf(member))).entries()) {
      visible++
      const file = files[0] ?? { id: '', sha256: '' }
      if (left.get(id)?.sha256 === file.sha256) left.delete(id)
      const { url } = rank % 2 === 0 ? here : ahead
      const at = fill(API_PATHS.file, { grappe: grappe.grappeId, file: file.id })
      const { raw } = await remoteClient(url, porteur.token).call('GET', at)
      if (sha256(raw) !== file.sha256) damaged++
    }
  }
  return { acknowledged: acknowledged.size, visible, lost: left.size, damaged }
}

async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 60_000
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`Not within a minute: ${what}`)
    await pause(20)
  }
}

async function memberUploads(member: number): Promise<string> {
  const invited = await porteur.call<Array<{ address: string }>>(
    'POST',
    fill(API_PATHS.invitations, { grappe: grappe.grappeId }),
    { esms: grappe.esmsIds[member] },
  )
  const token = invited.body[0]?.address.split('/').at(-1) ?? ''
  return topology.url + urlTo('memberUploads', { token, piece: await pieceOf(member) })
}

const statusOf = async ({ url }: TopologyServer, path: string) => (await fetch(url + path)).status

describe.skipIf(!hasNginx)(`two servers${reason}`, () => {
  beforeAll(async () => {
    topology = await startTopology(
      ENTRY,
      { ...SETTINGS, LOG_LEVEL: 'error' },
      async (rank, { dataDir, s3 }) => {
        if (rank === 0) return {}
        if (canMount) {
          mountDisk(dataDir, 'size=32m')
          smallDisk = dataDir
        }
        const opened = await s3.openDoor()
        door = opened
        const clock = `data:text/javascript,${encodeURIComponent(CLOCK_AHEAD)}`
        return { STORAGE_URL: opened.url, NODE_OPTIONS: `--import "${clock}"`, DISK_KEPT_FREE_MB: '2' }
      },
    )
    const { settings, servers, url } = topology
    ;[here, ahead] = servers as [TopologyServer, TopologyServer]
    // On the folder of neither: a program that shares the database, the bucket and the key with them.
    const token = await makePorteurToken(`${here.dataDir}-jeton`, settings)
    const client = remoteClient(url, token)
    porteur = { token, ...client, upload: () => Promise.reject(new Error('Not used')) }
    grappe = await createTestGrappe(porteur, 4)
  })
  afterAll(async () => {
    if (smallDisk !== null) {
      // Its folder is removed with the others, once nothing is mounted there.
      await ahead.kill()
      unmountDisk(smallDisk)
    }
    await topology?.close()
  })

  it('of which one has a clock a minute ahead number, seal and tell as if there were one clock', async () => {
    const piece = await pieceOf(3)
    const order: string[] = []
    for (const { url } of [here, ahead, here, ahead, here]) {
      const { status, text } = await deposit(url, piece)
      expect(status).toBe(201)
      order.push((JSON.parse(text) as Receipt).version.id)
    }
    const versions = await versionsOf(piece)
    expect(versions.map(({ id }) => id)).toEqual(order)
    expect(versions.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5])
    const times = versions.map(({ depositedAt }) => Date.parse(depositedAt))
    // The clocks do differ: what came last is dated before what came before it.
    expect(Number(times[3]) - Number(times[4])).toBeGreaterThan(AHEAD_MS / 2)
    // What was asked of one is there for the other at once: a decision, a board, a link.
    const at = fill(API_PATHS.decision, { grappe: grappe.grappeId, piece })
    const decided = await remoteClient(ahead.url, porteur.token).call('POST', at, {
      versionId: order.at(-1),
      decision: 'acceptee',
      motive: null,
    })
    expect(decided.status).toBe(200)
    const boards = await Promise.all(
      [here, ahead].map(({ url }) =>
        remoteClient(url, porteur.token).call<z.infer<typeof boardAnswer>>(
          'GET',
          fill(API_PATHS.board, { grappe: grappe.grappeId }),
        ),
      ),
    )
    expect(boards[0]?.body.pieces).toEqual(boards[1]?.body.pieces)
    for (const [by, other] of [
      [here, ahead],
      [ahead, here],
    ] as const) {
      const invited = await remoteClient(by.url, porteur.token).call<Array<{ address: string }>>(
        'POST',
        fill(API_PATHS.invitations, { grappe: grappe.grappeId }),
        { esms: grappe.esmsIds[1] },
      )
      expect(await statusOf(other, new URL(invited.body[0]?.address ?? '').pathname)).toBe(200)
    }
    // Sealed by one, of what the other dated in its future; checked by whichever takes the job.
    const seals = fill(API_PATHS.seals, { grappe: grappe.grappeId })
    const asked = await remoteClient(here.url, porteur.token).call<SealBody>('POST', seals, {
      incomplet: true,
    })
    expect(asked.status).toBe(202)
    const number = String(asked.body.version)
    const seal = async () =>
      (
        await remoteClient(ahead.url, porteur.token).call<SealBody>(
          'GET',
          fill(API_PATHS.seal, { grappe: grappe.grappeId, number }),
        )
      ).body
    await until('the version is sealed', async () => (await seal()).state === 'scelle')
    const zip = await remoteClient(ahead.url, porteur.token).call(
      'GET',
      fill(API_PATHS.sealZip, { grappe: grappe.grappeId, number }),
    )
    expect(sha256(zip.raw)).toBe((await seal()).zipSha256)
  })

  it('restarted one after the other lose no request, no deposit and no upload', async () => {
    const piece = await pieceOf(0)
    const before = (await versionsOf(piece)).length
    const reading = working(async () => {
      const { status } = await porteur.call('GET', fill(API_PATHS.board, { grappe: grappe.grappeId }))
      return status === 200 ? null : `board: ${status}`
    })
    const depositing = working(async () => {
      const { status, text } = await deposit(topology.url, piece)
      return status === 201 ? null : `deposit: ${status} ${text}`
    })
    const uploads = await memberUploads(1)
    const bytes = await pdfOf(3_000_000)
    // A slow line: its chunks meet one server, then the other. It retries as the page's script does.
    const uploading = sendByTus(
      uploads,
      { name: 'long.pdf', bytes },
      {
        chunkSize: 50_000,
        retryDelays: [200, 500, 1000, 3000],
        onBeforeRequest: () => pause(60),
      },
    )

    await pause(500)
    // The second the moment the first is back: a proxy that still held the first for away would have nobody to ask.
    for (const server of topology.servers) expect(await server.restart()).toBe(0)
    const upload = await uploading
    const [read, deposited] = await Promise.all([reading(), depositing()])
    expect({ reading: read.failed, depositing: deposited.failed }).toEqual({ reading: [], depositing: [] })
    expect(read.done).toBeGreaterThan(10)
    expect(deposited.done).toBeGreaterThan(3)
    expect((await depositSent(uploads, [upload])).body.files?.[0]?.sha256).toBe(sha256(bytes))
    expect(await versionsOf(piece)).toHaveLength(before + deposited.done)
  })

  it(`killed in turn under load lose nothing that was acknowledged, in ${KILLS} kills`, async () => {
    const piece = await pieceOf(2)
    const uploads = await memberUploads(1)
    const memberPiece = await pieceOf(1)
    const answers = { told: 0, again: 0, cut: 0 }
    const depositing = Array.from({ length: 3 }, () =>
      working(async () => {
        const answer = await deposit(topology.url, piece).catch(() => null)
        if (answer === null) answers.cut++
        else if (answer.status === 201) answers.told++
        else {
          answers.again++
          if (answer.status !== 503 || !answer.text.includes('Réessayez'))
            return `deposit: ${answer.status} ${answer.text}`
        }
        return null
      }),
    )
    // As the page's script: an upload goes on where it was, and a deposit that was cut is asked for again.
    const uploading = working(async () => {
      const bytes = await pdfOf(400_000 + sent)
      const upload = await sendByTus(
        uploads,
        { name: 'panne.pdf', bytes },
        { chunkSize: 60_000, retryDelays: Array.from({ length: 60 }, () => 500) },
      )
      for (let tries = 0; tries < 60; tries++) {
        const made = await depositSent(uploads, [upload]).catch(() => null)
        if (made?.status === 201) {
          const version = made.body.location?.split('/').at(-1) ?? ''
          acknowledged.set(version, { piece: memberPiece, sha256: sha256(bytes) })
          return null
        }
        if (made !== null && made.status < 500) return `upload: ${made.status} ${JSON.stringify(made.body)}`
        await pause(500)
      }
      return 'upload: never deposited'
    })
    for (let kill = 0; kill < KILLS; kill++) {
      const server = kill % 2 === 0 ? here : ahead
      const before = answers.told
      await until('a deposit is acknowledged', () => answers.told > before)
      await pause(Math.random() * 400)
      await server.kill()
      const alone = answers.told
      await until('the other one serves alone', () => answers.told > alone)
      await server.start()
    }
    const failed = (await Promise.all(depositing.map(end => end()))).flatMap(each => each.failed)
    const uploaded = await uploading()
    const counted = await count()
    process.stdout.write(
      `\nTwo servers on a bucket, one clock a minute ahead, ${KILLS} kills: forms ${answers.told} acknowledged, ` +
        `${answers.again} told to try again, ${answers.cut} cut; ${uploaded.done} uploads deposited; in all ` +
        `${counted.acknowledged} acknowledged, ${counted.visible} visible, ${counted.lost} lost, ` +
        `${counted.damaged} damaged.\n`,
    )
    expect({ failed, uploads: uploaded.failed }).toEqual({ failed: [], uploads: [] })
    expect(counted).toMatchObject({ lost: 0, damaged: 0 })
    expect(uploaded.done).toBeGreaterThan(0)
  })

  it('of which one is cut from the bucket, and not from the database: it says so, the other takes all', async () => {
    const piece = await pieceOf(0)
    door.setTrouble(hangingUp)
    try {
      const refused = await deposit(ahead.url, piece)
      expect(refused.status).toBe(503)
      expect((JSON.parse(refused.text) as Problem).detail).toMatch(/stockage des fichiers.*Réessayez/)
      const [kept] = await versionsOf(piece, ahead)
      const file = fill(API_PATHS.file, { grappe: grappe.grappeId, file: kept?.files[0]?.id ?? '' })
      const read = await remoteClient(ahead.url, porteur.token).call<Problem>('GET', file)
      expect([read.status, read.body.detail]).toEqual([503, expect.stringContaining('Réessayez')])
      expect((await deposit(here.url, piece)).status).toBe(201)
      expect([await statusOf(here, PATHS.healthReady), await statusOf(ahead, PATHS.healthReady)]).toEqual([
        200, 503,
      ])
      // A seal that both were told of: whichever begins, it ends.
      const seals = fill(API_PATHS.seals, { grappe: grappe.grappeId })
      const asked = await remoteClient(here.url, porteur.token).call<SealBody>('POST', seals, {
        incomplet: true,
      })
      expect(asked.status).toBe(202)
    } finally {
      door.setTrouble(null)
    }
    expect((await deposit(ahead.url, piece)).status).toBe(201)
    const board = await porteur.call<z.infer<typeof boardAnswer>>(
      'GET',
      fill(API_PATHS.board, { grappe: grappe.grappeId }),
    )
    expect(JSON.stringify(board.body)).not.toMatch(/"damagedAt":"/)
    expect(await count()).toMatchObject({ lost: 0, damaged: 0 })
  })

  it.skipIf(!canMount)(
    'of which one has no room left on its disk: it says so, the other takes all',
    async () => {
      const piece = await pieceOf(0)
      const filler = await fillDisk(smallDisk ?? '')
      const refused = await deposit(ahead.url, piece)
      expect(refused.status).toBe(507)
      expect((JSON.parse(refused.text) as Problem).detail).toContain('Le serveur n’a plus de place')
      expect((await deposit(here.url, piece)).status).toBe(201)
      expect([await statusOf(here, PATHS.health), await statusOf(ahead, PATHS.health)]).toEqual([200, 503])
      await rm(filler)
      expect((await deposit(ahead.url, piece)).status).toBe(201)
      expect(await count()).toMatchObject({ lost: 0, damaged: 0 })
    },
  )

  it('have after all that journals of which each line is the one that was written', async () => {
    const out = new PassThrough()
    const config = readConfig({ ...SETTINGS, ...topology.settings, DATA_DIR: `${here.dataDir}-jeton` })
    expect(await runJournal(['verify'], config, { out, err: out })).toBe(0)
  })
})
