import { defineConfig, type Options } from 'tsup'
import entries from './entries.json' with { type: 'json' }

/** Out of `src/emulator/index.ts` comes `dist/emulator/index.js`. */
export const libraries: Record<string, string> = Object.fromEntries(
  Object.values(entries).map((source) => [source.replace(/^src\/(.*)\.ts$/, '$1'), source]),
)
export const program = { 'cli/loghub': 'src/cli/loghub.ts' }

export const shared = {
  platform: 'node',
  target: 'node20',
  splitting: true,
  // p-queue is ESM only: bundled, so that the CommonJS build loads on every supported Node.
  noExternal: ['p-queue'] as string[],
} satisfies Options

const packed = { ...shared, sourcemap: true } satisfies Options

export default defineConfig([
  { ...packed, format: 'esm', entry: { ...libraries, ...program }, dts: { entry: libraries } },
  { ...packed, format: 'cjs', entry: libraries, dts: { entry: libraries } },
])
