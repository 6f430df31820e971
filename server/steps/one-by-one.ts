/** A round over many grappes, people or files, of which one may be at fault. */

/** A round leaves the process to those who wait for a page that often. */
const LONGEST_HOLD_MS = 10

/** Lets those who wait for a page have their turn. */
export const breathe = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

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
  let heldSince = performance.now()
  for (const each of all) {
    if (performance.now() - heldSince > LONGEST_HOLD_MS) {
      await breathe()
      heldSince = performance.now()
    }
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
 * @throws the first fault as it is, once all were gone through.
 */
export async function batchByBatch<Each>(
  all: readonly Each[],
  size: number,
  act: (batch: readonly Each[]) => Promise<unknown>,
): Promise<void> {
  const faults: unknown[] = []
  for (let from = 0; from < all.length; from += size) {
    try {
      await act(all.slice(from, from + size))
    } catch (fault) {
      faults.push(fault)
    }
  }
  if (faults.length > 0) throw faults[0]
}

/** As logs name the grappe that a fault is of. */
export const ofGrappe = ({ grappeId }: { grappeId: string }): string => `Grappe ${grappeId}`
