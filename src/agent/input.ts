import type { Clock } from '../core/clock.ts'
import type { Logger } from '../core/logger.ts'
import type { Destination } from '../producer/accept/send-request.ts'
import type { Origin } from '../producer/sends/origin.ts'
import type { Contents } from '../sls/wire/log.ts'
import type { CheckpointValue } from './checkpoint/checkpoint-store.ts'
import type { RestartOptions } from './host/restart-policy.ts'
import type { InputWriter, WriteTime } from './write/input-writer.ts'

/** How far an input is, kept between runs and restarts. */
export interface InputCheckpoint {
  /** What was saved last, or undefined. Look at it with care: an older version may have written it. */
  load(): unknown
  /**
   * Any value that JSON can hold, or a function that gives it when it is written, which is within about a second: for one that
   * is dear to make and moves often. Such a function holds until the next call.
   */
  save(value: CheckpointValue): void
}

/** What an input is given. */
export interface InputContext {
  /** The id of the input's spec. */
  readonly id: string
  /** Read what is there, and end: the agent runs once. */
  readonly once: boolean
  /** Aborts when the input shall end: read no more, hand over what was read, return. */
  readonly signal: AbortSignal
  /** Aborts when the time for that is over, too: return at once. What is still written is thrown away. */
  readonly abortSignal: AbortSignal
  /** Hands over one log; resolves when the producer has it. Await it: that is what keeps memory bounded. */
  readonly write: (contents: Contents, time?: WriteTime) => Promise<void>
  /** Lists, lines, verdicts and other destinations. */
  readonly writer: InputWriter
  /** Where the input keeps how far it has come. */
  readonly checkpoint: InputCheckpoint
  /**
   * Where logs come from that a process before this one left on disk, for an input that gives its logs an origin: further than the
   * checkpoint may be. Each is given once.
   */
  takeRecovered(isOwn: (origin: Origin) => boolean): Promise<readonly Origin[]>
  /** Source of time: the system's, or that of a test. */
  readonly clock: Clock
  /** Source of chance, from 0 to below 1. */
  readonly random: () => number
  /** Names the input in each message. */
  readonly logger: Logger
  /** A sign of life; the next one is due within this time, 60,000 ms if left out. An input that never beats is not watched. */
  beat(withinMs?: number): void
  /** Adds to a counter of the input, shown in its status and metrics. */
  count(name: string, by?: number): void
  /** Shows something in the status of the input, such as the address at which it listens. */
  detail(name: string, value: string): void
}

/** A source of logs. The host starts it, watches over it, starts it again when it fails, and ends it. */
export interface Input {
  /** Opens what may be refused, such as a port. When it rejects, `add` fails with it. */
  open?(context: InputContext): Promise<void> | void
  /** Reads until there is nothing more or `context.signal` aborts. May run again later: keep no state from run to run. */
  run(context: InputContext): Promise<void>
  /** Gives back what `open` and `run` took; called once after each run, also a failed one. */
  close?(): Promise<void> | void
}

/** What the spec of every input has. */
export interface CommonInputSpec {
  /** Names the input among those of the agent: letters, digits, `.`, `_`, `-`; at most 128. */
  readonly id: string
  /** Where its logs go; what is left out comes from the producer's options. */
  readonly to?: Destination
  /** False: never waits for room, and is left out of the agent's health. Default true. */
  readonly required?: boolean
  /** What happens after it has ended by itself or failed. */
  readonly restart?: RestartOptions
  /** Largest part of the producer's memory that it may hold. Default 0.5. */
  readonly memoryShare?: number
  /** Changes and filters its logs, in this order. */
  readonly transforms?: readonly object[]
}

/** An input that is given as code. */
export interface CodeInputSpec extends CommonInputSpec {
  /** What is run: the caller's own. */
  readonly input: Input
}

/** An input of a kind that the agent knows, by its options. */
export interface KindInputSpec extends CommonInputSpec {
  /** The kind of the input, such as `files` or `stdin`. */
  readonly type: string
  readonly [option: string]: unknown
}

/** An input to run: the caller's own code, or one of the kinds that the agent knows. */
export type InputSpec = CodeInputSpec | KindInputSpec
