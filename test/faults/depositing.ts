/** People who deposit over and over while something breaks, and what is there of it afterwards. */
import { createHash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { z } from 'zod'
import type { pieceAnswer, receivedAnswer } from '../../schema/contracts/api.ts'
import { API_PATHS, fill } from '../../schema/urls.ts'
import { form, pdf } from '../support/files.ts'
import { remoteClient, type ServerProcess } from './server-process.ts'

export type PieceBody = z.infer<typeof pieceAnswer>
export type Receipt = z.infer<typeof receivedAnswer>

/** Where they deposit, and as whom. */
export interface Collection {
  token: string
  grappe: string
  pieces: readonly string[]
}

export interface Told {
  sent: number
  /** Version id → piece and SHA-256, for every deposit answered 201. */
  acknowledged: Map<string, { piece: string; sha256: string }>
  /** SHA-256 of what was answered otherwise. */
  refused: Set<string>
  /** Status → how many times. */
  answers: Map<number, number>
  /** Answers that say nothing to do, or say more than they should. */
  unfit: string[]
  slowestMs: number
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

export async function deposit(server: ServerProcess, token: string, url: string, bytes: Buffer) {
  const answer = await fetch(server.base + url, {
    method: 'POST',
    body: form([{ name: 'panne.pdf', bytes }]),
    headers: { authorization: `Bearer ${token}` },
  })
  return { status: answer.status, text: await answer.text() }
}

/** The recorded pieces that ESMS owe. */
export async function esmsPiecesOf(server: ServerProcess, token: string, grappe: string): Promise<string[]> {
  const board = await remoteClient(server.base, token).call<{
    pieces: Array<{ pieceId: string; scope: string }>
  }>('GET', fill(API_PATHS.board, { grappe }))
  return board.body.pieces.filter(({ scope }) => scope === 'esms').map(({ pieceId }) => pieceId)
}

/** Three people, each on one of the servers. */
export function keepDepositing(servers: readonly ServerProcess[], { token, grappe, pieces }: Collection) {
  const told: Told = {
    sent: 0,
    acknowledged: new Map(),
    refused: new Set(),
    answers: new Map(),
    unfit: [],
    slowestMs: 0,
  }
  let isOver = false
  const person = async (server: ServerProcess) => {
    while (!isOver) {
      const piece = pieces[told.sent % pieces.length] ?? ''
      const bytes = await pdf(`panne ${told.sent++}`)
      const began = performance.now()
      const url = fill(API_PATHS.versions, { grappe, piece })
      const { status, text } = await deposit(server, token, url, bytes)
      told.slowestMs = Math.max(told.slowestMs, performance.now() - began)
      told.answers.set(status, (told.answers.get(status) ?? 0) + 1)
      if (status === 201) {
        const { version } = JSON.parse(text) as Receipt
        told.acknowledged.set(version.id, { piece, sha256: sha256(bytes) })
      } else {
        told.refused.add(sha256(bytes))
        // Whether the database had it on the disk when it broke, nobody knows.
        const tellsMore = /ECONN|stack|select |insert |rien n’a été enregistré/i.test(text)
        if (tellsMore || !text.includes('Réessayez')) told.unfit.push(text)
        await pause(200)
      }
    }
  }
  const people = Array.from({ length: 3 }, (_, i) => person(servers[i % servers.length] as ServerProcess))
  return {
    told,
    async stop(): Promise<Told> {
      isOver = true
      await Promise.all(people)
      return told
    },
  }
}

/**
 * Of what was acknowledged, what is not there or is not what was sent, as a server gives it; of what was refused, what
 * is there all the same; and all that is there.
 */
export async function reckon(
  server: ServerProcess,
  { token, grappe, pieces }: Collection,
  told: Pick<Told, 'acknowledged' | 'refused'>,
) {
  const left = new Map(told.acknowledged)
  const kept = new Set<string>()
  let damaged = 0
  for (const piece of pieces) {
    const at = fill(API_PATHS.piece, { grappe, piece })
    const { body } = await remoteClient(server.base, token).call<PieceBody>('GET', at)
    for (const { id, files } of body.versions) {
      for (const file of files) {
        kept.add(file.sha256)
        const got = await remoteClient(server.base, token).call(
          'GET',
          fill(API_PATHS.file, { grappe, file: file.id }),
        )
        if (sha256(got.raw) !== file.sha256) damaged++
      }
      const sent = left.get(id)
      if (sent !== undefined && files.some(file => file.sha256 === sent.sha256)) left.delete(id)
    }
  }
  const keptThoughRefused = [...told.refused].filter(each => kept.has(each)).length
  return { lost: left.size, damaged, keptThoughRefused, kept }
}
