// biome-ignore-all lint/suspicious/noThenProperty: a rule says "match, then"; it is an argument and never awaited
import { describe, expect, test } from 'vitest'
import { type ScriptRule, startEmulator } from '../../../src/emulator/index.ts'
import { ManualClock, settled } from '../../support/manual-clock.ts'
import { groupOf, PROJECT, type Reply, sendSigned, write } from '../support/client.ts'

const store = { project: PROJECT, logstore: 'store' }
const logOf = (value: string) => ({ time: 1, contents: [['k', value]] as const })
const body = groupOf([logOf('v')])

async function scripted(rule?: ScriptRule) {
  const clock = new ManualClock()
  const emulator = await startEmulator({ clock, autoCreate: true, shards: 1 })
  const handle = rule === undefined ? undefined : emulator.script(rule)
  const put = (logstore = 'store', group = body) => sendSigned(emulator, write(logstore, group), clock.now())
  const stored = () => emulator.logs(store).length
  return { clock, emulator, handle, put, stored, [Symbol.asyncDispose]: () => emulator.close() }
}

/** Real I/O has no end that a test could wait for: turns of the event loop until something holds. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await settled()
}

const codeOf = (reply: Reply) => [reply.status, reply.json?.errorCode]

describe('which requests a rule takes', () => {
  test.each([/store/, /store/g, /store/gi, /\/logstores\/store/y, /\/logstores\/store/gy])(
    'a pattern takes each of them, whatever its flags: %s',
    async (path) => {
      await using run = await scripted({ match: { path }, then: { status: 503 } })
      for (let i = 0; i < 4; i++) expect(codeOf(await run.put())[0]).toBe(503)
      expect(run.handle?.fired).toBe(4)
    },
  )

  test('as many as it says, in the order of the rules', async () => {
    await using run = await scripted({ times: 2, then: { status: 503 } })
    const second = run.emulator.script({ times: 1, then: { errorCode: 'WriteQuotaExceed' } })
    const codes = []
    for (let i = 0; i < 4; i++) codes.push(codeOf(await run.put()))
    expect(codes).toEqual([
      [503, 'ServerBusy'],
      [503, 'ServerBusy'],
      [403, 'WriteQuotaExceed'],
      [200, undefined],
    ])
    expect([run.handle?.fired, second.fired, run.stored()]).toEqual([2, 1, 1])
    expect(run.emulator.stats().refusals).toEqual({ ServerBusy: 2, WriteQuotaExceed: 1 })
  })

  test('only those that match every part', async () => {
    const match = { project: PROJECT, logstore: 'bad', method: 'post', path: /shards/ }
    await using run = await scripted({ match, then: { status: 500 } })
    expect((await run.put('good')).status).toBe(200)
    expect((await run.put('bad')).status).toBe(500)
    const get = await sendSigned(run.emulator, { path: '/logstores/bad/shards' }, run.clock.now())
    expect(get.json.errorCode).toBe('LogStoreNotExist')
  })

  test('those that a function picks, with what another one decides', async () => {
    let turn = 0
    await using run = await scripted({
      match: ({ headers }) => headers['x-log-bodyrawsize'] === String(body.length),
      then: () => (turn++ % 2 === 0 ? { status: 500 } : undefined),
    })
    const statuses = []
    for (let i = 0; i < 4; i++) statuses.push((await run.put()).status)
    expect(statuses).toEqual([500, 200, 500, 200])
  })

  test('none once it is removed', async () => {
    await using run = await scripted({ then: { status: 500 } })
    expect((await run.put()).status).toBe(500)
    run.handle?.remove()
    expect((await run.put()).status).toBe(200)
    expect(run.handle?.fired).toBe(1)
  })
})

describe('what a rule can do', () => {
  test('answer with any status, code, text and header', async () => {
    const then = { status: 429, errorCode: 'Slow', errorMessage: 'down', headers: { 'retry-after': '7' } }
    await using run = await scripted({ then })
    const reply = await run.put()
    expect(reply.status).toBe(429)
    expect(reply.json).toEqual({ errorCode: 'Slow', errorMessage: 'down' })
    expect(reply.headers['retry-after']).toBe('7')
    expect(run.stored()).toBe(0)
  })

  test('answer like a login page', async () => {
    await using run = await scripted({ then: { body: '<html>', headers: { location: '/x' }, withoutRequestId: true } })
    const reply = await run.put()
    expect([reply.status, reply.body.toString(), reply.headers['content-type']]).toEqual([200, '<html>', 'text/html'])
    expect(run.stored()).toBe(0)
  })

  test('answer a 2xx or 3xx without storing', async () => {
    await using run = await scripted({ then: { status: 302 } })
    expect((await run.put()).status).toBe(302)
    expect(run.stored()).toBe(0)
  })

  test('wait before it is handled', async () => {
    await using run = await scripted({ times: 1, then: { delayMs: 5000 } })
    const reply = run.put()
    await until(() => run.clock.timerCount === 1)
    await run.clock.advance(4999)
    expect(run.stored()).toBe(0)
    await run.clock.advance(1)
    expect((await reply).status).toBe(200)
    expect(run.stored()).toBe(1)
  })

  test('closing does not wait for a delay', async () => {
    const run = await scripted({ then: { delayMs: 5000 } })
    const outcome = run.put().catch((error: NodeJS.ErrnoException) => error.code)
    await until(() => run.clock.timerCount === 1)
    await run.emulator.close()
    expect(await outcome).toBe('ECONNRESET')
    expect(run.clock.timerCount).toBe(0)
  })

  test.each([
    ['before', 0],
    ['after', 1],
  ] as const)('reset the connection %s storing', async (reset, stored) => {
    await using run = await scripted({ times: 1, then: { reset } })
    await expect(run.put()).rejects.toMatchObject({ code: 'ECONNRESET' })
    expect([run.stored(), run.emulator.stats().resets]).toEqual([stored, 1])
    expect((await run.put()).status).toBe(200)
  })

  test('break the answer off', async () => {
    await using run = await scripted({ times: 1, then: { truncateAnswer: true } })
    await expect(run.put()).rejects.toMatchObject({ code: 'ECONNRESET' })
    expect(run.stored()).toBe(1)
  })

  test('leave out the request id', async () => {
    await using run = await scripted({ then: { withoutRequestId: true } })
    const reply = await run.put()
    expect([reply.status, reply.headers['x-log-requestid']]).toEqual([200, undefined])
  })

  test('set the clock of the server off, in its judgement and in its answer', async () => {
    await using run = await scripted({ then: { clockOffsetMs: 3_600_000 } })
    const reply = await run.put()
    expect(codeOf(reply)).toEqual([400, 'RequestTimeExpired'])
    expect(Number(reply.headers['x-log-time'])).toBe(run.clock.now() / 1000 + 3600)
    expect(Date.parse(reply.headers.date ?? '')).toBe(run.clock.now() + 3_600_000)
    const corrected = await sendSigned(run.emulator, write('store', body), run.clock.now() + 3_600_000)
    expect(corrected.status).toBe(200)
  })

  test('read the request slowly', async () => {
    await using run = await scripted({ then: { bytesPerSecond: body.length / 10 } })
    const reply = run.put()
    await until(() => run.clock.timerCount === 1)
    await run.clock.advance(9999)
    expect(run.stored()).toBe(0)
    await run.clock.advance(1)
    expect((await reply).status).toBe(200)
  })

  test('hold each shard to a quota that fills up again with time', async () => {
    await using run = await scripted({ then: { shardQuota: { requestsPerSecond: 2 } } })
    const attempt = async () => codeOf(await run.put())
    expect([await attempt(), await attempt(), await attempt()]).toEqual([
      [200, undefined],
      [200, undefined],
      [403, 'ShardWriteQuotaExceed'],
    ])
    expect((await run.put('other')).status).toBe(200)
    await run.clock.advance(499)
    expect(await attempt()).toEqual([403, 'ShardWriteQuotaExceed'])
    await run.clock.advance(1)
    expect(await attempt()).toEqual([200, undefined])
    expect(run.stored()).toBe(3)
  })

  test('hold a project to a quota of bytes, where one request may be larger than a second’s worth', async () => {
    await using run = await scripted({ then: { projectQuota: { bytesPerSecond: body.length / 2 } } })
    expect((await run.put()).status).toBe(200)
    expect(codeOf(await run.put('other'))).toEqual([403, 'WriteQuotaExceed'])
    await run.clock.advance(2000)
    expect((await run.put('other')).status).toBe(200)
  })

  test('refuse a request for one of its logs', async () => {
    await using run = await scripted({ then: { refuseLog: ({ contents }) => contents[0]?.[1] === 'poison' } })
    const reply = await run.put('store', groupOf([logOf('good'), logOf('poison')]))
    expect(codeOf(reply)).toEqual([400, 'PostBodyInvalid'])
    expect((await run.put('store', groupOf([logOf('good')]))).status).toBe(200)
    expect(run.stored()).toBe(1)
  })

  test('several things at once', async () => {
    await using run = await scripted({ then: { status: 503, withoutRequestId: true, clockOffsetMs: 1000 } })
    const reply = await run.put()
    expect([reply.status, reply.headers['x-log-requestid']]).toEqual([503, undefined])
    expect(Number(reply.headers['x-log-time'])).toBe(run.clock.now() / 1000 + 1)
  })
})
