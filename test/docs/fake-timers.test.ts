import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { startEmulator } from '../../src/emulator/index.ts'
import { Producer } from '../../src/index.ts'

afterEach(() => {
  vi.useRealTimers()
})

// What docs/testing.md says of fake timers.
test.each([
  [
    'timers and Date',
    {
      toFake: [
        'setTimeout' as const,
        'clearTimeout' as const,
        'setInterval' as const,
        'clearInterval' as const,
        'Date' as const,
      ],
    },
  ],
  ['all that Vitest fakes by default', undefined],
  ['Date alone', { toFake: ['Date' as const] }],
])('fake timers do not stop a producer that was loaded before: %s', async (_what, config) => {
  const emulator = await startEmulator({ autoCreate: true })
  onTestFinished(() => emulator.close())
  vi.useFakeTimers(config)
  const place = { project: 'my-project', logstore: 'my-logstore' }
  const credentials = { accessKeyId: 'id', accessKeySecret: 'secret' }
  const producer = new Producer({ endpoint: emulator.url, ...place, credentials, lingerMs: 10 })
  await producer.send({ logs: { contents: { user: 'ada' } } })
  await producer.close()
  expect(emulator.logs(place)).toHaveLength(1)
})
