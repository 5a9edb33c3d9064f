import { Fifo } from '../../core/fifo.ts'
import { refusal } from '../http/service-error.ts'
import { DataDirectory, type GroupOnDisk } from './data-directory.ts'
import { Logstore } from './logstore.ts'
import { completeSettings, FOR_EVER_DAYS, NAME } from './logstore-settings.ts'
import { Project } from './project.ts'
import type { Shard, StoredGroup } from './shard.ts'

/** What may be kept, and where. */
export interface StoreOptions {
  readonly maxBytes: number
  readonly autoCreate: boolean
  readonly shards: number
  readonly dataDirectory: string | undefined
}

/** What is stored, in numbers. */
export interface StoreStats {
  /** Logs that are held. */
  readonly storedLogs: number
  /** Bytes of the logs that are held, as they are charged. */
  readonly storedBytes: number
  /** Logs that had to leave because the memory was full. */
  readonly droppedLogs: number
  /** Bytes of those logs. */
  readonly droppedBytes: number
  /** Logs that had to leave because they were older than the `ttl` of their logstore. */
  readonly expiredLogs: number
  /** Projects, logstores, shards, index configurations and consumer groups, in bytes as they are charged. */
  readonly metadataBytes: number
  /** Places in the files of `dataDirectory` where groups were damaged when it was loaded; each has lost a group or more. */
  readonly damagedPlaces: number
}

const LOST = { bytes: Buffer.alloc(0), logCount: 0, firstTime: 0, lastTime: 0 }

/** A new group, before it has its place. */
export type NewGroup = Omit<StoredGroup, 'arrival'>

// What a group costs besides its bytes, measured as objects and list entries; without it many empty groups cost nothing.
const GROUP_OVERHEAD_BYTES = 256
const PROJECT_BYTES = 4096
// Beside the cap for logs. What is larger is refused, since it cannot make room by leaving.
const MOST_METADATA_BYTES = 32 * 1024 * 1024
const MOST_PROJECTS = 1000
const DAY_MS = 24 * 3600 * 1000

/** Projects, logstores and their groups: in memory up to a cap, the oldest leave first, and on disk if asked. */
export class Store {
  readonly #options: StoreOptions
  readonly #disk: DataDirectory | undefined
  readonly #projects = new Map<string, Project>()
  /** The shards in the order in which they took groups: whose turn it is to give up its oldest. */
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

  /** Like `logstore`, but creates what is missing where that is allowed. */
  logstoreToWrite(project: string, name: string, nowMs: number): Logstore {
    if (this.#options.autoCreate) {
      if (!this.#projects.has(project)) this.createProject(project, '', nowMs)
      if (!this.project(project).logstores.has(name)) this.createLogstore(project, { logstoreName: name }, nowMs)
    }
    return this.logstore(project, name)
  }

  /** Throws where the project exists, or there are too many. */
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

  /** After its description or tags have changed. */
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

  /** Refuses what would make projects and logstores larger by so much than they may be. */
  checkRoomFor(metadataBytes: number): void {
    this.#checkMetadata(metadataBytes)
  }

  /** After its settings, index, shards or consumer groups have changed. */
  logstoreChanged(logstore: Logstore, nowMs: number): void {
    logstore.lastModifyTime = Math.floor(nowMs / 1000)
    this.saveLogstore(logstore)
  }

  /** After something has changed that does not count as a change of the logstore, such as a checkpoint. */
  saveLogstore(logstore: Logstore): void {
    this.#charge(logstore)
    this.#disk?.saveLogstore(logstore)
  }

  /** Drops what is older than the `ttl` of its logstore. */
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

  /** Loads the newest groups that fit, and lets the files forget the others. */
  #restoreGroups(disk: DataDirectory): void {
    const all = disk.loadGroups()
    const kept = newestWithin(all, this.#options.maxBytes)
    const isShort = kept.length < all.length
    for (const { logstore, entry } of all) logstore.shard(entry.shard).startAt(entry.sequence + 1)
    // Newest to oldest: what remains is the oldest number of each shard that is still kept.
    for (const { logstore, entry } of [...kept].reverse()) logstore.shard(entry.shard).startAt(entry.sequence)
    for (const { logstore, entry, read } of kept) {
      const shard = logstore.shard(entry.shard)
      // Cursors count groups: one that was lost to damage keeps its place.
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
