// What `inspect()` and `metrics()` cost for each call, by groups with a log in memory, and as a part of one core when somebody
// looks every second. Where nobody looks, nothing runs. Run: node bench/inspect.mjs
import { Producer } from 'loghub-producer'
import { cpuNanoseconds, median, round } from './measure.mjs'

const TURNS = 20

for (const groups of [1, 100, 1000, 10_000]) {
  const producer = new Producer({
    project: 'bench-project',
    logstore: 'bench-store',
    lingerMs: 3_600_000,
    deliveryTimeoutMs: 7_200_000,
    maxOpenBatches: 20_000,
    sink: { send: async () => ({ requestId: 'none' }), close: async () => {} },
  })
  for (let n = 0; n < groups; n++) producer.trySend({ topic: `topic-${n}`, logs: { contents: { n } } })
  const metrics = costOf(() => producer.metrics())
  const inspect = costOf(() => producer.inspect())
  const share = `${round((inspect / 1e9) * 100, 3)} % of a core`
  console.log(`${groups} groups: metrics() ${us(metrics)}, inspect() ${us(inspect)}, every second ${share}`)
  await producer.close()
}

function costOf(call) {
  const calls = 20
  const turn = () => {
    for (let n = 0; n < calls; n++) call()
  }
  turn()
  return median(Array.from({ length: TURNS }, () => cpuNanoseconds(turn) / calls))
}

function us(nanoseconds) {
  return `${round(nanoseconds / 1000, 1)} us`
}
