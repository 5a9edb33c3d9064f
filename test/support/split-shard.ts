import { systemClock } from '../../src/core/clock.ts'
import { silentLogger } from '../../src/core/logger.ts'
import { Connections } from '../../src/sls/http/connections.ts'
import { SignedRequests } from '../../src/sls/http/signed-request.ts'
import { type ProjectConfig, resolveProject } from '../../src/sls/projects.ts'

/** Splits a shard of a logstore in two. */
export async function splitShard(connection: ProjectConfig & { logstore: string }, shard: number): Promise<void> {
  const pools = new Connections({})
  const target = resolveProject(connection, systemClock, silentLogger)
  const path = `/logstores/${connection.logstore}/shards/${shard}`
  const request = { method: 'POST', path, query: [['action', 'split']], answerLimitInBytes: 10_000 } as const
  await new SignedRequests(pools, systemClock).send(target, request, {
    lane: 0,
    timeoutMs: 5000,
    signal: new AbortController().signal,
  })
  await pools.destroy()
}
