import type { Change, CheckpointRecord, OwnerRecord } from '../../../src/fleet/index.ts'
import { FleetWorld, type Write } from './fleet-world.ts'

const LEASE_MS = 10_000
const HEARTBEAT_MS = 2000
/** Clocks run apart by so much at most. */
const DRIFT = 0.02
/** From the death of an owner to the first log of the next: lease, sweep, placement, requests of up to a timeout. */
const TAKEOVER_MS = (LEASE_MS + 2 * HEARTBEAT_MS) * (1 + DRIFT) + 4000
const CHAOS_MS = 120_000
const QUIET_MS = 60_000

export interface HistoryReport {
  readonly seed: number
  readonly problems: readonly string[]
  readonly writes: number
  readonly disturbances: Readonly<Record<string, number>>
  readonly longestGapMs: number
  readonly copies: number
}

/** Numbers from 0 to below 1 that are the same for the same seed. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/**
 * A fleet in which something goes wrong every few seconds, and then nothing for a while. One member is never disturbed, so that there
 * is always somebody who can take over. Checks each write when it happens, and the whole at the end.
 */
export async function fleetHistory(seed: number): Promise<HistoryReport> {
  const history = new History(seed)
  return history.run()
}

interface Disturbance {
  readonly name: string
  readonly make: () => Promise<void> | void
}

class History {
  readonly #seed: number
  readonly #random: () => number
  readonly #world: FleetWorld
  readonly #problems: string[] = []
  readonly #owners = new Map<string, OwnerRecord>()
  readonly #checkpoints = new Map<string, CheckpointRecord>()
  /** When members did not act, though the others could not know: dead and not yet evicted, standing still, cut off. */
  readonly #absences: { readonly fromMs: number; toMs: number }[] = []
  readonly #inputs = new Set<string>()
  readonly #frozen = new Set<string>()
  readonly #cut = new Set<string>()
  readonly #draining = new Set<string>()
  readonly #counts: Record<string, number> = {}
  #names = 0

  constructor(seed: number) {
    this.#seed = seed
    this.#random = seededRandom(seed)
    this.#world = new FleetWorld(this.#random)
    this.#world.onWrite = (write) => this.#checkWrite(write)
  }

  async run(): Promise<HistoryReport> {
    const { tables } = this.#world
    await tables.owners.watch((change) => this.#ownerChanged(change))
    await tables.checkpoints.watch((change) => this.#checkpointChanged(change))
    for (let i = 0; i < 6; i++) await this.#addInput()
    await this.#world.start('steady')
    for (let i = 0; i < 3; i++) await this.#startMember()
    for (const endMs = this.#nowMs + CHAOS_MS; this.#nowMs < endMs; ) {
      await this.#world.advance(500 + this.#random() * 4000)
      await this.#disturb()
    }
    await this.#mendAll()
    await this.#world.advance(QUIET_MS)
    const longestGapMs = this.#checkGaps()
    await this.#checkEnd()
    const copies = [...this.#inputs].reduce((sum, input) => sum + this.#checkDelivered(input), 0)
    const { writes } = this.#world
    await this.#end()
    return {
      seed: this.#seed,
      problems: this.#problems,
      writes: writes.length,
      disturbances: this.#counts,
      longestGapMs,
      copies,
    }
  }

  get #nowMs(): number {
    return this.#world.clock.monotonicMs()
  }

  #problem(text: string): void {
    this.#problems.push(`at ${Math.round(this.#nowMs)} ms: ${text}`)
  }

  // What is checked

  /** Fencing: who writes is the one that the tables name, in the session in which it was named. */
  #checkWrite({ input, member, session, n }: Write): void {
    const owner = this.#owners.get(input)
    if (owner?.member !== member || owner.session !== session) {
      this.#problem(
        `${member} (${session}) writes ${input} ${n}, which is owned by ${owner?.member} (${owner?.session})`,
      )
    }
  }

  #ownerChanged({ key: input, value }: Change<OwnerRecord>): void {
    if (value === undefined) return void this.#owners.delete(input)
    this.#owners.set(input, value)
  }

  #checkpointChanged({ key: input, value }: Change<CheckpointRecord>): void {
    const before = this.#checkpoints.get(input)
    if (value === undefined) return void this.#checkpoints.delete(input)
    if (before !== undefined && value.token < before.token)
      this.#problem(`${input}: a late owner has written its checkpoint`)
    if (before !== undefined && Number(value.value ?? 0) < Number(before.value ?? 0)) {
      this.#problem(`${input}: its checkpoint went back from ${before.value} to ${value.value}`)
    }
    this.#checkpoints.set(input, value)
  }

  /** Each member that is absent costs one takeover at most: the owner, and whoever was to have the input next. */
  #checkGaps(): number {
    let longestMs = 0
    for (const input of this.#inputs) {
      const times = this.#world.writes.filter((write) => write.input === input).map(({ atMs }) => atMs)
      times.push(this.#nowMs)
      for (const [i, atMs] of times.entries()) {
        const beforeMs = times[i - 1] ?? atMs
        const absent = this.#absences.filter(({ fromMs, toMs }) => fromMs < atMs && toMs > beforeMs).length
        longestMs = Math.max(longestMs, atMs - beforeMs)
        if (atMs - beforeMs > TAKEOVER_MS * Math.max(1, absent)) {
          this.#problem(`${input}: nothing from ${beforeMs} to ${atMs} ms, ${absent} members absent`)
        }
      }
    }
    return longestMs
  }

  /** Returns how many logs came more than once. */
  #checkDelivered(input: string): number {
    const numbers = this.#world.numbers(input)
    const distinct = new Set(numbers)
    if (distinct.size === 0) this.#problem(`${input}: nothing was written`)
    else if (distinct.size !== Math.max(...numbers) + 1) this.#problem(`${input}: logs are missing`)
    return numbers.length - distinct.size
  }

  async #checkEnd(): Promise<void> {
    const { view } = await this.#world.control()
    const names = [...this.#world.processes.keys()]
    const sizes = names
      .filter((name) => !this.#draining.has(name))
      .map((name) => view.plan.inputsOf.get(name)?.size ?? 0)
    if (Math.max(...sizes) - Math.min(...sizes) > 1) this.#problem(`uneven shares at the end: ${sizes}`)
    for (const input of this.#inputs) {
      const owner = view.ownerOf(input)
      if (owner === undefined) this.#problem(`${input}: nobody runs it at the end`)
      for (const { name, agent } of this.#world.processes.values()) {
        const isRun = agent.specs().some(({ id }) => id === input)
        if (isRun !== (name === owner))
          this.#problem(`${input}: ${name} ${isRun ? 'runs' : 'does not run'} it, its owner is ${owner}`)
      }
    }
  }

  // What goes wrong

  async #disturb(): Promise<void> {
    const disturbances: Disturbance[] = [
      { name: 'kill', make: () => this.#kill() },
      { name: 'freeze', make: () => this.#freeze() },
      { name: 'cut', make: () => this.#cutOff() },
      { name: 'jump', make: () => this.#jump() },
      { name: 'drain', make: () => this.#drain() },
      { name: 'leave', make: () => this.#leave() },
      { name: 'add', make: () => this.#addInput() },
      { name: 'remove', make: () => this.#removeInput() },
      { name: 'change', make: () => this.#changeInput() },
    ]
    const { name, make } = disturbances[Math.floor(this.#random() * disturbances.length)]!
    this.#counts[name] = (this.#counts[name] ?? 0) + 1
    await make()
  }

  /** One that is well, and not the steady one. */
  #victim(): string | undefined {
    const well = [...this.#world.processes.keys()].filter(
      (name) => name !== 'steady' && !this.#frozen.has(name) && !this.#cut.has(name),
    )
    return well[Math.floor(this.#random() * well.length)]
  }

  async #kill(): Promise<void> {
    const name = this.#victim()
    if (name === undefined) return
    this.#world.kill(name)
    this.#absences.push({ fromMs: this.#nowMs, toMs: this.#nowMs + TAKEOVER_MS })
    this.#draining.delete(name)
    // Half come back under the same name, as a machine does, half under another, as a pod does.
    await this.#startMember(this.#random() < 0.5 ? name : undefined)
  }

  #freeze(): void {
    const name = this.#victim()
    if (name === undefined) return
    this.#frozen.add(name)
    this.#world.freeze(name)
    this.#absent(() => {
      if (this.#frozen.delete(name)) this.#world.thaw(name)
    })
  }

  #cutOff(): void {
    const name = this.#victim()
    if (name === undefined) return
    const { link } = this.#world.processes.get(name)!
    this.#cut.add(name)
    link.cut()
    this.#absent(() => {
      this.#cut.delete(name)
      link.mend()
    })
  }

  #jump(): void {
    const name = this.#victim()
    if (name !== undefined) this.#world.processes.get(name)!.clock.jump((this.#random() - 0.5) * 7_200_000)
  }

  async #drain(): Promise<void> {
    const name = this.#victim()
    if (name === undefined) return
    const isDraining = !this.#draining.has(name)
    const control = await this.#world.control()
    const isMember = await control.drain(name, isDraining).then(
      () => true,
      () => false,
    )
    if (!isMember) return
    if (isDraining) this.#draining.add(name)
    else this.#draining.delete(name)
  }

  async #leave(): Promise<void> {
    const name = this.#victim()
    if (name === undefined) return
    const { member, agent } = this.#world.processes.get(name)!
    this.#world.processes.delete(name)
    this.#draining.delete(name)
    const leaving = member.close().then(() => agent.close({ timeoutMs: 1000 }))
    await this.#world.advance(12_000)
    await leaving
    await this.#startMember(name)
  }

  async #addInput(): Promise<void> {
    const id = `i${this.#names++}`
    await this.#world.add(this.#world.spec(id))
    this.#inputs.add(id)
  }

  async #removeInput(): Promise<void> {
    const ids = [...this.#inputs]
    if (ids.length < 4) return
    const id = ids[Math.floor(this.#random() * ids.length)]!
    this.#inputs.delete(id)
    await (await this.#world.control()).remove(id)
  }

  async #changeInput(): Promise<void> {
    const ids = [...this.#inputs]
    const id = ids[Math.floor(this.#random() * ids.length)]!
    await this.#world.add(this.#world.spec(id, { memoryShare: 0.1 + 0.8 * this.#random() }))
  }

  async #startMember(name = `m${this.#names++}`): Promise<void> {
    const clockRate = 1 + (this.#random() * 2 - 1) * DRIFT * 0.5
    await this.#world.start(name, { clockRate, leaseMs: LEASE_MS, heartbeatMs: HEARTBEAT_MS })
  }

  /** Up to much longer than a lease. */
  #absent(comeBack: () => void): void {
    const forMs = 500 + this.#random() * 25_000
    this.#absences.push({ fromMs: this.#nowMs, toMs: this.#nowMs + forMs })
    this.#world.clock.setTimer(comeBack, forMs)
  }

  async #mendAll(): Promise<void> {
    for (const name of this.#frozen) this.#world.thaw(name)
    this.#frozen.clear()
    for (const { link } of this.#world.processes.values()) link.mend()
    // One that was away joins first.
    await this.#world.advance(20_000)
    const control = await this.#world.control()
    for (const name of this.#draining) await control.drain(name, false)
    this.#draining.clear()
  }

  async #end(): Promise<void> {
    for (const { member, agent } of this.#world.processes.values()) {
      const closing = member.close({ timeoutMs: 0 }).then(() => agent.close({ timeoutMs: 0 }))
      await this.#world.advance(6000)
      await closing
    }
  }
}
