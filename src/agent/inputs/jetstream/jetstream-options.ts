import type { Destination } from '../../../producer/accept/send-request.ts'
import { constant, flag, list, nonEmptyText, object, oneOf, type TypeOf, wholeNumber } from '../../config/schema.ts'
import { lineFields } from '../../lines/line-options.ts'
import { natsSchema } from '../../nats/nats-options.ts'

export const DEFAULT_ACK_WAIT_MS = 30_000

export const jetstreamRequired = {
  type: constant('jetstream'),
  stream: nonEmptyText('Name of the stream; it must exist.'),
}

export const jetstreamOptional = {
  nats: natsSchema,
  consumer: nonEmptyText(
    'Name of the durable consumer: agents with the same consumer share the messages. Created if it does not exist. Default: the id of the input.',
  ),
  subjects: list(nonEmptyText(), {
    min: 1,
    description: 'Only messages of these subjects; several need nats-server 2.10. Default: all of the stream.',
  }),
  startAt: oneOf(['beginning', 'end'], 'Where a new consumer starts. Default beginning.'),
  ackWaitMs: wholeNumber(
    1000,
    undefined,
    'If an agent dies, its messages are delivered to another one after this time, in milliseconds. Default 30000.',
  ),
  deadLetter: nonEmptyText(
    'Subject, of another stream, for messages that cannot be shipped. Default: none; refused messages are dropped and counted.',
  ),
  maxDeliver: wholeNumber(
    1,
    undefined,
    'With deadLetter: deliveries without an acknowledgement, for example because agents died, before a message goes there. Default 10.',
  ),
  maxUnsettled: wholeNumber(1, 1_000_000, 'Largest number of messages without a result in this agent. Default 20000.'),
  maxUnsettledBytes: wholeNumber(1, undefined, 'Largest size of these messages, in bytes. Default 67108864.'),
  lines: flag('True: one log for each line of a message, instead of one for each message. Default false.'),
  subjectField: nonEmptyText('Adds the subject of the message to its logs, as a field of this name.'),
  parser: lineFields.parser,
  time: lineFields.time,
}

const schema = object(jetstreamRequired, jetstreamOptional)
/** The destination is as for every input. A message may set what it leaves out. */
export type JetstreamOptions = Omit<TypeOf<typeof schema>, 'type'> & { readonly to?: Destination }

export function jetstreamProblem({ deadLetter, maxDeliver }: JetstreamOptions): string | undefined {
  return maxDeliver !== undefined && deadLetter === undefined ? 'maxDeliver needs deadLetter' : undefined
}
