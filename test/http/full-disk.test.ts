/** A disk with no room left, of bytes or of files, under everything that is written besides deposits. */
import { execFileSync } from 'node:child_process'
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { z } from 'zod'
import type { problemAnswer } from '../../schema/contracts/api.ts'
import { API_PATHS, fill, PATHS } from '../../schema/urls.ts'
import { POOL_SIZE } from '../../server/adapters/database.ts'
import { drawReadings, redrawReading } from '../../server/steps/dossier/draw-reading.ts'
import { pdf } from '../support/files.ts'
import { openScene, type Scene } from '../support/scene.ts'
import { depositOn, esmsPieces, readVersion, type SealBody, sealVersion } from '../support/sealed.ts'
import { canMount, mountDisk, unmountDisk } from '../support/small-disk.ts'

const SENTENCE = 'Le serveur n’a plus de place pour ce fichier'

// A server of its own a test: minutes on a crowded machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

describe.skipIf(!canMount)('a disk with no room left', () => {
  let folder: string
  let scene: Scene
  let grappe: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'grappe-kit-plein-'))
    mountDisk(folder, 'size=32m,nr_inodes=400')
    scene = await openScene({ DATA_DIR: join(folder, 'donnees'), DISK_KEPT_FREE_MB: '0' })
    grappe = scene.grappe.grappeId
    const [piece] = await esmsPieces(scene.porteur, grappe)
    await depositOn(scene.porteur, grappe, piece?.pieceId ?? null, await pdf('Avant'))
  })
  afterEach(async () => {
    await scene.test.app.close()
    await scene.test.context.close()
    unmountDisk(folder)
    await rm(folder, { recursive: true, force: true })
  })

  const seal = () =>
    scene.porteur.call<SealBody & z.infer<typeof problemAnswer>>('POST', fill(API_PATHS.seals, { grappe }), {
      incomplet: true,
    })
  const health = () => scene.test.app.inject({ url: PATHS.health })

  async function fillBytes(): Promise<void> {
    const filler = await open(join(folder, 'bourrage'), 'w')
    const block = Buffer.alloc(64 * 1024, 1)
    await expect(
      (async () => {
        for (;;) await filler.write(block)
      })(),
    ).rejects.toThrow('ENOSPC')
    await filler.close()
  }

  async function fillFiles(): Promise<void> {
    execFileSync('mkdir', [join(folder, 'bourrage')])
    await expect(
      (async () => {
        for (let i = 0; ; i++) await writeFile(join(folder, 'bourrage', String(i)), '')
      })(),
    ).rejects.toThrow('ENOSPC')
  }

  const makeRoom = () => rm(join(folder, 'bourrage'), { recursive: true })

  it.each([
    ['bytes', fillBytes],
    ['files', fillFiles],
  ])('seals nothing for want of %s, in the sentence of uploads; the next try is whole', async (_, fillUp) => {
    const before = await scene.onDisk()
    await fillUp()
    const refused = await seal()
    expect(refused.status).toBe(507)
    expect(refused.body.detail).toContain(SENTENCE)
    const unwell = await health()
    expect(unwell.statusCode).toBe(503)
    expect(unwell.json()).toEqual({ status: 'plus de place sur le disque' })
    expect(await scene.onDisk()).toEqual(before)

    await makeRoom()
    expect((await health()).json()).toEqual({ status: 'ok' })
    expect((await sealVersion(scene.test, scene.porteur, grappe)).state).toBe('scelle')
  })

  it('draws no reading copy, says why, leaves nothing, and draws it once asked again', async () => {
    const { version } = await sealVersion(scene.test, scene.porteur, grappe)
    const before = await scene.onDisk()
    await fillFiles()
    await expect(drawReadings(scene.test.context)).rejects.toHaveProperty(
      'cause.message',
      expect.stringContaining('ENOSPC'),
    )
    const failed = await scene.test.context.db.query.seals.findFirst()
    expect(failed).toMatchObject({ readingState: 'echec' })
    expect(failed?.readingFailure).toContain('plus de place pour le PDF de lecture')
    expect(await scene.onDisk()).toEqual(before)

    await makeRoom()
    await redrawReading(scene.test.context, failed?.id ?? '')
    await drawReadings(scene.test.context)
    const { readingState } = (await scene.test.context.db.query.seals.findFirst()) ?? {}
    expect(readingState).toBe('faite')
    expect((await readVersion(scene.porteur, grappe, version)).state).toBe('scelle')
  })
})

it('a database that has no room left says the same, and keeps nothing of the act', async () => {
  const scene = await openScene()
  const { db } = scene.test.context
  const grappe = scene.grappe.grappeId
  const [piece] = await esmsPieces(scene.porteur, grappe)
  await depositOn(scene.porteur, grappe, piece?.pieceId ?? null, await pdf('Avant'))
  const before = await scene.onDisk()
  // PostgreSQL's own error of a full disk, raised where it writes the version down.
  await db.execute(sql`CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$`)
  await db.execute(sql`CREATE TRIGGER no_room BEFORE INSERT ON seals EXECUTE FUNCTION no_room()`)
  const refused = await scene.porteur.call<z.infer<typeof problemAnswer>>(
    'POST',
    fill(API_PATHS.seals, { grappe }),
    { incomplet: true },
  )
  expect(refused.status).toBe(507)
  expect(refused.body.detail).toContain(SENTENCE)
  expect(await scene.onDisk()).toEqual(before)
  await db.execute(sql`DROP TRIGGER no_room ON seals`)
  expect((await sealVersion(scene.test, scene.porteur, grappe)).state).toBe('scelle')
  await scene.test.close()
})

it('a database that hangs makes the server unwell in time, and is asked once', async () => {
  const scene = await openScene()
  const { db } = scene.test.context
  const asked: Promise<unknown>[] = []
  let free = () => {}
  const held = new Promise<void>(resolve => {
    free = resolve
  })
  // More transactions than either engine takes at once: whoever asks meanwhile waits.
  for (let taken = 0; taken < POOL_SIZE; taken += 1) asked.push(db.transaction(() => held))
  const answers = await Promise.all(
    Array.from({ length: 5 }, () => scene.test.app.inject({ url: PATHS.health })),
  )
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([503, 503, 503, 503, 503])
  expect(answers[0]?.json()).toEqual({ status: 'base indisponible' })
  free()
  await Promise.all(asked)
  expect((await scene.test.app.inject({ url: PATHS.health })).statusCode).toBe(200)
  await scene.test.close()
})
