import { constants } from 'node:os'
import { resolve } from 'node:path'
import { AdminServer, Agent, FileCheckpoints } from '../../agent/index.ts'
import { LONGEST_TIMER_MS, systemClock } from '../../core/clock.ts'
import { toError } from '../../core/errors.ts'
import type { Logger } from '../../core/logger.ts'
import { Fleet, FleetCheckpoints } from '../../fleet/index.ts'
import type { Producer } from '../../index.ts'
import { EXIT } from '../shared/exit-code.ts'
import { SAME_SIGNAL_MS } from '../shared/interruption.ts'
import { watchConfig } from './config-watch.ts'
import { type LoadedConfig, loadConfig, newProducer } from './load-config.ts'
import { reload } from './reload.ts'

export interface RunAgentOptions {
  readonly file: string
  readonly once: boolean
  readonly watch: boolean
  /** Time limit for the delivery at the end, in milliseconds. */
  readonly timeoutMs: number
}

/** @throws UsageError with all problems */
export function checkConfig(file: string): void {
  newProducer(loadConfig(file))
    .close({ timeoutMs: 0 })
    .catch(() => {})
}

/** Runs the agent of a configuration file to its end, and resolves to the exit code. */
export async function runAgent(options: RunAgentOptions): Promise<number> {
  const program = new AgentProgram(options)
  return program.run()
}

const say = (message: string) => process.stderr.write(`loghub agent: ${message}\n`)
const logger: Logger = { debug: () => {}, info: say, warn: say, error: say }

class AgentProgram {
  readonly #options: RunAgentOptions
  #loaded: LoadedConfig
  readonly #producer: Producer
  readonly #agent: Agent
  readonly #checkpoints: FleetCheckpoints
  #fleet: Fleet | undefined
  #reloading: Promise<void> = Promise.resolve()
  #end: (reason: string) => void = () => {}
  #exitCode: number = EXIT.ok

  constructor(options: RunAgentOptions) {
    this.#options = options
    this.#loaded = loadConfig(options.file)
    const { config, baseDirectory } = this.#loaded
    this.#producer = newProducer(this.#loaded)
    const directory = resolve(baseDirectory, config.stateDirectory ?? './loghub-state')
    this.#checkpoints = new FleetCheckpoints(new FileCheckpoints({ directory, clock: systemClock, logger }))
    this.#agent = new Agent({
      producer: this.#producer,
      checkpoints: this.#checkpoints,
      baseDirectory: resolve(baseDirectory),
      once: options.once,
      logger,
    })
  }

  async run(): Promise<number> {
    const ended = new Promise<string>((end) => {
      this.#end = end
    })
    const stopListening = this.#listenToSignals()
    const letGo = stayAlive()
    const stopWatching =
      this.#options.watch && !this.#options.once
        ? watchConfig(this.#options.file, systemClock, () => this.#reload(false))
        : () => {}
    const endWhenAllHave = () => this.#endWhenAllHaveEnded()
    this.#agent.on('finished', endWhenAllHave).on('failed', endWhenAllHave)
    let admin: AdminServer | undefined
    try {
      await this.#agent.apply(this.#loaded.config.inputs)
      this.#fleet = await this.#joinFleet()
      admin = await this.#startAdmin()
      say(`runs ${inputCount(this.#loaded.config.inputs.length)}`)
      endWhenAllHave()
      say(`ends: ${await ended}`)
    } finally {
      stopWatching()
      await admin?.close()
      await this.#drain()
      letGo()
      stopListening()
    }
    return this.#exitCode
  }

  async #startAdmin(): Promise<AdminServer | undefined> {
    const { admin: options } = this.#loaded.config
    if (options === undefined || this.#options.once) return undefined
    const admin = new AdminServer(this.#agent, { ...options, ...this.#fleet?.admin, logger })
    say(`admin at ${await admin.listen()}`)
    return admin
  }

  /** With `--once` the agent does not join the fleet, because it ends soon. */
  async #joinFleet(): Promise<Fleet | undefined> {
    const { config, baseDirectory } = this.#loaded
    if (config.fleet === undefined || this.#options.once) return undefined
    const fleet = await Fleet.start({
      options: config.fleet,
      agent: this.#agent,
      checkpoints: this.#checkpoints,
      baseDirectory: resolve(baseDirectory),
      logger,
    })
    const state = fleet.member?.status().state
    const told = { waiting: 'waits to become the', member: 'is the', draining: 'is the draining' }
    say(
      `fleet ${fleet.name}: ${state === undefined ? 'not reached yet' : `${told[state]} member ${fleet.member?.name}`}`,
    )
    return fleet
  }

  /** Hands its inputs over to the fleet, then closes the inputs and the producer within the time limit, and reports what is left. */
  async #drain(): Promise<void> {
    const { timeoutMs } = this.#options
    const endMs = systemClock.monotonicMs() + timeoutMs
    const remaining = () => ({ timeoutMs: Math.max(0, endMs - systemClock.monotonicMs()) })
    await this.#fleet?.close({ timeoutMs: timeoutMs / 2 })
    const { leftBehind } = await this.#agent.close(remaining())
    const left = await this.#producer.close(remaining())
    if (leftBehind.length > 0) say(`did not end in time: ${leftBehind.join(', ')}`)
    say(outcomeText(this.#producer, left))
    if (leftBehind.length > 0 || lostIn(left) > 0) this.#exitCode ||= EXIT.failed
    // Inputs that have not ended may have timers, sockets and pipes, which would keep the process alive for ever.
    if (leftBehind.length > 0) process.exit(this.#exitCode)
  }

  /** Ends the program when all inputs have ended. As a member of a fleet it continues: the fleet may give it inputs. */
  #endWhenAllHaveEnded(): void {
    const { inputs } = this.#agent.status()
    if (this.#fleet !== undefined) return
    const haveEnded = inputs.every(({ state }) => state === 'finished' || state === 'failed')
    // Without inputs the program continues: a reload may add some.
    if (!haveEnded || (inputs.length === 0 && !this.#options.once)) return
    const failed = inputs.filter(({ state }) => state === 'failed').map(({ id }) => id)
    if (failed.length > 0) this.#exitCode = EXIT.failed
    this.#end(failed.length > 0 ? `${failed.join(', ')} failed and nothing else runs` : 'all inputs have ended')
  }

  #reload(isAsked: boolean): void {
    this.#reloading = this.#reloading.then(() => this.#reloadOnce(isAsked))
  }

  async #reloadOnce(isAsked: boolean): Promise<void> {
    try {
      const next = loadConfig(this.#options.file)
      if (!isAsked && next.text === this.#loaded.text) return
      await reload(next, this.#loaded.config, this.#agent, this.#producer)
      this.#loaded = next
      say(`reloaded; runs ${inputCount(this.#agent.specs().length)}`)
    } catch (thrown) {
      say(`the new configuration is refused, the one before runs on:\n${toError(thrown).message}`)
    }
  }

  #listenToSignals(): () => void {
    let firstAtMs: number | undefined
    const onEnd = (name: NodeJS.Signals) => {
      const nowMs = systemClock.monotonicMs()
      firstAtMs ??= nowMs
      // The second signal ends the process at once.
      if (nowMs - firstAtMs >= SAME_SIGNAL_MS) process.exit(128 + constants.signals[name])
      this.#end(name)
    }
    const onHangUp = () => this.#reload(true)
    process.on('SIGTERM', onEnd).on('SIGINT', onEnd).on('SIGHUP', onHangUp)
    return () => {
      process.off('SIGTERM', onEnd).off('SIGINT', onEnd).off('SIGHUP', onHangUp)
    }
  }
}

/** Keeps the process alive without inputs, so that it can be reloaded. */
function stayAlive(): () => void {
  let cancel = () => {}
  const again = () => {
    cancel = systemClock.setTimer(again, LONGEST_TIMER_MS)
  }
  again()
  return () => cancel()
}

type CloseReport = Awaited<ReturnType<Producer['close']>>

function lostIn(report: CloseReport): number {
  return report.failed + report.abandoned
}

/** Totals since the start. Logs that are on disk are sent after the next start. */
function outcomeText(producer: Producer, { spooled }: CloseReport): string {
  const { delivered, failed, dropped } = producer.metrics().logs
  const counts = { delivered, failed, ...(dropped > 0 && { dropped }), ...(spooled > 0 && { 'kept on disk': spooled }) }
  return `logs: ${Object.entries(counts)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ')}`
}

function inputCount(count: number): string {
  return count === 1 ? '1 input' : `${count} inputs`
}
