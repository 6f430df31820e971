import { defineConfig } from 'vitest/config'

/** Suites named in package.json: `npm test` runs what needs nothing installed; `.ci/run` adds the others. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'test/**/*.test.tsx'],
    exclude: ['test/browser/**', 'test/faults/**', 'test/archives/**', 'test/antivirus/**', 'test/trust/**'],
    globalSetup: ['test/support/global-setup.ts', 'test/support/other-suites.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Two cores: more forks than cores only slow PGlite's boots down.
    maxWorkers: 2,
    // No module of ours keeps anything between two tests: loading the application anew for each file took a fifth
    // of the run.
    isolate: false,
  },
})
