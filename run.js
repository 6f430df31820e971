/**
 * `node run.js server/main ARGUMENTS`: runs a program as it was built, which starts several times faster; from
 * source where nothing was built, or where a source has changed since.
 */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const root = import.meta.dirname
const [node = '', , program = '', ...rest] = process.argv
const built = join(root, 'dist', `${program}.js`)
const source = join(root, `${program}.ts`)

const isBuilt = existsSync(built) && (!existsSync(source) || lastChange() <= builtAt())
if (!isBuilt) (await import('tsx/esm/api')).register()
const entry = isBuilt ? built : source
// What the program takes for its own command line.
process.argv = [node, entry, ...rest]
await import(pathToFileURL(entry).href)

/** The build writes this file last. */
function builtAt() {
  return statSync(join(root, 'dist/built'), { throwIfNoEntry: false })?.mtimeMs ?? 0
}

/** Of anything that the build reads; a folder changes with the names in it. */
function lastChange() {
  const read = ['server', 'schema', 'templates', 'scripts'].flatMap(folder => [
    folder,
    ...readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map(path => join(folder, path)),
  ])
  const times = ['package.json', 'tsconfig.json', 'tsconfig.build.json', ...read].map(
    path => statSync(join(root, path)).mtimeMs,
  )
  return Math.max(...times)
}
