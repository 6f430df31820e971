import { defineConfig } from 'vitest/config'

/** Real processes, killed and starved: slow, so a suite of its own (`npm run test:faults`). */
export default defineConfig({
  test: {
    include: ['test/faults/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 120_000,
  },
})
