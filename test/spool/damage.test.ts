import { describe, expect, test } from 'vitest'
import { type DamageOutcome, damageRun } from './support/damage.ts'

const SEEDS = Number(process.env.SPOOL_DAMAGE_SEEDS ?? 250)

describe('a spool whose files were damaged', () => {
  test(
    'opens, gives all that is whole, and tells exactly what is lost',
    async () => {
      const outcomes: DamageOutcome[] = []
      for (let seed = 1; seed <= SEEDS; seed++) outcomes.push(await damageRun(seed))
      // The damage did something: some runs lose records, some do not.
      expect(outcomes.some(({ lost }) => lost > 0)).toBe(true)
      expect(outcomes.some(({ lost }) => lost === 0)).toBe(true)
    },
    20_000 + SEEDS * 200,
  )
})
