import { expect, test } from 'vitest'
import { simulateFleet } from '../fleet/support/simulation.ts'

const AGENTS = Number(process.env.FLEET_AGENTS ?? 60)
const INPUTS = Number(process.env.FLEET_INPUTS ?? 3000)

test('a large fleet is balanced within a tenth of the mean, and a death moves the inputs of the dead and no others', async () => {
  const report = await simulateFleet(AGENTS, INPUTS)
  if (process.env.FLEET_AGENTS !== undefined) console.log(JSON.stringify(report))
  for (const share of [report.least, report.leastAfter]) expect(share).toBeGreaterThanOrEqual(0.9)
  for (const share of [report.most, report.mostAfter]) expect(share).toBeLessThanOrEqual(1.1)
  expect(report.moved).toBe(report.orphans)
  expect(report.orphans).toBeGreaterThan(0)
  expect(report.movedToNew).toBeLessThanOrEqual(Math.ceil(INPUTS / AGENTS))
  // Each input was written once at the start, once after the death, and twice when it moved to the new agent; nothing else was.
  expect(report.writesToTables).toBeLessThanOrEqual(INPUTS + report.orphans + 2 * report.movedToNew + 1)
}, 600_000)
