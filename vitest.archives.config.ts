import { defineConfig } from 'vitest/config'

/** `npm run test:archives`: sealed ZIPs of every size, in the hands of other people's unzippers. Slow, and needs them. */
export default defineConfig({
  test: {
    include: ['test/archives/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    fileParallelism: false,
    testTimeout: 900_000,
    hookTimeout: 300_000,
  },
})
