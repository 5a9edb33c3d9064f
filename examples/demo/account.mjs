// Holds what the clients saw against what the producer says and what the logstore has.
const number = new Intl.NumberFormat('en-US')

export function balance({ traffic, app, metrics, report, stored }) {
  const duplicates = stored.logs - stored.copies.size
  const lost = [...traffic.ids].filter((id) => !stored.copies.has(id)).length
  const unasked = [...stored.copies.keys()].filter((id) => !traffic.ids.has(id)).length
  // Only a whole batch that was sent again may repeat: then the copies of a log are in the same pack.
  const unexplained = [...stored.copies.values()].filter((packs) => new Set(packs).size > 1).length
  const { accepted, delivered, failed, refused } = metrics.logs
  const problems = [
    traffic.ids.size === 0 && 'no request was answered',
    traffic.unanswered > 0 && `${traffic.unanswered} requests were not answered`,
    lost > 0 && `${lost} logs are not in the logstore`,
    unasked > 0 && `${unasked} logs are in the logstore that no client knows of`,
    unexplained > 0 && `${unexplained} logs are in more than one batch`,
    failed + refused + report.abandoned > 0 && `${failed + refused} logs failed or were refused`,
    accepted !== traffic.ids.size && `${accepted} logs were accepted for ${traffic.ids.size} requests`,
    delivered !== accepted && `${delivered} of ${accepted} logs were delivered`,
    app.verdicts.delivered !== delivered && `${app.verdicts.delivered} callbacks told of ${delivered} deliveries`,
  ].filter(Boolean)
  const repeatedBatches = [...stored.packIds.values()].filter((times) => times > 1).length
  return { traffic, app, metrics, stored, duplicates, repeatedBatches, lost, problems }
}

export function printAccount({ traffic, app, metrics, stored, duplicates, repeatedBatches, lost, problems }) {
  const { logs, batches, requests, memory } = metrics
  const rows = [
    ['requests answered', count(traffic.ids.size), `${count(traffic.ids.size / traffic.seconds)}/s, ${times(traffic)}`],
    ['logs accepted', count(logs.accepted), `${count(logs.refused)} refused`],
    ['logs delivered', count(logs.delivered), `${count(logs.failed)} failed; log to verdict ${times(app.verdicts)}`],
    ['batches delivered', count(batches.delivered), batchSizes(metrics)],
    [
      'requests to the service',
      count(requests.made),
      `${count(requests.failed)} failed; retried: ${retries(requests)}`,
    ],
    ['logs read back', count(stored.logs), `${count(stored.copies.size)} different ones`],
    ['duplicates', count(duplicates), explained(repeatedBatches)],
    ['lost', count(lost), ''],
    [
      'memory',
      `${mib(process.resourceUsage().maxRSS * 1024)}`,
      `all in this process; the producer held ${held(memory)}`,
    ],
  ]
  console.log('\nThe account')
  for (const [name, value, remark] of rows) console.log(`  ${name.padEnd(24)}${value.padStart(9)}  ${remark}`)
  console.log(problems.length === 0 ? '\nIt balances: every request has its log.' : '\nIt does NOT balance:')
  for (const problem of problems) console.log(`  - ${problem}`)
}

function explained(batches) {
  if (batches === 0) return 'no answer was lost, so nothing was sent twice'
  const what = batches === 1 ? '1 batch was' : `${batches} batches were`
  return `${what} stored, the answer was lost, and sent again: delivery is at least once`
}

function batchSizes({ logs, batches, requests }) {
  const logsEach = count(logs.delivered / Math.max(1, batches.delivered))
  return `${logsEach} logs each, compressed to ${Math.round((100 * requests.sentBytes) / requests.rawBytes)} %`
}

function retries({ retriesByReason }) {
  const reasons = Object.entries(retriesByReason).map(([reason, times]) => `${count(times)} ${reason}`)
  return reasons.join(', ') || 'none'
}

function times({ microseconds }) {
  const ms = (percentile) => `${(microseconds.percentile(percentile) / 1000).toFixed(1)} ms`
  return `p50 ${ms(50)}, p99 ${ms(99)}`
}

function held({ highWaterBytes, totalBytes }) {
  return `at most ${(highWaterBytes / 2 ** 20).toFixed(1)} of ${mib(totalBytes)}`
}

function count(value) {
  return number.format(Math.round(value))
}

function mib(bytes) {
  return `${Math.round(bytes / 2 ** 20)} MiB`
}
