import { defineConfig, type Options } from 'tsup'

const libraries = { index: 'src/index.ts', 'emulator/index': 'src/emulator/index.ts' }
const shared = {
  platform: 'node',
  target: 'node20',
  sourcemap: true,
  splitting: true,
  // p-queue is ESM only: bundled, so that the CommonJS build loads on every supported Node.
  noExternal: ['p-queue'] as string[],
} satisfies Options

export default defineConfig([
  { ...shared, format: 'esm', entry: { ...libraries, 'cli/loghub': 'src/cli/loghub.ts' }, dts: { entry: libraries } },
  { ...shared, format: 'cjs', entry: libraries, dts: { entry: libraries } },
])
