import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { BUILD_DIR } from '../support/build-once.ts'

const ROUNDS = process.env.SPOOL_KILL_ROUNDS ?? '6'

test('kill -9 at random moments: nothing that was durable is missing, the order is kept, and copies can be left out', async () => {
  const seed = process.env.SPOOL_KILL_SEED ?? String(Math.floor(Math.random() * 1e6))
  const script = join(import.meta.dirname, 'spool-kill.mjs')
  const env = { ...process.env, LOGHUB_TEST_BUILD: BUILD_DIR }
  const { stdout } = await promisify(execFile)(process.execPath, [script, ROUNDS, seed], { env })
  expect(JSON.parse(stdout)).toMatchObject({
    seed: Number(seed),
    missing: 0,
    outOfOrder: 0,
    dedupedCopies: 0,
    dedupedMissing: 0,
    drained: { report: { spooled: 0 } },
  })
}, 300_000)
