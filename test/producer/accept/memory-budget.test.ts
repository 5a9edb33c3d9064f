import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type BudgetWaiter, MemoryBudget } from '../../../src/producer/accept/memory-budget.ts'

class Claim implements BudgetWaiter {
  readonly project: string
  readonly bytes: number
  abandoned = false
  isGranted = false

  constructor(project: string, bytes: number) {
    this.project = project
    this.bytes = bytes
  }

  granted(): void {
    expect(this.isGranted || this.abandoned).toBe(false)
    this.isGranted = true
  }
}

/** Reserves at once or waits. */
function claim(budget: MemoryBudget, project: string, bytes: number): Claim {
  const made = new Claim(project, bytes)
  if (budget.tryReserve(project, bytes)) made.granted()
  else budget.wait(made)
  return made
}

const granted = (claims: readonly Claim[]) => claims.map(({ isGranted }) => isGranted)

describe('one project', () => {
  test('may use everything, and no more', () => {
    const budget = new MemoryBudget(100)
    expect(budget.tryReserve('only', 100)).toBe(true)
    expect(budget.tryReserve('only', 1)).toBe(false)
    budget.release('only', 100)
    expect(budget.usedBytes).toBe(0)
    expect(budget.highWaterBytes).toBe(100)
  })

  test('is served in the order in which its claims came, and a small one never overtakes a large one', () => {
    const budget = new MemoryBudget(100)
    budget.tryReserve('only', 60)
    const large = claim(budget, 'only', 80)
    const small = claim(budget, 'only', 10)
    expect(granted([large, small])).toEqual([false, false])
    budget.release('only', 60)
    expect(granted([large, small])).toEqual([true, true])
  })

  test('passes over claims that were given up', () => {
    const budget = new MemoryBudget(100)
    budget.tryReserve('only', 60)
    const [large, small] = [claim(budget, 'only', 80), claim(budget, 'only', 10)]
    large.abandoned = true
    budget.grant()
    expect(granted([large, small])).toEqual([false, true])
  })
})

test('a claim larger than what became of the budget gets in alone, so nobody waits for ever', () => {
  const budget = new MemoryBudget(100)
  budget.tryReserve('only', 100)
  const claims = [claim(budget, 'only', 80), claim(budget, 'only', 10)]
  budget.resize(50)
  budget.release('only', 99)
  expect(granted(claims)).toEqual([false, false])
  budget.release('only', 1)
  expect(granted(claims)).toEqual([true, false])
  budget.release('only', 80)
  expect(granted(claims)).toEqual([true, true])
})

test('a claim that is granted may release memory: those behind it are served in order', () => {
  const budget = new MemoryBudget(100)
  budget.tryReserve('only', 100)
  const order: string[] = []
  const waiter = (name: string, granted: () => void) => {
    budget.wait({ project: 'only', bytes: 100, abandoned: false, granted: () => order.push(name) && granted() })
  }
  waiter('first', () => budget.release('only', 100))
  waiter('second', () => {})
  budget.release('only', 100)
  expect(order).toEqual(['first', 'second'])
})

describe('of two projects', () => {
  test('the one that has its share waits, while the other passes', () => {
    const budget = new MemoryBudget(100, 0.5)
    expect(claim(budget, 'hog', 50).isGranted).toBe(true)
    const more = claim(budget, 'hog', 1)
    expect(more.isGranted).toBe(false)
    expect(claim(budget, 'other', 30).isGranted).toBe(true)
    budget.release('other', 30)
    expect(more.isGranted).toBe(false)
    budget.release('hog', 1)
    expect(more.isGranted).toBe(true)
  })

  test('the one that filled everything while it was alone gets nothing before it is down to its share', () => {
    const budget = new MemoryBudget(100)
    for (let i = 0; i < 10; i++) budget.tryReserve('first', 10)
    budget.resize(100, 0.5)
    const first = claim(budget, 'first', 10)
    const second = Array.from({ length: 5 }, () => claim(budget, 'second', 10))
    for (let i = 0; i < 5; i++) budget.release('first', 10)
    expect(granted(second)).toEqual([true, true, true, true, true])
    expect(first.isGranted).toBe(false)
    budget.release('first', 10)
    expect(first.isGranted).toBe(true)
  })

  test('each gets a turn, however many claims of the other came before', () => {
    const budget = new MemoryBudget(100, 0.6)
    const held = [claim(budget, 'busy', 50), claim(budget, 'full', 50)]
    const busy = Array.from({ length: 100 }, () => claim(budget, 'busy', 10))
    const quiet = claim(budget, 'quiet', 10)
    expect(granted(held)).toEqual([true, true])
    budget.release('full', 20)
    expect(granted([busy[0] as Claim, busy[1] as Claim, quiet])).toEqual([true, false, true])
  })

  test('whose turn it is and lacks room lets nobody pass', () => {
    const budget = new MemoryBudget(100, 0.5)
    budget.tryReserve('first', 50)
    budget.tryReserve('second', 40)
    const large = claim(budget, 'third', 30)
    const small = claim(budget, 'fourth', 5)
    expect(granted([large, small])).toEqual([false, false])
    budget.release('second', 20)
    expect(granted([large, small])).toEqual([true, false])
  })

  test('a claim larger than a share is granted once its project holds nothing else', () => {
    const budget = new MemoryBudget(100, 0.5)
    budget.tryReserve('large', 10)
    const large = claim(budget, 'large', 90)
    const next = claim(budget, 'large', 1)
    expect(large.isGranted).toBe(false)
    budget.release('large', 10)
    expect(granted([large, next])).toEqual([true, false])
    budget.release('large', 90)
    expect(next.isGranted).toBe(true)
  })

  test('the one that is left may have everything again', () => {
    const budget = new MemoryBudget(100, 0.5)
    budget.tryReserve('left', 50)
    const more = claim(budget, 'left', 50)
    budget.resize(100, 1)
    expect(more.isGranted).toBe(true)
  })
})

test('use is told by project, and nothing is kept of projects without any', () => {
  const budget = new MemoryBudget(100, 0.5)
  for (let i = 0; i < 1000; i++) {
    budget.tryReserve(`project-${i}`, 10)
    if (i > 1) budget.release(`project-${i}`, 10)
  }
  expect([...budget.usedBytesByProject()]).toEqual([
    ['project-0', 10],
    ['project-1', 10],
  ])
  expect(budget.usedBytesOf('project-1')).toBe(10)
  expect(budget.usedBytesOf('project-2')).toBe(0)
  const waiting = claim(budget, 'project-1', 95)
  waiting.abandoned = true
  budget.grant()
  budget.release('project-1', 10)
  expect([...budget.usedBytesByProject()]).toEqual([['project-0', 10]])
})

/** The same in few words and slowly: every step looks at everything. */
class Model {
  total = 100
  share = 1
  readonly used = new Map<string, number>()
  readonly lines: Claim[][] = []
  readonly granted: Claim[] = []

  claim(made: Claim): void {
    const line = this.lines.find(([first]) => first?.project === made.project)
    if (line !== undefined) line.push(made)
    else this.lines.push([made])
    this.grant()
  }

  grant(): void {
    this.#dropAbandoned()
    const line = this.lines.find(([first]) => this.#mayHave(first as Claim))
    const first = line?.[0]
    const allUsed = [...this.used.values()].reduce((sum, bytes) => sum + bytes, 0)
    if (line === undefined || first === undefined) return
    if (allUsed > 0 && allUsed + first.bytes > this.total) return
    line.shift()
    this.lines.splice(this.lines.indexOf(line), 1)
    if (line.length > 0) this.lines.push(line)
    this.used.set(first.project, (this.used.get(first.project) ?? 0) + first.bytes)
    this.granted.push(first)
    this.grant()
  }

  #dropAbandoned(): void {
    for (const line of [...this.lines]) {
      while (line[0]?.abandoned) line.shift()
      if (line.length === 0) this.lines.splice(this.lines.indexOf(line), 1)
    }
  }

  #mayHave({ project, bytes }: Claim): boolean {
    const used = this.used.get(project) ?? 0
    return used === 0 || used + bytes <= this.total * this.share
  }
}

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('claim' as const),
      project: fc.constantFrom('a', 'b', 'c'),
      bytes: fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 1, max: 30 }) }, fc.integer({ min: 31, max: 100 })),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('release' as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('abandon' as const), which: fc.nat() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('resize' as const),
      total: fc.integer({ min: 60, max: 140 }),
      share: fc.constantFrom(0.3, 0.5, 1),
    }),
  },
)

test('random claims, releases and changes are granted as in a simple model', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const budget = new MemoryBudget(100)
      const model = new Model()
      const claims: Claim[] = []
      const held: Claim[] = []
      for (const next of steps) {
        if (next.kind === 'claim') {
          // What is larger than everything is refused at the door.
          if (next.bytes > budget.totalBytes) continue
          claims.push(claim(budget, next.project, next.bytes))
          model.claim(claims.at(-1) as Claim)
        } else if (next.kind === 'release' && held.length > 0) {
          const [{ project, bytes }] = held.splice(next.which % held.length, 1) as [Claim]
          model.used.set(project, (model.used.get(project) as number) - bytes)
          model.grant()
          budget.release(project, bytes)
        } else if (next.kind === 'abandon') {
          const waiting = claims.filter(({ isGranted }) => !isGranted)
          if (waiting.length > 0) (waiting[next.which % waiting.length] as Claim).abandoned = true
          model.grant()
          budget.grant()
        } else if (next.kind === 'resize') {
          Object.assign(model, { total: next.total, share: next.share })
          model.grant()
          budget.resize(next.total, next.share)
        }
        held.push(...model.granted.splice(0))
        expect(new Set(held.map((one) => one.isGranted))).not.toContain(false)
        const use = [...model.used].filter(([, bytes]) => bytes > 0)
        for (const [project, bytes] of use) expect(budget.usedBytesOf(project)).toBe(bytes)
        expect(budget.usedBytes).toBe(use.reduce((sum, [, bytes]) => sum + bytes, 0))
      }
      for (const waiting of claims) waiting.abandoned ||= !waiting.isGranted
      budget.grant()
      for (const { project, bytes } of held) budget.release(project, bytes)
      expect([...budget.usedBytesByProject()]).toEqual([])
    }),
    { numRuns: 500 },
  )
})

test('a claim that is given up behind others is let go at once', () => {
  const budget = new MemoryBudget(100)
  budget.tryReserve('only', 100)
  const [front, behind, last] = [claim(budget, 'only', 50), claim(budget, 'only', 50), claim(budget, 'only', 50)]
  budget.forget(behind)
  budget.release('only', 100)
  expect(granted([front, behind, last])).toEqual([true, false, true])
})
