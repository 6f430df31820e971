/**
 * `npm run country -- --grappes 1500`: fills the PostgreSQL of DATABASE_URL, and the store of DATA_DIR, with
 * a country of fictional grappes. For trying a server at that size; never where real ones are.
 */
import { parseArgs } from 'node:util'
import { grappes } from '../schema/tables.ts'
import { readConfig } from '../server/config.ts'
import { createContext } from '../server/context.ts'
import { COUNTRY_REVIEWER, fillCountry } from './country-rows.ts'

const SEALED = 300

const { values } = parseArgs({ options: { grappes: { type: 'string', default: '1500' } } })
const count = Number(values.grappes)
if (!Number.isInteger(count) || count < 2) throw new Error('--grappes : un nombre entier, 2 au moins')
const config = readConfig({ ...process.env, DEMO: 'non' })
if (config.databaseUrl === undefined) throw new Error('DATABASE_URL : donnez la base PostgreSQL à remplir')
const context = await createContext(config)
try {
  if ((await context.db.$count(grappes)) > 0) throw new Error('Cette base contient déjà des grappes.')
  const startedAt = performance.now()
  const pressing = { grappes: Math.min(SEALED, count), inDays: 7 }
  await fillCountry(context, { grappes: count, sealed: Math.min(SEALED, count), pressing })
  const seconds = Math.round((performance.now() - startedAt) / 1000)
  console.log(`${count} grappes en ${seconds} s. Instructrice : ${COUNTRY_REVIEWER}.`)
} finally {
  await context.close()
}
