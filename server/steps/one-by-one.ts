/** A round over many grappes, people or files, of which one may be at fault. */

/** A round leaves the process to those who wait for a page that often. */
const LONGEST_HOLD_MS = 10

/** Lets those who wait for a page have their turn. */
export const breathe = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

/** To be called between two parts of long work: it breathes once the process was held for long. */
function breather(): () => Promise<void> {
  let heldSince = performance.now()
  return async () => {
    if (performance.now() - heldSince <= LONGEST_HOLD_MS) return
    await breathe()
    heldSince = performance.now()
  }
}

/** What is made of each, in their order, the process being left to those who wait meanwhile. */
export async function inTurns<Each, Made>(all: Iterable<Each>, make: (each: Each) => Made): Promise<Made[]> {
  const breatheInTime = breather()
  const made: Made[] = []
  for (const each of all) {
    await breatheInTime()
    made.push(make(each))
  }
  return made
}

/**
 * Each in its turn. One that fails is tried again at the next round, and holds back no other.
 *
 * @param nameOf what a log calls it.
 * @throws the first fault under that name, once all were gone through.
 */
export async function oneByOne<Each>(
  all: Iterable<Each>,
  nameOf: (each: Each) => string,
  act: (each: Each) => Promise<unknown>,
): Promise<void> {
  const faults: Error[] = []
  const breatheInTime = breather()
  for (const each of all) {
    await breatheInTime()
    try {
      await act(each)
    } catch (cause) {
      faults.push(new Error(nameOf(each), { cause }))
    }
  }
  if (faults[0] !== undefined) throw faults[0]
}

/**
 * So many at a time. A batch names its own faults, and holds back no other.
 *
 * @param together batches under way at once: while the database writes one, the process reads another.
 * @throws the first fault as it is, once all were gone through.
 */
export async function batchByBatch<Each>(
  all: readonly Each[],
  size: number,
  act: (batch: readonly Each[]) => Promise<unknown>,
  together = 1,
): Promise<void> {
  const faults: unknown[] = []
  let from = 0
  const inTurn = async () => {
    while (from < all.length) {
      const batch = all.slice(from, from + size)
      from += size
      try {
        await act(batch)
      } catch (fault) {
        faults.push(fault)
      }
    }
  }
  await Promise.all(Array.from({ length: together }, inTurn))
  if (faults.length > 0) throw faults[0]
}

/** As logs name the grappe that a fault is of. */
export const ofGrappe = ({ grappeId }: { grappeId: string }): string => `Grappe ${grappeId}`
