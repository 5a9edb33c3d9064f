// What a fleet may count on in a cluster of NATS, without its code and with it.
//
// Writers of three connections write over one revision at the same time: by the client of NATS alone, nats-server 2.9 acknowledges
// several of them; by the tables of a fleet, which give all of them one message id, exactly one. And all servers are killed at once: where
// the client has created keys that were there, messages that were stored before the kill are stored once more after it, and an older one
// may so become the newest of its key; a fleet looks before it creates, and finds what it left.
//
//   node test/proofs/nats-compare-and-set.mjs [races]      default 100
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { jetstream } from '@nats-io/jetstream'
import { Kvm } from '@nats-io/kv'
import { connect } from '@nats-io/transport-node'
import { HOW_TO_GET_IT, hasNatsServer, startNatsCluster } from '../support/nats-server.mjs'

const BUILD = resolve(process.env.LOGHUB_TEST_BUILD ?? 'dist')
const ANSWER_TIMEOUT_MS = 30_000
const KEYS = 20
const WRITES = 200

const [races = 100] = process.argv.slice(2).map(Number)
if (!Number.isSafeInteger(races) || races < 1) {
  console.error('node test/proofs/nats-compare-and-set.mjs [races]: a whole number from 1')
  process.exit(2)
}
if (!hasNatsServer) {
  console.log(`nats-compare-and-set: left out: ${HOW_TO_GET_IT}`)
  process.exit(77)
}
const { NatsCoordinator } = await import(pathToFileURL(join(BUILD, 'fleet/index.js')).href)

const recordOf = (member) => ({ member, session: 'session', since: 0, reason: 'placed' })

/** Of how many races several writers were told that they had won, by the client alone. */
async function raceByClient(cluster) {
  const connections = await Promise.all(cluster.servers.map(({ url }) => connect({ servers: url })))
  const open = (connection) => new Kvm(jetstream(connection)).create('race', { replicas: 3, history: 1 })
  const buckets = await Promise.all(connections.map((connection) => whenAnswered(() => open(connection))))
  const several = await countSeveral(async () => {
    const revision = await buckets[0].put('key', 'before')
    return Promise.allSettled(buckets.map((bucket, i) => bucket.update('key', `writer ${i}`, revision)))
  })
  await Promise.all(connections.map((connection) => connection.close()))
  return several
}

/** The same by the tables of a fleet; also that a winner is told. */
async function raceByFleet(cluster) {
  const options = ({ url }) => ({ servers: [url], fleet: 'race', replicas: 3 })
  const open = (server) => NatsCoordinator.connect(options(server), { name: 'race', baseDirectory: '.' })
  const handles = await Promise.all(cluster.servers.map((server) => whenAnswered(() => open(server))))
  let revision = await handles[0].owners.put('key', recordOf('m'), 0)
  let none = 0
  const several = await countSeveral(async () => {
    const over = revision
    const told = await Promise.all(handles.map(({ owners }, i) => owners.put('key', recordOf(`m${i}`), over)))
    revision = told.find((one) => one !== undefined)
    if (revision === undefined) none++
    revision = (await handles[0].owners.get('key')).revision
    return told.map((one) => ({ status: one === undefined ? 'rejected' : 'fulfilled' }))
  })
  await Promise.all(handles.map((handle) => handle.close()))
  return { several, none }
}

async function countSeveral(race) {
  let several = 0
  for (let i = 0; i < races; i++) {
    const results = await race()
    if (results.filter(({ status }) => status === 'fulfilled').length > 1) several++
  }
  return several
}

/** Of how many keys a kill of all servers made another message the last one, where the client creates keys that are there. */
async function movedByClient(cluster) {
  const connection = await connect({ servers: cluster.urls, maxReconnectAttempts: -1, reconnectTimeWait: 200 })
  const open = () => new Kvm(jetstream(connection, { timeout: 2000 })).create('kept', { replicas: 3, history: 1 })
  const bucket = await whenAnswered(open)
  const revisions = new Map()
  for (let i = 0; i < WRITES; i++) {
    const key = `key-${i % KEYS}`
    revisions.set(key, await bucket.put(key, String(i)))
    if (i < KEYS) await bucket.create(key, 'refused').catch(() => {})
  }
  await killAll(cluster)
  let moved = 0
  for (const [key, revision] of revisions) {
    if ((await whenAnswered(() => bucket.get(key))).revision !== revision) moved++
  }
  await connection.close()
  return moved
}

/** The same with a fleet's tables, where keys are created, found, removed and created again. */
async function movedByFleet(cluster) {
  const options = { servers: cluster.urls, fleet: 'kept', replicas: 3 }
  const open = () => NatsCoordinator.connect(options, { name: 'kept', baseDirectory: '.' })
  const coordinator = await whenAnswered(open)
  const { owners } = coordinator
  const revisions = new Map()
  for (let i = 0; i < WRITES; i++) {
    const key = `key-${i % KEYS}`
    await owners.put(key, recordOf('m'), 0)
    const { revision } = await owners.get(key)
    if (i % 3 === 0) await owners.remove(key, revision)
    revisions.set(key, await owners.put(key, recordOf(`m${i}`), i % 3 === 0 ? 0 : revision))
  }
  await killAll(cluster)
  let moved = 0
  for (const [key, revision] of revisions) {
    if ((await whenAnswered(() => owners.get(key)))?.revision !== revision) moved++
  }
  await coordinator.close()
  return moved
}

async function killAll(cluster) {
  await Promise.all(cluster.servers.map((server) => server.kill()))
  await Promise.all(cluster.servers.map((server) => server.start()))
}

/** A cluster without a leader does not answer. */
async function whenAnswered(work) {
  const end = Date.now() + ANSWER_TIMEOUT_MS
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (Date.now() > end) throw error
      await sleep(200)
    }
  }
}

const cluster = await startNatsCluster(3)
try {
  const byClient = { several: await raceByClient(cluster), moved: await movedByClient(cluster) }
  const byFleet = { ...(await raceByFleet(cluster)), moved: await movedByFleet(cluster) }
  console.log(
    `nats-compare-and-set: by the client alone, several writers won ${byClient.several} of ${races} races, and after a kill of all ` +
      `servers ${byClient.moved} of ${KEYS} keys had another message; by a fleet ${byFleet.several} (nobody won ${byFleet.none}) and ${byFleet.moved}`,
  )
  if (byFleet.several + byFleet.none + byFleet.moved > 0) process.exitCode = 1
} finally {
  await cluster.stop()
}
