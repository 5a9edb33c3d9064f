import { configDefaults, defineConfig } from 'vitest/config'
import { consolePageOfSources } from './scripts/console-page.ts'

export default defineConfig({
  plugins: [consolePageOfSources],
  test: {
    include: ['test/**/*.test.ts'],
    // These need the built and packed package: npm run test:package.
    exclude: [...configDefaults.exclude, 'test/package/**'],
    globalSetup: ['test/support/build-once.ts'],
    setupFiles: process.env.LOGHUB_TEST_COVERAGE === undefined ? [] : ['test/support/cover-children.ts'],
    // Only the raw result: scripts/coverage.mjs adds the child processes and holds the floor.
    coverage: { include: ['src/**/*.ts'], exclude: ['src/console/page/**'], reporter: ['json'] },
    testTimeout: 20_000,
    hookTimeout: 30_000,
    // A crowded machine can starve a real child process or socket; the report names a test that needed its second run.
    retry: process.env.CI ? 1 : 0,
    pool: 'forks',
    // All cores: the default leaves one free, and of two that is half.
    maxWorkers: '100%',
  },
})
