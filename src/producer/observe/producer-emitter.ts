import { SafeEmitter } from '../../core/safe-emitter.ts'
import type { ProducerEvents, ProducerListener } from './events.ts'
import type { Notices } from './notices.ts'

type EventName = keyof ProducerEvents

/** The events of a producer: told to their listeners or, where an event has none, said on the logger. */
export class ProducerEmitter {
  readonly #listeners: SafeEmitter<ProducerEvents>
  readonly #notices: Notices

  /** `threw` is told what a listener throws, and at which event. */
  constructor(notices: Notices, threw: (error: Error, event: string) => void) {
    this.#listeners = new SafeEmitter(threw)
    this.#notices = notices
  }

  emit<Name extends EventName>(event: Name, payload: ProducerEvents[Name]): void {
    if (this.#listeners.count(event) === 0) this.#notices.add(event, payload)
    else this.#listeners.emit(event, payload)
  }

  on<Name extends EventName>(event: Name, listener: ProducerListener<Name>): void {
    this.#listeners.on(event, listener)
  }

  once<Name extends EventName>(event: Name, listener: ProducerListener<Name>): void {
    this.#listeners.once(event, listener)
  }

  off<Name extends EventName>(event: Name, listener: ProducerListener<Name>): void {
    this.#listeners.off(event, listener)
  }

  removeAll(event?: EventName): void {
    this.#listeners.removeAll(event)
  }

  count(event: EventName): number {
    return this.#listeners.count(event)
  }

  /** Says what is left to be said, and nothing later: the producer ends. */
  close(): void {
    this.#notices.sayRest()
  }
}
