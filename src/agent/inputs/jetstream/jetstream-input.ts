import type { Input, InputContext } from '../../input.ts'
import { loadPackage } from '../../nats/load-package.ts'
import type { JetstreamOptions } from './jetstream-options.ts'
import { MessageIntake } from './message-intake.ts'
import type { MessageSource } from './message-source.ts'
import { openNatsSource } from './nats-source.ts'

type OpenSource = typeof openNatsSource

/** Messages of a NATS JetStream stream, acknowledged on settlement. Any number of agents may share one consumer. */
export function jetstreamInput(
  options: JetstreamOptions,
  baseDirectory: string,
  open: OpenSource = openNatsSource,
): Input {
  let source: MessageSource | undefined
  let intake: MessageIntake | undefined
  return {
    open: async () => {
      await loadPackage(() => import('@nats-io/transport-node'))
      await loadPackage(() => import('@nats-io/jetstream'))
    },
    // It connects here: an agent that starts while NATS is away runs its other inputs, and tries this one again.
    run: async (context: InputContext) => {
      source = await open(options, baseDirectory, context)
      intake = new MessageIntake(source, options, context)
      await intake.run()
    },
    /** Does not wait for verdicts, which may take as long as the service is away; the connection stays for their acknowledgement. */
    close: () => {
      const close = () => source?.close()
      void (intake?.whenSettled() ?? Promise.resolve()).then(close).catch(() => {})
    },
  }
}
