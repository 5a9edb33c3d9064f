// How long it takes to import the main entry, in a fresh process each time. Run: node bench/import-time.mjs
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { median, round, spreadOf } from './measure.mjs'

const ENTRIES = { import: 'index.js', require: 'index.cjs' }

function once(kind, file) {
  const path = JSON.stringify(join(import.meta.dirname, '../dist', file))
  const load =
    kind === 'import' ? `await import(${path})` : `process.getBuiltinModule('module').createRequire(${path})(${path})`
  const script = `const start = performance.now(); ${load}; console.log(performance.now() - start)`
  return Number(spawnSync(process.execPath, ['--input-type=module', '-e', script]).stdout)
}

export function measureImport({ runs = 15 } = {}) {
  return Object.entries(ENTRIES).map(([kind, file]) => {
    const taken = Array.from({ length: runs }, () => once(kind, file))
    return { entry: `${kind} of the main entry`, 'ms, median': round(median(taken), 1), spread: spreadOf(taken, 1) }
  })
}

if (process.argv[1] === import.meta.filename) console.table(measureImport())
