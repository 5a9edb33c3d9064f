import type { CancelTimer, Clock } from '../../../src/core/clock.ts'
import type { Sink } from '../../../src/sls/sink.ts'
import type { SpoolFiles } from '../../../src/spool/files.ts'

/** What a process has of its machine until it is killed: from then on nothing of it happens any more. */
export class Mortal {
  isDead = false

  files(files: SpoolFiles): SpoolFiles {
    return this.#wrap(files)
  }

  clock(clock: Clock): Clock {
    return {
      now: () => clock.now(),
      monotonicMs: () => clock.monotonicMs(),
      setTimer: (callback, delayMs, isBackground): CancelTimer => {
        if (this.isDead) return () => {}
        return clock.setTimer(() => this.isDead || callback(), delayMs, isBackground)
      },
    }
  }

  sink(sink: Sink): Sink {
    return {
      send: (request, signal) => this.#whileAlive(() => sink.send(request, signal)),
      close: async () => {},
    }
  }

  /** A call that a dead process makes never returns, nor does one that it had made. */
  #whileAlive<T>(call: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.isDead) return
      call().then(
        (value) => this.isDead || resolve(value),
        (error) => this.isDead || reject(error),
      )
    })
  }

  #wrap<T extends object>(target: T): T {
    return new Proxy(target, {
      get: (_, name) => {
        const member = Reflect.get(target, name) as unknown
        if (typeof member !== 'function') return member
        const call = (parts: unknown[]) => member.apply(target, parts)
        const wrapped = (result: unknown) => (isFile(result) ? this.#wrap(result) : result)
        if (!String(name).endsWith('Sync'))
          return (...parts: unknown[]) => this.#whileAlive(() => call(parts)).then(wrapped)
        return (...parts: unknown[]) => {
          if (this.isDead) throw new Error('the process is dead')
          return wrapped(call(parts))
        }
      },
    })
  }
}

function isFile(value: unknown): value is object {
  return typeof value === 'object' && value !== null && 'writeSync' in value
}
