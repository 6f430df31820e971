import { expect, it } from 'vitest'
import { fill, PATHS } from '../../schema/urls.ts'
import { loggedUrl } from '../../server/http/security.ts'

it('no address of a capability reaches the log with its token, nor any query', () => {
  const token = 'x'.repeat(43)
  const capabilities = Object.values(PATHS).filter(path => path.includes(':token'))
  expect(capabilities.length).toBeGreaterThan(8)
  for (const path of capabilities) {
    const logged = loggedUrl(`${fill(path, { token, piece: 'p', file: 'f', version: 'v' })}?csrf=${token}`)
    expect(logged).not.toContain(token)
  }
})
