import { Command, Option } from 'commander'
import { jsonLines, type LineParser, textLines } from '../../agent/lines/line-parser.ts'
import { systemClock } from '../../core/clock.ts'
import type { Compression, ProducerConfig } from '../../index.ts'
import { limits } from '../../sls/limits.ts'
import { addConnectionOptions, type ConnectionOptions, resolveConnection } from '../shared/connection-options.ts'
import { EXIT, type SetExitCode, UsageError } from '../shared/exit-code.ts'
import { Interruption } from '../shared/interruption.ts'
import { byteSize, durationMs, wholeNumber } from '../shared/option-values.ts'
import { StatusLine } from '../shared/status-line.ts'
import { lineSources, standardInput } from './line-source.ts'
import { type SendSettings, sendLines } from './send-lines.ts'
import { type SendSummary, summaryText } from './send-report.ts'

interface SendOptions extends ConnectionOptions {
  readonly topic?: string
  readonly source?: string
  readonly shardHash?: string
  readonly json?: true
  readonly field?: string
  readonly timeField?: string
  readonly skipBad?: true
  readonly lanes?: number
  readonly batchBytes?: number
  readonly retries?: number
  readonly deliveryTimeout?: number
  readonly linger?: number
  readonly rate?: number
  readonly compression?: Compression
  readonly timeout: number
  readonly spool?: string
}

// A file need not be read ahead. Each line in memory takes more than its bytes: for short lines several times as much.
const MEMORY_IN_BYTES = 32 * 1024 * 1024

const COMPRESSIONS: readonly Compression[] = ['lz4', 'deflate', 'zstd', 'none']
const USUAL_LINGER_MS = 2000

const HELP = `
Each line becomes a log with one field, empty lines too. With --json the members of each line are the fields of the log, and
blank lines are skipped. On a terminal the command shows its progress; to a pipe it prints one JSON object at the end, with
the lines that failed. The order of the lines is kept only with --lanes 1.

Examples:
  $ loghub send access.log --topic web --field line
  $ my-app | loghub send --json --time-field ts
  $ loghub send --json --skip-bad *.jsonl > summary.json
  $ my-app | loghub send --spool ./spool    write to disk first: nothing is lost while offline

Exit codes: 0 every line was delivered, 1 some lines were bad or were not delivered, 2 wrong options, 130 ended by Ctrl-C.`

export function sendCommand(setExitCode: SetExitCode): Command {
  const command = new Command('send').description('Send the lines of files, or of the standard input, to a logstore.')
  command.argument('[file...]', "files to send, or '-' for the standard input (default: -)")
  addConnectionOptions(command)
    .option('--topic <text>', 'topic of all logs')
    .option('--source <text>', "source of all logs (default: this machine's address)")
    .option('--shard-hash <key>', 'lines with the same key go to the same shard')
    .option('--json', 'each line is a JSON object')
    .addOption(new Option('--field <name>', 'field that contains the line (default: content)').conflicts('json'))
    .option(
      '--time-field <name>',
      'with --json: the field that contains the time, as epoch or ISO 8601; it is removed from the log',
    )
    .option('--skip-bad', 'count lines that cannot be parsed, but do not fail because of them')
    .option('--lanes <n>', 'number of concurrent requests (default: adapted to the load)', wholeNumber(1, 256))
    .option('--batch-bytes <size>', 'size at which a batch is sent, such as 512KiB (default: 512KiB)', byteSize)
    .option('--retries <n>', 'how often a failed request is retried', wholeNumber(0))
    .option(
      '--delivery-timeout <time>',
      'time limit for the delivery of a line, including retries, such as 3m',
      durationMs,
    )
    .option('--linger <time>', 'how long a batch waits for more lines, such as 500ms (default: 2s)', durationMs)
    .option('--rate <size>', 'most compressed bytes to send per second, such as 5MiB (default: no limit)', byteSize)
    .addOption(new Option('--compression <kind>', 'compression of the requests (default: lz4)').choices(COMPRESSIONS))
    .option(
      '--spool <directory>',
      'keep lines on disk until they are delivered; the next run delivers what this one could not',
    )
    .addOption(flushTimeoutOption())
    .addHelpText('after', HELP)
  return command.action(async (files: string[], options: SendOptions) => setExitCode(await send(files, options)))
}

function flushTimeoutOption(): Option {
  const option = new Option(
    '--timeout <time>',
    'after Ctrl-C: how long to continue delivering the lines that were read',
  )
  return option.argParser(durationMs).default(10_000, '10s')
}

async function send(files: readonly string[], options: SendOptions): Promise<number> {
  const sources = await lineSources(files)
  const settings: SendSettings = {
    producer: producerConfig(options),
    destination: { topic: options.topic, source: options.source, shardHash: options.shardHash },
    parse: parserOf(options),
    skipBad: options.skipBad === true,
    flushTimeoutMs: options.timeout,
  }
  const status = newStatus(process.stdin.isTTY && sources.includes(standardInput))
  const interruption = new Interruption()
  const summary = await sendLines(sources, settings, { status, signal: interruption.signal, clock: systemClock })
  interruption.release()
  process.stdout.write(process.stdout.isTTY ? `${summaryText(summary)}\n` : `${JSON.stringify(summary)}\n`)
  return interruption.exitCode ?? exitCodeOf(summary, settings.skipBad)
}

/** Without a progress line if the input is typed on the terminal, because it would disturb the user. */
function newStatus(isTyped: boolean): StatusLine {
  if (!isTyped) return new StatusLine(process.stderr)
  process.stderr.write('Reading from the terminal; Ctrl-D ends the input.\n')
  return new StatusLine({ write: (text) => process.stderr.write(text) })
}

function producerConfig(options: SendOptions): ProducerConfig {
  const { lanes, batchBytes, retries, deliveryTimeout, rate, compression } = options
  if (batchBytes !== undefined && (batchBytes < 1 || batchBytes > limits.requestInBytes)) {
    throw new UsageError('--batch-bytes must be 1 to 8MiB')
  }
  if (rate === 0) throw new UsageError('--rate must be more than 0')
  return {
    ...resolveConnection(options, process.env),
    lanes,
    batchSizeThresholdInBytes: batchBytes,
    totalSizeInBytes: Math.max(MEMORY_IN_BYTES, 2 * (lanes ?? 1) * (batchBytes ?? 512 * 1024)),
    retries,
    deliveryTimeoutMs: deliveryTimeout,
    lingerMs: lingerMsOf(options),
    rateLimit: rate === undefined ? undefined : { bytesPerSecond: rate },
    compression,
    spool: options.spool === undefined ? undefined : { directory: options.spool, mode: 'always' },
  }
}

/** A batch must be sent well before its lines time out. If only the delivery timeout is given, the linger is a part of it. */
function lingerMsOf({ linger, deliveryTimeout = Number.POSITIVE_INFINITY }: SendOptions): number {
  if (deliveryTimeout === 0) throw new UsageError('--delivery-timeout must be more than 0')
  if (linger === undefined) return Math.min(USUAL_LINGER_MS, Math.floor(deliveryTimeout / 4))
  if (linger < deliveryTimeout) return linger
  throw new UsageError('--delivery-timeout must be longer than --linger')
}

function parserOf({ json, field, timeField }: SendOptions): LineParser {
  if (json) return jsonLines(timeField)
  if (timeField !== undefined) throw new UsageError('--time-field needs --json')
  if (field === '') throw new UsageError('--field must not be empty')
  return textLines(field ?? 'content')
}

function exitCodeOf({ failed, bad, next }: SendSummary, skipBad: boolean): number {
  // Lines in the spool are no failure: the next run sends them.
  return failed > 0 || next !== undefined || (bad > 0 && !skipBad) ? EXIT.failed : EXIT.ok
}
