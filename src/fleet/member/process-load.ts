import type { Clock } from '../../core/clock.ts'

/** The load is averaged over this time, so that placement does not follow each burst. */
const WINDOW_MS = 60_000
/** A new value is published only if it differs by this much: each one makes all members compute the placement again. */
const STEP = 0.15

/** Load of this process: its CPU time as a share of one core, because JavaScript runs on one. */
export class ProcessLoad {
  readonly #clock: Clock
  readonly #cpuMs: () => number
  #lastMs: number
  #lastCpuMs: number
  #average = 0
  #told = 0

  /** @param cpuMs the CPU time of the process until now */
  constructor(clock: Clock, cpuMs: () => number = processCpuMs) {
    this.#clock = clock
    this.#cpuMs = cpuMs
    this.#lastMs = clock.monotonicMs()
    this.#lastCpuMs = cpuMs()
  }

  /** From 0 to 1; it changes in steps. */
  get value(): number {
    const [nowMs, cpuMs] = [this.#clock.monotonicMs(), this.#cpuMs()]
    const elapsedMs = nowMs - this.#lastMs
    if (elapsedMs > 0) {
      const load = Math.min(1, (cpuMs - this.#lastCpuMs) / elapsedMs)
      this.#average += (load - this.#average) * Math.min(1, elapsedMs / WINDOW_MS)
      this.#lastMs = nowMs
      this.#lastCpuMs = cpuMs
    }
    if (Math.abs(this.#average - this.#told) >= STEP) this.#told = Math.round(this.#average * 100) / 100
    return this.#told
  }
}

function processCpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
