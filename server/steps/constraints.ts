/** Which unique constraint a write ran into: that is how a double click or a race becomes a refusal. */

const UNIQUE_VIOLATION = '23505'

/** The constraint's name when the error, or one of its causes, is a unique violation; otherwise null. */
export function violatedUnique(error: unknown): string | null {
  for (let current = error; current instanceof Error; current = current.cause) {
    if ('code' in current && current.code === UNIQUE_VIOLATION && 'constraint' in current) {
      return String(current.constraint)
    }
  }
  return null
}
