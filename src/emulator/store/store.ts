import { Fifo } from '../../core/fifo.ts'
import { refusal } from '../http/service-error.ts'
import { DataDirectory, type GroupOnDisk } from './data-directory.ts'
import { Logstore } from './logstore.ts'
import { completeSettings, FOR_EVER_DAYS, NAME } from './logstore-settings.ts'
import { Project } from './project.ts'
import type { Shard, StoredGroup } from './shard.ts'

/** Options of a store. */
export interface StoreOptions {
  readonly maxBytes: number
  readonly autoCreate: boolean
  readonly shards: number
  readonly dataDirectory: string | undefined
}

/** Figures of a store. */
export interface StoreStats {
  /** Number of stored logs. */
  readonly storedLogs: number
  /** Bytes of the stored logs, as charged against `maxBytes`. */
  readonly storedBytes: number
  /** Number of logs that were dropped because the memory was full. */
  readonly droppedLogs: number
  /** Bytes of the dropped logs. */
  readonly droppedBytes: number
  /** Number of logs that were dropped because they were older than the `ttl` of their logstore. */
  readonly expiredLogs: number
  /** Bytes of projects, logstores, shards, index configurations and consumer groups, as charged. */
  readonly metadataBytes: number
  /** Damaged places that were found in the files of `dataDirectory` when it was loaded. At each at least one group was lost. */
  readonly damagedPlaces: number
}

const LOST = { bytes: Buffer.alloc(0), logCount: 0, firstTime: 0, lastTime: 0 }

/** A group that is not stored yet. */
export type NewGroup = Omit<StoredGroup, 'arrival'>

// Measured memory of a group besides its bytes. Without it, many empty groups would cost nothing.
const GROUP_OVERHEAD_BYTES = 256
const PROJECT_BYTES = 4096
// In addition to the limit for logs. More is refused, because metadata is not dropped to make room.
const MOST_METADATA_BYTES = 32 * 1024 * 1024
const MOST_PROJECTS = 1000
const DAY_MS = 24 * 3600 * 1000

/** Projects, logstores and their groups: in memory up to a limit, above which the oldest groups are dropped, and optionally on disk. */
export class Store {
  readonly #options: StoreOptions
  readonly #disk: DataDirectory | undefined
  readonly #projects = new Map<string, Project>()
  /** One entry per group, in order of arrival: the shard that must drop its oldest group next is the first. */
  #arrivals = new Fifo<Shard>()
  #nextArrival = 0
  #storedLogs = 0
  #storedBytes = 0
  #droppedLogs = 0
  #droppedBytes = 0
  #expiredLogs = 0
  #metadataBytes = 0
  readonly #charged = new Map<Logstore, number>()

  constructor(options: StoreOptions) {
    this.#options = options
    if (options.dataDirectory === undefined) return
    this.#disk = new DataDirectory(options.dataDirectory)
    for (const project of this.#disk.loadProjects()) {
      this.#projects.set(project.name, project)
      this.#metadataBytes += PROJECT_BYTES
      for (const logstore of project.logstores.values()) this.#charge(logstore)
    }
    this.#restoreGroups(this.#disk)
  }

  get projects(): readonly Project[] {
    return [...this.#projects.values()]
  }

  get stats(): StoreStats {
    return {
      storedLogs: this.#storedLogs,
      storedBytes: this.#storedBytes,
      droppedLogs: this.#droppedLogs,
      droppedBytes: this.#droppedBytes,
      expiredLogs: this.#expiredLogs,
      metadataBytes: this.#metadataBytes,
      damagedPlaces: this.#disk?.damagedPlaces ?? 0,
    }
  }

  project(name: string): Project {
    const project = this.#projects.get(name)
    if (project === undefined) throw refusal('ProjectNotExist', `The Project does not exist : ${name}`)
    return project
  }

  logstore(project: string, name: string): Logstore {
    return this.project(project).logstore(name)
  }

  /** Like `logstore`, but creates a missing project and logstore if `autoCreate` is set. */
  logstoreToWrite(project: string, name: string, nowMs: number): Logstore {
    if (this.#options.autoCreate) {
      if (!this.#projects.has(project)) this.createProject(project, '', nowMs)
      if (!this.project(project).logstores.has(name)) this.createLogstore(project, { logstoreName: name }, nowMs)
    }
    return this.logstore(project, name)
  }

  /** Throws if the project exists, or if there are too many. */
  createProject(name: string, description: string, nowMs: number, dataRedundancyType?: string): void {
    if (!NAME.test(name)) throw refusal('ParameterInvalid', `the project name ${name} is invalid`)
    if (this.#projects.has(name)) throw refusal('ProjectAlreadyExist', `Project ${name} already exist`)
    if (this.#projects.size >= MOST_PROJECTS) throw refusal('ProjectQuotaExceed', `there are ${MOST_PROJECTS} projects`)
    this.#checkMetadata(PROJECT_BYTES)
    const project = new Project({ name, description, createTime: Math.floor(nowMs / 1000), dataRedundancyType })
    this.#metadataBytes += PROJECT_BYTES
    this.#projects.set(name, project)
    this.#disk?.saveProject(project)
  }

  /** Call it after the description or the tags have changed. */
  projectChanged(project: Project, nowMs: number): void {
    project.lastModifyTime = Math.floor(nowMs / 1000)
    this.#disk?.saveProject(project)
  }

  deleteProject(name: string): void {
    const project = this.project(name)
    this.#metadataBytes -= PROJECT_BYTES
    this.#disk?.removeProject(project)
    this.#projects.delete(name)
    this.#forget([...project.logstores.values()])
  }

  createLogstore(projectName: string, settings: Readonly<Record<string, unknown>>, nowMs: number): void {
    const project = this.project(projectName)
    const complete = completeSettings(settings, this.#options.shards)
    if (project.logstores.has(complete.logstoreName)) {
      throw refusal('LogStoreAlreadyExist', `logstore ${complete.logstoreName} already exists`)
    }
    const logstore = new Logstore(projectName, complete, nowMs)
    this.#checkMetadata(logstore.metadataBytes)
    this.#charge(logstore)
    project.logstores.set(logstore.name, logstore)
    this.#disk?.saveLogstore(logstore)
  }

  /** Refuses this much additional metadata if it would exceed the limit. */
  checkRoomFor(metadataBytes: number): void {
    this.#checkMetadata(metadataBytes)
  }

  /** Call it after the settings, index, shards or consumer groups have changed. */
  logstoreChanged(logstore: Logstore, nowMs: number): void {
    logstore.lastModifyTime = Math.floor(nowMs / 1000)
    this.saveLogstore(logstore)
  }

  /** Call it after a change that does not count as a change of the logstore, such as a checkpoint. */
  saveLogstore(logstore: Logstore): void {
    this.#charge(logstore)
    this.#disk?.saveLogstore(logstore)
  }

  /** Drops groups that are older than the `ttl` of the logstore. */
  expire(logstore: Logstore, nowMs: number): void {
    const { ttl } = logstore.settings
    if (ttl >= FOR_EVER_DAYS) return
    for (const shard of logstore.shards) {
      for (const group of shard.expire(nowMs - ttl * DAY_MS)) {
        this.#subtract(group)
        this.#expiredLogs += group.logCount
      }
    }
  }

  deleteLogstore(projectName: string, name: string): void {
    const project = this.project(projectName)
    const logstore = project.logstore(name)
    this.#disk?.removeLogstore(logstore)
    project.logstores.delete(name)
    this.#forget([logstore])
  }

  append(logstore: Logstore, shard: Shard, newGroup: NewGroup): void {
    const group = { ...newGroup, arrival: this.#nextArrival }
    this.#disk?.append(logstore, { ...group, shard: shard.id, sequence: shard.nextSequence }, group.bytes)
    this.#add(shard, group)
    this.#dropToCap()
  }

  close(): void {
    this.#disk?.close()
  }

  #add(shard: Shard, group: StoredGroup): void {
    shard.append(group)
    this.#arrivals.push(shard)
    this.#nextArrival = group.arrival + 1
    this.#storedLogs += group.logCount
    this.#storedBytes += costOf(group)
  }

  #dropToCap(): void {
    while (this.#storedBytes > this.#options.maxBytes) {
      const shard = this.#arrivals.shift()
      if (shard === undefined) return
      if (shard.settleExpired()) continue
      const group = shard.dropOldest()
      if (group === undefined) continue
      this.#subtract(group)
      this.#droppedLogs += group.logCount
      this.#droppedBytes += group.bytes.length
    }
  }

  #subtract(group: StoredGroup): void {
    this.#storedLogs -= group.logCount
    this.#storedBytes -= costOf(group)
  }

  #checkMetadata(bytes: number): void {
    if (this.#metadataBytes + bytes <= MOST_METADATA_BYTES) return
    throw refusal('ExceedQuota', `projects and logstores would take more than ${MOST_METADATA_BYTES} bytes`)
  }

  #charge(logstore: Logstore): void {
    const bytes = logstore.metadataBytes
    this.#metadataBytes += bytes - (this.#charged.get(logstore) ?? 0)
    this.#charged.set(logstore, bytes)
  }

  #forget(logstores: readonly Logstore[]): void {
    for (const logstore of logstores) {
      this.#metadataBytes -= this.#charged.get(logstore) ?? 0
      this.#charged.delete(logstore)
    }
    const gone = new Set(logstores.flatMap((logstore) => logstore.shards))
    for (const shard of gone) for (const group of shard.groups()) this.#subtract(group)
    const arrivals = this.#arrivals
    this.#arrivals = new Fifo()
    for (const shard of arrivals) if (!gone.has(shard)) this.#arrivals.push(shard)
  }

  /** Loads the newest groups that fit, and removes the others from the files. */
  #restoreGroups(disk: DataDirectory): void {
    const all = disk.loadGroups()
    const kept = newestWithin(all, this.#options.maxBytes)
    const isShort = kept.length < all.length
    for (const { logstore, entry } of all) logstore.shard(entry.shard).startAt(entry.sequence + 1)
    // From newest to oldest, so that each shard ends at the oldest number that is kept.
    for (const { logstore, entry } of [...kept].reverse()) logstore.shard(entry.shard).startAt(entry.sequence)
    for (const { logstore, entry, read } of kept) {
      const shard = logstore.shard(entry.shard)
      // Cursors count groups, so a group that was lost by damage keeps its number.
      while (shard.nextSequence < entry.sequence) this.#add(shard, { ...entry, ...LOST })
      this.#add(shard, { ...entry, bytes: read() })
    }
    if (!isShort) return
    for (const logstore of this.projects.flatMap((project) => [...project.logstores.values()])) {
      disk.compact(
        logstore,
        kept.filter((group) => group.logstore === logstore).map((group) => group.entry),
      )
    }
  }
}

function newestWithin(groups: readonly GroupOnDisk[], maxBytes: number): readonly GroupOnDisk[] {
  let bytes = 0
  let first = groups.length
  while (first > 0) {
    bytes += (groups[first - 1] as GroupOnDisk).entry.length + GROUP_OVERHEAD_BYTES
    if (bytes > maxBytes) break
    first--
  }
  return groups.slice(first)
}

function costOf(group: StoredGroup): number {
  return group.bytes.length + GROUP_OVERHEAD_BYTES
}
