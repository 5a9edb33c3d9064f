// Reads the logstore from its beginning through the public API, and counts for each request id how often it is stored,
// and in which batches: a batch that was sent twice has the same pack id both times. With `dedupe` the reader leaves such copies out.
import { LogReader } from 'loghub-producer'

export async function readBack(connection, { dedupe = false } = {}) {
  const reader = new LogReader({ ...connection, dedupe })
  const stored = { logs: 0, copies: new Map(), packIds: new Map() }
  try {
    for (const { shardID } of await reader.listShards()) await readShard(reader, shardID, stored)
  } finally {
    await reader.close()
  }
  return stored
}

async function readShard(reader, shard, stored) {
  let cursor = await reader.getCursor(shard, 'begin')
  while (true) {
    const { groups, nextCursor } = await reader.pullLogGroups(shard, cursor)
    if (groups.length === 0) return
    for (const group of groups) takeGroup(group, stored)
    cursor = nextCursor
  }
}

function takeGroup({ tags, logs }, stored) {
  const packId = new Map(tags).get('__pack_id__')
  stored.packIds.set(packId, (stored.packIds.get(packId) ?? 0) + 1)
  for (const log of logs) {
    const id = new Map(log.contents).get('requestId')
    const copies = stored.copies.get(id)
    if (copies === undefined) stored.copies.set(id, [packId])
    else copies.push(packId)
    stored.logs++
  }
}
