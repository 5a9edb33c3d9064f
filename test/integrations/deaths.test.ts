import { afterAll, describe, expect, test } from 'vitest'
import { DEATHS, deliveredAt, INTEGRATIONS, LOST, LOST_WITH_SPOOL, type Run, SPOOL_DEATHS } from './support/deaths.ts'

/**
 * What docs/integrations.md says is lost at which death. Only the cells that say "nothing" are run; with `DEATH_LOGS=100000`
 * all are, one after the other, with so many logs, and what each delivered is printed.
 */
const ALL = process.env.DEATH_LOGS !== undefined
const LOGS = Number(process.env.DEATH_LOGS ?? 200)
const paced = ALL ? test : test.concurrent
const TIME_LIMIT_MS = ALL ? 200_000 : 60_000
const delivered: Record<string, Record<string, number>> = {}

describe.each(INTEGRATIONS)('what was logged through %s', (integration) => {
  const kept = LOST_WITH_SPOOL[integration] ?? []
  const lost = LOST[integration] ?? []

  paced.each(DEATHS.filter((death) => ALL || !lost.includes(death)))(
    'before %s',
    async (death) => expectDelivery({ integration, death, logs: LOGS }, lost.includes(death)),
    TIME_LIMIT_MS,
  )

  paced.each(SPOOL_DEATHS.filter((death) => ALL || (lost.includes(death) && !kept.includes(death))))(
    'with a spool, before %s',
    async (death) => expectDelivery({ integration, death, logs: LOGS, hasSpool: true }, kept.includes(death)),
    TIME_LIMIT_MS,
  )
})

async function expectDelivery(run: Run, mayLose: boolean): Promise<void> {
  const count = await deliveredAt(run)
  delivered[`${run.death}${run.hasSpool ? ', spool' : ''}`] ??= {}
  delivered[`${run.death}${run.hasSpool ? ', spool' : ''}`]![run.integration] = count
  if (mayLose) expect(count).toBeLessThanOrEqual(LOGS)
  else expect(count).toBe(LOGS)
}

afterAll(() => {
  if (ALL) console.table(delivered)
})
