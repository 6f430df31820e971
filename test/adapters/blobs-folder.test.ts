/** A folder that is away is not a folder without the file. */
import { mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { blobPath, openBlobsFolder } from '../../server/adapters/data-folder/blobs-folder.ts'
import type { KeptStore } from '../../server/adapters/kept-store.ts'
import { StoreUnreachable } from '../../server/steps/ports.ts'
import { damageOf } from '../../server/steps/read/stored-bytes.ts'

let folder: string
let store: KeptStore
let kept: { sha256: string; size: number }

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'grappe-kit-dossier-'))
  store = await openBlobsFolder(folder)
  const staged = await store.stage(Readable.from([Buffer.from('pièce')]))
  await staged.publish()
  kept = { sha256: staged.sha256, size: staged.size }
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const acts = () => [
  () => store.size(kept.sha256),
  () => store.open(kept.sha256),
  () => store.read(kept.sha256, 0, Buffer.alloc(1)),
  () => damageOf({ blobs: store }, kept),
]

it('whose disk is away says so, and no file is called damaged for it', async () => {
  await rename(join(folder, 'blobs'), join(folder, 'loin'))
  for (const act of acts()) await expect(act()).rejects.toThrow(StoreUnreachable)
  await rename(join(folder, 'loin'), join(folder, 'blobs'))
  expect(await damageOf({ blobs: store }, kept)).toBeNull()
})

it('that has lost one file says that this file is missing', async () => {
  await rm(blobPath(folder, kept.sha256))
  expect(await store.size(kept.sha256)).toBeNull()
  expect(await damageOf({ blobs: store }, kept)).toContain('absent')
  const fault = await store.open(kept.sha256).catch((error: unknown) => error)
  expect(fault).not.toBeInstanceOf(StoreUnreachable)
})
