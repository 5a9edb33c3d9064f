import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'

/** The spool alone, for a child process. Returns what to import. */
export async function buildSpool(directory: string): Promise<string> {
  const outfile = resolve(directory, 'spool-alone.mjs')
  await build({ entryPoints: ['src/spool/index.ts'], bundle: true, platform: 'node', format: 'esm', outfile })
  return pathToFileURL(outfile).href
}
