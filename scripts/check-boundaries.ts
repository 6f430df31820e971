/** Runs dependency-cruiser on the import rules, and fails when it looked at too little to prove anything. */
import { execFile } from 'node:child_process'

const FOLDERS = ['server', 'schema', 'templates', 'scripts']

/** A checker that silently skips TypeScript sees none of our modules and says that all is well. */
const LEAST_MODULES = 680

interface Result {
  modules: Array<{ source: string }>
  summary: { error: number; violations: Array<{ from: string; to: string; rule: { name: string } }> }
}

/** The command exits with the number of violations, so its exit code says nothing of its own health. */
function cruise(): Promise<Result> {
  const options = ['--config', '.dependency-cruiser.cjs', '--output-type', 'json']
  return new Promise((resolve, reject) => {
    execFile('depcruise', [...FOLDERS, ...options], { maxBuffer: 1e9 }, (error, stdout) => {
      try {
        resolve(JSON.parse(stdout))
      } catch {
        reject(error)
      }
    })
  })
}

const { modules, summary } = await cruise()
const own = modules.filter(({ source }) => FOLDERS.some(folder => source.startsWith(`${folder}/`)))
for (const { rule, from, to } of summary.violations) {
  process.stderr.write(`${rule.name}: ${from} → ${to}\n`)
}
if (own.length < LEAST_MODULES) {
  process.stderr.write(`Only ${own.length} modules of ours were looked at: the check proves nothing.\n`)
  process.exitCode = 1
} else if (summary.error > 0) process.exitCode = 1
else process.stdout.write(`Import rules hold over ${own.length} modules.\n`)
