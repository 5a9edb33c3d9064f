// npm run coverage: runs the tests and says which lines of src/ they reach, child processes included: the command line, the
// deaths, the spool's crashes. Exit code 1 where a floor of FLOORS does not hold. Arguments go to Vitest; without them the
// floors are held, with them (a part of the tests) only shown.
//
// Vitest measures its workers. Each Node.js process below them writes what V8 counted into a folder (NODE_V8_COVERAGE), for
// the build of test/support/build-once.ts; its source maps lead back to src/. A line is reached if either of the two saw it.
// A child that is killed writes nothing.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { mergeProcessCovs } from '@bcoe/v8-coverage'
import convert from 'ast-v8-to-istanbul'
import { parseAstAsync } from 'vite'

/** Lines in percent that must be reached: of all, and of each folder of src/. */
const FLOORS = { all: 95, folder: 92 }

const ROOT = resolve(import.meta.dirname, '..')
const OUT = join(ROOT, 'coverage')
// Not below OUT, which Vitest empties.
const RAW = join(ROOT, 'node_modules/.cache/loghub-producer-coverage-raw')
const BUILD = join(ROOT, 'node_modules/.cache/loghub-producer-coverage')

rmSync(RAW, { recursive: true, force: true })
mkdirSync(RAW, { recursive: true })
const filters = process.argv.slice(2)
// What is counted makes tests slower: one that was too slow has a second run, and more time.
const patience = ['--retry', '1', '--testTimeout', '60000']
const tests = spawnSync('npx', ['vitest', 'run', '--coverage', ...patience, ...filters], {
  cwd: ROOT,
  stdio: 'inherit',
  env: { ...process.env, LOGHUB_TEST_COVERAGE: RAW, LOGHUB_TEST_BUILD: BUILD },
})
if (tests.status !== 0) process.exit(tests.status ?? 1)

const lines = new Map()
addLines(JSON.parse(readFileSync(join(OUT, 'coverage-final.json'), 'utf8')), { isComplete: true })
for (const script of childScripts()) addLines(await backToSources(script), { isComplete: false })
rmSync(RAW, { recursive: true })
report()

/** What V8 counted in our build in all children, one entry a file. */
function childScripts() {
  let merged = { result: [] }
  for (const file of readdirSync(RAW)) {
    merged = mergeProcessCovs([merged, { result: scriptsIn(file).filter(({ url }) => isOfBuild(url)) }])
  }
  return merged.result
}

/** None of a child that was killed while it wrote. */
function scriptsIn(file) {
  try {
    return JSON.parse(readFileSync(join(RAW, file), 'utf8')).result
  } catch {
    return []
  }
}

/** Programs that a test writes beside the build have no map. */
function isOfBuild(url) {
  return url.startsWith(`file://${BUILD}/`) && existsSync(`${fileURLToPath(url)}.map`)
}

async function backToSources(script) {
  const file = fileURLToPath(script.url)
  const code = readFileSync(file, 'utf8')
  const sourceMap = JSON.parse(readFileSync(`${file}.map`, 'utf8'))
  return convert({ ast: parseAstAsync(code), code, wrapperLength: 0, coverage: script, sourceMap })
}

/** The lines that count are those of Vitest's result, which has every file of src/; children only reach more of them. */
function addLines(coverageMap, { isComplete }) {
  for (const [path, { statementMap, s: counts }] of Object.entries(coverageMap)) {
    const file = relative(ROOT, path)
    if (isComplete && Object.keys(statementMap).length > 0) lines.set(file, new Map())
    const known = lines.get(file)
    if (known === undefined) continue
    for (const [id, { start }] of Object.entries(statementMap)) {
      if (isComplete || known.has(start.line)) known.set(start.line, known.get(start.line) || counts[id] > 0)
    }
  }
}

function report() {
  const folders = new Map()
  const missed = {}
  for (const [file, reached] of lines) {
    const unreached = [...reached].filter(([, isReached]) => !isReached).map(([line]) => line)
    if (unreached.length > 0) missed[file] = unreached
    for (const name of ['all', folderOf(file)]) {
      const sum = folders.get(name) ?? { lines: 0, reached: 0 }
      folders.set(name, { lines: sum.lines + reached.size, reached: sum.reached + reached.size - unreached.length })
    }
  }
  writeFileSync(join(OUT, 'missed-lines.json'), JSON.stringify(missed, undefined, 1))
  const rows = [...folders].map(([name, sum]) => ({ name, ...sum, percent: percentOf(sum) }))
  console.table(rows)
  console.log('Lines that no test reaches: coverage/missed-lines.json')
  const low = rows.filter(({ name, percent }) => percent < (name === 'all' ? FLOORS.all : FLOORS.folder))
  if (low.length === 0 || filters.length > 0) return
  console.error(`Below the floor: ${low.map(({ name, percent }) => `${name} ${percent} %`).join(', ')}`)
  process.exitCode = 1
}

/** `src/index.ts` and its like only export. */
function folderOf(file) {
  return file.split('/').slice(0, 2).join('/')
}

function percentOf({ lines: all, reached }) {
  return Math.floor((reached / all) * 1000) / 10
}
