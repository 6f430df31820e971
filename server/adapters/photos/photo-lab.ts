/**
 * Decodes photos in a child process. libvips is native code and libheif a large WebAssembly module, both fed by
 * strangers: a crash, an endless loop or a picture that takes all the memory then costs one photo, never the server.
 * A worker thread would share the fate of the server.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { ByteSource, DevelopedPhoto, PhotoSize } from '../../steps/ports.ts'
import { readAt } from '../file-understanding/source.ts'
import type { Development } from './develop.ts'

export interface PhotoOrder {
  bytes: Uint8Array
  isHeic: boolean
  size: PhotoSize
}

export type PhotoAnswer = { ok: true; developed: Development } | { ok: false; reason: string }

/** Ten times what a phone's largest picture takes here. */
const LONGEST_MS = 30_000
/** The photos of one deposit follow each other closely; then the process has nothing to do but hold memory. */
const IDLE_MS = 10_000
const MOST_HEAP_MB = 512

const isTypeScript = import.meta.url.endsWith('.ts')
const program = fileURLToPath(
  new URL(isTypeScript ? './photo-process.ts' : './photo-process.js', import.meta.url),
)

export interface PhotoLab {
  /** @returns null when the photo cannot be decoded, or not within bounds. */
  develop(source: ByteSource, mediaType: string, size: PhotoSize): Promise<DevelopedPhoto | null>
  close(): void
}

/** One process for all, started by the first photo: photos wait for each other, and memory stays that of one. */
export function openPhotoLab(): PhotoLab {
  let child: ChildProcess | null = null
  let idle: NodeJS.Timeout | undefined
  let queue: Promise<unknown> = Promise.resolve()

  const stop = () => {
    child?.kill('SIGKILL')
    child = null
  }
  const start = () => {
    const started = fork(program, {
      serialization: 'advanced',
      execArgv: [...(isTypeScript ? ['--import', 'tsx'] : []), `--max-old-space-size=${MOST_HEAP_MB}`],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    // It must not keep the server from ending; an order under way does, by its timer.
    started.unref()
    started.channel?.unref()
    // The system may end it at any time, to free memory: the next photo starts another one.
    started.once('exit', () => {
      if (child === started) child = null
    })
    return started
  }

  const ask = (order: PhotoOrder): Promise<PhotoAnswer> => {
    clearTimeout(idle)
    child ??= start()
    const asked = child
    return new Promise<PhotoAnswer>((resolve, reject) => {
      const onMessage = (answer: unknown) => settle(() => resolve(answer as PhotoAnswer))
      const onExit = (code: number | null) => settle(() => resolve({ ok: false, reason: `exit ${code}` }))
      const onError = (error: Error) => settle(() => reject(error))
      const timeout = setTimeout(() => {
        stop()
        settle(() => resolve({ ok: false, reason: 'too long' }))
      }, LONGEST_MS)
      const settle = (tell: () => void) => {
        clearTimeout(timeout)
        asked.off('message', onMessage).off('exit', onExit).off('error', onError)
        idle = setTimeout(stop, IDLE_MS).unref()
        tell()
      }
      asked.on('message', onMessage).on('exit', onExit).on('error', onError)
      asked.send(order, error => error && onError(error))
    })
  }

  return {
    async develop(source, mediaType, size) {
      const turn = queue.then(async () => {
        const bytes = await readAt(source, 0, source.size)
        return await ask({ bytes, isHeic: mediaType.startsWith('image/hei'), size })
      })
      queue = turn.catch(() => undefined)
      const answer = await turn
      return answer.ok ? { ...answer.developed, jpeg: Buffer.from(answer.developed.jpeg) } : null
    },
    close() {
      clearTimeout(idle)
      stop()
    },
  }
}
