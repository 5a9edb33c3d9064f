import { Agent } from 'node:http'
import { createRequire } from 'node:module'
import { describe, expect, test } from 'vitest'
import { startEmulator } from '../../src/emulator/index.ts'
import { KEY } from './support/client.ts'

type Result = Record<string, unknown>
type ClientCall = (...args: unknown[]) => Promise<Result & Result[]>
const Client = createRequire(import.meta.url)('@alicloud/log') as new (config: object) => Record<string, ClientCall>

const logs = [
  { timestamp: 1_700_000_000, timestampNsPart: 5, content: { level: 'info', message: '你好' } },
  { timestamp: 1_700_000_001, content: { level: 'warn', message: 'second' } },
]
const from = new Date(1_700_000_000_000)
const to = new Date(1_700_000_010_000)

describe('the official Node client, unchanged', () => {
  test('creates, writes, lists, reads and deletes under a project name', async () => {
    await using emulator = await startEmulator({ credentials: KEY })
    const client = new Client({ ...KEY, endpoint: `sls.test:${emulator.port}` })
    // The name is only looked up here; it goes over the wire as it is.
    const lookup = (_: string, options: { all?: boolean }, done: (error: null, ...found: unknown[]) => void) =>
      options.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4)
    const agent = new Agent({ lookup: lookup as never })
    const call = (name: string, ...args: unknown[]) => (client[name] as ClientCall).call(client, ...args, { agent })

    await call('createProject', 'proj', { description: 'd' })
    expect(await call('getProject', 'proj')).toMatchObject({ projectName: 'proj', description: 'd' })
    await call('createLogStore', 'proj', 'store', { ttl: 3, shardCount: 2 })
    await call('updateLogStore', 'proj', 'store', { ttl: 4, shardCount: 2 })
    expect(await call('getLogStore', 'proj', 'store')).toMatchObject({ logstoreName: 'store', ttl: 4, shardCount: 2 })
    expect(await call('listLogStore', 'proj', {})).toMatchObject({ count: 1, total: 1, logstores: ['store'] })
    await call('createIndex', 'proj', 'store', { line: { token: [' '] } })
    await call('updateIndex', 'proj', 'store', { line: { token: [','] } })
    expect(await call('getIndexConfig', 'proj', 'store')).toEqual({ line: { token: [','] } })

    await call('postLogStoreLogs', 'proj', 'store', { logs, topic: 't', source: 's', tags: [{ a: 'b' }] })
    expect(emulator.logs({ project: 'proj', logstore: 'store' })).toMatchObject([
      { time: 1_700_000_000, nanoseconds: 5, topic: 't', source: 's', tags: [['a', 'b']] },
      {
        contents: [
          ['level', 'warn'],
          ['message', 'second'],
        ],
      },
    ])
    const found = await call('getLogs', 'proj', 'store', from, to, { query: 'level: info and not second', line: 10 })
    expect(found).toMatchObject([{ message: '你好', __topic__: 't', __source__: 's', '__tag__:a': 'b' }])
    const parts = await call('getHistograms', 'proj', 'store', from, to, {})
    expect(parts.reduce((sum, { count }) => sum + Number(count), 0)).toBe(2)

    await call('deleteIndex', 'proj', 'store')
    await call('deleteLogStore', 'proj', 'store')
    await call('deleteProject', 'proj')
    await expect(call('getProject', 'proj')).rejects.toMatchObject({ name: 'ProjectNotExistError' })
    expect(emulator.stats().refusals).toEqual({ ProjectNotExist: 1 })
    agent.destroy()
  })

  test('writes by address, without a project, to the default one', async () => {
    await using emulator = await startEmulator({ credentials: KEY, autoCreate: true, defaultProject: 'mine' })
    const client = new Client({ ...KEY, endpoint: emulator.url })
    await client.postLogStoreLogs?.('', 'store', { logs })
    expect(emulator.logs({ project: 'mine', logstore: 'store' })).toHaveLength(2)
  })

  test('sees refusals as its own errors, with code and request id', async () => {
    await using emulator = await startEmulator({ credentials: KEY, autoCreate: true })
    const client = new Client({ ...KEY, accessKeySecret: 'wrong', endpoint: emulator.url })
    await expect(client.postLogStoreLogs?.('', 'store', { logs })).rejects.toMatchObject({
      name: 'SignatureNotMatchError',
      requestid: expect.stringMatching(/^[0-9A-F]{24}$/),
    })
  })
})
