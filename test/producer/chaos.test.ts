import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { startEmulator } from '../../src/emulator/index.ts'
import { BUILD_DIR } from '../support/build-once.ts'
import { chaosRun } from '../support/chaos-run.mjs'

const MIB = 1024 * 1024
const BUDGET_MIB = 32

/**
 * What V8 lets pile up before it collects, on top of what is held: three times of that, and the young generation. A program
 * that holds the same logs and does nothing else takes 60 to 80 MiB on Node 20, 100 on Node 24 (`node bench/chaos.mjs --least`).
 */
const MOST_OVER_BUDGET_MIB = Number.parseInt(process.versions.node, 10) < 24 ? 112 : 144

test('10,000 groups, every fault there is, one project always down: the account balances and the process ends by itself', async () => {
  const seed = Number(process.env.CHAOS_SEED ?? Math.floor(Math.random() * 1e6))
  const { code, result, stats } = await chaosRun({
    ...{ startEmulator, build: pathToFileURL(resolve(BUILD_DIR, 'index.js')).href },
    ...{ seconds: Number(process.env.CHAOS_SECONDS ?? 5), seed, groups: 10_000, budget: BUDGET_MIB * MIB },
  })
  const { logs, verdicts } = result
  expect({ seed, code, imbalances: result.imbalances, twice: verdicts.twice }).toEqual({
    ...{ seed, code: 0, imbalances: 0, twice: 0 },
  })
  expect(logs).toMatchObject({ accepted: logs.delivered + logs.failed + logs.dropped, inMemory: 0 })
  // The other count, from the callbacks and promises of the application.
  expect(verdicts.offered).toBe(verdicts.delivered + verdicts.failed + verdicts.refused)
  expect(verdicts).toMatchObject({
    delivered: logs.delivered,
    failed: logs.failed + logs.dropped,
    refused: logs.refused,
  })
  expect(logs.delivered).toBeGreaterThan(0)
  // Stored without an answer and sent again: more than delivered, never fewer.
  expect(stats.logs).toBeGreaterThanOrEqual(logs.delivered)
  expect(result).toMatchObject({ usedBytes: 0, resources: [] })
  expect(result.peakRssMiB - result.idleRssMiB, `seed ${seed}`).toBeLessThan(BUDGET_MIB + MOST_OVER_BUDGET_MIB)
}, 60_000)
