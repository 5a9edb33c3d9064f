import { Fifo } from '../../core/fifo.ts'
import { refusal } from '../http/service-error.ts'
import { DataDirectory, type GroupOnDisk } from './data-directory.ts'
import { Logstore } from './logstore.ts'
import { completeSettings, NAME } from './logstore-settings.ts'
import { Project } from './project.ts'
import type { Shard, StoredGroup } from './shard.ts'

export interface StoreOptions {
  readonly maxBytes: number
  readonly autoCreate: boolean
  readonly shards: number
  readonly dataDirectory: string | undefined
}

/** What is stored, in numbers. */
export interface StoreStats {
  readonly storedLogs: number
  readonly storedBytes: number
  /** Logs that had to leave because the memory was full. */
  readonly droppedLogs: number
  readonly droppedBytes: number
}

/** A new group, before it has its place. */
export type NewGroup = Omit<StoredGroup, 'arrival'>

// What a group costs besides its bytes, measured as objects and list entries; without it many empty groups cost nothing.
const GROUP_OVERHEAD_BYTES = 256

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

  constructor(options: StoreOptions) {
    this.#options = options
    if (options.dataDirectory === undefined) return
    this.#disk = new DataDirectory(options.dataDirectory)
    for (const project of this.#disk.loadProjects()) this.#projects.set(project.name, project)
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

  createProject(name: string, description: string, nowMs: number): void {
    if (!NAME.test(name)) throw refusal('ParameterInvalid', `the project name ${name} is invalid`)
    if (this.#projects.has(name)) throw refusal('ProjectAlreadyExist', `Project ${name} already exist`)
    const project = new Project(name, description, Math.floor(nowMs / 1000))
    this.#projects.set(name, project)
    this.#disk?.saveProject(project)
  }

  deleteProject(name: string): void {
    const project = this.project(name)
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
    project.logstores.set(logstore.name, logstore)
    this.#disk?.saveLogstore(logstore)
  }

  /** After its settings, index or shards have changed. */
  logstoreChanged(logstore: Logstore, nowMs: number): void {
    logstore.lastModifyTime = Math.floor(nowMs / 1000)
    this.#disk?.saveLogstore(logstore)
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
      const group = this.#arrivals.shift()?.dropOldest()
      if (group === undefined) return
      this.#subtract(group)
      this.#droppedLogs += group.logCount
      this.#droppedBytes += group.bytes.length
    }
  }

  #subtract(group: StoredGroup): void {
    this.#storedLogs -= group.logCount
    this.#storedBytes -= costOf(group)
  }

  #forget(logstores: readonly Logstore[]): void {
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
    for (const { logstore, entry, read } of kept) this.#add(logstore.shard(entry.shard), { ...entry, bytes: read() })
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
