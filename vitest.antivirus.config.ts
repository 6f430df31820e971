import { defineConfig } from 'vitest/config'

/** `npm run test:antivirus`: deposits before a real clamd, which it starts itself with a signature database of its own. */
export default defineConfig({
  test: {
    include: ['test/antivirus/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
