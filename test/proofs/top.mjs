// Proves `loghub top` on real terminals (tmux): an agent, a producer and an emulator at several sizes, resized while it runs, without
// flicker, with and without colours, over an outage, and the terminal as it was after q, Ctrl-C, Ctrl-Z and SIGTERM. Needs tmux, and a
// build (npm run build).
//
//   node test/proofs/top.mjs [--sizes 80x24,120x40,40x10] [--show]
//
// --show prints each screen, to be looked at.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    sizes: { type: 'string', default: '80x24,120x40,40x10' },
    show: { type: 'boolean', default: false },
  },
})
if (spawnSync('tmux', ['-V']).status !== 0) {
  console.error('tmux is missing: apt-get install tmux')
  process.exit(2)
}

const DIST = resolve(import.meta.dirname, '../../dist')
const PROGRAM = join(DIST, 'cli/loghub.js')
const SOCKET = `loghub-top-${process.pid}`
const PROMPT = 'prompt> '
const LONGEST_WAIT_MS = 30_000
const folder = mkdtempSync(join(tmpdir(), 'loghub-top-'))
const children = []
const timers = []
const failures = []

const pause = (ms) => new Promise((done) => setTimeout(done, ms))
const tmux = (...args) =>
  execFileSync('tmux', ['-L', SOCKET, '-f', '/dev/null', ...args], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
  })

function check(holds, what, screen = '') {
  console.log(`${holds ? 'ok  ' : 'FAIL'} ${what}`)
  if (!holds) failures.push(what)
  if (!holds && screen !== '') console.log(screen)
}

async function until(holds, what) {
  for (const end = Date.now() + LONGEST_WAIT_MS; Date.now() < end; await pause(100)) if (await holds()) return true
  check(false, `${what} within ${LONGEST_WAIT_MS / 1000} s`)
  return false
}

/** A shell in a terminal of its own, with a line on it that must be there again at the end. */
class Terminal {
  static #count = 0
  #session = `t${Terminal.#count++}`

  constructor(columns, rows, env = {}) {
    const set = Object.entries({ PS1: PROMPT, LC_ALL: 'C.UTF-8', ...env }).flatMap(([name, value]) => [
      '-e',
      `${name}=${value}`,
    ])
    tmux('new-session', '-d', '-s', this.#session, '-x', String(columns), '-y', String(rows), ...set, 'sh -i')
    this.type('echo before')
  }

  type(command) {
    tmux('send-keys', '-t', this.#session, command, 'Enter')
  }

  key(name) {
    tmux('send-keys', '-t', this.#session, name)
  }

  screen(...options) {
    return tmux('capture-pane', '-p', ...options, '-t', this.#session).replace(/\n$/, '')
  }

  fact(name) {
    return tmux('display-message', '-p', '-t', this.#session, `#{${name}}`).trim()
  }

  resize(columns, rows) {
    tmux('resize-window', '-t', this.#session, '-x', String(columns), '-y', String(rows))
  }

  record(file) {
    tmux('pipe-pane', '-t', this.#session, `cat >${file}`)
  }

  shows(pattern, what = `the screen shows ${pattern}`) {
    return until(() => pattern.test(this.screen()), what)
  }

  /** Neither our screen, nor a hidden cursor, nor a keyboard that shows nothing. */
  async isGivenBack(after) {
    await until(() => this.fact('alternate_on') === '0', `the screen of before after ${after}`)
    this.type('echo "typed and ""shown"')
    await this.shows(/typed and shown/, `the shell answers after ${after}`)
    const screen = this.screen()
    const isBack =
      /before/.test(screen) && screen.includes('echo "typed and ""shown"') && this.fact('cursor_flag') === '1'
    check(isBack, `after ${after} the terminal is as it was: text, cursor, echo`, screen)
  }

  end() {
    tmux('kill-session', '-t', this.#session)
  }
}

const top = (address, ...options) => `${process.execPath} ${PROGRAM} top ${address} ${options.join(' ')}`

function start(args, env = {}) {
  const child = spawn(process.execPath, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  children.push(child)
  child.stderr.resume()
  return new Promise((done, fail) => {
    let output = ''
    child.stdout.on('data', (text) => {
      output += text
      if (output.includes('\n')) done({ child, url: JSON.parse(output.split('\n')[0]).url })
    })
    child.once('exit', (code) => fail(new Error(`${args.join(' ')} ended with ${code}`)))
  })
}

const startEmulator = (port = 0) => start([PROGRAM, 'emulator', '--port', String(port)])

/** An application with a producer: two projects, one of them refused. */
function startProducer(endpoint) {
  const program = `
    import { Producer } from '${DIST}/index.js'
    import { serveProducer } from '${DIST}/agent/index.js'
    const credentials = { accessKeyId: 'id', accessKeySecret: 'secret' }
    const logger = { debug() {}, info() {}, warn() {}, error() {} }
    const spool = { directory: '${folder}/spool', mode: 'on-failure' }
    const producer = new Producer({ endpoint: '${endpoint}', project: 'shop', logstore: 'orders', credentials, logger, spool, lingerMs: 200 })
    producer.putProject({ project: 'down', endpoint: 'http://127.0.0.1:9' })
    let n = 0
    setInterval(() => {
      for (let i = 0; i < 20; i++) producer.trySend({ topic: ['web', '工作', 'x'.repeat(100)][n % 3], logs: { contents: { n: n++ } } })
      producer.trySend({ project: 'down', logstore: 'payments', source: '\\u001b[31mred\\u001b[2J', logs: { contents: { n } } })
    }, 50)
    const served = await serveProducer(producer, { port: 0, name: 'checkout' })
    console.log(JSON.stringify({ url: served.url }))`
  return start(['--input-type=module', '-e', program])
}

async function startAgent(endpoint, port) {
  mkdirSync(join(folder, 'logs'))
  const file = join(folder, 'agent.yaml')
  writeFileSync(
    file,
    `producer: { endpoint: '${endpoint}', project: demo, logstore: app, lingerMs: 200, credentials: { accessKeyId: a, accessKeySecret: b } }
admin: { port: ${port} }
inputs:
  - { id: app-log, type: file, paths: ['${folder}/logs/*.log'], startAt: beginning }
  - { id: broken, type: exec, command: [sh, -c, 'exit 3'], required: false }
  - { id: uptime, type: exec, command: [uptime], intervalMs: 500 }
`,
  )
  timers.push(setInterval(() => appendFileSync(join(folder, 'logs/a.log'), 'a line\n'.repeat(10)), 50))
  const child = spawn(process.execPath, [PROGRAM, 'agent', '--config', file], { cwd: folder, stdio: 'ignore' })
  children.push(child)
  const url = `http://127.0.0.1:${port}`
  await until(
    () =>
      fetch(`${url}/ready`).then(
        ({ ok }) => ok,
        () => false,
      ),
    'the agent is ready',
  )
  return { child, url }
}

/** Cells of a line, as far as it has no more than the wide signs used here. */
const cells = (line) => [...line].reduce((sum, sign) => sum + (/[\u4e00-\u9fff]/.test(sign) ? 2 : 1), 0)

async function looksRight(kind, url, expected, size) {
  const [columns, rows] = size.split('x').map(Number)
  const terminal = new Terminal(columns, rows)
  terminal.type(top(url, '--interval', '500ms'))
  await terminal.shows(/q quits/)
  // A second reading, for the rates.
  await terminal.shows(/\d\/s/)
  const screen = terminal.screen()
  if (values.show) console.log(`\n--- ${kind} ${size}\n${screen}\n---`)
  const lines = screen.split('\n')
  check(
    lines[0].startsWith(kind) && lines.at(-1).startsWith('q quits') && lines.length === rows,
    `${kind} at ${size}: title first, footer last`,
    screen,
  )
  check(
    lines.every((line) => cells(line) <= columns),
    `${kind} at ${size}: no line is longer than the screen`,
    screen,
  )
  const missing = rows < 20 ? [] : expected.filter((text) => !screen.includes(text))
  check(missing.length === 0, `${kind} at ${size}: nothing is missing ${missing.join(', ')}`, screen)
  terminal.end()
}

async function isResized(url) {
  const terminal = new Terminal(120, 40)
  terminal.type(top(url, '--interval', '500ms'))
  await terminal.shows(/q quits/)
  for (const [columns, rows] of [
    [60, 16],
    [100, 30],
    [20, 5],
    [80, 24],
  ]) {
    terminal.resize(columns, rows)
    const isDrawn = () => {
      const lines = terminal.screen().split('\n')
      return lines.length === rows && lines[0].startsWith('producer') && lines.at(-1).startsWith('q quits')
    }
    check(
      await until(isDrawn, `a drawing at ${columns}x${rows}`),
      `resized to ${columns}x${rows} it fills the screen anew`,
    )
  }
  terminal.end()
}

async function doesNotFlicker(url) {
  const terminal = new Terminal(80, 24)
  const file = join(folder, 'written')
  terminal.record(file)
  terminal.type(top(url, '--interval', '200ms', '--count', '12'))
  await terminal.shows(/q quits/)
  await until(() => terminal.fact('alternate_on') === '0', 'the end of --count')
  const written = readFileSync(file, 'utf8')
  const count = (sequence) => written.split(sequence).length - 1
  const drawings = count('\x1b[?2026h')
  check(drawings >= 8 && count('\x1b[?2026l') === drawings, `${drawings} drawings, each shown at once`)
  check(count('\x1b[2J') === 1, 'the screen is cleared once, before the first drawing')
  const bytes = written.length / drawings
  check(bytes < 3000, `${Math.round(bytes)} bytes a drawing`)
  terminal.end()
}

async function givesBack(url) {
  const terminal = new Terminal(80, 24)
  const run = async () => {
    terminal.type(top(url))
    await terminal.shows(/q quits/)
  }
  await run()
  terminal.key('q')
  await terminal.isGivenBack('q')
  await run()
  terminal.key('C-c')
  await terminal.isGivenBack('Ctrl-C')
  await run()
  terminal.key('C-z')
  await terminal.isGivenBack('Ctrl-Z')
  terminal.type('fg')
  check(await terminal.shows(/q quits/), 'fg goes on')
  execFileSync('pkill', ['-TERM', '-P', terminal.fact('pane_pid')])
  await terminal.isGivenBack('SIGTERM')
  terminal.end()
}

async function heedsColors(url) {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal shows
  const colors = /\x1b\[\d*(?:;\d+)*3[1-7]m/
  for (const [env, isColored] of [
    [{}, true],
    [{ NO_COLOR: '1' }, false],
  ]) {
    const terminal = new Terminal(80, 24, env)
    terminal.type(top(url))
    await terminal.shows(/\d\/s/)
    check(colors.test(terminal.screen('-e')) === isColored, isColored ? 'colours by default' : 'none with NO_COLOR')
    terminal.end()
  }
  const terminal = new Terminal(80, 24, { LC_ALL: 'C' })
  terminal.type(top(url))
  await terminal.shows(/\d\/s/)
  check(/^[\0-\x7f]*$/.test(terminal.screen()), 'only ASCII where the locale has no more')
  terminal.end()
}

async function outlastsAnOutage() {
  const { child, url } = await startEmulator()
  const terminal = new Terminal(80, 24)
  terminal.type(top(url, '--interval', '300ms'))
  await terminal.shows(/q quits/)
  child.removeAllListeners('exit')
  child.kill('SIGKILL')
  check(
    await terminal.shows(/No answer for .*, trying again/),
    'an emulator that is gone is told, with the last figures',
  )
  await startEmulator(new URL(url).port)
  check(await until(() => !/No answer/.test(terminal.screen()), 'an answer'), 'and read on when it is back')
  terminal.end()
}

try {
  // The server of tmux ends with its last terminal: one stays.
  new Terminal(80, 24)
  const emulator = await startEmulator()
  const producer = await startProducer(emulator.url)
  const agent = await startAgent(emulator.url, 20_000 + (process.pid % 20_000))
  await pause(2000)
  for (const size of values.sizes.split(',')) {
    await looksRight(
      'producer checkout',
      producer.url,
      ['Memory', 'Retries', 'Spool', 'LANE', 'IN TROUBLE', 'down/payments', 'GROUP'],
      size,
    )
    await looksRight('agent', agent.url, ['Inputs', 'app-log', 'broken', 'Memory', 'LANE'], size)
    await looksRight('emulator', emulator.url, ['Requests', 'LOGSTORE', 'shop/orders', 'demo/app'], size)
  }
  await isResized(producer.url)
  await doesNotFlicker(producer.url)
  await givesBack(producer.url)
  await heedsColors(agent.url)
  await outlastsAnOutage()
} finally {
  for (const timer of timers) clearInterval(timer)
  for (const child of children) child.removeAllListeners('exit').kill('SIGKILL')
  spawnSync('tmux', ['-L', SOCKET, 'kill-server'])
  rmSync(folder, { recursive: true, force: true })
}
console.log(failures.length === 0 ? '\nAll well.' : `\n${failures.length} failed: ${failures.join('; ')}`)
process.exitCode = failures.length === 0 ? 0 : 1
