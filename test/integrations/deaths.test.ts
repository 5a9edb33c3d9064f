import { describe, expect, test } from 'vitest'
import { DEATHS, deliveredAt, INTEGRATIONS, LOST } from './support/deaths.ts'

const LOGS = Number(process.env.DEATH_LOGS ?? 200)

/** What docs/integrations.md says is lost. `DEATH_LOGS` makes more of it. */
describe.each(INTEGRATIONS)('what was logged through %s', (integration) => {
  test.concurrent.each(DEATHS)(
    'before %s',
    async (death) => {
      const delivered = await deliveredAt(integration, death, LOGS)
      if (LOST[integration]?.includes(death)) expect(delivered).toBeLessThanOrEqual(LOGS)
      else expect(delivered).toBe(LOGS)
    },
    60_000,
  )
})
