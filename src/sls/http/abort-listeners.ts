/** What is under way, and can be ended from outside. */
export interface Abortable {
  abort(reason: unknown): void
}

/**
 * One listener for all that is under way on a signal: to add and remove one for each request was more expensive than all else
 * that bounds it. The listener stays as long as its signal, and holds nothing while nothing is under way.
 */
export class AbortListeners {
  readonly #underWay = new WeakMap<AbortSignal, Set<Abortable>>()

  /** What is to be told of the signal's abort: the caller adds itself, and takes itself out again. */
  on(signal: AbortSignal): Set<Abortable> {
    const known = this.#underWay.get(signal)
    if (known !== undefined) return known
    const underWay = new Set<Abortable>()
    this.#underWay.set(signal, underWay)
    const abortAll = () => {
      for (const each of underWay) each.abort(signal.reason)
    }
    signal.addEventListener('abort', abortAll, { once: true })
    return underWay
  }
}
