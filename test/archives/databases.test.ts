import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { grappes } from '../../schema/tables.ts'
import { type OpenDatabase, openPglite, openPostgresql } from '../../server/adapters/database.ts'
import { readConfig } from '../../server/config.ts'
import { createContext } from '../../server/context.ts'
import { makeDemonstrationOnce } from '../../server/demonstration.ts'
import { listSeals } from '../../server/steps/read/read-seals.ts'
import { type PostgresqlServer, startPostgresql } from '../support/postgresql.ts'

let server: PostgresqlServer
beforeAll(async () => {
  server = await startPostgresql()
})
afterAll(() => server.stop())

/** Takes away the one chance that the database itself has in a dossier: the salt of the journal's lines. */
async function withoutChance({ executeSql }: OpenDatabase): Promise<void> {
  const { rows } = await executeSql("select pg_get_functiondef('journal_chained'::regproc) as definition")
  const { definition } = rows[0] as { definition: string }
  expect(definition).toContain('gen_random_uuid()')
  await executeSql(definition.replace('gen_random_uuid()', "'sel'"))
}

/** The same acts at the same instant, with the same ids, on one database. */
async function sealOn(database: OpenDatabase) {
  await withoutChance(database)
  const folder = await mkdtemp(join(tmpdir(), 'grappe-kit-deux-bases-'))
  const config = readConfig({ DATA_DIR: folder, LOG_LEVEL: 'silent', SECRET_KEY: 'k'.repeat(43) })
  const context = await createContext(config, { database, now: () => new Date('2026-06-01T10:00:00Z') })
  let ids = 0
  context.newId = () => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`
  try {
    await makeDemonstrationOnce(context)
    const [grappe] = await context.db.select({ id: grappes.id }).from(grappes)
    const [seal] = await listSeals(context, grappe?.id ?? '')
    return { state: seal?.state, seal: seal?.sealHash, zip: seal?.zipSha256, length: seal?.zipLength }
  } finally {
    await context.close()
    await rm(folder, { recursive: true, force: true })
  }
}

describe('the same dossier sealed on both databases', () => {
  it('has the same seal and the same bytes', async () => {
    const embedded = await sealOn(await openPglite())
    const other = await sealOn(await openPostgresql(`${server.url}/postgres`))
    expect(embedded.state).toBe('scelle')
    expect(other).toEqual(embedded)
  })
})
