import { onTestFinished } from 'vitest'
import { Agent, type InputContext, type KindInputSpec, MemoryCheckpoints } from '../../../src/agent/index.ts'
import type { Logger } from '../../../src/core/logger.ts'
import { silentLogger } from '../../../src/core/logger.ts'
import {
  FleetCheckpoints,
  FleetControl,
  type FleetInputSpec,
  FleetMember,
  type FleetMemberOptions,
  MemoryCoordinator,
} from '../../../src/fleet/index.ts'
import type { InputHost } from '../../../src/fleet/member/input-host.ts'
import { FakeProducer } from '../../agent/support/fake-producer.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { OwnClock } from './own-clock.ts'
import { Link, over } from './remote-coordinator.ts'

type Source = (context: InputContext) => Promise<void>

export interface Write {
  readonly atMs: number
  readonly member: string
  /** Of the membership of the writer. */
  readonly session: string | undefined
  readonly input: string
  readonly n: number
}

/** One process: an agent, a member, a clock and a link of its own. */
export interface FleetProcess {
  readonly name: string
  readonly clock: OwnClock
  readonly link: Link
  readonly agent: Agent
  readonly member: FleetMember
  readonly messages: string[]
}

/** A fleet in one process of the test, over one set of tables, in time that the test moves. Its inputs count, and note each log. */
export class FleetWorld {
  readonly clock = new ManualClock()
  readonly tables = new MemoryCoordinator()
  readonly processes = new Map<string, FleetProcess>()
  readonly writes: Write[] = []
  /** Called for each log when it is written. */
  onWrite: (write: Write) => void = () => {}
  readonly random: () => number
  readonly #sources = new Map<string, Source>()
  #control: FleetControl | undefined

  constructor(random: () => number = () => 0.5) {
    this.random = random
  }

  async control(): Promise<FleetControl> {
    this.#control ??= await FleetControl.open(this.tables)
    return this.#control
  }

  /** A process of a fleet joins. Time moves on a little. */
  async start(
    name: string,
    options: Partial<FleetMemberOptions> & { readonly clockRate?: number } = {},
  ): Promise<FleetProcess> {
    const clock = new OwnClock(this.clock, options.clockRate)
    const link = new Link(this.clock, this.random)
    const producer = new FakeProducer()
    const checkpoints = new FleetCheckpoints(new MemoryCheckpoints())
    const messages: string[] = []
    const logger: Logger = { ...silentLogger, info: (text) => messages.push(text), warn: (text) => messages.push(text) }
    const agent = new Agent({
      producer,
      clock,
      logger,
      checkpoints,
      random: this.random,
    })
    const joining = FleetMember.join({
      name,
      agent: this.#host(agent),
      checkpoints,
      coordinator: over(link, new MemoryCoordinator(this.tables)),
      clock,
      logger,
      load: () => 0,
      ...options,
    })
    await this.advance(100)
    const process: FleetProcess = { name, clock, link, agent, member: await joining, messages }
    this.#watch(process, producer)
    this.processes.set(name, process)
    return process
  }

  /** The spec of an input that counts upwards, ten a second, from its checkpoint. */
  spec(id: string, fields: Partial<FleetInputSpec> = {}): FleetInputSpec {
    this.#sources.set(id, counting)
    return { id, type: 'module', module: 'of the test', ...fields }
  }

  /** Another input than one that counts. */
  source(id: string, source: Source, fields: Partial<FleetInputSpec> = {}): FleetInputSpec {
    const spec = this.spec(id, fields)
    this.#sources.set(id, source)
    return spec
  }

  async add(...specs: readonly FleetInputSpec[]): Promise<void> {
    const control = await this.control()
    for (const spec of specs) await control.add(spec)
  }

  advance(ms: number): Promise<void> {
    return this.clock.advance(ms)
  }

  kill(name: string): void {
    const { clock, link } = this.processes.get(name)!
    clock.kill()
    link.isDead = true
    this.processes.delete(name)
  }

  freeze(name: string): void {
    const { clock, link } = this.processes.get(name)!
    clock.freeze()
    link.hold()
  }

  thaw(name: string): void {
    const { clock, link } = this.processes.get(name)!
    clock.thaw()
    link.letGo()
  }

  /** Who the tables say runs what. */
  async owners(): Promise<Record<string, string>> {
    const { view } = await this.control()
    const ids = [...view.specs.keys()].sort()
    return Object.fromEntries(ids.map((id) => [id, view.ownerOf(id) ?? 'nobody']))
  }

  /** What was written of one input, in its order. */
  numbers(input: string): number[] {
    return this.writes.filter((write) => write.input === input).map(({ n }) => n)
  }

  /** Specs of a fleet are data; here each stands for code of the test, so that nothing is loaded in real time. */
  #host(agent: Agent): InputHost {
    const codeOf = ({ type: _, module: __, ...spec }: KindInputSpec) => ({
      ...spec,
      input: { run: this.#sources.get(spec.id)! },
    })
    return {
      add: (specs, options) =>
        agent.add(
          [specs].flat().map((spec) => codeOf(spec as KindInputSpec)),
          options,
        ),
      remove: (ids, options) => agent.remove(ids, options),
      specs: () => agent.specs(),
      on: (event, listener) => agent.on(event, listener),
      off: (event, listener) => agent.off(event, listener),
    }
  }

  #watch({ name, member }: FleetProcess, producer: FakeProducer): void {
    const push = producer.taken.push.bind(producer.taken)
    producer.taken.push = (...logs) => {
      for (const { contents } of logs)
        this.#note({
          atMs: this.clock.monotonicMs(),
          member: name,
          session: member.status().session,
          input: contents.input!,
          n: Number(contents.n),
        })
      return push(...logs)
    }
  }

  #note(write: Write): void {
    this.writes.push(write)
    this.onWrite(write)
  }
}

/** Ends with the test. */
export function fleetWorld(random?: () => number): FleetWorld {
  const world = new FleetWorld(random)
  onTestFinished(async () => {
    for (const { member, agent } of world.processes.values()) {
      const closing = member.close({ timeoutMs: 0 }).then(() => agent.close({ timeoutMs: 0 }))
      await world.advance(6000)
      await closing
    }
  })
  return world
}

/** Goes on where the last delivered log was; after a loss it goes back there. */
async function counting({ id, signal, clock, writer, checkpoint }: InputContext): Promise<void> {
  let n = Number(checkpoint.load() ?? 0)
  while (!signal.aborted) {
    const verdict = await new Promise<string>((resolve) => {
      void writer.writeAll([{ contents: { input: id, n } }], resolve)
    })
    if (verdict === 'delivered') checkpoint.save(++n)
    await pause(clock, 100, signal)
  }
}

function pause(clock: InputContext['clock'], ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.setTimer(resolve, ms)
    signal.addEventListener('abort', () => {
      cancel()
      resolve()
    })
  })
}
