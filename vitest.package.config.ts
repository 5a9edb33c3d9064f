import { defineConfig } from 'vitest/config'

/** The tests of the package as its users get it: built, packed, and unpacked into an application of its own. */
export default defineConfig({
  test: {
    include: ['test/package/**/*.test.ts'],
    globalSetup: ['test/package/support/pack-once.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
  },
})
