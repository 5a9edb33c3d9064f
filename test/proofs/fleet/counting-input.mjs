// An input that can be read again: counts upwards from its checkpoint, a few numbers at a time. Each log says which run of the input
// wrote it, of which agent, and when.
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { machineTimeMs } from './machine-time.mjs'

const AT_A_TIME = 3
const PAUSE_MS = 40

export default () => ({
  async run({ id, signal, writer, checkpoint }) {
    const run = randomBytes(6).toString('hex')
    let next = Number(checkpoint.load() ?? 0)
    while (!signal.aborted) {
      const at = machineTimeMs()
      const logs = Array.from({ length: AT_A_TIME }, (_, i) => ({
        contents: { input: id, n: next + i, run, member: process.env.MEMBER, at },
      }))
      const verdict = await new Promise((tell, fail) => writer.writeAll(logs, tell).catch(fail))
      if (verdict === 'delivered') {
        next += AT_A_TIME
        checkpoint.save(next)
      }
      await sleep(PAUSE_MS, undefined, { signal }).catch(() => {})
    }
  },
})
