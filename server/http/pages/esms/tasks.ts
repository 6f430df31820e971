/** What a member has to do: its expected pieces, each as its pages tell it. */
import type { MemberRecord } from '../../../../templates/pages/esms/asked.tsx'
import type { Task, TaskGroup } from '../../../../templates/pages/esms/tasks.tsx'
import { windowOn } from '../../../domain/call.ts'
import { decidingExtension, isReopened } from '../../../domain/extension.ts'
import {
  currentVersion,
  damagedDocuments,
  documentsOf,
  isLate,
  isOutstanding,
  motiveOf,
  pieceDeadline,
  pieceState,
  standingRequest,
} from '../../../domain/piece.ts'
import { openQuestions } from '../../../domain/questions.ts'
import {
  dependsOnFact,
  type MemberPiece,
  type MemberScope,
  readMemberPieces,
} from '../../../steps/access/member-scope.ts'
import type { Context } from '../../../steps/ports.ts'
import { ownerOf, today } from './access.ts'

/** An OG's own pieces come first, then each of its ESMS; an ESMS' link holds its own alone. */
export async function readGroups(context: Context, scope: MemberScope): Promise<TaskGroup[]> {
  // What depends on a fact that nobody gave is not owed: the fact is asked for. A deposit made even so shows.
  const expected = (await readMemberPieces(context, scope)).filter(
    each => each.piece.versions.length > 0 || !dependsOnFact(scope, each),
  )
  const day = today(context, scope)
  const tasksOf = (ownerId: string) =>
    expected.filter(each => ownerOf(scope, each).id === ownerId).map(each => taskOf(each, scope, day))
  return [
    ...scope.ogs.map(og => ({ id: og.id, title: og.name, finess: og.finessEj })),
    ...scope.esms.map(esms => ({ id: esms.id, title: esms.name, finess: esms.finess })),
  ].map(({ id, title, finess }) => ({
    id,
    title,
    finess,
    tasks: tasksOf(id),
  }))
}

export function taskOf({ piece, definition }: MemberPiece, scope: MemberScope, day: string): Task {
  const state = pieceState(piece)
  const { closesOn } = windowOn(scope.call, day)
  const deadlineOn = pieceDeadline(definition, closesOn, piece.extensions)
  const version = currentVersion(piece)
  return {
    pieceId: piece.id,
    ownerName: ownerOf(scope, { piece }).name,
    name: definition.name,
    explanation: definition.explanation,
    required: definition.required,
    state,
    late: isLate({ required: definition.required, state }, deadlineOn, day),
    damaged: damagedDocuments(version).map(({ name }) => name),
    outstanding: isOutstanding(state),
    deadlineOn,
    deposit: version && {
      number: version.number,
      at: version.depositedAt,
      files: documentsOf(version).length,
    },
    motive: motiveOf(piece),
    nonApplicable: standingRequest(piece),
    granted: decidingExtension(piece.extensions, deadlineOn),
    reopened: closesOn !== null && day > closesOn && isReopened(piece.extensions, day),
  }
}

/** The OG and the ESMS of a link, each with what is still asked of its own record. */
export function recordsOf({ call, ogs, esms, ogSizes, archived }: MemberScope): MemberRecord[] {
  return [
    ...ogs.map(({ id, name }) => ({ kind: 'og' as const, id, name, questions: 0, facts: 0 })),
    ...esms.map(member => {
      // Nothing is answered in a grappe put away: nothing is asked.
      const open = archived ? [] : openQuestions(call, member, ogSizes)
      const questions = open.filter(({ kind }) => kind === 'declaration').length
      return {
        kind: 'esms' as const,
        id: member.id,
        name: member.name,
        questions,
        facts: open.length - questions,
      }
    }),
  ]
}
