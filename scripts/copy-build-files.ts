/** Second half of `npm run build`: puts beside the compiled code the files that it reads when it runs. */
import { cp, writeFile } from 'node:fs/promises'

for (const folder of [
  'schema/migrations',
  'templates/calls',
  'templates/examples',
  'templates/documents',
  'templates/assets',
]) {
  await cp(folder, `dist/${folder}`, { recursive: true })
}
// Last: `run.js` takes the build for as old as this.
await writeFile('dist/built', '')
