/** Copies a store of files to another, which then goes with the same database. */
import type { KeptStore } from '../server/adapters/kept-store.ts'
import { isSamePair } from '../server/domain/installation.ts'
import { damageOf } from '../server/steps/read/stored-bytes.ts'

/** Lines between two words on how far it is. */
const TOLD_EVERY = 500

/**
 * Every blob is compared with its name on the way, and again once all are there; the identity comes last, so
 * that no server starts on half a copy. What an earlier run brought is not sent again.
 *
 * @param isConfirmed otherwise it only says what it would do.
 * @returns whether the copy is whole.
 */
export async function copyStore(
  from: KeptStore,
  to: KeptStore,
  isConfirmed: boolean,
  say: (line: string) => void,
): Promise<boolean> {
  const { settled: identity } = await from.identity.read()
  if (identity === null) throw new Error('A store that was checked has an identity')
  const there = await to.identity.read()
  const wanted = new Set(await from.list())
  const held = await to.list()
  const others = held.filter(sha256 => !wanted.has(sha256))
  const isAnothers = there.settled !== null && !isSamePair(there.settled, identity)
  if (isAnothers || (there.settled === null && others.length > 0)) {
    say(`${capital(to.name)} contient déjà les fichiers d’une autre installation : rien n’a été changé.`)
    return false
  }
  const already = new Set(held)
  const toCopy = [...wanted].filter(sha256 => !already.has(sha256)).toSorted()
  say(`De ${from.name} vers ${to.name} : ${wanted.size} fichiers, dont ${toCopy.length} à copier.`)
  say('Les fichiers infectés (quarantaine) et mis de côté ne sont pas copiés.')
  if (!isConfirmed) {
    say('Rien n’a été changé. Pour les copier, ajoutez --oui.')
    return false
  }
  await to.prepare()
  const damaged: string[] = []
  for (const [rank, sha256] of toCopy.entries()) {
    if (!(await bring(from, to, sha256))) damaged.push(sha256)
    if ((rank + 1) % TOLD_EVERY === 0) say(`${rank + 1} copiés sur ${toCopy.length}`)
  }
  for (const sha256 of wanted) {
    if (damaged.includes(sha256)) continue
    const size = (await to.size(sha256)) ?? 0
    if ((await damageOf({ blobs: to }, { sha256, size })) !== null) damaged.push(sha256)
  }
  for (const sha256 of damaged) say(`ABÎMÉ, donc pas copié : ${sha256}`)
  if (damaged.length > 0) {
    say('La copie n’est pas entière : restaurez ces fichiers d’une sauvegarde, puis recommencez.')
    return false
  }
  if (there.settled === null) {
    await to.identity.prepare(identity)
    await to.identity.settle()
  }
  say(`C’est fait : ${wanted.size} fichiers relus. Réglez ou videz STORAGE_URL, puis démarrez.`)
  return true
}

/** @returns false when the bytes are not those of the name. */
async function bring(from: KeptStore, to: KeptStore, sha256: string): Promise<boolean> {
  const staged = await to.stage(await from.open(sha256))
  if (staged.sha256 !== sha256) {
    await staged.discard()
    return false
  }
  await staged.publish()
  return true
}

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1)
