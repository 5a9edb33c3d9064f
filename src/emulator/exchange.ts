import { randomBytes } from 'node:crypto'
import type { Clock } from '../core/clock.ts'
import type { ByteBudget } from '../server/byte-budget.ts'
import type { HttpExchange } from '../server/http-exchange.ts'
import type { Counters } from './counters.ts'
import { type Answer, errorAnswer, headersOf } from './http/answer.ts'
import { type Naming, type RequestHead, requestHeadOf } from './http/request.ts'
import { codeOf, refusal, ServiceError } from './http/service-error.ts'
import { Pace } from './script/pace.ts'
import type { Script, ScriptEffect, ScriptedRequest } from './script/script.ts'
import type { TimerGroup } from './script/timer-group.ts'
import type { Service } from './service.ts'
import { bodyLimitOf } from './wire/write-body.ts'

/** What all exchanges share. */
export interface ExchangeParts {
  readonly naming: Naming
  readonly clock: Clock
  readonly timers: TimerGroup
  readonly script: Script
  readonly service: Service
  readonly counters: Counters
  /** Limits the memory of all unfinished bodies together. */
  readonly bodies: ByteBudget
}

const NO_ROOM = refusal('ServerBusy', 'the bodies of all requests under way are too large together')
const TOO_LARGE = refusal('PostBodyTooLarge', 'the body is larger than any that can be accepted')

/** One request and its answer, including the effects of script rules. */
export class Exchange {
  readonly #parts: ExchangeParts
  readonly #http: HttpExchange
  readonly #requestId = randomBytes(12).toString('hex').toUpperCase()
  readonly #startMs: number
  #head: RequestHead | undefined
  #bodyBytes = 0
  #error: ServiceError | undefined

  constructor(parts: ExchangeParts, http: HttpExchange) {
    this.#parts = parts
    this.#http = http
    this.#startMs = parts.clock.monotonicMs()
  }

  /** Never rejects: an error becomes the answer. */
  async run(): Promise<void> {
    this.#parts.counters.requests++
    try {
      const head = requestHeadOf(this.#http.message, this.#parts.naming)
      this.#head = head
      await this.#handle(head, this.#parts.script.take(head))
    } catch (error) {
      this.#send(this.#refused(error), {})
    }
  }

  async #handle(head: RequestHead, scripted: ScriptedRequest): Promise<void> {
    const { effect } = scripted
    const { timers, bodies } = this.#parts
    if (effect.bytesPerSecond !== undefined) new Pace(this.#http.message, effect.bytesPerSecond, timers)
    const body = await this.#http.body({ maxBytes: bodyLimitOf(head.headers), budget: bodies })
    if (body === 'broken') return this.#record('left', 0)
    try {
      if (effect.delayMs !== undefined) await this.#wait(effect.delayMs)
      if (effect.reset === 'before') return this.#reset()
      const answer = await this.#answerTo(head, body, scripted)
      if (effect.reset === 'after') return this.#reset()
      this.#send(answer, effect)
    } finally {
      if (typeof body === 'object') body.release()
    }
  }

  async #answerTo(
    head: RequestHead,
    body: { readonly bytes: Buffer } | 'too-large' | 'no-room',
    scripted: ScriptedRequest,
  ): Promise<Answer> {
    try {
      const planned = plannedAnswer(scripted.effect)
      if (planned !== undefined) return planned
      if (body === 'too-large') throw TOO_LARGE
      if (body === 'no-room') throw NO_ROOM
      this.#bodyBytes = body.bytes.length
      const nowMs = this.#nowMs(scripted.effect)
      const { signal } = this.#http
      const request = { ...head, body: body.bytes, nowMs, requestId: this.#requestId, signal }
      return await this.#parts.service.handle(request, scripted)
    } catch (error) {
      return this.#refused(error)
    }
  }

  /** An error other than a refusal is a bug of the emulator. It is answered as `InternalServerError`, and the emulator continues. */
  #refused(error: unknown): Answer {
    const known = error instanceof ServiceError ? error : refusal('InternalServerError', String(error))
    this.#error = known
    this.#parts.counters.countRefusal(known.errorCode)
    return errorAnswer(known)
  }

  #send(answer: Answer, effect: ScriptEffect): void {
    const requestId = effect.withoutRequestId === true ? undefined : this.#requestId
    const stamp = { nowMs: this.#nowMs(effect), requestId }
    const headers = headersOf({ ...answer, headers: { ...answer.headers, ...effect.headers } }, stamp)
    const stamped = { ...answer, headers }
    this.#record(answer.status, answer.body.length)
    if (effect.truncateAnswer === true) this.#http.breakOff(stamped)
    else this.#http.answer(stamped)
  }

  #reset(): void {
    this.#parts.counters.resets++
    this.#record('reset', 0)
    this.#http.reset()
  }

  #record(verdict: number | 'reset' | 'left', answerBytes: number): void {
    const { clock, counters } = this.#parts
    counters.recordRequest({
      requestId: this.#requestId,
      time: clock.now(),
      durationMs: clock.monotonicMs() - this.#startMs,
      message: this.#http.message,
      head: this.#head,
      bodyBytes: this.#bodyBytes,
      answerBytes,
      verdict,
      error: this.#error,
    })
  }

  #wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.#parts.timers.set(resolve, delayMs))
  }

  #nowMs(effect: ScriptEffect): number {
    return this.#parts.clock.now() + (effect.clockOffsetMs ?? 0)
  }
}

/** The answer that a script rule gives. Throws the refusal that it names; undefined if it gives neither. */
function plannedAnswer({ status, errorCode, errorMessage, body }: ScriptEffect): Answer | undefined {
  if (body !== undefined) {
    return { status: status ?? 200, headers: { 'content-type': 'text/html' }, body: Buffer.from(body) }
  }
  if (errorCode === undefined && status !== undefined && status < 400) {
    return { status, headers: {}, body: Buffer.alloc(0) }
  }
  if (errorCode === undefined && status === undefined) return undefined
  const code = errorCode ?? codeOf(status as number)
  throw new ServiceError(code, errorMessage ?? `${code}, as the script wants it`, status)
}
