/** How the API tells what a change of the call would do. */
import { z } from 'zod'
import { day } from '../../../schema/contracts/api.ts'
import type { AdaptationEffect, PieceOwners } from '../../domain/adaptation.ts'
import type { ToConfirm } from '../../steps/read/preview-call.ts'

export const wordsAnswer = z.object({ title: z.string(), details: z.array(z.string()) })

const owners = z.array(z.object({ pieceName: z.string(), owners: z.array(z.string()) }))
const verdict = z.enum(['eligible', 'non-eligible', 'a-verifier', 'a-constituer'])
const criterion = z.enum(['satisfait', 'non-satisfait', 'a-verifier']).nullable()
const window = z.enum(['avant', 'ouverte', 'close'])
const counted = z.object({ from: z.int(), to: z.int() })

/** What it does to a grappe. */
export const effectAnswer = z.object({
  asked: owners,
  dropped: owners,
  keptAside: owners,
  moved: z.array(
    z.object({
      from: day.nullable(),
      to: day.nullable(),
      pieceNames: z.array(z.string()),
      owners: z.array(z.string()),
    }),
  ),
  lateAtOnce: owners,
  verdict: z.object({ from: verdict, to: verdict }),
  criteria: z.array(z.object({ title: z.string(), from: criterion, to: criterion })),
  owed: counted,
  late: counted,
  window: z.object({ from: window, to: window }),
})

export const previewAnswer = z.object({
  kind: z.enum(['preview', 'changed']),
  words: wordsAnswer,
  effect: effectAnswer,
  seen: z.string(),
})

export const wordsOf = ({ title, details }: { title: string; details: readonly string[] }) => ({
  title,
  details: [...details],
})

const copied = (list: readonly PieceOwners[]) =>
  list.map(each => ({ pieceName: each.pieceName, owners: [...each.owners] }))

export const effectAnswerOf = (effect: AdaptationEffect) => ({
  ...effect,
  asked: copied(effect.asked),
  dropped: copied(effect.dropped),
  keptAside: copied(effect.keptAside),
  lateAtOnce: copied(effect.lateAtOnce),
  criteria: [...effect.criteria],
  moved: effect.moved.map(each => ({
    ...each,
    pieceNames: [...each.pieceNames],
    owners: [...each.owners],
  })),
})

export const previewAnswerOf = ({ kind, preview: { words, effect, seen } }: ToConfirm) => ({
  kind,
  words: wordsOf(words),
  seen,
  effect: effectAnswerOf(effect),
})
