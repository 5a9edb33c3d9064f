// Calls of the generated gateway client @alicloud/sls20201230 and of @alicloud/log, unchanged, against an emulator:
// node driver.mjs http://127.0.0.1:9310
import dns from 'node:dns'

const emulator = new URL(process.argv[2])
// What a hosts file does: names of projects are this machine.
const lookup = dns.lookup
dns.lookup = (host, options, callback = options) => {
  if (!host.endsWith('.localhost')) return lookup(host, options, callback)
  if (options.all) callback(null, [{ address: '127.0.0.1', family: 4 }])
  else callback(null, '127.0.0.1', 4)
}

const { default: module, ...sls } = await import('@alicloud/sls20201230')
const Client = module.default ?? module
const { default: Log } = await import('@alicloud/log')
const endpoint = `localhost:${emulator.port}`
const keys = { accessKeyId: 'id', accessKeySecret: 'secret' }
const PROJECT = `node-driver-${Math.floor(Date.now() / 1000)}`
const STORE = 'store'
const make = (signatureVersion) =>
  new Client({ ...keys, endpoint, protocol: 'http', regionId: 'cn-hangzhou', signatureVersion })
const client = make('v4')
const v1 = make('v1')
const log = new Log({ ...keys, endpoint })
const now = () => Math.floor(Date.now() / 1000)
const span = () => ({ from: now() - 600, to: now() + 600 })

function expect(expected, found) {
  const [a, b] = [JSON.stringify(expected), JSON.stringify(found)]
  if (a !== b) throw new Error(`expected ${a}, found ${b}`)
}

const calls = {
  createProject: () =>
    client.createProject(new sls.CreateProjectRequest({ projectName: PROJECT, description: 'made' })),
  getProject: async () => expect('made', (await client.getProject(PROJECT)).body.description),
  listProject: async () =>
    expect(true, (await client.listProject(new sls.ListProjectRequest({ size: 100 }))).body.total > 0),
  updateProject: () => client.updateProject(PROJECT, new sls.UpdateProjectRequest({ description: 'changed' })),
  createLogStore: () =>
    client.createLogStore(PROJECT, new sls.CreateLogStoreRequest({ logstoreName: STORE, ttl: 7, shardCount: 2 })),
  getLogStore: async () =>
    expect(
      [7, 2, 'standard'],
      (({ ttl, shardCount, mode }) => [ttl, shardCount, mode])((await client.getLogStore(PROJECT, STORE)).body),
    ),
  'getLogStore v1': async () => expect(7, (await v1.getLogStore(PROJECT, STORE)).body.ttl),
  updateLogStore: () =>
    client.updateLogStore(
      PROJECT,
      STORE,
      new sls.UpdateLogStoreRequest({ logstoreName: STORE, ttl: 9, shardCount: 2 }),
    ),
  listLogStores: async () =>
    expect([STORE], (await client.listLogStores(PROJECT, new sls.ListLogStoresRequest({}))).body.logstores),
  createIndex: () =>
    client.createIndex(
      PROJECT,
      STORE,
      new sls.CreateIndexRequest({ body: new sls.Index({ ttl: 7, maxTextLen: 2048 }) }),
    ),
  getIndex: () => client.getIndex(PROJECT, STORE),
  listShards: async () => expect(2, (await client.listShards(PROJECT, STORE)).body.length),
  'postLogStoreLogs of @alicloud/log': () => {
    const logs = Array.from({ length: 10 }, (_, i) => ({
      timestamp: now(),
      content: { n: String(i), level: i % 2 === 0 ? 'error' : 'info' },
    }))
    return log.postLogStoreLogs(PROJECT, STORE, { logs, topic: 'topic', source: 's' })
  },
  'getLogs with * and (': async () =>
    expect(
      5,
      (
        await client.getLogs(
          PROJECT,
          STORE,
          new sls.GetLogsRequest({ ...span(), query: "(level: err* or level: x*) and n: * and not k: 'v!'" }),
        )
      ).body.length,
    ),
  getLogsV2: async () =>
    expect(
      5,
      (await client.getLogsV2(PROJECT, STORE, new sls.GetLogsV2Request({ ...span(), query: 'level: error' }))).body.data
        .length,
    ),
  'getLogs of @alicloud/log': async () => {
    const { from, to } = span()
    expect(10, (await log.getLogs(PROJECT, STORE, new Date(from * 1000), new Date(to * 1000))).length)
  },
  getHistograms: async () =>
    expect(
      true,
      (await client.getHistograms(PROJECT, STORE, new sls.GetHistogramsRequest({ ...span(), query: '*' }))).body
        .length > 0,
    ),
  getCursor: async () =>
    expect(
      'string',
      typeof (await client.getCursor(PROJECT, STORE, '0', new sls.GetCursorRequest({ from: 'begin' }))).body.cursor,
    ),
  splitShard: () =>
    client.splitShard(PROJECT, STORE, '0', new sls.SplitShardRequest({ key: '20000000000000000000000000000000' })),
  mergeShard: () => client.mergeShard(PROJECT, STORE, '2'),
  createConsumerGroup: () =>
    client.createConsumerGroup(
      PROJECT,
      STORE,
      new sls.CreateConsumerGroupRequest({ consumerGroup: 'calls', timeout: 30, order: true }),
    ),
  listConsumerGroup: async () =>
    expect(
      ['calls'],
      (await client.listConsumerGroup(PROJECT, STORE)).body.map(({ name }) => name),
    ),
  consumerGroupHeartBeat: async () =>
    expect(
      true,
      (
        await client.consumerGroupHeartBeat(
          PROJECT,
          STORE,
          'calls',
          new sls.ConsumerGroupHeartBeatRequest({ consumer: 'me', body: [] }),
        )
      ).body.length > 0,
    ),
  consumerGroupUpdateCheckPoint: () => {
    const request = { consumer: 'me', forceSuccess: true, checkpoint: 'MTIz', shard: 1 }
    return client.consumerGroupUpdateCheckPoint(
      PROJECT,
      STORE,
      'calls',
      new sls.ConsumerGroupUpdateCheckPointRequest(request),
    )
  },
  getCheckPoint: () => client.getCheckPoint(PROJECT, STORE, 'calls', new sls.GetCheckPointRequest({ shard: 1 })),
  deleteConsumerGroup: () => client.deleteConsumerGroup(PROJECT, STORE, 'calls'),
  tagResources: () =>
    client.tagResources(
      new sls.TagResourcesRequest({
        resourceType: 'PROJECT',
        resourceId: [PROJECT],
        tags: [new sls.TagResourcesRequestTags({ key: 'team', value: 'a' })],
      }),
    ),
  listTagResources: async () =>
    expect(
      1,
      (
        await client.listTagResources(
          new sls.ListTagResourcesRequest({ resourceType: 'PROJECT', resourceId: [PROJECT] }),
        )
      ).body.tagResources.length,
    ),
  listDashboard: () => client.listDashboard(PROJECT, new sls.ListDashboardRequest({})),
  deleteIndex: () => client.deleteIndex(PROJECT, STORE),
  deleteLogStore: () => client.deleteLogStore(PROJECT, STORE),
  deleteProject: () => client.deleteProject(PROJECT, new sls.DeleteProjectRequest({})),
}

let passed = 0
for (const [name, call] of Object.entries(calls)) {
  try {
    await call()
    passed++
  } catch (error) {
    console.log(`FAILED ${name}: ${error.code ?? ''} ${error.message} ${error.stack?.split('\n')[1] ?? ''}`)
  }
}
console.log(`PASSED ${passed} of ${Object.keys(calls).length}`)
process.exit(passed === Object.keys(calls).length ? 0 : 1)
