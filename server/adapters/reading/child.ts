/** The process that draws pieces for `process.ts`, one message and one answer a piece. */
import { Worker } from 'node:worker_threads'
import { drawPiece, type PieceTask } from './pieces.ts'

process.on('message', async (task: PieceTask) => {
  process.send?.(await drawPiece(task))
})
process.send?.('ready')
// Whoever asked is gone.
process.on('disconnect', () => process.exit())
// The same from a thread of its own, which a file that never ends being read does not hold up.
const orphaned = `setInterval(() => process.ppid === ${process.ppid} || process.kill(process.pid, 9), 1000)`
new Worker(orphaned, { eval: true }).unref()
