/** The process that reads what strangers send: see `reader-processes.ts`. */
import { answerOrders } from './answer-orders.ts'
import type { ReadAnswer, ReadOrder } from './reader-processes.ts'
import { readers } from './readers.ts'

answerOrders(async ({ kind, order }: ReadOrder): Promise<ReadAnswer> => {
  const read: (order: never) => Promise<unknown> = readers[kind]
  try {
    return { ok: true, value: await read(order as never) }
  } catch (error) {
    // Too deep, too long, or no memory left for it.
    if (error instanceof RangeError) return { ok: false, why: 'too-heavy' }
    return { ok: false, why: 'fault', message: error instanceof Error ? `${error.stack}` : String(error) }
  }
})
