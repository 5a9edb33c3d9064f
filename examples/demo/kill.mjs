// The demo with --kill: the Log Service is down, and in the middle of that the web service is killed with SIGKILL and started again.
// Every request that was answered must have its log, once; what was sent twice is left out by its pack id.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmulator } from 'loghub-producer/emulator'
import { scheduleOutage } from './outage.mjs'
import { readBack } from './read-back.mjs'
import { runTraffic } from './traffic.mjs'

const number = new Intl.NumberFormat('en-US')

export async function killDemo({ seconds, rate }) {
  const directory = await mkdtemp(join(tmpdir(), 'loghub-demo-'))
  const emulator = await startEmulator({ autoCreate: true })
  const connection = {
    endpoint: emulator.url,
    project: 'demo-project',
    logstore: 'access-log',
    credentials: { accessKeyId: 'demo-key-id', accessKeySecret: 'demo-key-secret' },
  }
  console.log(`Log Service (emulator)  ${emulator.url}`)
  const first = await startService({ connection, directory, port: 0, idPrefix: 'first' })
  console.log(`Web service (fastify)   ${first.url}, process ${first.pid}, spool in ${directory}`)
  console.log(`Traffic                 ${rate || 'unlimited'} requests/s for ${seconds} s\n`)

  const began = performance.now()
  const say = (text) => console.log(`${((performance.now() - began) / 1000).toFixed(1).padStart(5)} s  ${text}`)
  const outage = scheduleOutage(emulator, seconds, (active) => say(`the Log Service is ${active ? 'down' : 'back'}`))
  const ticking = setInterval(() => say(stateOf(second ?? first)), 1000)
  let second
  const killing = killAfter(seconds * 525, async () => {
    first.kill()
    say(`process ${first.pid} is killed with SIGKILL: ${number.format(first.metrics.logs.onDisk)} logs were on disk`)
    const { port } = new URL(first.url)
    second = await startService({ connection, directory, port: Number(port), idPrefix: 'second' })
    say(
      `process ${second.pid} has taken its place: ${number.format(second.metrics.logs.recovered)} logs recovered so far`,
    )
  })
  const traffic = await runTraffic({ url: first.url, seconds, rate })
  await killing
  say('traffic has ended, the web service closes')
  const { report, metrics } = await second.close()
  outage.end()
  clearInterval(ticking)

  const stored = await readBack(connection)
  const withoutCopies = await readBack(connection, { dedupe: true })
  await emulator.close()
  await rm(directory, { recursive: true, force: true })
  return printAccount({ traffic, report, metrics, stored, withoutCopies })
}

async function startService(config) {
  const child = fork(new URL('./service.mjs', import.meta.url), [JSON.stringify(config)])
  const service = {
    pid: child.pid,
    url: '',
    metrics: undefined,
    kill: () => child.kill('SIGKILL'),
    close: async () => {
      child.send('close')
      for (;;) {
        const [told] = await once(child, 'message')
        if (told.report !== undefined) return told
      }
    },
  }
  child.on('message', ({ metrics }) => {
    service.metrics = metrics
  })
  const [{ url }] = await once(child, 'message')
  return Object.assign(service, { url })
}

async function killAfter(ms, act) {
  await new Promise((resolve) => setTimeout(resolve, ms))
  await act()
}

function stateOf({ metrics: { logs } }) {
  return `${number.format(logs.accepted)} accepted, ${number.format(logs.delivered)} delivered, ${number.format(logs.onDisk)} on disk`
}

function printAccount({ traffic, report, metrics, stored, withoutCopies }) {
  const lost = [...traffic.ids].filter((id) => !stored.copies.has(id)).length
  const unanswered = [...stored.copies.keys()].filter((id) => !traffic.ids.has(id)).length
  const repeated = [...withoutCopies.copies.values()].filter((packs) => packs.length > 1).length
  const { recovered } = metrics.logs
  const left = report.spooled + report.abandoned + report.failed
  const problems = [
    traffic.ids.size === 0 && 'no request was answered',
    recovered === 0 && 'the second process has recovered nothing',
    lost > 0 && `${lost} logs of answered requests are not in the logstore`,
    repeated > 0 && `${repeated} logs are there more than once, copies left out`,
    withoutCopies.copies.size < stored.copies.size && 'something was left out that is no copy',
    left > 0 && `${left} logs were not delivered at the end`,
    unanswered > traffic.unanswered && `${unanswered} logs are in the logstore that no client knows of`,
  ].filter(Boolean)
  const rows = [
    ['requests answered', traffic.ids.size, 'each once its log was on disk'],
    ['not answered', traffic.unanswered, `while the web service was dead; ${unanswered} of them had left their log`],
    ['recovered', recovered, 'logs that the killed process had left on disk'],
    ['logs read back', stored.logs, `${number.format(stored.copies.size)} different ones`],
    ['copies', stored.logs - withoutCopies.logs, 'left out by their pack id'],
    ['lost', lost, ''],
  ]
  console.log('\nThe account')
  for (const [name, value, remark] of rows) {
    console.log(`  ${name.padEnd(24)}${number.format(value).padStart(9)}  ${remark}`)
  }
  console.log(
    problems.length === 0 ? '\nIt balances: every answered request has its log, once.' : '\nIt does NOT balance:',
  )
  for (const problem of problems) console.log(`  - ${problem}`)
  return problems.length === 0 ? 0 : 1
}
