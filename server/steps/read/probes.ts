/** Asking a part that may hang. */

/** A part that has not answered by then does not. */
const PATIENCE_MS = 2000

/** One probe at a time, whoever asks: a part that hangs is waited for once. */
export function sharing<Result>(probe: () => Promise<Result>): () => Promise<Result> {
  let underWay: Promise<Result> | null = null
  return () => {
    underWay ??= probe().finally(() => {
      underWay = null
    })
    return underWay
  }
}

/** @throws when the answer takes longer than a part that works takes. */
export async function inTime<Result>(answer: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, refuse) => {
    timer = setTimeout(() => refuse(new Error(`No answer within ${PATIENCE_MS} ms`)), PATIENCE_MS)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}
