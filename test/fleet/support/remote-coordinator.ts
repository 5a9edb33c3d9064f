import { ProducerError } from '../../../src/core/errors.ts'
import type { Change, Coordinator, Entry, Table } from '../../../src/fleet/index.ts'
import type { ManualClock } from '../../support/manual-clock.ts'

const TIMEOUT_MS = 2000

/** Between one agent and the tables: takes time, and can be cut. Of what is under way when it is cut, half has happened all the same. */
export class Link {
  readonly clock: ManualClock
  readonly random: () => number
  readonly #waiting = new Set<() => void>()
  isCut = false
  isHeld = false
  isDead = false

  constructor(clock: ManualClock, random: () => number = () => 0.5) {
    this.clock = clock
    this.random = random
  }

  /** The process stands still: what arrives waits. */
  hold(): void {
    this.isHeld = true
  }

  letGo(): void {
    this.isHeld = false
    this.#wake()
  }

  cut(): void {
    this.isCut = true
  }

  mend(): void {
    this.isCut = false
    this.#wake()
  }

  async call<R>(work: () => Promise<R>): Promise<R> {
    await this.delay(1 + this.random() * 5)
    const isLost = this.isCut
    if (isLost && this.random() < 0.5) {
      await this.delay(TIMEOUT_MS)
      await this.#arrived()
      throw away()
    }
    const answer = await work()
    await this.delay(1 + this.random() * 5)
    if (isLost || this.isCut) {
      await this.delay(TIMEOUT_MS)
      await this.#arrived()
      throw away()
    }
    await this.#arrived()
    return answer
  }

  /** Tells what comes from the other side, in its order: after the cut, and after the process goes on. */
  relay<T>(listener: (value: T) => void): (value: T) => void {
    let last: Promise<void> = Promise.resolve()
    const latencyMs = 1 + this.random() * 5
    return (value) => {
      last = last.then(async () => {
        await this.delay(latencyMs)
        while (this.isCut || this.isHeld || this.isDead) await this.#change()
        listener(value)
      })
    }
  }

  delay(ms: number): Promise<void> {
    return new Promise((resolve) => this.clock.setTimer(resolve, ms))
  }

  async #arrived(): Promise<void> {
    while (this.isHeld || this.isDead) await this.#change()
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.add(resolve))
  }

  #wake(): void {
    for (const resume of [...this.#waiting]) resume()
    this.#waiting.clear()
  }
}

/** The tables as an agent reaches them over its link. */
export function over(link: Link, { members, specs, owners, checkpoints, close }: Coordinator): Coordinator {
  return {
    members: tableOver(link, members),
    specs: tableOver(link, specs),
    owners: tableOver(link, owners),
    checkpoints: tableOver(link, checkpoints),
    close,
  }
}

function tableOver<T>(link: Link, table: Table<T>): Table<T> {
  return {
    get: (key): Promise<Entry<T> | undefined> => link.call(() => table.get(key)),
    put: (key, value, revision) => link.call(() => table.put(key, value, revision)),
    remove: (key, revision) => link.call(() => table.remove(key, revision)),
    watch: (listener) =>
      link.call(async () => {
        const first: Change<T>[] = []
        let tell = (change: Change<T>): void => {
          first.push(change)
        }
        const stop = await table.watch((change) => tell(change))
        for (const change of first) listener(change)
        tell = link.relay(listener)
        return stop
      }),
  }
}

function away(): ProducerError {
  return new ProducerError('ERR_LOGHUB_FLEET', 'the coordinator does not answer', { retriable: true })
}
