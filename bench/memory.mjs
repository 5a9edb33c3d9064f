// What it holds: an open batch by group, and the peak of the process's resident memory while saturated and in an outage
// (a port where nobody listens). Run: node bench/memory.mjs
import { round, runScript } from './measure.mjs'
import { startSink } from './sink.mjs'

const MIB = 1024 * 1024
const NODE = ['--expose-gc']

export async function measureMemory() {
  const sink = await startSink()
  const run = (question, port = sink.port) => runScript('memory-run.mjs', [question, port], { node: NODE })
  const { bytesPerGroup } = await run('groups')
  const saturated = await run('saturated')
  const outage = await run('outage', 9)
  await sink.close()
  const peak = ({ overIdle, overBudget }) =>
    `${round(overIdle / MIB)} MiB over idle: ${round(overBudget / MIB)} MiB over the budget`
  return [
    { question: 'an open batch with one short log, of 10,000 groups', answer: `${round(bytesPerGroup / 1024, 1)} KiB` },
    { question: 'saturated, budget 100 MiB', answer: peak(saturated) },
    { question: 'outage, budget 100 MiB', answer: peak(outage) },
  ]
}

if (process.argv[1] === import.meta.filename) console.table(await measureMemory())
