/** Two real servers behind nginx, on PostgreSQL and a bucket, each restarted while people work. */
import { createHash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { hasNginx, startTopology, type Topology } from '../../scripts/topology.ts'
import type { ApiClient } from '../support/app.ts'
import { form, pdf, pdfOf } from '../support/files.ts'
import { createTestGrappe, type TestGrappe } from '../support/grappe.ts'
import { esmsPieces, type Receipt } from '../support/sealed.ts'
import { depositSent, sendByTus } from '../support/tus.ts'
import { ENTRY, makePorteurToken, remoteClient, SETTINGS } from './server-process.ts'

if (!hasNginx && process.env.CI === 'true') throw new Error('nginx is not installed')
const reason = hasNginx ? '' : ' (skipped: nginx is not installed)'

let topology: Topology
let porteur: ApiClient
let grappe: TestGrappe

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

describe.skipIf(!hasNginx)(`two servers${reason}`, () => {
  beforeAll(async () => {
    topology = await startTopology(ENTRY, { ...SETTINGS, LOG_LEVEL: 'error' })
    const { settings, servers, url } = topology
    // On the folder of neither: a program that shares the database, the bucket and the key with them.
    const token = await makePorteurToken(`${servers[0]?.dataDir}-jeton`, settings)
    const client = remoteClient(url, token)
    porteur = {
      token,
      ...client,
      async upload(address, body) {
        const answer = await fetch(url + address, {
          method: 'POST',
          body,
          headers: { authorization: `Bearer ${token}` },
        })
        const raw = Buffer.from(await answer.arrayBuffer())
        return { status: answer.status, headers: {}, body: JSON.parse(raw.toString()), raw }
      },
    }
    grappe = await createTestGrappe(porteur, 3)
  })
  afterAll(() => topology?.close())

  it('restarted one after the other lose no request, no deposit and no upload', async () => {
    const { grappeId, esmsIds } = grappe
    const pieces = await esmsPieces(porteur, grappeId)
    const pieceOf = (member: number) =>
      pieces.find(({ code, owner }) => code === 'etat-des-lieux' && owner.id === esmsIds[member])?.pieceId ??
      ''
    const acknowledged = new Map<number, string>()
    const reading = working(async () => {
      const { status } = await porteur.call('GET', fill(API_PATHS.board, { grappe: grappeId }))
      return status === 200 ? null : `board: ${status}`
    })
    let sent = 0
    const depositing = working(async () => {
      const bytes = await pdf(`dépôt ${++sent}`)
      const answer = await porteur.upload<Receipt>(
        fill(API_PATHS.versions, { grappe: grappeId, piece: pieceOf(0) }),
        form([{ name: 'pièce.pdf', bytes }]),
      )
      if (answer.status !== 201) return `deposit: ${answer.status} ${answer.raw}`
      acknowledged.set(answer.body.version.number, createHash('sha256').update(bytes).digest('hex'))
      return null
    })
    const invited = await porteur.call<Array<{ address: string }>>(
      'POST',
      fill(API_PATHS.invitations, { grappe: grappeId }),
      { esms: esmsIds[1] },
    )
    const token = invited.body[0]?.address.split('/').at(-1) ?? ''
    const uploads = topology.url + urlTo('memberUploads', { token, piece: pieceOf(1) })
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

    for (const server of topology.servers) {
      await pause(500)
      expect(await server.restart()).toBe(0)
    }
    const upload = await uploading
    const [read, deposited] = await Promise.all([reading(), depositing()])
    expect({ reading: read.failed, depositing: deposited.failed }).toEqual({ reading: [], depositing: [] })
    expect(read.done).toBeGreaterThan(10)
    expect(deposited.done).toBeGreaterThan(3)
    expect((await depositSent(uploads, [upload])).body.files?.[0]?.sha256).toBe(
      createHash('sha256').update(bytes).digest('hex'),
    )
    const history = await porteur.call<{
      versions: Array<{ number: number; files: Array<{ sha256: string }> }>
    }>('GET', fill(API_PATHS.piece, { grappe: grappeId, piece: pieceOf(0) }))
    const kept = new Map(history.body.versions.map(({ number, files }) => [number, files[0]?.sha256]))
    for (const [number, sha256] of acknowledged) expect(kept.get(number)).toBe(sha256)
    expect(kept.size).toBe(deposited.done)
  })
})
