import type { ConsumerConfig, ConsumerInfo, JetStreamManager } from '@nats-io/jetstream'
import { inputError } from '../../host/input-error.ts'
import { DEFAULT_ACK_WAIT_MS, type JetstreamOptions } from './jetstream-options.ts'

const CONSUMER_NOT_FOUND = 10014
const STREAM_NOT_FOUND = 10059
const NANOSECONDS = 1e6

/**
 * Finds or creates the durable pull consumer of the options, and makes it what they say.
 * @throws ProducerError `ERR_LOGHUB_INPUT` when there is no such stream, or the consumer is one that cannot be shared
 */
export async function durableConsumer(
  manager: JetStreamManager,
  name: string,
  options: JetstreamOptions,
): Promise<void> {
  const { stream } = options
  const found = await findConsumer(manager, stream, name)
  if (found === undefined) {
    const start = { deliver_policy: options.startAt === 'end' ? 'new' : 'all' } as Pick<
      ConsumerConfig,
      'deliver_policy'
    >
    await manager.consumers.add(stream, { durable_name: name, ack_policy: 'explicit', ...start, ...wanted(options) })
    return
  }
  const { ack_policy, deliver_subject } = found.config
  if (ack_policy !== 'explicit' || deliver_subject !== undefined)
    throw inputError(
      `the consumer ${name} of the stream ${stream} is no pull consumer with explicit acknowledgement; name another`,
    )
  const config = wanted(options)
  if (differs(found.config, config)) await manager.consumers.update(stream, name, config)
}

async function findConsumer(
  manager: JetStreamManager,
  stream: string,
  name: string,
): Promise<ConsumerInfo | undefined> {
  try {
    return await manager.consumers.info(stream, name)
  } catch (thrown) {
    const { code } = thrown as { code?: number }
    if (code === CONSUMER_NOT_FOUND) return undefined
    if (code === STREAM_NOT_FOUND)
      throw inputError(`there is no stream ${stream}; create it: nats stream add ${stream}`, thrown)
    throw thrown
  }
}

/** The agents count deliveries, and bound what is under way: the server would stop a message, or all of them, in silence. */
function wanted({ subjects = [], ackWaitMs = DEFAULT_ACK_WAIT_MS }: JetstreamOptions): Partial<ConsumerConfig> {
  // Undefined takes the filter of an earlier configuration away; an empty text is an address of its own to the client.
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
