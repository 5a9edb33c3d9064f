import { expect } from 'vitest'
import { silentLogger } from '../../../src/core/logger.ts'
import type { SpoolConfig } from '../../../src/producer/keep/spool-config.ts'
import type { ProducerConfig } from '../../../src/producer/options.ts'
import { Producer } from '../../../src/producer/producer.ts'
import { FaultyFiles, type Remains } from '../../spool/support/faulty-files.ts'
import { SocketWorld, type TestSockets } from '../../spool/support/test-sockets.ts'
import { ManualClock, settled } from '../../support/manual-clock.ts'
import { Mortal } from './mortal.ts'
import { type SpoolAnswer, SpoolModelSink } from './spool-model-sink.ts'
import { balance } from './support.ts'

export type SpoolCommand =
  | {
      readonly do: 'send'
      readonly life: number
      readonly topic: number
      readonly resolveOn: 'delivered' | 'durable'
      readonly logs: number
      readonly padding: number
      readonly times: number
    }
  | { readonly do: 'open'; readonly life: number; readonly maxBytes: number }
  | { readonly do: 'kill'; readonly life: number; readonly isStored: boolean }
  | { readonly do: 'power loss'; readonly remains: Remains }
  | { readonly do: 'close'; readonly life: number; readonly timeoutMs: number }
  | { readonly do: 'flush'; readonly life: number }
  | { readonly do: 'answers'; readonly answers: readonly SpoolAnswer[] }
  | { readonly do: 'destination'; readonly isDown: boolean }
  | { readonly do: 'disk'; readonly isFull: boolean }
  /** Somebody deletes the files that say who owns the slots. */
  | { readonly do: 'delete cards' }
  | { readonly do: 'release' }
  | { readonly do: 'advance'; readonly ms: number }
  /** The wall clock is set to another time. */
  | { readonly do: 'jump'; readonly ms: number }

export interface SpoolModelSetup {
  readonly lives: number
  readonly spool: Omit<SpoolConfig, 'directory' | 'io'>
  readonly config: ProducerConfig
}

interface SpoolLife {
  readonly producer: Producer
  readonly sockets: TestSockets
  readonly mortal: Mortal
  readonly sent: SentLogs[]
  readonly name: string
}

interface SentLogs {
  readonly ids: readonly number[]
  told: 'not yet' | 'success' | 'spooled' | 'failure'
}

const MIB = 1024 * 1024
/** When nothing more comes and all is well, everything is delivered within the longest pauses that there are, one after the other. */
const DRAINED_MS = 180_000

/**
 * Producers that share a spool directory, live and die on a machine whose disk and destination fail, beside a count of what
 * was promised.
 */
export class SpoolModelRun {
  readonly clock = new ManualClock()
  readonly sink = new SpoolModelSink(this.clock)
  readonly #setup: SpoolModelSetup
  readonly #world = new SocketWorld(() => this.#files)
  readonly #lives: (SpoolLife | undefined)[]
  /** Logs whose send was told that they are on disk or stored. */
  readonly #owed = new Set<number>()
  readonly #given = new Set<number>()
  #files = new FaultyFiles()
  #boot = 1
  #born = 0
  #nextId = 0
  /** Logs that made room on disk, by every life. */
  #droppedFromDisk = 0
  /** Stored before the disk was full; undefined while it is not. */
  #storedBeforeFull: ReadonlySet<number> | undefined

  constructor(setup: SpoolModelSetup) {
    this.#setup = setup
    this.#lives = Array.from({ length: setup.lives }, () => undefined)
  }

  async run(commands: readonly SpoolCommand[]): Promise<void> {
    // What a producer loads when it first wants a spool is there: virtual time does not wait for it.
    await import('../../../src/spool/index.ts')
    for (let life = 0; life < this.#setup.lives; life++) this.#open(life, 64 * MIB)
    for (const command of commands) {
      await this.#do(command)
      await settled()
      this.#checkNow()
    }
    await this.#end()
  }

  async #do(command: SpoolCommand): Promise<void> {
    switch (command.do) {
      case 'send':
        for (let time = 0; time < command.times; time++) this.#send(command)
        return
      case 'open':
        return this.#open(command.life, command.maxBytes)
      case 'kill':
        return this.#kill(command.life, command.isStored)
      case 'power loss':
        return this.#losePower(command.remains)
      case 'close':
        return this.#close(command.life, command.timeoutMs)
      case 'flush':
        this.#living(command.life)
          ?.producer.flush({ until: 'durable' })
          .catch(() => {})
        return
      case 'answers':
        return void this.sink.answers.push(...command.answers)
      case 'destination':
        this.sink.isDown = command.isDown
        return
      case 'disk':
        return this.#fillDisk(command.isFull)
      case 'delete cards':
        for (const path of this.#files.paths) if (/owner\.\d+$/.test(path)) this.#files.delete(path)
        return
      case 'release':
        return this.sink.releaseAll()
      case 'advance':
        return this.clock.advance(command.ms)
      case 'jump':
        return this.clock.jump(command.ms)
    }
  }

  #living(at: number): SpoolLife | undefined {
    return this.#lives[at % this.#setup.lives]
  }

  #open(at: number, maxBytes: number): void {
    if (this.#living(at) !== undefined) return
    const mortal = new Mortal()
    const sockets = this.#world.process()
    const io = { files: mortal.files(this.#files), sockets, boot: `boot ${this.#boot}`, segmentBytes: 64 * 1024 }
    const producer = new Producer({
      ...{ project: 'p', logstore: 'l', source: 's', compression: 'none', random: () => 0.5, logger: silentLogger },
      ...this.#setup.config,
      spool: { directory: '/spool', ...this.#setup.spool, maxBytes, io },
      clock: mortal.clock(this.clock),
      sink: mortal.sink(this.sink.of(mortal)),
    })
    producer.on('dropFromDisk', ({ logCount }) => {
      this.#droppedFromDisk += logCount
    })
    this.#lives[at % this.#setup.lives] = { producer, sockets, mortal, sent: [], name: `${this.#born++}` }
  }

  #send({ life: at, topic, resolveOn, logs, padding }: Extract<SpoolCommand, { do: 'send' }>): void {
    const life = this.#living(at)
    if (life === undefined) return
    const ids = Array.from({ length: logs }, () => this.#nextId++)
    for (const id of ids) this.#given.add(id)
    const sent: SentLogs = { ids, told: 'not yet' }
    life.sent.push(sent)
    const told = (what: SentLogs['told']) => {
      if (life.mortal.isDead) return
      expect(sent.told).toBe('not yet')
      sent.told = what
      if (what !== 'failure') for (const id of ids) this.#owed.add(id)
    }
    // A group belongs to one process at a time: to the only one also over a restart.
    const owner = this.#setup.lives === 1 ? '' : life.name
    const list = ids.map((id) => ({ contents: { id: `${id}`, padding: 'x'.repeat(padding) } }))
    life.producer.send({ logs: list, topic: `${owner}t${topic}`, resolveOn }).then(
      () => told('success'),
      ({ code }) => told(code === 'ERR_LOGHUB_SPOOLED' ? 'spooled' : 'failure'),
    )
  }

  /** The other processes and the system live: what was written is there. */
  #kill(at: number, isStored: boolean): void {
    const life = this.#living(at)
    if (life === undefined) return
    this.#lives[at % this.#setup.lives] = undefined
    this.#leaveUnnoted()
    life.mortal.isDead = true
    life.sockets.die()
    this.sink.orphan(life.mortal, isStored)
  }

  /** Nor are the notes of what was stored there. */
  #losePower(remains: Remains): void {
    for (const id of this.sink.stored.keys()) this.sink.mayRepeat.add(id)
    for (let at = 0; at < this.#setup.lives; at++) this.#kill(at, false)
    this.#files = this.#files.crashed(remains)
    this.#boot++
  }

  async #close(at: number, timeoutMs: number): Promise<void> {
    const life = this.#living(at)
    if (life === undefined) return
    let isClosed = false
    const storedBefore = new Set(this.sink.stored.keys())
    const closing = life.producer.close({ timeoutMs }).then((report) => {
      isClosed = true
      return report
    })
    for (let second = 0; second < 10 + timeoutMs / 1000 && !isClosed; second++) await this.clock.advance(1000)
    expect(isClosed).toBe(true)
    const { spooled } = await closing
    const { logs } = life.producer.metrics()
    expect(logs.inMemory).toBe(0)
    expect(spooled).toBe(logs.onDisk)
    expect(balance(life)).toBe(0)
    await settled()
    this.#leaveUnnoted()
    // A request that the deadline of close finds on its way may be stored, and its batch stays on disk.
    if (spooled > 0) for (const id of this.sink.stored.keys()) if (!storedBefore.has(id)) this.sink.mayRepeat.add(id)
    expect(life.sent.filter(({ told }) => told === 'not yet')).toEqual([])
    life.mortal.isDead = true
    this.#lives[at % this.#setup.lives] = undefined
  }

  /**
   * A process that ends takes with it what it knew of: what was stored while no note of it could be written, and which parts of
   * a batch that was cut are stored.
   */
  #leaveUnnoted(): void {
    for (const id of this.sink.cut) this.sink.mayRepeat.add(id)
    if (this.#storedBeforeFull === undefined) return
    for (const id of this.sink.stored.keys()) if (!this.#storedBeforeFull.has(id)) this.sink.mayRepeat.add(id)
  }

  #fillDisk(isFull: boolean): void {
    this.#storedBeforeFull = isFull ? (this.#storedBeforeFull ?? new Set(this.sink.stored.keys())) : undefined
    const isWrite = (operation: string) => operation === 'write' || operation === 'create'
    this.#files.fault = (operation) => (isFull && isWrite(operation) ? 'ENOSPC' : undefined)
  }

  /** The law, for each that lives. */
  #checkNow(): void {
    for (const life of this.#lives) {
      if (life === undefined) continue
      expect(balance(life), JSON.stringify(life.producer.metrics().logs)).toBe(0)
      const { logs } = life.producer.metrics()
      expect(Math.min(logs.inMemory, logs.onDisk)).toBeGreaterThanOrEqual(0)
      expect(logs.damaged).toBe(0)
    }
    expect([...this.sink.stored.keys()].filter((id) => !this.#given.has(id))).toEqual([])
  }

  /** All is well again: what was promised arrives. */
  async #end(): Promise<void> {
    this.#fillDisk(false)
    Object.assign(this.sink, { isDown: false })
    this.sink.answers.length = 0
    for (let at = 0; at < this.#setup.lives; at++) this.#open(at, 64 * MIB)
    for (let passedMs = 0; passedMs < DRAINED_MS; passedMs += 30_000) await this.clock.advance(30_000)
    this.#checkNow()
    expect(this.#left, 'left in memory and on disk').toBe(0)
    for (let at = 0; at < this.#setup.lives; at++) await this.#close(at, 10_000)
    const lost = [...this.#owed].filter((id) => !this.sink.stored.has(id))
    expect(lost.length).toBeLessThanOrEqual(this.#droppedFromDisk)
    const twice = [...this.sink.stored].filter(([id, times]) => times > 1 && !this.sink.mayRepeat.has(id))
    expect(twice.map(([id]) => id)).toEqual([])
    if (this.#setup.config.router === 'key-hash')
      for (const ids of this.sink.groups.values()) expect(ids).toEqual([...ids].sort((a, b) => a - b))
  }

  get #left(): number {
    let left = 0
    for (const life of this.#lives) {
      const { inMemory, onDisk } = life?.producer.metrics().logs ?? { inMemory: 0, onDisk: 0 }
      left += inMemory + onDisk
    }
    return left
  }
}
