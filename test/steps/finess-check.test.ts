import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { finessKey } from '../../server/domain/finess.ts'

const script = fileURLToPath(new URL('../../scripts/finess.ts', import.meta.url))

/** Runs `finess ARGUMENTS` with the given standard input, as a person would. */
async function finess(args: readonly string[], input: Iterable<string> = []) {
  const child = spawn(process.execPath, ['--import', 'tsx', script, ...args])
  Readable.from(input).pipe(child.stdin)
  // A child that refuses its arguments does not read its input.
  child.stdin.on('error', () => {})
  let out = ''
  let errors = ''
  child.stdout.on('data', chunk => {
    out += chunk
  })
  child.stderr.on('data', chunk => {
    errors += chunk
  })
  const exitCode = await new Promise(resolve => child.on('close', resolve))
  return { out, errors, exitCode }
}

describe('npm run finess -- check', () => {
  it('says « valide » of every number, Corse included, and exits with 0', async () => {
    const key = finessKey('2A000025')
    expect(await finess(['check'], [`010780195\n\n  2A000025${key}  \r\n970302287`])).toEqual({
      out: `010780195 valide\n2A000025${key} valide\n970302287 valide\n`,
      errors: '',
      exitCode: 0,
    })
  })

  it('says why each other is refused, in its place, and exits with 1', async () => {
    const { out, exitCode } = await finess(['check'], ['010780195\n010780196\n26010004500012\n'])
    expect(out.split('\n')).toEqual([
      '010780195 valide',
      expect.stringMatching(/^010780196 refusé : La clé de contrôle/),
      expect.stringMatching(/^26010004500012 refusé : .*SIRET/),
      '',
    ])
    expect(exitCode).toBe(1)
  })

  it('accepts nothing at all', async () => {
    expect(await finess(['check'], ['\n \n'])).toEqual({ out: '', errors: '', exitCode: 0 })
  })

  it('goes through 300,000 numbers without keeping them', async () => {
    function* numbers() {
      for (let block = 0; block < 300; block += 1) yield '010780195\n'.repeat(1000)
    }
    const { out, exitCode } = await finess(['check'], numbers())
    expect([out.length, exitCode]).toEqual([300_000 * '010780195 valide\n'.length, 0])
  })

  it('ends quietly when whoever reads its output leaves, as `head` does', async () => {
    const child = spawn(process.execPath, ['--import', 'tsx', script, 'check'])
    let errors = ''
    child.stderr.on('data', chunk => {
      errors += chunk
    })
    child.stdin.on('error', () => {})
    Readable.from(['010780195\n'.repeat(500_000)]).pipe(child.stdin)
    child.stdout.once('data', () => child.stdout.destroy())
    const exitCode = await new Promise(resolve => child.on('close', resolve))
    expect({ errors, exitCode }).toEqual({ errors: '', exitCode: 0 })
  })
})

it('npm run finess explains itself when it is called without knowing how', async () => {
  for (const args of [[], ['import'], ['autre']]) {
    expect(await finess(args)).toMatchObject({ exitCode: 1, errors: expect.stringContaining('Usage') })
  }
  expect(await finess(['import', '/nulle/part.csv'])).toMatchObject({
    exitCode: 1,
    errors: 'Le fichier /nulle/part.csv n’existe pas.\n',
  })
})

it('the fixtures are the real ones: every establishment of the sample passes the check', async () => {
  const sample = await readFile(new URL('../fixtures/finess/sample-cs1100502.csv', import.meta.url), 'utf8')
  const numbers = sample.split('\n').flatMap(line => line.match(/^structureet;(\w+);(\w+)/)?.slice(1) ?? [])
  expect(numbers).toHaveLength(10)
  expect((await finess(['check'], [numbers.join('\n')])).exitCode).toBe(0)
})
