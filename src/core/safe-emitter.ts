import { EventEmitter } from 'eventemitter3'
import { toError } from './errors.ts'

interface AnyListener {
  (...args: unknown[]): unknown
  /** What the user gave, where `once` put this around it. */
  wraps?: AnyListener
}

/** Runs code that is not ours. What it throws, or what a promise that it returns rejects with, goes to `onError`. */
export function runForeign(code: () => unknown, onError: (error: Error) => void): void {
  try {
    watchForeign(code(), onError)
  } catch (thrown) {
    onError(toError(thrown))
  }
}

/** What foreign code returned: if it is a promise, its rejection is ours to handle. */
export function watchForeign(returned: unknown, onError: (error: Error) => void): void {
  if (returned === undefined || typeof (returned as PromiseLike<unknown> | null)?.then !== 'function') return
  Promise.resolve(returned).catch((thrown) => onError(toError(thrown)))
}

/** An emitter whose listeners cannot harm whoever emits, nor each other. `Events` maps a name to its payload. */
export class SafeEmitter<Events extends object> {
  readonly #emitter = new EventEmitter()
  readonly #onError: (error: Error, event: string) => void

  constructor(onError: (error: Error, event: string) => void) {
    this.#onError = onError
  }

  on<Name extends keyof Events & string>(event: Name, listener: (payload: Events[Name]) => unknown): void {
    this.#emitter.on(event, listener as AnyListener)
  }

  once<Name extends keyof Events & string>(event: Name, listener: (payload: Events[Name]) => unknown): void {
    const wrapper: AnyListener = (payload) => {
      this.#emitter.off(event, wrapper)
      return listener(payload as Events[Name])
    }
    wrapper.wraps = listener as AnyListener
    this.#emitter.on(event, wrapper)
  }

  off<Name extends keyof Events & string>(event: Name, listener: (payload: Events[Name]) => unknown): void {
    for (const present of this.#emitter.listeners(event) as AnyListener[]) {
      if (present === listener || present.wraps === listener) this.#emitter.off(event, present)
    }
  }

  /** All listeners of one event, or of all. */
  removeAll(event?: keyof Events & string): void {
    this.#emitter.removeAllListeners(event)
  }

  /** How many listen. */
  count(event: keyof Events & string): number {
    return this.#emitter.listenerCount(event)
  }

  emit<Name extends keyof Events & string>(event: Name, payload: Events[Name]): void {
    // A copy: a listener may remove itself or others.
    for (const listener of this.#emitter.listeners(event)) {
      runForeign(
        () => listener(payload),
        (error) => this.#onError(error, event),
      )
    }
  }
}
