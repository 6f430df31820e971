/** The process that draws pieces for `reading-pdf-process.ts`, one message and one answer a piece. */
import { drawPiece, type PieceTask } from './reading-pdf-pieces.ts'

process.on('message', async (task: PieceTask) => {
  process.send?.(await drawPiece(task))
})
// Whoever asked is gone.
process.on('disconnect', () => process.exit())
