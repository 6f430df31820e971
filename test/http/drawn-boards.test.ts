import { expect, it } from 'vitest'
import { drawnBoards } from '../../server/http/api/drawn-boards.ts'
import type { GrappeMarks } from '../../server/steps/access/grappe-visit.ts'

it('is another board when another act made the same revision, as on a database that lost its last acts', () => {
  const now = () => new Date('2026-06-09T08:00:00Z')
  const { etag } = drawnBoards({ now }, { read: async () => null })
  const marks: GrappeMarks = {
    grappeId: 'grappe',
    revision: 7,
    lineHash: 'a'.repeat(64),
    timeZone: 'Europe/Paris',
    callVersion: null,
    registryAt: null,
  }
  expect(etag({ ...marks })).toBe(etag(marks))
  expect(etag({ ...marks, lineHash: 'b'.repeat(64) })).not.toBe(etag(marks))
  expect(etag({ ...marks, revision: 8 })).not.toBe(etag(marks))
})
