import { stat } from 'node:fs/promises'
import { isAbsolute, resolve, sep } from 'node:path'
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
/** What stands in a name for bytes that are not UTF-8. */
const NOT_UTF8 = '\ufffd'

/** Finds the files of an input. Names that a file system shows twice (links) are one file. */
export class Discovery {
  readonly #patterns: readonly string[]
  readonly #exclude: readonly string[]
  readonly #onBadName: (path: string) => void

  /** @param onBadName told of each file that cannot be opened because its name is not UTF-8, at each look */
  constructor(
    paths: readonly string[],
    exclude: readonly string[],
    baseDirectory: string,
    onBadName: (path: string) => void = () => {},
  ) {
    this.#onBadName = onBadName
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
    // A file may be called as a glob is written, `app[1].log`.
    const found = await statAll([...new Set([...paths, ...this.#patterns.filter(isGlob)])].sort())
    this.#tellBadNames(paths, found)
    return found
  }

  #tellBadNames(paths: readonly string[], found: readonly FoundFile[]): void {
    const bad = paths.filter((path) => path.includes(NOT_UTF8))
    if (bad.length === 0) return
    const readable = new Set(found.map(({ path }) => path))
    for (const path of bad) if (!readable.has(path)) this.#onBadName(path)
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
  const whole = isAbsolute(path) ? path : resolve(baseDirectory, path)
  // A glob is written with slashes on every system; elsewhere a backslash takes its meaning from what follows it.
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
