import type { Clock } from '../../../src/core/clock.ts'
import { type FailureClass, type Receipt, type Sink, SinkError, type SinkRequest } from '../../../src/sls/sink.ts'
import { decodeLogGroup } from '../../../src/sls/wire/decode-log-group.ts'
import { sinkError } from '../../support/scripted-sink.ts'
import type { Mortal } from './mortal.ts'

export type SpoolAnswer = 'ok' | 'hang' | 'stored-but-lost' | 'too-large' | Extract<FailureClass, 'back-off' | 'quota'>

interface Hanging {
  readonly owner: Mortal
  readonly request: SinkRequest
  readonly release: () => void
  readonly forget: () => void
}

/** Stores what it is not told to treat otherwise. What hangs does so until it is released, or its time is over. */
export class SpoolModelSink {
  readonly answers: SpoolAnswer[] = []
  /** How often each log was stored. */
  readonly stored = new Map<number, number>()
  /** The logs of each group in the order in which they were stored first. */
  readonly groups = new Map<string, number[]>()
  /** Logs that were stored without their sender knowing it: they may be stored again. */
  readonly mayRepeat = new Set<number>()
  /** Logs of batches that had to be cut. */
  readonly cut = new Set<number>()
  isDown = false
  readonly #clock: Clock
  readonly #hanging = new Set<Hanging>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get hanging(): number {
    return this.#hanging.size
  }

  of(owner: Mortal): Sink {
    return { send: (request, signal) => this.#answer(owner, request, signal), close: async () => {} }
  }

  releaseAll(): void {
    for (const { release } of [...this.#hanging]) release()
  }

  /** The sender died: what it had on the wire arrives now, or never. */
  orphan(owner: Mortal, isStored: boolean): void {
    for (const hanging of [...this.#hanging]) {
      if (hanging.owner !== owner) continue
      hanging.forget()
      if (isStored) this.#excuse(this.#store(hanging.request))
    }
  }

  async #answer(owner: Mortal, request: SinkRequest, signal: AbortSignal): Promise<Receipt> {
    if (this.isDown) throw sinkError('back-off')
    const answer = this.answers.shift() ?? 'ok'
    if (answer === 'hang') await this.#hang(owner, request, signal)
    else if (answer === 'too-large') this.#refuseLarge(request)
    else if (answer !== 'ok' && answer !== 'stored-but-lost') throw sinkError(answer)
    const ids = this.#store(request)
    if (answer === 'stored-but-lost') {
      this.#excuse(ids)
      throw sinkError('back-off')
    }
    return { requestId: 'r' }
  }

  /** One log alone is never too large. */
  #refuseLarge({ payload }: SinkRequest): void {
    const ids = idsOf(payload.bytes)
    if (ids.length === 1) return
    for (const id of ids) this.cut.add(id)
    throw sinkError('too-large')
  }

  #excuse(ids: readonly number[]): void {
    for (const id of ids) this.mayRepeat.add(id)
  }

  #store({ payload }: SinkRequest): readonly number[] {
    const { topic } = decodeLogGroup(payload.bytes)
    const ids = idsOf(payload.bytes)
    const group = this.groups.get(topic ?? '') ?? []
    this.groups.set(topic ?? '', group)
    for (const id of ids) {
      const times = this.stored.get(id) ?? 0
      this.stored.set(id, times + 1)
      if (times === 0) group.push(id)
    }
    return ids
  }

  #hang(owner: Mortal, request: SinkRequest, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => () => {
        cancel()
        this.#hanging.delete(hanging)
        settle()
      }
      const timedOut = new SinkError('ERR_LOGHUB_TIMEOUT', 'timed out', { failureClass: 'back-off' })
      const cancel = this.#clock.setTimer(
        end(() => reject(timedOut)),
        request.timeoutMs,
      )
      const hanging = { owner, request, release: end(resolve), forget: end(() => {}) }
      this.#hanging.add(hanging)
      signal.addEventListener(
        'abort',
        end(() => reject(sinkError('final'))),
      )
    })
  }
}

function idsOf(bytes: Uint8Array): readonly number[] {
  return decodeLogGroup(bytes).logs.map(({ contents }) => Number(contents[0]?.[1]))
}
