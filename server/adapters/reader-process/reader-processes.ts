/**
 * Reads what strangers send outside the server's process: a spreadsheet, a PDF or a picture made to harm
 * costs itself, never the server (docs/adr/0009-untrusted-formats.md). Two processes at most, started when
 * needed.
 */
import type { Bounds } from '../child-bounds.ts'
import type { Answered, Kind, Ordered } from './readers.ts'
import { WatchedProcess } from './watched-process.ts'

export interface ReadOrder {
  kind: Kind
  order: unknown
}

export type ReadAnswer =
  | { ok: true; value: unknown }
  | { ok: false; why: 'too-heavy' }
  | { ok: false; why: 'fault'; message: string }

/** `busy`: too many files wait for their turn. */
export type Read<Value> = { ok: true; value: Value } | { ok: false; why: 'too-heavy' | 'busy' }

export interface ReaderProcesses {
  /** @throws what the reader throws, such as a disk that fails. */
  read<Of extends Kind>(kind: Of, order: Ordered<Of>): Promise<Read<Answered<Of>>>
  close(): void
}

/** Many times what the largest honest files take here (docs/adr/0009-untrusted-formats.md). */
const BOUNDS: Readonly<Record<Kind, Bounds>> = {
  file: { seconds: 30, memoryMib: 512 },
  // A message is held whole, once as it came and once as what it holds.
  envelope: { seconds: 300, memoryMib: 700 },
  // The largest phone pictures: 400 MB for a progressive JPEG, several times the picture for a HEIC.
  photo: { seconds: 30, memoryMib: 1200 },
  sheet: { seconds: 20, memoryMib: 700 },
  pastedCells: { seconds: 20, memoryMib: 700 },
  memberModel: { seconds: 20, memoryMib: 700 },
  // Of 5 MB at most, inflated to 40.
  model: { seconds: 20, memoryMib: 512 },
  filledModel: { seconds: 20, memoryMib: 512 },
  // The national files take 2 to 12 s.
  registry: { seconds: 300, memoryMib: 512 },
}

/** They leave one process to deposits. */
const LONG: ReadonlySet<Kind> = new Set(['registry', 'envelope'])

const MOST_WAITING = 200

interface Turn {
  kind: Kind
  begin(reader: Reader): void
}
type Reader = WatchedProcess<ReadOrder, ReadAnswer>

export function openReaderProcesses(bounds: Partial<Record<Kind, Bounds>> = {}): ReaderProcesses {
  const program = new URL('./child.ts', import.meta.url)
  const usual: Reader = new WatchedProcess(program)
  const spare: Reader = new WatchedProcess(program)
  const free = new Set([usual, spare])
  const waiting: Turn[] = []

  const beginNext = () => {
    for (const [rank, { kind, begin }] of waiting.entries()) {
      const reader = (LONG.has(kind) ? [spare] : [usual, spare]).find(each => free.has(each))
      if (reader === undefined) continue
      waiting.splice(rank, 1)
      free.delete(reader)
      begin(reader)
      return
    }
  }

  return {
    async read(kind, order) {
      if (waiting.length >= MOST_WAITING) return { ok: false, why: 'busy' }
      const reader = await new Promise<Reader>(begin => {
        waiting.push({ kind, begin })
        beginNext()
      })
      try {
        const outcome = await reader.ask({ kind, order }, bounds[kind] ?? BOUNDS[kind])
        if (!outcome.ok) return outcome
        const { answer } = outcome
        if (!answer.ok && answer.why === 'fault')
          throw new Error(`Reading failed (${kind}): ${answer.message}`)
        // The child runs the very reader that this type is taken from.
        return answer as Read<Answered<typeof kind>>
      } finally {
        free.add(reader)
        beginNext()
      }
    },
    close() {
      usual.close()
      spare.close()
    },
  }
}
