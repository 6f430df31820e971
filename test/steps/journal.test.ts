import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { drizzle } from 'drizzle-orm/pglite'
import { migrate } from 'drizzle-orm/pglite/migrator'
import { describe, expect, it } from 'vitest'
import { openPglite } from '../../server/adapters/database.ts'
import { readJournal } from '../../server/steps/read/read-journal.ts'

const GRAPPE = '0b7f4c1e-6d2a-4f7e-9c55-3f1d6a2b8e01'
const PORTEUR = '5a1c9e3d-2b4f-4a6c-8d7e-9f0a1b2c3d4e'

/** What a database was before a migration of that rank, as its dump. */
async function dumpedBefore(rank: number, statements: string): Promise<Blob> {
  const folder = await mkdtemp(join(tmpdir(), 'grappe-kit-migrations-'))
  try {
    await cp('schema/migrations', folder, { recursive: true })
    const index = join(folder, 'meta/_journal.json')
    const list = JSON.parse(await readFile(index, 'utf8')) as { entries: Array<{ idx: number }> }
    const earlier = { ...list, entries: list.entries.filter(({ idx }) => idx < rank) }
    await writeFile(index, JSON.stringify(earlier))
    const client = await PGlite.create()
    await migrate(drizzle({ client }), { migrationsFolder: folder })
    await client.exec(statements)
    const dump = await client.dumpDataDir('none')
    await client.close()
    return new Blob([await dump.arrayBuffer()])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

describe('a journal of before acts had kinds', () => {
  it('keeps its lines as they were written, of an unknown kind, in a server brought up to date', async () => {
    const dump = await dumpedBefore(
      3,
      `insert into porteurs values ('${PORTEUR}', 'porteuse@exemple.fr', '2026-05-01T08:00:00Z');
       insert into grappes (id, porteur_id, name, call_code, call, created_at)
         values ('${GRAPPE}', '${PORTEUR}', 'Grappe', 'demonstration', '{}', '2026-05-01T08:00:00Z');
       insert into journal (grappe_id, at, actor, event) values
         ('${GRAPPE}', '2026-05-01T08:00:00Z', 'porteuse@exemple.fr', 'Grappe « Grappe » créée.'),
         ('${GRAPPE}', '2026-05-02T09:30:00Z', 'Antivirus', 'Charte de la grappe : rien trouvé.');`,
    )
    const database = await openPglite({ dump })
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
