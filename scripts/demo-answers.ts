/** What some ESMS of the demonstration answer on screen, and deposit as it is. */
import type { z } from 'zod'
import type { formAnswer, keptAnswersAnswer, receivedAnswer } from '../schema/contracts/api.ts'
import { API_PATHS, fill } from '../schema/urls.ts'
import { UNKNOWN_WORDS } from '../server/domain/forms/answers.ts'
import { type Api, DemoError, say } from './demo-api.ts'

type FormBody = z.infer<typeof formAnswer>

/** One question in so many is not known, as in life. */
const UNKNOWN_EVERY = 9

/** Of the lines of a table, the first two are filled in. */
const isAnswered = (field: string) => !/\.([3-9]|\d\d)\./.test(field)

export async function answerOnScreen(
  member: Api,
  piece: string,
  name: string,
): Promise<z.infer<typeof receivedAnswer>> {
  const path = fill(API_PATHS.memberForm, { piece })
  const { title, fields } = await member.json<FormBody>('GET', path)
  const answers = fields
    .filter(({ field }) => isAnswered(field))
    .map(({ field, kind, revision }, order) => ({
      field,
      seen: revision,
      value: order % UNKNOWN_EVERY === UNKNOWN_EVERY - 1 ? UNKNOWN_WORDS : fictional(kind, order),
    }))
  const kept = await member.json<z.infer<typeof keptAnswersAnswer>>('PUT', path, { answers })
  if (kept.refused.length + kept.conflicts.length > 0) {
    throw new DemoError(`${name} : ${kept.refused[0]?.message ?? 'une réponse a changé entre-temps.'}`)
  }
  const { revision, answered, asked } = await member.json<FormBody>('GET', path)
  say(`${name} répond à l’écran : « ${title} », ${answered} réponses sur ${asked}`)
  return await member.json('POST', fill(API_PATHS.depositMemberForm, { piece }), { seen: revision })
}

function fictional(kind: FormBody['fields'][number]['kind'], order: number): string {
  switch (kind.type) {
    case 'text':
      return kind.long ? 'Réponse fictive, sur deux lignes.\nLa seconde la précise.' : 'Réponse fictive'
    case 'choice':
      return kind.options[order % kind.options.length] ?? UNKNOWN_WORDS
    case 'number':
      return String(3 + (order % 17))
    case 'hours':
      return `${4 + (order % 9)},5`
    case 'euros':
      return `${(order + 1) * 1000},50`
  }
}
