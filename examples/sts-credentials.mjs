// Temporary credentials: a function in place of keys. It is called when keys are first needed, ahead of their
// expiration, and when the service refuses them; never twice at once. This example plays the token service, too, so it
// always brings an emulator of its own.
import { Producer } from 'loghub-producer'
import { startEmulator } from 'loghub-producer/emulator'
import { check } from './support.mjs'

const emulator = await startEmulator({
  autoCreate: true,
  credentials: { accessKeyId: 'root', accessKeySecret: 'root' },
})

let issued = 0
/** Stands for AssumeRole, the metadata server of an instance, or a file that a sidecar renews. */
async function assumeRole() {
  issued++
  const keys = { accessKeyId: `sts-${issued}`, accessKeySecret: `secret-${issued}`, securityToken: `token-${issued}` }
  emulator.putCredentials(keys)
  return { ...keys, expiration: new Date(Date.now() + 3_600_000) }
}

const logger = { ...console, warn: (message) => console.log(`(producer) ${message}`) }
const producer = new Producer({
  endpoint: emulator.url,
  project: 'example-project',
  logstore: 'example-store',
  credentials: assumeRole,
  lingerMs: 50,
  logger,
})
producer.on('retry', ({ reason, error }) => console.log(`retry: ${reason}: ${error.serverCode}`))

await producer.send({ logs: { contents: { n: 1 } } })
check(issued, 1, 'the provider was called for the first batch')
await producer.send({ logs: { contents: { n: 2 } } })
check(issued, 1, 'and not again while its keys are good')

// Revoked ahead of their time: the service refuses them, and the producer fetches others and tries again.
emulator.removeCredentials('sts-1')
const result = await producer.send({ logs: { contents: { n: 3 } } })
check(
  [result.attemptCount, issued],
  [2, 2],
  'revoked keys were renewed, and the batch went through at the second attempt',
)

await producer.close()
check(emulator.logs({ project: 'example-project', logstore: 'example-store' }).length, 3, 'all three logs are stored')
await emulator.close()
