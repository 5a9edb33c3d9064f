import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Clock } from '../../src/core/clock.ts'
import type { Logger } from '../../src/core/logger.ts'
import type { RouterFunction } from '../../src/index.ts'

/** Where code of the user runs inside a producer. `allocate` is not the user's, but fails as the process decides. */
export const PLACES = [
  ...(['router', 'sealed', 'attempt', 'settled', 'getter', 'toJSON', 'callback', 'promise'] as const),
  ...(['listener', 'logger', 'deadLetter', 'sink', 'iterable', 'abort', 'clock', 'random', 'allocate'] as const),
] as const

export type Place = (typeof PLACES)[number]

/** What the user does at the visit after so many others to a place. */
export interface Mischief<Act> {
  readonly place: Place
  readonly after: number
  readonly act: Act | 'throw' | 'reject'
}

/** An error in an `abort` listener or a channel's subscriber is Node's to report; a clock has no way to fail. */
const MAY_THROW = new Set<Place>([
  ...(['router', 'getter', 'toJSON', 'callback', 'listener', 'logger', 'deadLetter', 'sink', 'iterable'] as const),
  'allocate',
])
const MAY_REJECT = new Set<Place>(['callback', 'listener', 'logger', 'deadLetter', 'sink'])
const CHANNELS = ['sealed', 'attempt', 'settled'] as const

export interface HostileParts<Act> {
  readonly mischief: readonly Mischief<Act>[]
  /** Does it, from within the place. */
  readonly act: (act: Act) => void
  /** At each visit, before anything is done. */
  readonly visited: (place: Place) => void
}

/** User code that does once, in a place where it runs, what is least expected there. */
export class HostileUser<Act> {
  readonly #parts: HostileParts<Act>
  readonly #waiting = new Map<Place, { left: number; readonly act: Act | 'throw' | 'reject' }[]>()
  readonly #within: Place[] = []
  #isAwake = false
  readonly #visits: { readonly channel: string; readonly visit: () => void }[] = []

  constructor(parts: HostileParts<Act>) {
    this.#parts = parts
    for (const { place, after, act } of parts.mischief) {
      const here = this.#waiting.get(place) ?? []
      here.push({ left: after, act })
      this.#waiting.set(place, here)
    }
  }

  isWithin(...places: readonly Place[]): boolean {
    return places.some((place) => this.#within.includes(place))
  }

  /** To be called wherever user code runs; what it throws or returns is the user's answer there. */
  at(place: Place): unknown {
    if (!this.#isAwake) return undefined
    this.#within.push(place)
    try {
      if (place !== 'allocate') this.#parts.visited(place)
      return this.#doWhatIsDue(place)
    } finally {
      this.#within.pop()
    }
  }

  #doWhatIsDue(place: Place): unknown {
    const here = this.#waiting.get(place)
    if (here === undefined || here.length === 0) return undefined
    const due = here.filter(({ left }) => left === 0)
    this.#waiting.set(
      place,
      here.filter(({ left }) => left > 0),
    )
    for (const mischief of here) mischief.left--
    let answer: unknown
    for (const { act } of due) {
      if (act === 'reject' && MAY_REJECT.has(place)) answer ??= Promise.reject(new Error('hostile'))
      else if (typeof act === 'object' && place !== 'allocate') this.#parts.act(act)
    }
    if (due.some(({ act }) => act === 'throw') && MAY_THROW.has(place)) {
      // Two answers cannot be given.
      if (answer instanceof Promise) answer.catch(() => {})
      throw place === 'allocate' ? new RangeError('Array buffer allocation failed') : new Error('hostile')
    }
    return answer
  }

  /** Contents as they will be stored, with code inside. */
  contents(fields: Record<string, unknown>): Record<string, unknown> {
    const hostile = this
    return {
      ...fields,
      nested: {
        toJSON() {
          hostile.at('toJSON')
          return { made: 'json' }
        },
      },
      get getter() {
        hostile.at('getter')
        return 'got'
      },
    }
  }

  router(route: RouterFunction): RouterFunction {
    return (batch, lanes) => {
      this.at('router')
      return route(batch, lanes)
    }
  }

  clock(clock: Clock): Clock {
    return {
      now: () => this.#passing('clock', clock.now()),
      monotonicMs: () => this.#passing('clock', clock.monotonicMs()),
      setTimer: (callback, delayMs, isBackground) =>
        this.#passing('clock', clock.setTimer(callback, delayMs, isBackground)),
    }
  }

  logger(): Logger {
    const say = () => this.at('logger') as undefined
    return { debug: say, info: say, warn: say, error: say }
  }

  random(): number {
    return this.#passing('random', 0.5)
  }

  begin(): void {
    this.#isAwake = true
    for (const place of CHANNELS) {
      const visit = () => void this.at(place)
      const channel = `loghub-producer:batch:${place}`
      subscribe(channel, visit)
      this.#visits.push({ channel, visit })
    }
  }

  end(): void {
    this.#isAwake = false
    for (const { channel, visit } of this.#visits.splice(0)) unsubscribe(channel, visit)
  }

  /** For the time of `create`, memory of new buffers comes from here. */
  whileCreating<T>(create: () => T): T {
    const allocate = Buffer.allocUnsafeSlow
    Buffer.allocUnsafeSlow = (bytes) => {
      this.at('allocate')
      return allocate(bytes)
    }
    try {
      return create()
    } finally {
      Buffer.allocUnsafeSlow = allocate
    }
  }

  #passing<T>(place: Place, value: T): T {
    this.at(place)
    return value
  }
}
