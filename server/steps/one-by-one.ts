/** A round over many grappes, people or files, of which one may be at fault. */

/** A round leaves the process to those who wait for a page that often. */
const LONGEST_HOLD_MS = 10

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
      await new Promise(resolve => setImmediate(resolve))
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

/** As logs name the grappe that a fault is of. */
export const ofGrappe = ({ grappeId }: { grappeId: string }): string => `Grappe ${grappeId}`
