import { describe, expect, it } from 'vitest'
import { openPglite } from '../../server/adapters/database.ts'
import { readJournal } from '../../server/steps/read/read-journal.ts'
import { databaseBefore } from '../support/older-database.ts'

const GRAPPE = '0b7f4c1e-6d2a-4f7e-9c55-3f1d6a2b8e01'
const PORTEUR = '5a1c9e3d-2b4f-4a6c-8d7e-9f0a1b2c3d4e'

describe('a journal of before acts had kinds', () => {
  it('keeps its lines as they were written, of an unknown kind, in a server brought up to date', async () => {
    const client = await databaseBefore(
      '0003_typed_journal',
      `insert into porteurs values ('${PORTEUR}', 'porteuse@exemple.fr', '2026-05-01T08:00:00Z');
       insert into grappes (id, porteur_id, name, call_code, call, created_at)
         values ('${GRAPPE}', '${PORTEUR}', 'Grappe', 'demonstration', '{}', '2026-05-01T08:00:00Z');
       insert into journal (grappe_id, at, actor, event) values
         ('${GRAPPE}', '2026-05-01T08:00:00Z', 'porteuse@exemple.fr', 'Grappe « Grappe » créée.'),
         ('${GRAPPE}', '2026-05-02T09:30:00Z', 'Antivirus', 'Charte de la grappe : rien trouvé.');`,
    )
    const database = await openPglite({ client })
    try {
      const hash = expect.stringMatching(/^[0-9a-f]{64}$/)
      const old = { proof: null, kind: 'unknown', facts: null, hash }
      expect(await readJournal(database.db, GRAPPE)).toEqual([
        {
          ...old,
          id: 1,
          at: '2026-05-01T08:00:00.000Z',
          actor: 'porteuse@exemple.fr',
          event: 'Grappe « Grappe » créée.',
        },
        {
          ...old,
          id: 2,
          at: '2026-05-02T09:30:00.000Z',
          actor: 'Antivirus',
          event: 'Charte de la grappe : rien trouvé.',
        },
      ])
    } finally {
      await database.close()
    }
  })
})
