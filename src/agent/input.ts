import type { Clock } from '../core/clock.ts'
import type { Logger } from '../core/logger.ts'
import type { Destination } from '../producer/accept/send-request.ts'
import type { Origin } from '../producer/sends/origin.ts'
import type { Contents } from '../sls/wire/log.ts'
import type { CheckpointValue } from './checkpoint/checkpoint-store.ts'
import type { RestartOptions } from './host/restart-policy.ts'
import type { InputWriter, WriteTime } from './write/input-writer.ts'

/** The position of an input, kept between runs and restarts. */
export interface InputCheckpoint {
  /** The value that was saved last, or undefined. Check it: an older version may have written it. */
  load(): unknown
  /**
   * Any value that JSON can hold, or a function that returns it when it is written, within about a second: for a value that is
   * expensive to make and changes often. The function is used until the next call.
   */
  save(value: CheckpointValue): void
}

/** What an input gets from its agent. */
export interface InputContext {
  /** The id of the input's spec. */
  readonly id: string
  /** Whether the input should read what is there and end. */
  readonly once: boolean
  /** Aborts when the input must end: stop reading, write what was read, return. */
  readonly signal: AbortSignal
  /** Aborts when the time for that is over as well: return at once. Later writes are ignored. */
  readonly abortSignal: AbortSignal
  /** Writes one log; resolves when the producer has it. Always await it: this keeps memory bounded. */
  readonly write: (contents: Contents, time?: WriteTime) => Promise<void>
  /** For lists, lines, results of logs, and other destinations. */
  readonly writer: InputWriter
  /** Stores the position of the input. */
  readonly checkpoint: InputCheckpoint
  /**
   * Origins of the logs that an earlier process left on disk, for an input that gives its logs an origin. They may be further than
   * the checkpoint. Each is returned once.
   */
  takeRecovered(isOwn: (origin: Origin) => boolean): Promise<readonly Origin[]>
  /** Source of time: the system's, or that of a test. */
  readonly clock: Clock
  /** Source of random numbers, from 0 to below 1. */
  readonly random: () => number
  /** A logger that adds the id of the input to each message. */
  readonly logger: Logger
  /** Reports that the input works; the next call is due within this time in milliseconds, default 60,000. An input that never calls it is not watched. */
  beat(withinMs?: number): void
  /** Adds to a counter of the input, shown in its status and metrics. */
  count(name: string, by?: number): void
  /** Shows something in the status of the input, such as the address at which it listens. */
  detail(name: string, value: string): void
}

/** A source of logs. The agent starts it, watches it, restarts it when it fails, and ends it. */
export interface Input {
  /** Opens what can fail, such as a port. If it rejects, `add` rejects with the same error. */
  open?(context: InputContext): Promise<void> | void
  /** Reads until there is nothing more or `context.signal` aborts. May be called again later: keep no state between calls. */
  run(context: InputContext): Promise<void>
  /** Frees what `open` and `run` hold; called once after each run, also after a failed one. */
  close?(): Promise<void> | void
}

/** What the spec of every input has. */
export interface CommonInputSpec {
  /** Names the input among those of the agent: letters, digits, `.`, `_`, `-`; at most 128. */
  readonly id: string
  /** Where its logs go; what is left out comes from the producer's options. */
  readonly to?: Destination
  /** If false, the input drops and counts its logs when there is no memory, and the agent's health does not depend on it. Default true. */
  readonly required?: boolean
  /** What happens after it has ended by itself or failed. */
  readonly restart?: RestartOptions
  /** Largest part of the producer's memory that it may hold. Default 0.5. */
  readonly memoryShare?: number
  /** Transforms of its logs, applied in this order. */
  readonly transforms?: readonly object[]
}

/** An input that is given as code. */
export interface CodeInputSpec extends CommonInputSpec {
  /** The input to run. */
  readonly input: Input
}

/** An input of a kind that the agent knows, by its options. */
export interface KindInputSpec extends CommonInputSpec {
  /** The kind of the input, such as `file` or `stdin`. */
  readonly type: string
  readonly [option: string]: unknown
}

/** An input to run: the caller's own code, or one of the kinds that the agent knows. */
export type InputSpec = CodeInputSpec | KindInputSpec
