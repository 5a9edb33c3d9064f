import { isAbsolute, resolve, sep } from 'node:path'
import { glob } from 'tinyglobby'
import type { InputEnvironment } from '../input-environment.ts'
import { realPathOf, statsOf } from './file-system.ts'
import { globFileSystem, type OnUnreadable } from './glob-file-system.ts'

/** A file that exists now. */
export interface FoundFile {
  readonly path: string
  /** The path without links: rotation renames the file there. */
  realPath: string
  readonly device: string
  readonly inode: string
  readonly size: number
}

const COMPRESSED = ['**/*.gz', '**/*.bz2', '**/*.xz', '**/*.zst', '**/*.zip', '**/*.lz4']
const STATS_AT_ONCE = 32

export interface DiscoveryParts extends InputEnvironment {
  /** Globs, also relative ones. */
  readonly paths: readonly string[]
  readonly exclude: readonly string[]
  /** Called in each scan. */
  readonly onUnreadable: OnUnreadable
}

/** Finds the files of an input. A file with several paths (links) is found once for each; {@link FileTable} takes it as one file. */
export class Discovery {
  readonly #patterns: readonly string[]
  readonly #exclude: readonly string[]
  readonly #ownDirectories: readonly string[]
  readonly #onUnreadable: OnUnreadable
  /** What was found last, by path: a file keeps its real path while its inode is the same. */
  #known = new Map<string, FoundFile>()

  constructor({ paths, exclude, baseDirectory, ownDirectories, onUnreadable }: DiscoveryParts) {
    this.#patterns = paths.map((path) => absolute(path, baseDirectory))
    this.#exclude = [
      ...exclude.map((path) => (path.includes('/') ? absolute(path, baseDirectory) : `**/${path}`)),
      ...COMPRESSED,
    ]
    this.#ownDirectories = ownDirectories
    this.#onUnreadable = onUnreadable
  }

  /** The directories of the patterns up to their first wildcard: these can be watched before a file exists. */
  get directories(): readonly string[] {
    return [...new Set(this.#patterns.map(fixedDirectory))]
  }

  async find(): Promise<FoundFile[]> {
    const paths = await glob([...this.#patterns], {
      absolute: true,
      cwd: '/',
      dot: true,
      expandDirectories: false,
      followSymbolicLinks: true,
      fs: await globFileSystem(this.#ownDirectories, this.#onUnreadable),
      ignore: [...this.#exclude],
      onlyFiles: false,
    })
    // The name of a file may look like a glob: `app[1].log`.
    const found = await statAll([...new Set([...paths, ...this.#patterns.filter(isGlob)])].sort(shortestFirst))
    const known = this.#known
    this.#known = new Map()
    for (const file of found) {
      const before = known.get(file.path)
      const isSame = before?.inode === file.inode && before.device === file.device
      // Resolved once for each file: a thousand calls in each scan are measurable.
      file.realPath = isSame ? before.realPath : await realPathOf(file.path).catch(() => file.path)
      this.#known.set(file.path, file)
    }
    return found
  }
}

/** Leaves out what does not exist any more, is no regular file or may not be seen by this user. `realPath` is the path itself. */
export async function statAll(paths: readonly string[]): Promise<FoundFile[]> {
  const found: FoundFile[] = []
  for (let from = 0; from < paths.length; from += STATS_AT_ONCE) {
    const files = await Promise.all(paths.slice(from, from + STATS_AT_ONCE).map(statOne))
    for (const file of files) if (file !== undefined) found.push(file)
  }
  return found
}

async function statOne(path: string): Promise<FoundFile | undefined> {
  try {
    const stats = await statsOf(path)
    if (!stats.isFile()) return undefined
    return { path, realPath: path, device: String(stats.dev), inode: String(stats.ino), size: Number(stats.size) }
  } catch {
    return undefined
  }
}

/** Of several paths of one file the first counts. A path through a directory that links to one above it is longer. */
function shortestFirst(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : 1)
}

function absolute(path: string, baseDirectory: string): string {
  const whole = isAbsolute(path) ? path : resolve(baseDirectory, path)
  // A glob has slashes on every system: on Windows a backslash would escape the character after it.
  return sep === '\\' ? whole.replaceAll('\\', '/') : whole
}

function fixedDirectory(pattern: string): string {
  const parts = pattern.split('/')
  const magic = parts.findIndex(isGlob)
  return parts.slice(0, magic < 0 ? parts.length - 1 : magic).join('/') || '/'
}

function isGlob(text: string): boolean {
  return /[*?[{(!]/.test(text)
}
