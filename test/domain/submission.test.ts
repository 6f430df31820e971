/** Where a call says that the file is deposited, and what it dates and expects afterwards. */
import { describe, expect, it } from 'vitest'
import { readCallTemplate, readWrittenCall } from '../../schema/contracts/call.ts'
import { storedSubmission } from '../../schema/contracts/submission.ts'
import { resolveCall } from '../../server/domain/call.ts'
import { changesBetween, changeWords } from '../../server/domain/call-changes.ts'
import { followUpPieces, isFollowUp } from '../../server/domain/follow-up.ts'
import { checklistOf, NO_SUBMISSION } from '../../server/domain/submission.ts'
import { completeCall, writtenCall } from '../../server/domain/written-call.ts'
import { shippedCall, shippedTemplate } from './calls.ts'

const written = writtenCall(shippedTemplate('corse-2023'))
const [lettre] = written.pieces
const RECEIVED = { ...lettre, code: 'apres-depot-convention', scope: 'grappe' as const, condition: null }
const FOLLOW_UP = {
  dates: [
    {
      code: 'convention',
      title: 'Convention notifiée',
      dueOn: 'J+30',
      provenance: written.windows[0]?.provenance,
    },
  ],
  pieces: [{ ...RECEIVED, deadlineOn: 'J+60' }],
}
const problems = (value: unknown) => {
  const read = readWrittenCall(value)
  return read.ok
    ? []
    : read.problems.map(({ path, mend }) => `${path.join('.')} : ${mend}`.replaceAll('\u00a0', ' '))
}

describe('a call that says what comes after the deposit', () => {
  it('is read, written again the same, and its days count from the creation', () => {
    const read = readCallTemplate({ ...written, followUp: FOLLOW_UP })
    if (!read.ok) throw new Error(JSON.stringify(read.problems))
    expect(read.unknownKeys).toEqual([])
    expect(completeCall(writtenCall(read.call))).toEqual(read.call)
    const copy = resolveCall(read.call, '2026-01-01')
    expect(copy.followUp?.dates[0]?.dueOn).toBe('2026-01-31')
    expect(copy.followUp?.pieces[0]?.deadlineOn).toBe('2026-03-02')
    expect(followUpPieces(copy, []).map(({ code }) => code)).toEqual([
      'preuve-depot',
      'apres-depot-convention',
    ])
    const before = shippedCall('corse-2023', '2026-01-01')
    expect(changesBetween(before, copy).map(each => changeWords(each, copy).title)).toEqual([
      'Suites du dépôt\u00a0: modification',
    ])
  })

  it('says what to mend: a step twice, a code of the dossier, a piece of each member, a reserved code', () => {
    const submission = {
      name: 'Guichet',
      steps: ['Créer', 'Créer'],
      provenance: written.windows[0]?.provenance,
    }
    expect(problems({ ...written, submission })).toEqual([
      'submission.steps : écrivez chaque étape une fois : deux sont les mêmes',
    ])
    expect(problems({ ...written, submission: { ...submission, steps: [] } })).toHaveLength(1)
    expect(
      problems({ ...written, submission: { ...submission, steps: ['Créer'], url: 'http://non.fr' } }),
    ).toEqual(['submission.url : écrivez une adresse complète, qui commence par https://'])
    const withPiece = (piece: object) =>
      problems({ ...written, followUp: { pieces: [{ ...RECEIVED, ...piece }] } })
    expect(withPiece({})).toEqual([])
    expect(withPiece({ code: 'convention' })).toEqual([
      'followUp.pieces.0.code : commencez ce code par apres-depot-',
    ])
    expect(withPiece({ scope: 'esms' })).toHaveLength(1)
    expect(problems({ ...written, pieces: [{ ...lettre, code: 'preuve-depot' }] })[0]).toContain(
      'choisissez un autre code',
    )
  })

  it('of before a code was reserved, keeps its own piece in its dossier', () => {
    const call = shippedCall('corse-2023')
    const old = { ...call, pieces: [{ ...RECEIVED, code: 'preuve-depot' }] } as typeof call
    expect(isFollowUp(call, 'preuve-depot')).toBe(true)
    expect(isFollowUp(old, 'preuve-depot')).toBe(false)
    expect(followUpPieces(old, [])).toEqual([])
  })
})

describe('what a grappe keeps of it', () => {
  it('is one step where the call names none, and refused when it is not what was written', () => {
    const silent = { ...shippedCall('corse-2023'), submission: undefined }
    expect(checklistOf(silent, NO_SUBMISSION).steps).toEqual([{ step: 'Le dossier est déposé', done: null }])
    expect(storedSubmission(null)).toEqual({ revision: 0, ...NO_SUBMISSION })
    expect(() => storedSubmission({ revision: 1, done: [{ step: 'x' }] })).toThrow()
  })
})
