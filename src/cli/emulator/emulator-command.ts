import { Command, Option } from 'commander'
import type { Emulator, EmulatorStats } from '../../emulator/index.ts'
import { credentialsOf, keyIdOption, keySecretOption } from '../shared/connection-options.ts'
import { EXIT, type SetExitCode } from '../shared/exit-code.ts'
import { Interruption } from '../shared/interruption.ts'
import { byteSize, wholeNumber } from '../shared/option-values.ts'
import { bytesText, countText } from '../shared/quantity-text.ts'
import { openBrowser } from './open-browser.ts'

interface EmulatorOptions {
  readonly port: number
  readonly host: string
  readonly data?: string
  readonly discard?: true
  readonly maxMemory?: number
  readonly shards?: number
  readonly strict?: true
  readonly defaultProject?: string
  readonly baseName?: readonly string[]
  readonly open?: true
  readonly accessKeyId?: string
  readonly accessKeySecret?: string
}

const HELP = `
The emulator creates projects and logstores when a log is written to them. If stdout is not a terminal, its first line is
{"url": ...}, printed as soon as the emulator accepts requests.

Examples:
  $ loghub emulator
  $ loghub emulator --port 0 --data ./logs
  $ loghub emulator --open

Exit codes: 0 ended by Ctrl-C, 1 the emulator could not start, 2 wrong options.`

export function emulatorCommand(setExitCode: SetExitCode): Command {
  return new Command('emulator')
    .description('Run a local Log Service for development and tests, without an account or a network.')
    .option('--port <n>', 'port to listen on; 0 chooses a free one', wholeNumber(0, 65_535), 9310)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--data <dir>', 'keep the logs on disk, in this directory (default: in memory)')
    .addOption(new Option('--discard', 'check and count logs, but do not keep them').conflicts('data'))
    .option(
      '--max-memory <size>',
      'size of the logs to keep, such as 256MiB; above it the oldest are dropped',
      byteSize,
    )
    .option('--shards <n>', 'number of shards of a new logstore', wholeNumber(1, 100))
    .option('--strict', 'enforce the documented rules for logs and names')
    .option('--default-project <name>', 'project of requests that do not name one, such as requests to an IP address')
    .option('--base-name <host...>', 'host names of this emulator; in PROJECT.HOST, the part before it is the project')
    .option('--open', 'open the console in a browser')
    .addOption(keyIdOption())
    .addOption(keySecretOption())
    .option('--verbose', 'print errors with their stack')
    .addHelpText('after', HELP)
    .action(async (options: EmulatorOptions) => setExitCode(await runEmulator(options)))
}

async function runEmulator(options: EmulatorOptions): Promise<number> {
  // Loaded here, because its protobuf decoder takes time to load and only this command needs it.
  const { startEmulator } = await import('../../emulator/index.ts')
  const credentials = credentialsOf(options, process.env)
  const interruption = new Interruption()
  const emulator = await startEmulator({
    port: options.port,
    host: options.host,
    dataDirectory: options.data,
    storage: options.discard ? 'discard' : 'memory',
    maxBytes: options.maxMemory,
    shards: options.shards,
    strict: options.strict,
    defaultProject: options.defaultProject,
    baseNames: options.baseName,
    credentials,
    autoCreate: true,
  })
  if (!process.stdout.isTTY) process.stdout.write(`${JSON.stringify({ url: emulator.url })}\n`)
  const consoleUrl = consoleUrlOf(emulator, options.host)
  process.stderr.write(welcome(emulator.url, consoleUrl, credentials !== undefined))
  process.stderr.write(damageNote(emulator.stats(), options.data))
  if (options.open && !(await openBrowser(consoleUrl))) {
    process.stderr.write(`There is no browser to open here. The console is at ${consoleUrl}\n\n`)
  }
  await aborted(interruption.signal)
  process.stderr.write(`\n${farewell(emulator.stats())}\n`)
  await emulator.close()
  interruption.release()
  return EXIT.ok
}

/** The console only answers requests to this machine, so a wildcard address becomes the loopback address. */
function consoleUrlOf({ url, port }: Emulator, host: string): string {
  return `${host === '0.0.0.0' || host === '::' ? `http://127.0.0.1:${port}` : url}/console`
}

function welcome(url: string, consoleUrl: string, needsKeys: boolean): string {
  const key = (name: string) =>
    `  export ALIBABA_CLOUD_ACCESS_KEY_${name}=${needsKeys ? `<the ${name.toLowerCase()} it was started with>` : 'any'}\n`
  return `The emulator listens on ${url} and accepts ${needsKeys ? 'one key pair' : 'any key pair'}. Press Ctrl-C to stop it.
The console at ${consoleUrl} shows the requests, and why one was refused. In another terminal:

  export LOGHUB_ENDPOINT=${url} LOGHUB_PROJECT=demo LOGHUB_LOGSTORE=app
${key('ID')}${key('SECRET')}  echo hello | loghub send
  loghub tail
`
}

function damageNote({ damagedPlaces }: EmulatorStats, directory: string | undefined): string {
  if (damagedPlaces === 0) return ''
  const places = damagedPlaces === 1 ? 'one place' : `${countText(damagedPlaces)} places`
  return `Warning: the files of ${directory} were damaged in ${places}. The groups there are lost; the damaged files are kept as *.damaged.\n\n`
}

function farewell({ logs, writes, rawBytes }: EmulatorStats): string {
  return `Ended after ${countText(logs)} logs in ${countText(writes)} writes, ${bytesText(rawBytes)}.`
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
