import fc from 'fast-check'
import { expect, test } from 'vitest'
import { silentLogger } from '../../../src/core/logger.ts'
import { type DeadLetter, type Log, Producer, type ProducerError, type SendError } from '../../../src/index.ts'
import { PickySink } from '../../support/picky-sink.ts'
import { sinkError } from '../../support/scripted-sink.ts'

type Form = 'promise' | 'callback' | 'silent'

interface RandomSend {
  readonly form: Form
  /** For each log of the send, whether it is bad. More than one make a list. */
  readonly poisoned: readonly boolean[]
}

const randomSend: fc.Arbitrary<RandomSend> = fc.record({
  form: fc.constantFrom<Form>('promise', 'callback', 'silent'),
  poisoned: fc.oneof(
    { weight: 3, arbitrary: fc.array(fc.boolean(), { minLength: 1, maxLength: 1 }) },
    fc.array(
      fc.nat(9).map((n) => n === 0),
      { minLength: 1, maxLength: 40 },
    ),
  ),
})

interface Verdict {
  calls: number
  error: SendError | null
}

/** Sends as the form says, and notes each verdict. A silent send has none. */
function send(producer: Producer, form: Form, logs: readonly Log[], verdict: Verdict): void {
  const request = { logs: logs.length === 1 ? (logs[0] as Log) : logs }
  const note = (error: ProducerError | null) => {
    verdict.calls++
    verdict.error = error as SendError | null
  }
  if (form === 'silent') expect(producer.trySend(request)).toBe(true)
  else if (form === 'callback') producer.send(request, note)
  else
    producer.send(request).then(
      () => note(null),
      (error) => note(error),
    )
}

test('whatever is bad in whatever was sent: exactly that is refused, by its index, and all else arrives once, in order', async () => {
  const scenario = fc.record({
    sends: fc.array(randomSend, { minLength: 1, maxLength: 60 }),
    // Of the coming requests, which fail for a while; then none.
    hiccups: fc.array(fc.boolean(), { maxLength: 60 }),
    compression: fc.constantFrom('none' as const, 'lz4' as const),
    batchCountThreshold: fc.integer({ min: 1, max: 500 }),
  })
  await fc.assert(
    fc.asyncProperty(scenario, async ({ sends, hiccups, compression, batchCountThreshold }) => {
      let hiccupsMade = 0
      const pending = [...hiccups]
      const sink = new PickySink(({ logs }) => {
        if (pending.shift()) {
          hiccupsMade++
          return sinkError('back-off', { status: 503 })
        }
        const isBad = logs.some(({ contents }) => contents.some(([key]) => key === 'poison'))
        return isBad ? sinkError('content', { status: 400, serverCode: 'PostBodyInvalid' }) : undefined
      })
      const letters: DeadLetter[] = []
      const producer = new Producer({
        sink,
        project: 'p',
        logstore: 'l',
        compression,
        batchCountThreshold,
        retries: 100,
        random: () => 0,
        logger: silentLogger,
        // One lane: the order over all batches can be told.
        lanes: 1,
        deadLetter: (letter) => letters.push(letter),
      })
      let id = 0
      const made = sends.map(({ form, poisoned }) => {
        const entries = poisoned.map((isBad) => ({ id: String(id++), isBad }))
        const verdict: Verdict = { calls: 0, error: null }
        const logs = entries.map((entry) => ({
          contents: entry.isBad ? { id: entry.id, poison: 1 } : { id: entry.id },
        }))
        send(producer, form, logs, verdict)
        return { form, entries, verdict }
      })
      await producer.flush()
      await producer.close()

      const all = made.flatMap(({ entries }) => entries)
      const bad = all.filter(({ isBad }) => isBad)
      const idOf = (letter: DeadLetter) => letter.log.contents[0]?.[1]
      const stored = sink.values('id')
      expect([...stored].sort()).toEqual(
        all
          .filter(({ isBad }) => !isBad)
          .map((log) => log.id)
          .sort(),
      )
      // Within the group only a batch in back-off may be overtaken.
      for (const group of groupsByPackId(sink)) expect(group).toEqual([...group].sort((a, b) => a - b))
      if (hiccupsMade === 0) expect(stored).toEqual([...stored].sort((a, b) => Number(a) - Number(b)))
      expect(letters.map(idOf).sort()).toEqual(bad.map((log) => log.id).sort())
      for (const { form, entries, verdict } of made) {
        expect(verdict.calls).toBe(form === 'silent' ? 0 : 1)
        const refused = entries.flatMap(({ isBad }, index) => (isBad ? [index] : []))
        if (form !== 'silent') expect(verdict.error?.refusedLogs.map(({ index }) => index) ?? []).toEqual(refused)
        for (const index of refused) {
          expect(letters.find((letter) => idOf(letter) === entries[index]?.id)?.index).toBe(index)
        }
      }
      const { logs, memory, batches } = producer.metrics()
      expect(logs).toMatchObject({
        accepted: all.length,
        delivered: all.length - bad.length,
        failed: bad.length,
        inMemory: 0,
      })
      expect(memory.usedBytes).toBe(0)
      const sealed = Object.values(batches.sealedByReason).reduce((sum, count) => sum + count, 0)
      const longest = Math.max(2, ...sink.requests.map((group) => group.logs.length))
      const mostRequests = sealed + hiccupsMade + bad.length * 2 * Math.ceil(Math.log2(longest))
      expect(sink.requests.length).toBeLessThanOrEqual(mostRequests)
    }),
    { numRuns: 150 },
  )
})

/** The ids that were stored, in order, for each batch. */
function groupsByPackId(sink: PickySink): number[][] {
  const byPackId = new Map<string, number[]>()
  for (const { tags, logs } of sink.stored) {
    const packId = tags.find(([key]) => key === '__pack_id__')?.[1] as string
    const ids = byPackId.get(packId) ?? []
    ids.push(...logs.map(({ contents }) => Number(contents[0]?.[1])))
    byPackId.set(packId, ids)
  }
  return [...byPackId.values()]
}
