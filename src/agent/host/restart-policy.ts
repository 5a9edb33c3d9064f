/** What happens after an input has ended by itself or failed. */
export interface RestartOptions {
  /** `always`: after an end as after a failure. `on-failure`: an end is an end. `never`. Default `on-failure`. */
  readonly policy?: 'always' | 'on-failure' | 'never'
  /** The first wait, doubled with each restart in the window. Default 1000. */
  readonly backoffMs?: number
  /** Default 60000: with it and the default window, the default number of restarts is reached only by faster ones. */
  readonly maxBackoffMs?: number
  /** Restarts within the window before the input is given up as failed. Default 20. */
  readonly maxRestarts?: number
  /** Default 600000. */
  readonly windowMs?: number
}

export type RestartDecision =
  | { readonly action: 'restart'; readonly delayMs: number }
  | { readonly action: 'finish' | 'fail' }

/** Decides over restarts; remembers when the last ones were. */
export class RestartPolicy {
  readonly #options: Required<RestartOptions>
  #restartsMs: number[] = []

  constructor(options: RestartOptions = {}) {
    this.#options = {
      policy: options.policy ?? 'on-failure',
      backoffMs: options.backoffMs ?? 1000,
      maxBackoffMs: options.maxBackoffMs ?? 60_000,
      maxRestarts: options.maxRestarts ?? 20,
      windowMs: options.windowMs ?? 600_000,
    }
  }

  after(outcome: 'ended' | 'failed', nowMs: number): RestartDecision {
    const { policy, backoffMs, maxBackoffMs, maxRestarts, windowMs } = this.#options
    if (outcome === 'ended' && policy !== 'always') return { action: 'finish' }
    if (policy === 'never') return { action: 'fail' }
    this.#restartsMs = this.#restartsMs.filter((atMs) => atMs > nowMs - windowMs)
    if (this.#restartsMs.length >= maxRestarts) return { action: 'fail' }
    const delayMs = Math.min(maxBackoffMs, backoffMs * 2 ** Math.min(this.#restartsMs.length, 30))
    this.#restartsMs.push(nowMs)
    return { action: 'restart', delayMs }
  }
}
