import { expect, test } from 'vitest'
import { fleetHistory } from './support/fleet-history.ts'

const HISTORIES = Number(process.env.FLEET_HISTORIES ?? 2)
const FIRST_SEED = Number(process.env.FLEET_SEED ?? Math.floor(Math.random() * 1e6))

test('whatever is killed, stopped, cut off, drained, added or removed: one writer at a time, bounded gaps, nothing lost', async () => {
  const endMs = performance.now() + 240_000
  for (let seed = FIRST_SEED; seed < FIRST_SEED + HISTORIES && performance.now() < endMs; seed++) {
    const report = await fleetHistory(seed)
    expect(report).toMatchObject({ seed, problems: [] })
    if (process.env.FLEET_HISTORIES !== undefined) console.log(JSON.stringify(report))
  }
}, 300_000)
