import { defineConfig } from 'vitest/config'

/** What nobody may do, asked thousands of times: a suite of its own (`npm run test:trust`). */
export default defineConfig({
  test: {
    include: ['test/trust/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 120_000,
  },
})
