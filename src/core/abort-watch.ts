import { setMaxListeners } from 'node:events'
import { runForeign } from './safe-emitter.ts'

/** Things that abort signals give up: one listener a signal, however many things wait on it, and none when none does. */
export class AbortWatch<T> {
  readonly #watched = new Map<AbortSignal, { readonly items: Set<T>; readonly listener: () => void }>()
  readonly #aborted: (item: T, signal: AbortSignal) => void

  constructor(aborted: (item: T, signal: AbortSignal) => void) {
    this.#aborted = aborted
  }

  add(signal: AbortSignal, item: T): void {
    const watched = this.#watched.get(signal)
    if (watched !== undefined) return void watched.items.add(item)
    const items = new Set([item])
    const listener = () => {
      for (const item of items) this.#aborted(item, signal)
    }
    // One signal may well serve many producers and requests; Node would take more than ten listeners for a leak.
    // A signal of another make (jsdom, a polyfill) is no EventTarget of Node's, which knows no such limit for it.
    if (signal instanceof EventTarget) setMaxListeners(0, signal)
    signal.addEventListener('abort', listener)
    this.#watched.set(signal, { items, listener })
  }

  delete(signal: AbortSignal, item: T): void {
    const watched = this.#watched.get(signal)
    watched?.items.delete(item)
    if (watched === undefined || watched.items.size > 0) return
    this.#watched.delete(signal)
    runForeign(
      () => signal.removeEventListener('abort', watched.listener),
      () => {},
    )
  }
}
