/**
 * @typedef {object} History
 * @property {{ input: string, n: number, run: string, member: string, at: number }[]} logs what arrived, copies included
 * @property {{ input: string, token: number, value: unknown, at?: number }[]} checkpoints each state of each, in its order
 * @property {Map<string, { from: number, to: number }>} lives when each input was part of the fleet
 * @property {{ from: number, to: number, isTotal?: boolean }[]} outages when there may have been no NATS; total: all servers were killed
 * @property {number} [startedAt] from where seconds count in what is told
 * @property {number} maxGapMs the longest that an input may rest: lease and takeover
 */

/**
 * What is wrong with a history; nothing when the fleet kept its word.
 * @param {History} history
 * @returns {{ problems: string[], copies: number, handovers: number, longestGapMs: number }}
 */
export function judgeHistory(history) {
  const problems = []
  const byInput = groupByInput(history.logs)
  let copies = 0
  let handovers = 0
  let longestGapMs = 0
  for (const [input, life] of history.lives) {
    const logs = byInput.get(input) ?? []
    const numbers = new Set(logs.map(({ n }) => n))
    copies += logs.length - numbers.size
    const last = Math.max(-1, ...numbers)
    for (let n = 0; n <= last; n++) if (!numbers.has(n)) problems.push(`${input}: ${n} is missing`)
    const runs = runsOf(logs)
    handovers += Math.max(0, runs.length - 1)
    problems.push(...overlaps(input, runs))
    const { problem, longest } = gaps(input, runs, life, history)
    problems.push(...problem)
    longestGapMs = Math.max(longestGapMs, longest)
  }
  problems.push(...wayBack(history))
  return { problems, copies, handovers, longestGapMs: Math.round(longestGapMs) }
}

/** Each run of an input from its first to its last log, by when they were written; never by when they arrived. */
function runsOf(logs) {
  const runs = new Map()
  for (const { run, member, at } of logs) {
    const known = runs.get(run)
    if (known === undefined) runs.set(run, { run, member, first: at, last: at })
    else {
      known.first = Math.min(known.first, at)
      known.last = Math.max(known.last, at)
    }
  }
  return [...runs.values()].sort((a, b) => a.first - b.first)
}

/** Two owners at a time. */
function overlaps(input, runs) {
  return runs.slice(1).flatMap((run, i) => {
    const before = runs[i]
    if (run.first > before.last) return []
    return [`${input}: ${before.member} wrote ${before.last - run.first} ms after ${run.member} had begun`]
  })
}

function gaps(input, runs, { from, to }, { outages, maxGapMs, startedAt = 0 }) {
  const problem = []
  let longest = 0
  const ends = [from, ...runs.map(({ last }) => last)]
  const begins = [...runs.map(({ first }) => first), to]
  for (const [i, end] of ends.entries()) {
    const gap = begins[i] - end
    const excused = outages.reduce((sum, outage) => sum + overlap({ from: end, to: begins[i] }, outage), 0)
    if (excused === 0) longest = Math.max(longest, gap)
    if (gap - excused > maxGapMs) {
      const who = `${runs[i - 1]?.member ?? 'nobody'}, then ${runs[i]?.member ?? 'nobody'}`
      const when = `from ${((end - startedAt) / 1000).toFixed(1)} s for ${Math.round(gap)} ms`
      problem.push(`${input}: rested ${when}, ${Math.round(excused)} ms of it without NATS: ${who}`)
    }
  }
  return { problem, longest }
}

/**
 * nats-server 2.9 stores messages once more after all servers were killed, if writes had met before: then a record comes again, word for
 * word, and it may be an older one (test/proofs/nats-compare-and-set.mjs). Nothing else is excused.
 */
function wayBack({ checkpoints, outages }) {
  const newest = new Map()
  const seen = new Set()
  const problems = []
  for (const { input, token, value = 0, at = 0 } of checkpoints) {
    const before = newest.get(input) ?? { token: 0, value: 0 }
    newest.set(input, { token, value })
    const record = JSON.stringify([input, token, value])
    const isAgain = seen.has(record) && outages.some(({ isTotal, from, to }) => isTotal && from <= at && at <= to)
    seen.add(record)
    if (isAgain) continue
    if (token < before.token)
      problems.push(`${input}: the checkpoint of token ${token} came after that of ${before.token}`)
    if (Number(value) < Number(before.value))
      problems.push(`${input}: the checkpoint went back from ${before.value} to ${value}`)
  }
  return problems
}

function overlap(a, b) {
  return Math.max(0, Math.min(a.to, b.to) - Math.max(a.from, b.from))
}

function groupByInput(logs) {
  const groups = new Map()
  for (const log of logs) {
    const group = groups.get(log.input)
    if (group === undefined) groups.set(log.input, [log])
    else group.push(log)
  }
  return groups
}
