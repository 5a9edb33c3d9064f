// Set here and not for the whole run: Vitest measures its own workers, and each Node.js process that a test starts inherits this.
if (process.env.LOGHUB_TEST_COVERAGE !== undefined) process.env.NODE_V8_COVERAGE = process.env.LOGHUB_TEST_COVERAGE
