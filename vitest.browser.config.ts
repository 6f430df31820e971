import { defineConfig } from 'vitest/config'

/** `npm run test:browser`: the three journeys in a real Chromium. */
export default defineConfig({
  test: {
    include: ['test/browser/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    // One browser and one server at a time leave two cores to each.
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
