import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { RULES } from '../../server/domain/rules/index.ts'

const folder = await mkdtemp(join(tmpdir(), 'grappe-kit-call-'))
afterAll(() => rm(folder, { recursive: true }))

/** Runs the command as a person does; resolves whatever its exit code. */
function call(...args: string[]): Promise<{ exitCode: number; output: string }> {
  return new Promise(resolve => {
    const child = execFile(
      process.execPath,
      ['--import', 'tsx', 'scripts/call.ts', ...args],
      (_, stdout, stderr) => resolve({ exitCode: child.exitCode ?? -1, output: stdout + stderr }),
    )
  })
}

describe('the call command', () => {
  test('starts a call from a shipped one, checks it, and never overwrites it', async () => {
    const path = join(folder, 'ars-bretagne-2027.yaml')
    expect(await call('new', path, '--from', 'national-2024')).toMatchObject({ exitCode: 0 })
    expect(await call('check', path)).toMatchObject({
      exitCode: 0,
      output: expect.stringContaining('valide'),
    })

    const mine = `${await readFile(path, 'utf8')}# mine\n`
    await writeFile(path, mine)
    expect(await call('new', path)).toMatchObject({
      exitCode: 1,
      output: expect.stringContaining('existe déjà'),
    })
    expect(await readFile(path, 'utf8')).toBe(mine)
  })

  test('says what to mend and exits with 1', async () => {
    const path = join(folder, 'fautif.yaml')
    await writeFile(path, 'code: fautif\ntitle: 12\n')
    expect(await call('check', path)).toMatchObject({
      exitCode: 1,
      output: expect.stringContaining('fautif.yaml, ligne 2, title\u00A0: écrivez un texte.'),
    })
  })

  test.each([[[]], [['check']], [['lire', 'a.yaml']], [['check', 'absent.yaml']], [['new', 'a.txt']]])(
    '%j is refused with a sentence',
    async args => {
      const { exitCode, output } = await call(...args)
      expect(exitCode).toBe(1)
      expect(output).not.toMatch(/ at .*\.ts:\d+/)
    },
  )
})

describe('the page on how to write a call', () => {
  test('names every rule and every parameter', async () => {
    const page = await readFile('docs/write-a-call.md', 'utf8')
    for (const rule of RULES) {
      const line = page.split('\n').find(each => each.startsWith(`| \`${rule.code}\` `))
      expect(line, rule.code).toBeDefined()
      for (const name of Object.keys(rule.parameters)) expect(line, rule.code).toContain(`\`${name}\``)
    }
  })
})
