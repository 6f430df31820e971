/** What a member and its porteur said to each other, as the dossier keeps it. */
import type { Call, Instant } from './call.ts'
import { askedDeclarations } from './declarations.ts'
import type { Grappe } from './grappe.ts'
import type { Message, MessageSide } from './message.ts'
import type { NonApplicable, Piece } from './piece.ts'

/** `reponse`: to a question of the call. `refus`: of a deposit, with its motive. */
export type ExchangeKind =
  | 'message'
  | 'refus'
  | 'non-applicable'
  | 'non-applicable-confirmee'
  | 'non-applicable-refusee'
  | 'reponse'

export interface Exchange {
  /** Null of an answer of before its instant was kept. */
  at: Instant | null
  kind: ExchangeKind
  side: MessageSide
  /** As screens name it; null of an answer of before it was asked who gives it. */
  author: string | null
  /** Of the ESMS or OG. */
  ownerId: string
  ownerName: string
  /** The piece, or the question of the call. */
  about: string
  /** Plain text, of several lines; empty when nothing was written with the act. */
  text: string
}

/** What was written about the pieces of a grappe, beside what the pieces themselves hold. */
export interface WrittenWords {
  messages: readonly (Message & { pieceId: string })[]
  /** Every one, answered or not, and not only the last of each piece. */
  requests: readonly (NonApplicable & { pieceId: string })[]
  /**
   * From when on the pages say, where a message is written, that the ARS reads it: those of before were
   * written to the other side alone.
   */
  toldSince: Instant
}

export interface Exchanges {
  /** Oldest first; answers whose instant nobody kept come first. */
  lines: readonly Exchange[]
  /** Messages that were written before anybody was told that the ARS reads them: left out. */
  withheld: number
}

/**
 * Everything for the porteur. For the ARS, neither a refusal, whose version is in no dossier, nor a message
 * written before its author was told who reads it, nor how the porteur knows an answer; the porteur is
 * « Porteur », and a member goes by its name.
 */
export function listExchanges(
  from: { grappe: Grappe; call: Pick<Call, 'rules' | 'pieces'>; pieces: readonly Piece[] } & WrittenWords,
  readBy: 'porteur' | 'ars',
): Exchanges {
  const forArs = readBy === 'ars'
  const messages = forArs ? from.messages.filter(({ at }) => at >= from.toldSince) : from.messages
  const lines = [
    ...onPieces({ ...from, messages }, forArs),
    ...from.grappe.esms.flatMap(esms => answersOfMember(from.call, esms, forArs)),
  ]
  const rank = ({ at, ownerName, about }: Exchange) => `${at ?? ''} ${ownerName} ${about}`
  return {
    lines: lines
      .map(line => (forArs ? { ...line, author: arsAuthor(line) } : line))
      .toSorted((a, b) => (rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : 0)),
    withheld: from.messages.length - messages.length,
  }
}

const arsAuthor = ({ side, ownerName }: Exchange): string => (side === 'porteur' ? 'Porteur' : ownerName)

function onPieces(
  { grappe, call, pieces, messages, requests }: Parameters<typeof listExchanges>[0],
  forArs: boolean,
): Exchange[] {
  const names = new Map([...grappe.ogs, ...grappe.esms].map(({ id, name }) => [id, name]))
  const titles = new Map(call.pieces.map(({ code, name }) => [code, name]))
  const ofPiece = new Map(
    pieces.flatMap(piece => {
      const ownerId = piece.esmsId ?? piece.ogId
      const ownerName = ownerId === null ? undefined : names.get(ownerId)
      if (ownerId === null || ownerName === undefined) return []
      return [[piece.id, { ownerId, ownerName, about: titles.get(piece.code) ?? piece.code }] as const]
    }),
  )
  const on = (pieceId: string, told: Pick<Exchange, 'at' | 'kind' | 'side' | 'author' | 'text'>) => {
    const subject = ofPiece.get(pieceId)
    return subject === undefined ? [] : [{ ...subject, ...told }]
  }
  return [
    ...messages.flatMap(({ pieceId, at, side, author, text }) =>
      on(pieceId, { at, kind: 'message', side, author, text }),
    ),
    ...(forArs ? [] : pieces).flatMap(({ id, versions }) =>
      versions
        .filter(({ decision }) => decision === 'refusee')
        .flatMap(({ decidedAt, number, motive }) =>
          on(id, {
            at: decidedAt,
            kind: 'refus',
            side: 'porteur',
            author: 'Porteur',
            text: `Version ${number} : ${motive ?? 'motif non précisé'}`,
          }),
        ),
    ),
    ...requests.flatMap(({ pieceId, ...request }) => [
      ...on(pieceId, {
        at: request.askedAt,
        kind: 'non-applicable',
        side: saidByPorteur(request) ? 'porteur' : 'membre',
        author: request.askedBy,
        text: request.reason,
      }),
      ...(request.decision === null || saidByPorteur(request)
        ? []
        : on(pieceId, {
            at: request.decidedAt,
            kind: `non-applicable-${request.decision}`,
            side: 'porteur',
            author: 'Porteur',
            text: request.motive ?? '',
          })),
    ]),
  ]
}

/** The porteur's own « non applicable » is settled in the act that says it. */
const saidByPorteur = ({ askedAt, decidedAt }: NonApplicable): boolean => askedAt === decidedAt

/** What a member, or the porteur for it, answered to the questions of the call. */
function answersOfMember(
  call: Pick<Call, 'rules'>,
  esms: Grappe['esms'][number],
  forArs: boolean,
): Exchange[] {
  return askedDeclarations(call).flatMap(({ code, title, statement, isAskedOf }): Exchange[] => {
    const answer = esms.declarations[code]
    if (answer === undefined || !isAskedOf(esms)) return []
    const source = esms.answeredBy?.[code] ?? null
    const basis = forArs || !source?.basis ? '' : `\nD’après : ${source.basis}`
    return [
      {
        at: source?.at ?? null,
        kind: 'reponse',
        side: source?.by ?? 'porteur',
        author: source?.who ?? null,
        ownerId: esms.id,
        ownerName: esms.name,
        about: title,
        text: `${statement ?? title} : ${answer ? 'oui' : 'non'}${basis}`,
      },
    ]
  })
}
