import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Agent, every, follow, type Input, type InputSpec } from '../../../src/agent/index.ts'
import { silentLogger } from '../../../src/core/logger.ts'
import { ManualClock, settled } from '../../support/manual-clock.ts'
import { FakeProducer } from '../support/fake-producer.ts'

const IDS = ['a', 'b', 'c'] as const
const KINDS = ['good', 'slow', 'crashing', 'deaf', 'periodic', 'hanging', 'closed'] as const
type Kind = (typeof KINDS)[number]

/** Counts what runs of each id, and what is open. */
class Watch {
  running = new Map<string, number>()
  most = 0
  open = 0

  enter(id: string): () => void {
    const now = (this.running.get(id) ?? 0) + 1
    this.running.set(id, now)
    this.most = Math.max(this.most, now)
    return () => this.running.set(id, this.running.get(id)! - 1)
  }
}

function inputOf(kind: Kind, id: string, watch: Watch): Input {
  const untilStopped = (signal: AbortSignal) =>
    new Promise<void>((resolve) => (signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve())))
  switch (kind) {
    case 'periodic':
      return every({ intervalMs: 70 }, ({ write }) => write({ id }))
    case 'hanging':
      return every({ intervalMs: 500 }, () => new Promise(() => {}))
    case 'closed':
      return { open: () => Promise.reject(new Error('cannot open')), run: async () => {} }
    case 'deaf':
      // It is left behind: what runs then is not its successor's second self, since nothing that it writes counts.
      return follow(async ({ write, clock }) => {
        await new Promise<void>((resolve) => clock.setTimer(resolve, 5000))
        await write({ id })
      })
    default:
      return {
        open: () => {
          watch.open++
        },
        close: () => {
          watch.open--
        },
        run: async ({ signal, write, clock }) => {
          const leave = watch.enter(id)
          try {
            await write({ id })
            if (kind === 'crashing') throw new Error('crash')
            await untilStopped(signal)
            if (kind === 'slow') await new Promise<void>((resolve) => clock.setTimer(resolve, 40))
          } finally {
            leave()
          }
        },
      }
  }
}

type Step =
  | { readonly type: 'add' | 'replace'; readonly entries: readonly (readonly [string, Kind])[] }
  | { readonly type: 'apply'; readonly entries: readonly (readonly [string, Kind])[] }
  | { readonly type: 'remove'; readonly ids: readonly string[] }
  | { readonly type: 'advance'; readonly ms: number }

const id = fc.constantFrom(...IDS, 'unknown')
const entry = fc.tuple(fc.constantFrom(...IDS), fc.constantFrom(...KINDS))
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    type: fc.constantFrom('add' as const, 'replace' as const, 'apply' as const),
    entries: fc.array(entry, { maxLength: 3 }),
  }),
  fc.record({ type: fc.constant('remove' as const), ids: fc.array(id, { minLength: 1, maxLength: 2 }) }),
  fc.record({ type: fc.constant('advance' as const), ms: fc.integer({ min: 1, max: 3000 }) }),
)

test('whatever is added, replaced, removed, applied, crashes or hangs, in any order: never two of one id, all or nothing, and nothing is left', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 14 }),
      fc.integer({ min: 0, max: 200 }),
      async (steps, closeTimeoutMs) => {
        const clock = new ManualClock()
        const producer = new FakeProducer()
        const agent = new Agent({ producer, clock, logger: silentLogger, random: () => 0.5 })
        const watch = new Watch()
        // What the agent must have, by its own answers: a change that it took, all of it; one that it refused, nothing of it.
        let expected: string[] = []
        const pending: Promise<void>[] = []
        const changed = (change: Promise<void>, apply: (ids: string[]) => string[]) => {
          pending.push(
            change.then(
              () => {
                expected = apply(expected)
              },
              () => {},
            ),
          )
        }
        const specsOf = (entries: readonly (readonly [string, Kind])[]): InputSpec[] =>
          entries.map(([name, kind]) => ({
            id: name,
            input: inputOf(kind, name, watch),
            restart: { backoffMs: 30, maxRestarts: 3 },
          }))
        for (const next of steps) {
          if (next.type === 'advance') await clock.advance(next.ms)
          else if (next.type === 'remove') {
            const ids = next.ids
            changed(agent.remove(ids, { timeoutMs: 100 }), (before) => before.filter((one) => !ids.includes(one)))
          } else {
            const specs = specsOf(next.entries)
            const ids = specs.map((spec) => spec.id)
            if (next.type === 'add') changed(agent.add(specs), (before) => [...before, ...ids])
            else if (next.type === 'replace') changed(agent.replace(specs, { timeoutMs: 100 }), (before) => before)
            else changed(agent.apply(specs, { timeoutMs: 100 }), () => ids)
          }
          await settled()
          expect(watch.most).toBeLessThanOrEqual(1)
        }
        // A deaf input costs its timeout in each change, and a failed change takes back what it has started.
        let isDone = false
        const done = Promise.all(pending).then(() => {
          isDone = true
        })
        for (let second = 0; !isDone && second < 200; second++) await clock.advance(1000)
        expect(isDone).toBe(true)
        await done
        expect(
          agent
            .status()
            .inputs.map((input) => input.id)
            .sort(),
        ).toEqual([...new Set(expected)].sort())
        const closing = agent.close({ timeoutMs: closeTimeoutMs })
        await clock.advance(closeTimeoutMs + 1)
        await closing
        expect(agent.status().inputs).toEqual([])
        // What was left behind comes to its end.
        await clock.advance(10_000)
        expect(watch.open).toBe(0)
        expect([...watch.running.values()].every((count) => count === 0)).toBe(true)
        expect(clock.timerCount).toBe(0)
      },
    ),
    { numRuns: 100, timeout: 10_000 },
  )
}, 60_000)
