import { stat } from 'node:fs/promises'
import { isAbsolute, resolve } from 'node:path'
import { glob } from 'tinyglobby'

/** A file that is there now. */
export interface FoundFile {
  readonly path: string
  readonly device: string
  readonly inode: string
  readonly size: number
}

const COMPRESSED = ['**/*.gz', '**/*.bz2', '**/*.xz', '**/*.zst', '**/*.zip', '**/*.lz4']
const STATS_AT_ONCE = 32

/** Finds the files of an input. Names that a file system shows twice (links) are one file. */
export class Discovery {
  readonly #patterns: readonly string[]
  readonly #exclude: readonly string[]

  constructor(paths: readonly string[], exclude: readonly string[], baseDirectory: string) {
    this.#patterns = paths.map((path) => absolute(path, baseDirectory))
    this.#exclude = [
      ...exclude.map((path) => (path.includes('/') ? absolute(path, baseDirectory) : `**/${path}`)),
      ...COMPRESSED,
    ]
  }

  /** What of the patterns is fixed: the directories that can be watched. */
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
      ignore: [...this.#exclude],
      onlyFiles: false,
    })
    return statAll([...new Set(paths)].sort())
  }
}

/** Files that are gone meanwhile, or that may not be looked at, are left out. */
export async function statAll(paths: readonly string[]): Promise<FoundFile[]> {
  const found: FoundFile[] = []
  for (let from = 0; from < paths.length; from += STATS_AT_ONCE) {
    const stats = await Promise.all(paths.slice(from, from + STATS_AT_ONCE).map(statOne))
    for (const file of stats) if (file !== undefined) found.push(file)
  }
  return found
}

async function statOne(path: string): Promise<FoundFile | undefined> {
  try {
    const { dev, ino, size, isFile } = await stat(path, { bigint: true }).then((stats) => ({
      dev: stats.dev,
      ino: stats.ino,
      size: Number(stats.size),
      isFile: stats.isFile(),
    }))
    return isFile ? { path, device: String(dev), inode: String(ino), size } : undefined
  } catch {
    return undefined
  }
}

function absolute(path: string, baseDirectory: string): string {
  // A glob is written with slashes on every system.
  return (isAbsolute(path) ? path : resolve(baseDirectory, path)).replaceAll('\\', '/')
}

function fixedDirectory(pattern: string): string {
  const parts = pattern.split('/')
  const magic = parts.findIndex((part) => /[*?[{(!]/.test(part))
  return parts.slice(0, magic < 0 ? parts.length - 1 : magic).join('/') || '/'
}
