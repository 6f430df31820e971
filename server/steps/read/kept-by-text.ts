/** What was read of a stored value, kept by its text: checking a call again costs more than finding it. */

/** About 25 calls of 80 kB, and what is read of them. */
const MOST_CHARS = 2_000_000

/**
 * The same reading, done once for each text; the oldest asked for are forgotten first. What it gives is
 * shared, hence frozen at every depth: nobody spoils it for the next one.
 *
 * @param read of a value as `jsonb` gives it; what it throws is not kept.
 */
export function keptByText<Value>(read: (value: unknown) => Value): (value: unknown) => Value {
  const kept = new Map<string, Value>()
  let chars = 0
  return value => {
    const text = JSON.stringify(value)
    const known = kept.get(text)
    if (known !== undefined) {
      kept.delete(text)
      kept.set(text, known)
      return known
    }
    const made = frozen(read(value))
    kept.set(text, made)
    chars += text.length
    for (const oldest of kept.keys()) {
      if (chars <= MOST_CHARS) break
      kept.delete(oldest)
      chars -= oldest.length
    }
    return made
  }
}

function frozen<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const part of Object.values(value)) frozen(part)
  return Object.freeze(value)
}
