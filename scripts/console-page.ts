import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { build, type Plugin } from 'esbuild'

/** What the server imports: the files of the page by their names, as texts. */
const MODULE = 'virtual:console-page'
// From the root of the package, where every build and every test run begins.
const PAGE = resolve('src/console/page')
const LICENSES = `/*! Contains Preact (MIT, Copyright Jason Miller) and uPlot (MIT, Copyright Leon Sorokin). */`

/** Bundles the page of the console: one script, one style sheet, and the files that are served as they are. */
export async function buildConsolePage(): Promise<Record<string, string>> {
  const { outputFiles } = await build({
    entryPoints: { console: resolve(PAGE, 'main.tsx') },
    outdir: '/',
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    target: ['es2022', 'chrome111', 'firefox113', 'safari16.4'],
    tsconfig: resolve(PAGE, 'tsconfig.json'),
    banner: { js: LICENSES, css: LICENSES },
    legalComments: 'none',
    logLevel: 'error',
  })
  const bundled = outputFiles.map(({ path, text }) => [path.replace(/^.*[\\/]/, ''), text])
  const fixed = ['index.html', 'icon.svg'].map((name) => [name, readFileSync(resolve(PAGE, name), 'utf8')])
  return Object.fromEntries([...bundled, ...fixed])
}

async function moduleText(): Promise<string> {
  return `export default ${JSON.stringify(await buildConsolePage())}`
}

/** For tsup: puts the page into the bundle, in a chunk of its own that is loaded when somebody opens the console. */
export const consolePage: Plugin = {
  name: 'console-page',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^virtual:console-page$/ }, () => ({ path: MODULE, namespace: MODULE }))
    onLoad({ filter: /.*/, namespace: MODULE }, async () => ({ contents: await moduleText(), loader: 'js' }))
  },
}

/** The same for vitest, which runs the sources. */
export const consolePageOfSources = {
  name: 'console-page',
  resolveId: (id: string) => (id === MODULE ? `\0${MODULE}` : undefined),
  load: (id: string) => (id === `\0${MODULE}` ? moduleText() : undefined),
}
