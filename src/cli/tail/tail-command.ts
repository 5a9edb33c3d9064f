import { Command, Option } from 'commander'
import { systemClock } from '../../core/clock.ts'
import { LogReader } from '../../sls/log-reader.ts'
import { paintFor } from '../shared/colors.ts'
import { addConnectionOptions, type ConnectionOptions, resolveConnection } from '../shared/connection-options.ts'
import { EXIT, type SetExitCode, UsageError } from '../shared/exit-code.ts'
import { Interruption } from '../shared/interruption.ts'
import { wholeNumber } from '../shared/option-values.ts'
import { tolerateBrokenPipe } from '../shared/text-output.ts'
import { fieldFormat, jsonFormat, type LogFormat, type ReadLog, textFormat } from './log-text.ts'
import { LogstoreReader } from './logstore-reader.ts'
import { PatientCalls } from './patient-calls.ts'
import { queriedLogs } from './queried-logs.ts'
import { type StartPoint, startPoint } from './start-point.ts'
import { writeLogs } from './write-logs.ts'

interface TailOptions extends ConnectionOptions {
  readonly from?: StartPoint
  readonly follow?: true
  readonly shard?: number
  readonly format: 'text' | 'json'
  readonly field?: string
  readonly limit?: number
  readonly topic?: string
  readonly query?: string
  readonly dedupe?: true
}

const HELP = `
The command reads all shards in turn. Within a shard, logs are printed in the order in which they arrived; across shards there is
no order. --from refers to the time of arrival. With --follow the command waits for a logstore that does not exist yet. With
--query, --from refers to the time of the logs, and logs are printed in the order of their times.

Examples:
  $ loghub tail                                   print all logs
  $ loghub tail -f                                print new logs as they arrive
  $ loghub tail --from -10m --format json | jq .contents
  $ loghub tail --field content > app.log         write the original lines
  $ loghub tail --from -1h --query 'level: error'

Exit codes: 0 all was read, the limit was reached or the pipe was closed, 1 reading failed, 2 wrong options, 130 ended by Ctrl-C.`

export function tailCommand(setExitCode: SetExitCode): Command {
  const command = new Command('tail').description('Print the logs of a logstore.')
  addConnectionOptions(command)
    .option(
      '--from <where>',
      'where to start: begin, end, a time, or how long ago, such as -10m (default: begin; with -f: end)',
      startPoint,
    )
    .option('-f, --follow', 'continue with new logs as they arrive')
    .option('--shard <id>', 'read only this shard', wholeNumber(0))
    .addOption(new Option('--format <form>', 'output format').choices(['text', 'json']).default('text'))
    .option('--field <name>', 'print only the value of this field')
    .option('--topic <text>', 'print only logs of this topic')
    .addOption(queryOption())
    .option('--dedupe', 'skip copies of a batch that was already printed (same pack id)')
    .option('--limit <n>', 'end after this number of logs', wholeNumber(1))
    .addHelpText('after', HELP)
  return command.action(async (options: TailOptions) => setExitCode(await tail(options)))
}

function queryOption(): Option {
  const option = new Option(
    '--query <text>',
    "print only logs that match, in the service's query language; needs an index",
  )
  return option.conflicts(['follow', 'shard', 'dedupe'])
}

async function tail(options: TailOptions): Promise<number> {
  const { follow = false, limit } = options
  const format = formatOf(options)
  const reader = new LogReader({ ...resolveConnection(options, process.env), dedupe: options.dedupe })
  const interruption = new Interruption()
  const { signal } = interruption
  const say = (message: string) => process.stderr.write(`${message}\n`)
  const calls = new PatientCalls({ isEndless: follow, clock: systemClock, signal, say })
  // Closing the reader ends the request under way.
  signal.addEventListener('abort', () => void reader.close())
  tolerateBrokenPipe(process.stdout)
  try {
    await writeLogs(pagesOf(options, { reader, calls, signal }), process.stdout, { format, limit })
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    interruption.release()
    await reader.close()
  }
  return interruption.exitCode ?? EXIT.ok
}

interface Reading {
  readonly reader: LogReader
  readonly calls: PatientCalls
  readonly signal: AbortSignal
}

/** With a query, the logs that the index finds. Without one, all logs of the shards. */
function pagesOf(options: TailOptions, { reader, calls, signal }: Reading): AsyncIterable<readonly ReadLog[]> {
  const { follow = false, shard, topic, query } = options
  const from = options.from ?? (follow ? 'end' : 'begin')
  if (query !== undefined) return queriedLogs({ reader, calls, query, topic, from, clock: systemClock, signal })
  return new LogstoreReader({ reader, calls, from, follow, shard, topic, clock: systemClock, signal }).pages()
}

function formatOf({ format, field }: TailOptions): LogFormat {
  if (field === undefined) return format === 'json' ? jsonFormat : textFormat(paintFor(process.stdout, process.env))
  if (format === 'json') throw new UsageError('--field prints plain values: leave --format json out')
  return fieldFormat(field)
}
