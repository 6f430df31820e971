/** Ends a child process that takes too much: those that read files, and those that draw them. */
import type { ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'

/** What stops an order that asks for too much. */
export interface Bounds {
  /** Of processor, whatever else the machine is busy with; of time where the system does not tell. */
  seconds: number
  /** Of the whole process, code and libraries included; watched where the system tells it (Linux). */
  memoryMib: number
}

const WATCH_MS = 100
const IS_TOLD = existsSync('/proc/self/stat')
/** What takes no processor, waiting for what never comes, ends too: that many times its seconds later. */
const PATIENCE = IS_TOLD ? 10 : 1

/**
 * Kills the child once it has taken more than that from now on.
 *
 * @returns ends the watch, and answers what the child held when last looked at, in MiB.
 */
export function holdTo({ seconds, memoryMib }: Bounds, child: ChildProcess): () => number {
  const stop = () => child.kill('SIGKILL')
  const before = usageOf(child.pid)
  let heldMib = 0
  const watch = setInterval(async () => {
    const used = await usageOf(child.pid)
    heldMib = used.memoryMib
    if (used.memoryMib > memoryMib || used.seconds - (await before).seconds > seconds) stop()
  }, WATCH_MS)
  const clock = setTimeout(stop, seconds * PATIENCE * 1000)
  return () => {
    clearInterval(watch)
    clearTimeout(clock)
    return heldMib
  }
}

const PAGE_BYTES = 4096
/** Linux tells times to programs in hundredths of a second, whatever the kernel counts in. */
const TICKS_PER_S = 100

/** Seconds of processor of all its threads, and resident memory; 0 where the system does not tell. */
export async function usageOf(pid: number | undefined): Promise<Bounds> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  // proc(5): the name may hold spaces and brackets; after it, fields 3 and on.
  const [utime, stime, pages] = [14, 15, 24].map(field =>
    Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[field - 3] ?? 0),
  ) as [number, number, number]
  return { seconds: (utime + stime) / TICKS_PER_S, memoryMib: (pages * PAGE_BYTES) / 2 ** 20 }
}
