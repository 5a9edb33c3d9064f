import type { ConsumerConfig, ConsumerInfo, JetStreamManager } from '@nats-io/jetstream'
import { inputError } from '../../host/input-error.ts'
import { DEFAULT_ACK_WAIT_MS, type JetstreamOptions } from './jetstream-options.ts'

const CONSUMER_NOT_FOUND = 10014
const STREAM_NOT_FOUND = 10059
const NANOSECONDS = 1e6

/** The position at which a deleted consumer must start when it is created again. */
export interface Settled {
  /** Distinguishes a stream from a new one with the same name. */
  readonly streamCreated: string
  /** Everything up to this sequence is settled; undefined if that is not known. */
  readonly upTo: number | undefined
}

/**
 * Finds, creates or updates the durable pull consumer of the options.
 * @param before the result of the previous call: where a consumer that was deleted starts again
 * @throws ProducerError `ERR_LOGHUB_INPUT` if there is no such stream, or the consumer cannot be shared
 */
export async function durableConsumer(
  manager: JetStreamManager,
  name: string,
  options: JetstreamOptions,
  before?: Settled,
): Promise<Settled> {
  const { stream } = options
  const streamCreated = await createdOf(manager, stream)
  const found = await findConsumer(manager, stream, name)
  if (found === undefined) {
    const start = startOf(options, streamCreated, before)
    const config = { durable_name: name, ack_policy: 'explicit', ...start, ...wanted(options) } as ConsumerConfig
    return { streamCreated, upTo: settledUpTo(await manager.consumers.add(stream, config)) }
  }
  const { ack_policy, deliver_subject } = found.config
  if (ack_policy !== 'explicit' || deliver_subject !== undefined)
    throw inputError(
      `the consumer ${name} of the stream ${stream} is no pull consumer with explicit acknowledgement; name another`,
    )
  const config = wanted(options)
  if (differs(found.config, config)) await manager.consumers.update(stream, name, config)
  return { streamCreated, upTo: settledUpTo(found) }
}

/** For a consumer that was deleted: behind what was settled, or at the beginning of a stream that is a new one. */
function startOf({ startAt }: JetstreamOptions, streamCreated: string, before: Settled | undefined) {
  const policy = (deliver_policy: string) => ({ deliver_policy }) as Partial<ConsumerConfig>
  if (before !== undefined && before.streamCreated !== streamCreated) return policy('all')
  if (before?.upTo === undefined) return policy(startAt === 'end' ? 'new' : 'all')
  return { ...policy('by_start_sequence'), opt_start_seq: before.upTo + 1 }
}

async function createdOf(manager: JetStreamManager, stream: string): Promise<string> {
  try {
    return String((await manager.streams.info(stream)).created)
  } catch (thrown) {
    if ((thrown as { code?: number }).code !== STREAM_NOT_FOUND) throw thrown
    throw inputError(`there is no stream ${stream}; create it: nats stream add ${stream}`, thrown)
  }
}

function settledUpTo({ ack_floor, delivered }: ConsumerInfo): number | undefined {
  if (ack_floor.consumer_seq > 0) return ack_floor.stream_seq
  // Nothing was delivered yet: the sequence is the one before the start.
  return delivered.consumer_seq === 0 ? delivered.stream_seq : undefined
}

async function findConsumer(
  manager: JetStreamManager,
  stream: string,
  name: string,
): Promise<ConsumerInfo | undefined> {
  try {
    return await manager.consumers.info(stream, name)
  } catch (thrown) {
    if ((thrown as { code?: number }).code === CONSUMER_NOT_FOUND) return undefined
    throw thrown
  }
}

/** The agents limit deliveries and pending messages: the server would stop delivering without notice. */
function wanted({ subjects = [], ackWaitMs = DEFAULT_ACK_WAIT_MS }: JetstreamOptions): Partial<ConsumerConfig> {
  // Undefined removes the filter of an earlier configuration; the client would treat an empty text as a subject.
  const [first, ...more] = subjects
  const filter = {
    filter_subject: more.length === 0 ? first : undefined,
    filter_subjects: more.length === 0 ? undefined : [...subjects],
  } as Partial<ConsumerConfig>
  return { ack_wait: ackWaitMs * NANOSECONDS, max_ack_pending: -1, max_deliver: -1, ...filter }
}

function differs(config: ConsumerConfig, want: Partial<ConsumerConfig>): boolean {
  const textOf = (part: Partial<ConsumerConfig>) =>
    JSON.stringify([
      part.ack_wait,
      part.max_ack_pending,
      part.max_deliver,
      part.filter_subject ?? '',
      part.filter_subjects ?? [],
    ])
  return textOf(config) !== textOf(want)
}
