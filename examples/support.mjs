// Shared by the examples: a service to write to, and a reader of what arrived there. The service is the one of LOGHUB_ENDPOINT
// (with LOGHUB_PROJECT, LOGHUB_LOGSTORE and the keys) if it is set; else an emulator in this process.
import assert from 'node:assert/strict'
import { LogReader } from 'loghub-producer'
import { startEmulator } from 'loghub-producer/emulator'

const startedAt = Math.floor(Date.now() / 1000)

/** Endpoint, project, logstore and credentials, ready for `new Producer`, and `close` for the end. */
export async function openService() {
  const { LOGHUB_ENDPOINT, LOGHUB_PROJECT = 'example-project', LOGHUB_LOGSTORE = 'example-store' } = process.env
  const emulator = LOGHUB_ENDPOINT ? undefined : await startEmulator({ autoCreate: true })
  const connection = {
    endpoint: LOGHUB_ENDPOINT ?? emulator.url,
    project: LOGHUB_PROJECT,
    logstore: LOGHUB_LOGSTORE,
    credentials: {
      accessKeyId: process.env.ALIBABA_CLOUD_ACCESS_KEY_ID ?? 'example-id',
      accessKeySecret: process.env.ALIBABA_CLOUD_ACCESS_KEY_SECRET ?? 'example-secret',
      securityToken: process.env.ALIBABA_CLOUD_SECURITY_TOKEN,
    },
  }
  return { connection, close: async () => emulator?.close() }
}

/** A topic of this run alone, so that an example can count its own logs in a logstore that others use, too. */
export function uniqueTopic(name) {
  return `${name}-${process.pid}-${startedAt}`
}

/** The logs of a topic as plain objects, read back from all shards. */
export async function readTopic(connection, topic) {
  const reader = new LogReader(connection)
  const found = []
  try {
    for (const { shardID } of await reader.listShards()) {
      let cursor = await reader.getCursor(shardID, startedAt - 60)
      while (true) {
        const { groups, nextCursor } = await reader.pullLogGroups(shardID, cursor)
        if (groups.length === 0) break
        const mine = groups.filter((group) => group.topic === topic)
        found.push(...mine.flatMap(({ logs }) => logs.map(({ contents }) => Object.fromEntries(contents))))
        cursor = nextCursor
      }
    }
  } finally {
    await reader.close()
  }
  return found
}

/** Says that a check holds, or ends the example with exit code 1. */
export function check(actual, expected, text) {
  assert.deepEqual(actual, expected, text)
  console.log(`ok: ${text}`)
}
