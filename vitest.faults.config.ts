import { defineConfig } from 'vitest/config'

/** Those that time what is answered meanwhile: on a machine with nothing else to do. */
const ALONE = ['hostile-files', 'uploads', 'database', 'promotion'].map(name => `test/faults/${name}.test.ts`)

const every = {
  globalSetup: ['test/support/global-setup.ts'],
  testTimeout: 600_000,
  hookTimeout: 240_000,
}

/**
 * Real processes, killed and starved: slow, so a suite of its own (`npm run test:faults`). Most of it is servers that
 * start, on one core each, and work that waits for its turn: two files at a time.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...every,
          name: 'two at a time',
          include: ['test/faults/**/*.test.ts'],
          exclude: ALONE,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      { test: { ...every, name: 'alone', include: ALONE, maxWorkers: 1, sequence: { groupOrder: 1 } } },
    ],
  },
})
