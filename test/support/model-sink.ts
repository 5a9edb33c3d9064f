import type { Clock } from '../../src/core/clock.ts'
import { type FailureClass, type Receipt, type Sink, SinkError, type SinkRequest } from '../../src/sls/sink.ts'
import { decodeLogGroup } from '../../src/sls/wire/decode-log-group.ts'
import { decompress } from '../../src/sls/wire/decompression.ts'
import { sinkError } from './scripted-sink.ts'

/** What the sink does with a request that it would else store. */
export type Answer =
  | 'ok'
  | 'hang'
  /** Hears neither its signal nor its time limit, and stores in the end. */
  | 'deaf'
  | 'stale'
  | 'throw'
  /** Throws before there is a promise. */
  | 'throw-at-once'
  | 'stored-but-lost'
  | FailureClass

/**
 * A destination with a mind of its own: answers come from a list, then everything is stored. A log with a field `poison`
 * is never stored, nor is anything for a project that was removed. What hangs does so until its timeout on the clock.
 */
export class ModelSink implements Sink {
  readonly answers: Answer[] = []
  /** The ids of the logs stored, in order, by group. */
  readonly stored = new Map<string, number[]>()
  readonly projects: Set<string>
  /** The contents of each log as they were stored, by its id. */
  readonly contents = new Map<number, string>()
  inFlight = 0
  readonly #clock: Clock
  readonly #hanging = new Set<() => void>()
  #requests = 0

  constructor(clock: Clock, projects: Iterable<string>) {
    this.#clock = clock
    this.projects = new Set(projects)
  }

  send(request: SinkRequest, signal: AbortSignal): Promise<Receipt> {
    if (this.answers[0] !== 'throw-at-once') return this.#send(request, signal)
    this.answers.shift()
    throw new Error('a defect of the sink, before its promise')
  }

  async #send(request: SinkRequest, signal: AbortSignal): Promise<Receipt> {
    this.inFlight++
    try {
      return await this.#answer(request, signal)
    } finally {
      this.inFlight--
    }
  }

  async close(): Promise<void> {}

  /** Everything that hangs is taken. */
  releaseAll(): void {
    for (const release of this.#hanging) release()
  }

  async #answer(request: SinkRequest, signal: AbortSignal): Promise<Receipt> {
    if (!this.projects.has(request.project)) {
      throw new SinkError('ERR_LOGHUB_PROJECT_UNKNOWN', 'removed', { failureClass: 'final' })
    }
    const answer = this.answers.shift() ?? 'ok'
    if (answer === 'throw' || answer === 'throw-at-once') throw new Error('a defect of the sink')
    if (answer === 'hang') await this.#hang(request, signal)
    else if (answer === 'deaf') await this.#hangDeaf(request)
    else if (answer === 'stale') throw sinkError('back-off', { staleConnection: true })
    else if (answer !== 'ok' && answer !== 'stored-but-lost') throw sinkError(answer)
    await this.#store(request)
    if (answer === 'stored-but-lost') throw sinkError('back-off')
    return { requestId: `request-${++this.#requests}` }
  }

  async #store({ project, logstore, payload }: SinkRequest): Promise<void> {
    const group = decodeLogGroup(await decompress(payload.bytes, payload.compression, payload.rawSizeInBytes))
    const fields = group.logs.map(({ contents }) => Object.fromEntries(contents))
    if (fields.some(({ poison }) => poison !== undefined)) throw sinkError('content', { status: 400 })
    const name = JSON.stringify([project, logstore, group.topic])
    const ids = this.stored.get(name) ?? []
    for (const field of fields) {
      ids.push(Number(field.id))
      this.contents.set(Number(field.id), JSON.stringify(field))
    }
    this.stored.set(name, ids)
  }

  #hangDeaf({ timeoutMs }: SinkRequest): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.setTimer(() => release(), 3 * timeoutMs)
      const release = () => {
        cancel()
        this.#hanging.delete(release)
        resolve()
      }
      this.#hanging.add(release)
    })
  }

  #hang({ timeoutMs }: SinkRequest, signal: AbortSignal): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const end = (settle: () => void) => () => {
        cancel()
        signal.removeEventListener('abort', abort)
        this.#hanging.delete(release)
        settle()
      }
      const release = end(resolve)
      const abort = end(() => reject(sinkError('final', { message: 'aborted' })))
      const cancel = this.#clock.setTimer(
        end(() => reject(new SinkError('ERR_LOGHUB_TIMEOUT', 'timed out', { failureClass: 'back-off' }))),
        timeoutMs,
      )
      this.#hanging.add(release)
      if (signal.aborted) abort()
      else signal.addEventListener('abort', abort)
    })
  }
}
