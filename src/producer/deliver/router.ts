import { createHash } from 'node:crypto'
import type { GroupKey } from '../batch/group-key.ts'
import type { ProducerBatch } from '../batch/producer-batch.ts'
import type { Lane } from './lane.ts'
import type { RouterFunction, RouterName } from './router-option.ts'

export interface Router {
  /** The lane that must take this batch; undefined when any may. */
  pin(batch: ProducerBatch, lanes: readonly Lane[]): Lane | undefined
  /** Chooses one of the idle lanes for a batch that any lane may take. There is at least one; `lanes` are all lanes. */
  pickIdle(idle: readonly Lane[], batch: ProducerBatch, lanes: readonly Lane[]): Lane
}

export function createRouter(router: RouterName | RouterFunction, onError: (error: unknown) => void): Router {
  if (typeof router === 'function') return customRouter(router, onError)
  if (router === 'key-hash') return keyHash
  return router === 'round-robin' ? roundRobin() : leastLoaded
}

const leastLoaded: Router = {
  pin: () => undefined,
  pickIdle: (idle) => idle.reduce((least, lane) => (lane.sentBytes < least.sentBytes ? lane : least)),
}

/**
 * The lane of a group if it is idle, else another: GroupOrder keeps the order on any lane. A pinned group would wait behind a
 * hanging request of another project.
 */
const keyHash: Router = {
  pin: () => undefined,
  pickIdle: (idle, { key }, lanes) => {
    const own = lanes[hashOf(key) % lanes.length] as Lane
    return own.isIdle ? own : (idle[0] as Lane)
  },
}

function roundRobin(): Router {
  let last = -1
  return {
    pin: () => undefined,
    pickIdle: (idle) => {
      const next = idle.find((lane) => lane.index > last) ?? (idle[0] as Lane)
      last = next.index
      return next
    },
  }
}

/** A router function that throws, or names no lane, has picked none. */
function customRouter(route: RouterFunction, onError: (error: unknown) => void): Router {
  const pick = (batch: ProducerBatch, lanes: readonly Lane[]) => {
    const { key, logCount, partSizeInBytes: rawSizeInBytes } = batch
    return route(
      { ...key, logCount, rawSizeInBytes },
      lanes.map(({ index, load, sentBytes }) => ({ index, batches: load, sentBytes })),
    )
  }
  return {
    ...leastLoaded,
    pin: (batch, lanes) => {
      try {
        const index = pick(batch, lanes)
        return index === undefined ? undefined : lanes[index]
      } catch (error) {
        onError(error)
        return undefined
      }
    },
  }
}

/** JSON keeps the fields apart, whatever they contain. Once a batch, so a good hash is cheap enough. */
function hashOf({ project, logstore, topic, source, shardHash, tags, context }: GroupKey): number {
  const text = JSON.stringify([project, logstore, topic, source, shardHash, tags, context])
  return createHash('md5').update(text).digest().readUInt32LE(0)
}
