/** When an input that has ended or failed is started again. */
export interface RestartOptions {
  /** `always`: after an end or a failure; `on-failure`: only after a failure; `never`. Default `on-failure`. */
  readonly policy?: 'always' | 'on-failure' | 'never'
  /** Time before the first restart, doubled with each restart in the window, in milliseconds. Default 1000. */
  readonly backoffMs?: number
  /** Longest time before a restart, in milliseconds. Default 60000: with the default window, `maxRestarts` is not reached at this rate. */
  readonly maxBackoffMs?: number
  /** Restarts within the window; then the state of the input is `failed`. Default 20. */
  readonly maxRestarts?: number
  /** Length of the window in milliseconds. Default 600000. */
  readonly windowMs?: number
}

export type RestartDecision =
  | { readonly action: 'restart'; readonly delayMs: number }
  | { readonly action: 'finish' | 'fail' }

/** Decides about restarts by the number of those in the window. */
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
