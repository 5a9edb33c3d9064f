import { silentLogger } from '../../../src/core/logger.ts'
import type { SpoolConfig } from '../../../src/producer/keep/spool-config.ts'
import type { ProducerConfig } from '../../../src/producer/options.ts'
import { Producer } from '../../../src/producer/producer.ts'
import { decodeLogGroup } from '../../../src/sls/wire/decode-log-group.ts'
import { FaultyFiles, type Remains } from '../../spool/support/faulty-files.ts'
import { SocketWorld, type TestSockets } from '../../spool/support/test-sockets.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { ScriptedSink } from '../../support/scripted-sink.ts'
import { Mortal } from './mortal.ts'

export interface Life {
  readonly producer: Producer
  readonly sockets: TestSockets
  readonly mortal: Mortal
  /** Of the events of the spool, in order: name and logs. */
  readonly told: (readonly [event: string, logCount: number])[]
}

/** A machine with a disk, a destination and a clock, on which producers live and die. */
export class Bench {
  readonly clock = new ManualClock()
  readonly sink = new ScriptedSink()
  readonly #world = new SocketWorld(() => this.files)
  #boot = 1
  files = new FaultyFiles()

  async start(spool: Partial<SpoolConfig> = {}, config: ProducerConfig = {}): Promise<Life> {
    const life = this.begin(spool, config)
    // The code of the spool is loaded when it is first wanted, which takes its time.
    while (life.producer.metrics().spool === undefined) await new Promise((resolve) => setImmediate(resolve))
    return life
  }

  /** Its spool is opened meanwhile, or cannot be. */
  begin(spool: Partial<SpoolConfig> = {}, config: ProducerConfig = {}): Life {
    const sockets = this.#world.process()
    const mortal = new Mortal()
    const producer = new Producer({
      project: 'proj',
      logstore: 'logs',
      source: 's',
      compression: 'none',
      random: () => 0.5,
      logger: silentLogger,
      clock: mortal.clock(this.clock),
      sink: mortal.sink(this.sink),
      spool: {
        directory: '/spool',
        io: { files: mortal.files(this.files), sockets, boot: `boot ${this.#boot}`, segmentBytes: 64 * 1024 },
        ...spool,
      },
      ...config,
    })
    const told: [string, number][] = []
    for (const event of ['durable', 'spooled', 'recovered', 'damaged', 'dropFromDisk'] as const) {
      producer.on(event, ({ logCount }) => told.push([event, logCount]))
    }
    return { producer, sockets, mortal, told }
  }

  /** The process is gone from one moment to the next, and with it all that it would still have done. */
  kill(life: Life): void {
    life.mortal.isDead = true
    this.files = this.files.crashed('all')
    life.sockets.die()
  }

  /** The machine is gone with all processes on it. What was not synced may be there afterwards, or not. */
  losePower(life: Life, remains: Remains): void {
    life.mortal.isDead = true
    this.files = this.files.crashed(remains)
    life.sockets.die()
    this.#boot++
  }

  /** What starts from now on is on another machine that has the same volume. */
  goElsewhere(): void {
    this.#boot++
    this.files.local = false
  }

  /** The `n` of each log that was sent, request by request. */
  get sent(): string[][] {
    return this.sink.seen.map(({ bytes }) => decodeLogGroup(bytes).logs.map(({ contents }) => contents[0]?.[1] ?? ''))
  }

  get packIds(): string[] {
    return this.sink.seen.map(
      ({ bytes }) => decodeLogGroup(bytes).tags.find(([name]) => name === '__pack_id__')?.[1] ?? '',
    )
  }
}

/** The law. */
export function balance({ producer }: Pick<Life, 'producer'>): number {
  const { accepted, recovered, delivered, failed, dropped, inMemory, onDisk, damaged } = producer.metrics().logs
  return accepted + recovered - delivered - failed - dropped - inMemory - onDisk - damaged
}
