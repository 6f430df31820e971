/** Second half of `npm run build`: puts beside the compiled code the files that it reads when it runs. */
import { cp, rename, rm, writeFile } from 'node:fs/promises'
import { openPglite } from '../server/adapters/database.ts'
import { makeQueues } from '../server/adapters/jobs.ts'
import { letAllRead } from '../server/adapters/prepared-database.ts'
import { JOB_NAMES } from '../server/steps/job-runs.ts'

for (const folder of [
  'schema/migrations',
  'templates/calls',
  'templates/examples',
  'templates/documents',
  'templates/assets',
]) {
  await cp(folder, `dist/${folder}`, { recursive: true })
}
// The embedded database of a first start: what stops here leaves none.
const prepared = 'dist/prepared-database'
const half = `${prepared}.neuve`
for (const folder of [prepared, half]) await rm(folder, { recursive: true, force: true })
const database = await openPglite({ folder: half })
await makeQueues(database, JOB_NAMES)
await database.close()
await letAllRead(half)
await rename(half, prepared)
// Last: `run.js` takes the build for as old as this.
await writeFile('dist/built', '')
