import type { Input, InputContext } from '../../input.ts'
import { loadPackage } from '../../nats/load-package.ts'
import type { JetstreamOptions } from './jetstream-options.ts'
import { MessageIntake } from './message-intake.ts'
import type { MessageSource } from './message-source.ts'
import { openNatsSource } from './nats-source.ts'

type OpenSource = typeof openNatsSource

/** Reads messages of a NATS JetStream stream and acknowledges them when they are settled. Agents may share one consumer. */
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
    // Connects here and not in `open`: if NATS cannot be reached, the agent starts and retries only this input.
    run: async (context: InputContext) => {
      source = await open(options, baseDirectory, context)
      intake = new MessageIntake(source, options, context)
      await intake.run()
    },
    /** Does not wait for results, which may take as long as an outage; the connection stays open for their acknowledgements. */
    close: () => {
      const close = () => source?.close()
      void (intake?.whenSettled() ?? Promise.resolve()).then(close).catch(() => {})
    },
  }
}
