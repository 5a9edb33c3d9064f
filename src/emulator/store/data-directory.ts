import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type GroupEntry, GroupFile, type GroupMeta } from './group-file.ts'
import { Logstore, type LogstoreRecord } from './logstore.ts'
import { Project, type ProjectRecord } from './project.ts'

/** A group on disk and the way to its bytes. */
export interface GroupOnDisk {
  readonly logstore: Logstore
  readonly entry: GroupEntry
  readonly read: () => Buffer
}

/**
 * The emulator's state on disk: a folder per project with `project.json`, in it a folder per logstore with
 * `logstore.json` and `groups.log`. One emulator per directory: see `directory-lock.ts`.
 */
export class DataDirectory {
  readonly #root: string
  readonly #files = new Map<Logstore, GroupFile>()
  #damagedPlaces = 0

  constructor(root: string) {
    this.#root = root
    mkdirSync(root, { recursive: true })
  }

  /** Places in the files where loading found a damaged group. */
  get damagedPlaces(): number {
    return this.#damagedPlaces
  }

  saveProject(project: Project): void {
    const folder = join(this.#root, encodeURIComponent(project.name))
    mkdirSync(folder, { recursive: true })
    replaceFile(join(folder, 'project.json'), project.toRecord())
  }

  saveLogstore(logstore: Logstore): void {
    const folder = this.#folderOf(logstore)
    mkdirSync(folder, { recursive: true })
    replaceFile(join(folder, 'logstore.json'), logstore.toRecord())
    if (!this.#files.has(logstore)) this.#files.set(logstore, new GroupFile(join(folder, 'groups.log')))
  }

  append(logstore: Logstore, meta: GroupMeta, group: Uint8Array): void {
    this.#files.get(logstore)?.append(meta, group)
  }

  removeLogstore(logstore: Logstore): void {
    this.#files.get(logstore)?.close()
    this.#files.delete(logstore)
    rmSync(this.#folderOf(logstore), { recursive: true, force: true })
  }

  removeProject(project: Project): void {
    for (const logstore of project.logstores.values()) this.removeLogstore(logstore)
    rmSync(join(this.#root, encodeURIComponent(project.name)), { recursive: true, force: true })
  }

  loadProjects(): Project[] {
    return foldersWith(this.#root, 'project.json').map((folder) => {
      const project = new Project(readJson(join(folder, 'project.json')) as ProjectRecord)
      for (const store of foldersWith(folder, 'logstore.json')) {
        const logstore = Logstore.restore(project.name, readJson(join(store, 'logstore.json')) as LogstoreRecord)
        this.#files.set(logstore, new GroupFile(join(store, 'groups.log')))
        project.logstores.set(logstore.name, logstore)
      }
      return project
    })
  }

  /** All groups of all logstores in the order in which they came, without their bytes. */
  loadGroups(): GroupOnDisk[] {
    const groups: GroupOnDisk[] = []
    for (const [logstore, file] of this.#files) {
      const { entries, damagedPlaces } = file.open()
      this.#damagedPlaces += damagedPlaces
      for (const entry of entries) groups.push({ logstore, entry, read: () => file.read(entry) })
    }
    return groups.sort((a, b) => a.entry.arrival - b.entry.arrival)
  }

  /** Rewrites a logstore's file without the groups that are no longer kept. The sequence numbers are saved first. */
  compact(logstore: Logstore, entries: readonly GroupEntry[]): void {
    this.saveLogstore(logstore)
    this.#files.get(logstore)?.keepOnly(entries)
  }

  close(): void {
    for (const file of this.#files.values()) file.close()
    this.#files.clear()
  }

  #folderOf(logstore: Logstore): string {
    return join(this.#root, encodeURIComponent(logstore.project), encodeURIComponent(logstore.name))
  }
}

function foldersWith(parent: string, file: string): string[] {
  const folders = readdirSync(parent, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  return folders.map((entry) => join(parent, entry.name)).filter((folder) => existsSync(join(folder, file)))
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'))
}

/** Whole or not at all: a crash never leaves half a file. */
function replaceFile(path: string, value: unknown): void {
  writeFileSync(`${path}.new`, JSON.stringify(value, null, 2))
  renameSync(`${path}.new`, path)
}
