/** Brings damaged files back from another store, a backup's or the other copy: by hash, not on trust. */
import type { KeptStore } from '../server/adapters/kept-store.ts'
import type { Database } from '../server/steps/ports.ts'
import { forgetUnexpected, listMarked, namesOf } from '../server/steps/read/damaged-blobs.ts'
import { nextExpected } from '../server/steps/read/referenced-files.ts'
import { damageOf, noteBytes } from '../server/steps/read/stored-bytes.ts'

/** Asked of the database at once. */
const BLOBS_AT_ONCE = 1000

interface Repair {
  db: Database
  store: KeptStore
  from: KeptStore
  now: () => Date
  /** Reads every file again first, rather than those that are known to be damaged. */
  readsAll: boolean
  isConfirmed: boolean
  say: (line: string) => void
}

interface Damaged {
  sha256: string
  size: number
}

/**
 * Looks at each file once more before it touches it, and once more afterwards. Damaged bytes are kept in
 * `abimes`; what the other store has no better stays as it is.
 *
 * @returns whether everything is whole.
 * @throws StoreUnreachable when either store does not answer: nothing is taken for damaged then.
 */
export async function repairStore(repair: Repair): Promise<boolean> {
  const { db, store, from, now, isConfirmed, say } = repair
  await forgetUnexpected(db)
  const context = { db, blobs: store, now }
  const damaged = await findDamaged(repair)
  say(`${damaged.length} fichiers abîmés ou perdus dans ${store.name}.`)
  let left = 0
  for (const blob of damaged) {
    const { sha256 } = blob
    const [name = sha256, ...others] = await namesOf(db, [sha256])
    const words = `${name}${others.length === 0 ? '' : ` (et ${others.length} autres endroits)`}`
    if ((await damageOf({ blobs: from }, blob)) !== null) {
      left++
      say(`ABÎMÉ ou absent aussi dans ${from.name}, donc laissé : ${words}`)
    } else if (!isConfirmed) say(`À réparer : ${words}`)
    else if (await bringBack(repair, blob)) {
      await noteBytes(context, sha256, true)
      say(`Réparé : ${words}`)
    } else {
      left++
      say(`PAS réparé, à essayer de nouveau : ${words}`)
    }
  }
  if (!isConfirmed && damaged.length > left) {
    say('Rien n’a été changé. Pour les réparer, ajoutez --oui.')
    return false
  }
  if (left > 0) say(`${left} restent à réparer, d’une autre sauvegarde ou en redemandant la pièce.`)
  return left === 0
}

/** Those that are damaged now, known or found; what was taken for damaged and is not is noted as whole. */
async function findDamaged({ db, store, now, readsAll }: Repair): Promise<Damaged[]> {
  const marked = await listMarked(db)
  const damaged: Damaged[] = []
  let after = ''
  for (;;) {
    const some = await nextExpected(db, after, BLOBS_AT_ONCE)
    for (const blob of some) {
      after = blob.sha256
      if (!readsAll && !marked.has(blob.sha256)) continue
      const isWhole = (await damageOf({ blobs: store }, blob)) === null
      if (!isWhole) damaged.push(blob)
      if (isWhole === marked.has(blob.sha256)) await noteBytes({ db, now }, blob.sha256, isWhole)
    }
    if (some.length === 0) return damaged
  }
}

async function bringBack({ store, from }: Repair, blob: Damaged): Promise<boolean> {
  const staged = await store.stage(await from.open(blob.sha256))
  if (staged.sha256 !== blob.sha256) {
    await staged.discard()
    return false
  }
  await store.keepDamaged(blob.sha256)
  await staged.publish()
  return (await damageOf({ blobs: store }, blob)) === null
}
