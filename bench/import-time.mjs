// How long it takes to import the main entry, in a fresh process each time. Run: node bench/import-time.mjs
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { median, round, spreadOf } from './measure.mjs'

const path = (file) => JSON.stringify(join(import.meta.dirname, '../dist', file))
const ENTRIES = {
  'import of the main entry': `await import(${path('index.js')})`,
  'require of the main entry': `process.getBuiltinModule('module').createRequire(${path('index.cjs')})(${path('index.cjs')})`,
  'import of the agent': `await import(${path('agent/index.js')})`,
  'import of all of undici': `await import('undici')`,
  'import of its client alone': `await Promise.all([import('undici/lib/dispatcher/client.js'), import('undici/lib/core/connect.js')])`,
}

function once(load) {
  const script = `const start = performance.now(); ${load}; console.log(performance.now() - start)`
  const cwd = join(import.meta.dirname, '..')
  return Number(spawnSync(process.execPath, ['--input-type=module', '-e', script], { cwd }).stdout)
}

export function measureImport({ runs = 15 } = {}) {
  return Object.entries(ENTRIES).map(([entry, load]) => {
    const taken = Array.from({ length: runs }, () => once(load))
    return { entry, 'ms, median': round(median(taken), 1), spread: spreadOf(taken, 1) }
  })
}

if (process.argv[1] === import.meta.filename) console.table(measureImport())
