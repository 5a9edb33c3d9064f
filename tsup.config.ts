import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, isAbsolute, relative, resolve } from 'node:path'
import { defineConfig, type Options } from 'tsup'
import entries from './entries.json' with { type: 'json' }
import { consolePage } from './scripts/console-page.ts'

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
  esbuildPlugins: [consolePage],
} satisfies Options

const packed = {
  ...shared,
  sourcemap: true,
  plugins: [{ name: 'relative-paths', buildEnd: relatePaths }],
} satisfies Options

export default defineConfig([
  { ...packed, format: 'esm', entry: { ...libraries, ...program }, dts: { entry: libraries } },
  { ...packed, format: 'cjs', entry: libraries, dts: { entry: libraries } },
])

/** CommonJS chunks are transformed once more after the bundling, and their maps then hold absolute paths. */
function relatePaths({ writtenFiles }: { writtenFiles: readonly { name: string }[] }): void {
  for (const { name } of writtenFiles.filter((file) => file.name.endsWith('.map'))) {
    const map = JSON.parse(readFileSync(name, 'utf8')) as { file?: string; sources: string[] }
    const related = (path: string) => (isAbsolute(path) ? relative(dirname(resolve(name)), path) : path)
    if (map.file !== undefined) map.file = related(map.file)
    map.sources = map.sources.map(related)
    writeFileSync(name, JSON.stringify(map))
  }
}
