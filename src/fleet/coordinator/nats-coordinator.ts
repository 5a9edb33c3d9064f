import type { JetStreamManager } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'
import { connectNats } from '../../agent/nats/connect-nats.ts'
import { loadPackage } from '../../agent/nats/load-package.ts'
import type { NatsOptions } from '../../agent/nats/nats-options.ts'
import { isProducerError, ProducerError } from '../../core/errors.ts'
import type { Coordinator } from './coordinator.ts'
import { MissingBucket } from './missing-bucket.ts'
import { NatsRequests } from './nats-requests.ts'
import { type Bucket, fleetError, NatsTable } from './nats-table.ts'
import { isCheckpointRecord, isFleetSpec, isMemberRecord, isOwnerRecord } from './record-shapes.ts'

/** Options of `NatsCoordinator.connect`: the servers, and the bucket that has the tables. */
export interface NatsCoordinatorOptions extends NatsOptions {
  /** Name of the fleet: letters, digits and `-`. Fleets of other names on the same servers share nothing. */
  readonly fleet: string
  /** Begins the name of the bucket, `PREFIX_FLEET`: letters, digits, `-` and `_`. Default `loghub`. */
  readonly prefix?: string
  /** On how many servers of a cluster a new bucket is stored: 1, 3 or 5. Default 1. */
  readonly replicas?: number
  /** Whether to create a missing bucket. Programs that only look set false: a misspelt name must not look like an empty fleet. Default true. */
  readonly create?: boolean
  /** How long one request may take, and how long it may wait for a lost connection before that. Default 2000. */
  readonly requestTimeoutMs?: number
  /** How long the bucket must be missing before it is created again: servers that have just started may not know it yet. Default 10000. */
  readonly recreateAfterMs?: number
}

/** Further arguments of `NatsCoordinator.connect`. */
export interface NatsCoordinatorParts {
  /** Name of the connection in the monitoring of the servers. */
  readonly name: string
  /** Base of relative paths in the options. */
  readonly baseDirectory: string
}

const STREAM_NOT_FOUND = 10059
const DEFAULT_PREFIX = 'loghub'
const DEFAULT_REQUEST_TIMEOUT_MS = 2000
const DEFAULT_RECREATE_AFTER_MS = 10_000

/**
 * A coordinator on NATS JetStream. Each fleet has one key-value bucket, replicated by Raft; each table is a prefix of its keys. Nothing
 * depends on the clocks of the servers.
 */
export class NatsCoordinator implements Coordinator {
  readonly members: Coordinator['members']
  readonly specs: Coordinator['specs']
  readonly owners: Coordinator['owners']
  readonly checkpoints: Coordinator['checkpoints']
  readonly #connection: NatsConnection

  private constructor(connection: NatsConnection, bucket: Bucket) {
    this.#connection = connection
    this.members = new NatsTable(bucket, 'members', isMemberRecord)
    this.specs = new NatsTable(bucket, 'specs', isFleetSpec)
    this.owners = new NatsTable(bucket, 'owners', isOwnerRecord)
    this.checkpoints = new NatsTable(bucket, 'checkpoints', isCheckpointRecord)
  }

  /**
   * Connects, and creates the bucket if it is missing.
   * @throws ProducerError as `connectNats` does, and `ERR_LOGHUB_FLEET` if JetStream is disabled or the bucket cannot be created
   */
  static async connect(options: NatsCoordinatorOptions, parts: NatsCoordinatorParts): Promise<NatsCoordinator> {
    const connection = await connectNats(options, parts)
    try {
      return new NatsCoordinator(connection, await openBucket(connection, options))
    } catch (thrown) {
      await connection.close()
      throw isProducerError(thrown) ? thrown : fleetError(thrown)
    }
  }

  close(): Promise<void> {
    return this.#connection.close()
  }
}

async function openBucket(connection: NatsConnection, options: NatsCoordinatorOptions): Promise<Bucket> {
  const { fleet, prefix = DEFAULT_PREFIX, replicas = 1, create = true } = options
  const { requestTimeoutMs = DEFAULT_REQUEST_TIMEOUT_MS, recreateAfterMs = DEFAULT_RECREATE_AFTER_MS } = options
  const { Kvm } = await loadPackage(() => import('@nats-io/kv'))
  const jetStreamPackage = await loadPackage(() => import('@nats-io/jetstream'))
  const { jetstream, JetStreamApiCodes, JetStreamApiError } = jetStreamPackage
  const stream = jetstream(connection, { timeout: requestTimeoutMs })
  const name = `${prefix}_${fleet}`
  if (!create && !(await isThere(await stream.jetstreamManager(), `KV_${name}`))) {
    const message = `there is no fleet ${fleet} on these servers (bucket ${name}); its first agent makes it`
    throw new ProducerError('ERR_LOGHUB_FLEET', message)
  }
  // No direct reads: they may come from a replica that is behind.
  const make = () => new Kvm(stream).create(name, { history: 1, replicas, allow_direct: false })
  const kv = await make()
  const manager = await stream.jetstreamManager(false)
  const missing = new MissingBucket(() => isThere(manager, `KV_${name}`), make, recreateAfterMs)
  const { headers } = await loadPackage(() => import('@nats-io/transport-node'))
  const removal = () => {
    const all = headers()
    all.set('KV-Operation', 'DEL')
    return all
  }
  const conflicts = new Set<number>([
    JetStreamApiCodes.StreamWrongLastSequence,
    JetStreamApiCodes.StreamWrongLastSequenceUnknown,
  ])
  return {
    name,
    connection,
    kv,
    client: stream,
    requests: new NatsRequests(connection, requestTimeoutMs),
    removal,
    onFailure: () => void (create && missing.look()),
    isConflict: (error) => error instanceof JetStreamApiError && conflicts.has(error.code),
  }
}

async function isThere(manager: JetStreamManager, stream: string): Promise<boolean> {
  try {
    await manager.streams.info(stream)
    return true
  } catch (thrown) {
    if ((thrown as { code?: number }).code === STREAM_NOT_FOUND) return false
    throw thrown
  }
}
