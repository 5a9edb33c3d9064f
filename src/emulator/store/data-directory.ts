import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type GroupEntry, GroupFile } from './group-file.ts'
import type { GroupMeta } from './group-record.ts'
import { Logstore, type LogstoreRecord } from './logstore.ts'
import { completeSettings } from './logstore-settings.ts'
import { Project, type ProjectRecord } from './project.ts'
import { readRecord, writeRecord } from './record-file.ts'

const DEFAULT_SHARDS = 2
const MOST_SHARDS = 100

/** A group on disk, with access to its bytes. */
export interface GroupOnDisk {
  readonly logstore: Logstore
  readonly entry: GroupEntry
  readonly read: () => Buffer
}

/**
 * The data of the emulator on disk: a folder per project with `project.json`, and in it a folder per logstore with
 * `logstore.json` and `groups.log`. Only one emulator may use a directory: see `directory-lock.ts`.
 */
export class DataDirectory {
  readonly #root: string
  readonly #files = new Map<Logstore, GroupFile>()
  #damagedPlaces = 0

  constructor(root: string) {
    this.#root = root
    mkdirSync(root, { recursive: true })
  }

  /** Number of places in the files where loading found a damaged group. */
  get damagedPlaces(): number {
    return this.#damagedPlaces
  }

  /** Writes a project without its logstores. */
  saveProject(project: Project): void {
    const folder = join(this.#root, encodeURIComponent(project.name))
    mkdirSync(folder, { recursive: true })
    writeRecord(join(folder, 'project.json'), project.toRecord())
  }

  /** Writes a logstore without its logs. */
  saveLogstore(logstore: Logstore): void {
    const folder = this.#folderOf(logstore)
    mkdirSync(folder, { recursive: true })
    writeRecord(join(folder, 'logstore.json'), logstore.toRecord())
    if (!this.#files.has(logstore)) this.#files.set(logstore, new GroupFile(join(folder, 'groups.log')))
  }

  /** Appends a group to the file of its logstore. */
  append(logstore: Logstore, meta: GroupMeta, group: Uint8Array): void {
    this.#files.get(logstore)?.append(meta, group)
  }

  /** Removes a logstore with its logs. */
  removeLogstore(logstore: Logstore): void {
    this.#files.get(logstore)?.close()
    this.#files.delete(logstore)
    rmSync(this.#folderOf(logstore), { recursive: true, force: true })
  }

  /** Removes a project with its logstores. */
  removeProject(project: Project): void {
    for (const logstore of project.logstores.values()) this.removeLogstore(logstore)
    rmSync(join(this.#root, encodeURIComponent(project.name)), { recursive: true, force: true })
  }

  /** Loads all projects and logstores, without logs. */
  loadProjects(): Project[] {
    return foldersWith(this.#root, 'project.json').map((folder) => {
      const project = this.#loadProject(folder)
      for (const store of foldersWith(folder, 'logstore.json')) {
        const file = new GroupFile(join(store, 'groups.log'))
        const logstore = this.#loadLogstore(project.name, store, file)
        this.#files.set(logstore, file)
        project.logstores.set(logstore.name, logstore)
      }
      return project
    })
  }

  /** Loads all groups of all logstores in order of arrival, without their bytes. */
  loadGroups(): GroupOnDisk[] {
    const groups: GroupOnDisk[] = []
    for (const [logstore, file] of this.#files) {
      const { entries, damagedPlaces } = file.open()
      this.#damagedPlaces += damagedPlaces
      for (const entry of entries) groups.push({ logstore, entry, read: () => file.read(entry) })
    }
    return groups.sort((a, b) => a.entry.arrival - b.entry.arrival)
  }

  /** Rewrites the file of a logstore with only these groups. The sequence numbers are saved first. */
  compact(logstore: Logstore, entries: readonly GroupEntry[]): void {
    this.saveLogstore(logstore)
    this.#files.get(logstore)?.keepOnly(entries)
  }

  close(): void {
    for (const file of this.#files.values()) file.close()
    this.#files.clear()
  }

  /** A damaged project is created again under the name of its folder: its logs are still there. */
  #loadProject(folder: string): Project {
    const record = readRecord(join(folder, 'project.json')) as ProjectRecord | undefined
    if (record !== undefined) return new Project(record)
    this.#damagedPlaces++
    const project = new Project({ name: nameOf(folder), description: '', createTime: 0 })
    this.saveProject(project)
    return project
  }

  #loadLogstore(project: string, folder: string, file: GroupFile): Logstore {
    const record = readRecord(join(folder, 'logstore.json')) as LogstoreRecord | undefined
    if (record !== undefined) return Logstore.restore(project, record)
    this.#damagedPlaces++
    const { entries, damagedPlaces } = file.open()
    this.#damagedPlaces += damagedPlaces
    const shards = entries.reduce((most, { shard }) => Math.max(most, shard + 1), DEFAULT_SHARDS)
    const settings = completeSettings({ logstoreName: nameOf(folder) }, Math.min(shards, MOST_SHARDS))
    const logstore = new Logstore(project, settings, entries[0]?.receivedAtMs ?? 0)
    writeRecord(join(folder, 'logstore.json'), logstore.toRecord())
    return logstore
  }

  #folderOf(logstore: Logstore): string {
    return join(this.#root, encodeURIComponent(logstore.project), encodeURIComponent(logstore.name))
  }
}

function nameOf(folder: string): string {
  return decodeURIComponent(basename(folder))
}

function foldersWith(parent: string, file: string): string[] {
  const folders = readdirSync(parent, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  return folders.map((entry) => join(parent, entry.name)).filter((folder) => existsSync(join(folder, file)))
}
