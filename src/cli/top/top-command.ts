import { Command, Option } from 'commander'
import { systemClock } from '../../core/clock.ts'
import { paintFor } from '../shared/colors.ts'
import { EXIT, type SetExitCode } from '../shared/exit-code.ts'
import { Interruption } from '../shared/interruption.ts'
import { durationMs, wholeNumber } from '../shared/option-values.ts'
import { tolerateBrokenPipe, writeText } from '../shared/text-output.ts'
import { FeedError } from './feed-client.ts'
import { hasUnicode } from './meters.ts'
import { plainLine } from './plain-line.ts'
import { addressOf, findTarget } from './target.ts'
import { TerminalView } from './terminal-view.ts'
import { type WatchOptions, watch } from './watch.ts'

interface TopOptions {
  readonly interval: number
  readonly count?: number
  readonly token?: string
}

const SHORTEST_INTERVAL_MS = 100

const HELP = `
Without an address the command looks for an agent (port 9320), a producer (9330) or an emulator (9310) on this machine. To see
the producer of your own application, call serveProducer(producer) from 'loghub-producer/agent' in it.
Keys: q or Ctrl-C quits, Ctrl-Z suspends, Ctrl-L redraws. To a pipe the command prints one line per reading: the time, then
name=value pairs; rates are per second. If the program stops answering, the command tries again until it answers.

Examples:
  $ loghub top
  $ loghub top 9320                               an agent with its inputs
  $ loghub top http://127.0.0.1:9330 --interval 5s
  $ loghub top --count 60 >figures.txt            one minute, one line per second

Exit codes: 0 ended by q, Ctrl-C or --count, 1 no program answered, 2 wrong options.`

export function topCommand(setExitCode: SetExitCode): Command {
  return new Command('top')
    .description('Show live figures of a producer, an agent or an emulator.')
    .argument('[address]', 'port, HOST:PORT or URL')
    .addOption(intervalOption())
    .option('--count <n>', 'end after this number of readings', wholeNumber(1))
    .option('--token <token>', 'admin.token of the agent; prefer the variable (env: LOGHUB_ADMIN_TOKEN)')
    .option('--verbose', 'print errors with their stack')
    .addHelpText('after', HELP)
    .action(async (address: string | undefined, options: TopOptions) => setExitCode(await top(address, options)))
}

function intervalOption(): Option {
  const option = new Option('--interval <time>', 'time between two readings, at least 100ms')
  return option.argParser(durationMs).default(1000, '1s')
}

async function top(address: string | undefined, options: TopOptions): Promise<number> {
  const token = options.token ?? (process.env.LOGHUB_ADMIN_TOKEN || undefined)
  const interruption = new Interruption()
  const { signal } = interruption
  try {
    const target = await findTarget(address === undefined ? undefined : addressOf(address), token, signal)
    const intervalMs = Math.max(SHORTEST_INTERVAL_MS, options.interval)
    const watching = { target, intervalMs, count: options.count, clock: systemClock, signal }
    await (hasScreen() ? onScreen(watching) : onPipe(watching))
    return EXIT.ok
  } catch (error) {
    if (signal.aborted) return EXIT.ok
    if (!(error instanceof FeedError)) throw error
    // In several lines, unlike other errors: it contains commands to copy.
    process.stderr.write(`loghub: ${error.message}\n`)
    return EXIT.failed
  } finally {
    interruption.release()
  }
}

/** A dumb terminal gets lines, like a pipe. */
function hasScreen(): boolean {
  return process.stdout.isTTY === true && process.env.TERM !== 'dumb'
}

async function onScreen(options: WatchOptions): Promise<void> {
  const quit = new AbortController()
  const view = new TerminalView(process.stdout, process.stdin, {
    paint: paintFor(process.stdout, process.env),
    isUnicode: hasUnicode(process.env, process.platform),
    quit: () => quit.abort(),
  })
  const signal = AbortSignal.any([options.signal, quit.signal])
  try {
    for await (const moment of watch({ ...options, signal })) view.show(moment)
  } finally {
    view.close()
  }
}

/** Also ends when the pipe is closed. */
async function onPipe(options: WatchOptions): Promise<void> {
  tolerateBrokenPipe(process.stdout)
  for await (const moment of watch(options)) {
    if (!(await writeText(process.stdout, `${plainLine(moment)}\n`))) return
  }
}
