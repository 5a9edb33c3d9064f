import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type BudgetWaiter, MemoryBudget } from '../../../src/producer/accept/memory-budget.ts'

class Waiter implements BudgetWaiter {
  readonly bytes: number
  abandoned = false
  isGranted = false
  readonly #onGranted: (waiter: Waiter) => void

  constructor(bytes: number, onGranted: (waiter: Waiter) => void = () => {}) {
    this.bytes = bytes
    this.#onGranted = onGranted
  }

  granted(): void {
    expect([this.isGranted, this.abandoned]).toEqual([false, false])
    this.isGranted = true
    this.#onGranted(this)
  }
}

function waiting(budget: MemoryBudget, ...sizes: number[]): Waiter[] {
  const waiters = sizes.map((bytes) => new Waiter(bytes))
  for (const waiter of waiters) budget.wait(waiter)
  return waiters
}

const granted = (waiters: readonly Waiter[]) => waiters.map(({ isGranted }) => isGranted)

describe('reserving', () => {
  test('takes what fits, up to the last byte and not one more', () => {
    const budget = new MemoryBudget(100)
    expect([budget.tryReserve(60), budget.tryReserve(41), budget.tryReserve(40)]).toEqual([true, false, true])
    expect([budget.usedBytes, budget.highWaterBytes]).toEqual([100, 100])
    budget.release(60)
    expect([budget.usedBytes, budget.highWaterBytes]).toEqual([40, 100])
  })

  test('nobody overtakes: while one waits, what would fit is refused as well', () => {
    const budget = new MemoryBudget(100)
    budget.tryReserve(90)
    const [large] = waiting(budget, 50)
    expect(budget.tryReserve(1)).toBe(false)
    budget.release(90)
    expect([large?.isGranted, budget.tryReserve(1)]).toEqual([true, true])
  })
})

describe('waiting', () => {
  test('is first come, first served, and a small one does not pass a large one', () => {
    const budget = new MemoryBudget(100)
    budget.tryReserve(100)
    const waiters = waiting(budget, 80, 10, 10)
    budget.release(30)
    expect(granted(waiters)).toEqual([false, false, false])
    budget.release(50)
    expect(granted(waiters)).toEqual([true, false, false])
    budget.release(20)
    expect(granted(waiters)).toEqual([true, true, true])
  })

  test('an abandoned claim takes no memory, and does not hold up those behind it', () => {
    const budget = new MemoryBudget(100)
    budget.tryReserve(60)
    const waiters = waiting(budget, 90, 40)
    ;(waiters[0] as Waiter).abandoned = true
    budget.grant()
    expect([granted(waiters), budget.usedBytes]).toEqual([[false, true], 100])
    budget.release(100)
    expect(budget.tryReserve(100)).toBe(true)
  })

  test('a claim that is granted may release memory, and those behind it are served in order', () => {
    const budget = new MemoryBudget(100)
    budget.tryReserve(100)
    const order: string[] = []
    budget.wait(
      new Waiter(100, () => {
        order.push('first')
        budget.release(100)
      }),
    )
    budget.wait(new Waiter(100, () => order.push('second')))
    budget.release(100)
    expect([order, budget.usedBytes]).toEqual([['first', 'second'], 100])
  })
})

describe('resizing', () => {
  test('a larger budget lets those who wait in at once', () => {
    const budget = new MemoryBudget(100)
    budget.tryReserve(100)
    const [waiter] = waiting(budget, 50)
    budget.resize(150)
    expect(waiter?.isGranted).toBe(true)
  })

  test('a smaller one lets nobody in until what is used has fallen below it', () => {
    const budget = new MemoryBudget(100)
    budget.tryReserve(80)
    budget.resize(50)
    expect(budget.tryReserve(1)).toBe(false)
    budget.release(40)
    expect([budget.tryReserve(11), budget.tryReserve(10)]).toEqual([false, true])
  })

  test('a claim that was good when it was made and would never fit now gets in alone, so nobody waits for ever', () => {
    const budget = new MemoryBudget(100)
    budget.tryReserve(100)
    const waiters = waiting(budget, 80, 10)
    budget.resize(50)
    budget.release(99)
    expect(granted(waiters)).toEqual([false, false])
    budget.release(1)
    expect(granted(waiters)).toEqual([true, false])
    budget.release(80)
    expect(granted(waiters)).toEqual([true, true])
  })
})

test('over any course of events, claims are served in order, memory is kept to, and all of it comes back', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('claim' as const), bytes: fc.integer({ min: 1, max: 100 }) }),
    fc.record({ kind: fc.constant('release' as const), pick: fc.nat() }),
    fc.record({ kind: fc.constant('abandon' as const), pick: fc.nat() }),
    fc.record({ kind: fc.constant('resize' as const), total: fc.integer({ min: 100, max: 300 }) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const budget = new MemoryBudget(100)
      const held: Waiter[] = []
      let queue: Waiter[] = []
      const onGranted = (waiter: Waiter) => {
        expect(waiter).toBe(queue.shift())
        held.push(waiter)
      }
      const release = (pick: number) => {
        const [waiter] = held.splice(pick % held.length, 1)
        if (waiter !== undefined) budget.release(waiter.bytes)
      }
      for (const next of steps) {
        const usedBefore = budget.usedBytes
        if (next.kind === 'claim') {
          const waiter = new Waiter(next.bytes, onGranted)
          const fits = queue.length === 0 && budget.usedBytes + waiter.bytes <= budget.totalBytes
          expect(budget.tryReserve(waiter.bytes)).toBe(fits)
          if (fits) held.push(waiter)
          else {
            queue.push(waiter)
            budget.wait(waiter)
          }
        } else if (next.kind === 'release' && held.length > 0) release(next.pick)
        else if (next.kind === 'abandon' && queue.length > 0) {
          const [waiter] = queue.splice(next.pick % queue.length, 1)
          ;(waiter as Waiter).abandoned = true
          budget.grant()
        } else if (next.kind === 'resize') budget.resize(next.total)
        expect(budget.usedBytes).toBe(held.reduce((sum, { bytes }) => sum + bytes, 0))
        expect(budget.usedBytes).toBeLessThanOrEqual(Math.max(budget.totalBytes, usedBefore))
        const head = queue[0]
        if (head !== undefined) expect(budget.usedBytes + head.bytes).toBeGreaterThan(budget.totalBytes)
      }
      while (held.length > 0) release(0)
      expect([budget.usedBytes, queue]).toEqual([0, []])
      queue = []
    }),
  )
})
