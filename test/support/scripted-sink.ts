import { Deferred } from '../../src/core/deferred.ts'
import { type FailureClass, type Receipt, type Sink, SinkError, type SinkRequest } from '../../src/sls/sink.ts'

/** What the sink does with a request. */
export type SinkStep = 'ok' | 'hang' | SinkError | ((request: SinkRequest) => Promise<Receipt> | Receipt)

export interface SeenRequest {
  readonly request: SinkRequest
  /** Copied at arrival: a sender must not change what it sends. */
  readonly bytes: Buffer
  /** For a request that hangs. */
  readonly answer: Deferred<Receipt>
}

/** A destination that does what the test says: the steps given, one a request, and then `otherwise`. */
export class ScriptedSink implements Sink {
  readonly seen: SeenRequest[] = []
  readonly steps: SinkStep[]
  otherwise: SinkStep
  inFlight = 0
  highWaterInFlight = 0
  isClosed = false

  constructor(steps: SinkStep[] = [], otherwise: SinkStep = 'ok') {
    this.steps = steps
    this.otherwise = otherwise
  }

  async send(request: SinkRequest, signal: AbortSignal): Promise<Receipt> {
    const seen = { request, bytes: Buffer.from(request.payload.bytes), answer: new Deferred<Receipt>() }
    this.seen.push(seen)
    this.highWaterInFlight = Math.max(this.highWaterInFlight, ++this.inFlight)
    const abort = () => seen.answer.reject(sinkError('final', { message: 'aborted' }))
    signal.addEventListener('abort', abort)
    try {
      return await this.#play(seen, this.steps.shift() ?? this.otherwise)
    } finally {
      signal.removeEventListener('abort', abort)
      this.inFlight--
    }
  }

  async close(): Promise<void> {
    this.isClosed = true
  }

  #play(seen: SeenRequest, step: SinkStep): Promise<Receipt> | Receipt {
    if (step === 'ok') return { requestId: `request-${this.seen.length}` }
    if (step === 'hang') return seen.answer.promise
    if (step instanceof SinkError) throw step
    return step(seen.request)
  }
}

export function sinkError(
  failureClass: FailureClass,
  details: Partial<SinkError> & { message?: string } = {},
): SinkError {
  const { message = `scripted ${failureClass}`, ...rest } = details
  return new SinkError('ERR_LOGHUB_SEND', message, { ...rest, failureClass })
}
