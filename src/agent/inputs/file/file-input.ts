import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { Deferred } from '../../../core/deferred.ts'
import { toError } from '../../../core/errors.ts'
import type { Origin } from '../../../producer/sends/origin.ts'
import type { Input, InputContext } from '../../input.ts'
import { LineDelivery } from '../../lines/line-delivery.ts'
import { LineFramer } from '../../lines/line-framer.ts'
import { DEFAULT_MAX_LINE_BYTES } from '../../lines/line-stream.ts'
import { LineTable } from '../../lines/line-table.ts'
import { LogLines } from '../../lines/log-lines.ts'
import { MultiLine } from '../../lines/multi-line.ts'
import { lineFeedOf, TextDecoding } from '../../lines/text-decoding.ts'
import { pause } from '../../schedule/pause.ts'
import type { InputEnvironment } from '../input-environment.ts'
import { DirectoryWatch } from './directory-watch.ts'
import { Discovery } from './discovery.ts'
import { readCheckpoints } from './file-checkpoint.ts'
import type { FileOptions } from './file-options.ts'
import { inputOf } from './file-origin.ts'
import { FileReader } from './file-reader.ts'
import { FileTable } from './file-table.ts'
import { PastFiles } from './past-files.ts'
import { shownPath } from './raw-path.ts'
import type { TailedFile } from './tailed-file.ts'

const POLL_WATCHED_MS = 10_000
const POLL_ALONE_MS = 1000
/** Pause after a round in which all files were read to their end, so that many small appends cost one turn. */
const REST_MS = 100
const DEFAULT_MAX_OPEN_FILES = 256
const MAX_UNREADABLE = 100
const FIRST_LOSS_PAUSE_MS = 1000
const LAST_LOSS_PAUSE_MS = 30_000

/** Follows files that match globs, through rotation, from the last settled line on. */
export function fileInput(options: FileOptions, environment: InputEnvironment): Input {
  const run = async (context: InputContext) => {
    const recovered = await context.takeRecovered((origin) => inputOf(origin) === context.id)
    await new FileInput(options, environment, context, recovered).run()
  }
  return { run }
}

class FileInput {
  readonly #options: FileOptions
  readonly #context: InputContext
  readonly #discovery: Discovery
  readonly #table: FileTable
  readonly #reader: FileReader
  readonly #watch: DirectoryWatch
  readonly #pollMs: number
  readonly #once: boolean
  readonly #rotateWaitMs: number
  #wake = new Deferred<void>()
  #nextScanMs = 0
  #mustScan = false
  /** Directories that were warned of. */
  readonly #unreadable = new Set<string>()
  /** Files that may be open, the least recently read first. */
  readonly #open = new Set<TailedFile>()

  constructor(
    options: FileOptions,
    environment: InputEnvironment,
    context: InputContext,
    recovered: readonly Origin[],
  ) {
    const {
      maxLineBytes = DEFAULT_MAX_LINE_BYTES,
      longLines = 'cut',
      encoding = 'utf8',
      multiLine,
      watch = true,
    } = options
    this.#options = options
    this.#context = context
    this.#once = options.once === true || context.once
    this.#discovery = new Discovery({
      paths: options.paths,
      exclude: options.exclude ?? [],
      ...environment,
      onUnreadable: (directory, error) => this.#warnUnreadable(directory, error),
    })
    this.#pollMs = options.pollMs ?? (watch ? POLL_WATCHED_MS : POLL_ALONE_MS)
    this.#rotateWaitMs = options.rotateWaitMs ?? 5000
    const lineTable = new LineTable()
    const framing = { maxLineBytes, longLines, lineFeed: lineFeedOf(encoding) }
    const saved = readCheckpoints(context.checkpoint.load())
    this.#table = new FileTable({
      tail: {
        input: context.id,
        makeFramer: () => new LineFramer(framing, lineTable),
        writerFor: (path, inode) => context.writer.to(this.#origin(path, inode)),
        onSettled: (file) => this.#onSettled(file),
      },
      startAt: this.#once ? 'beginning' : (options.startAt ?? 'end'),
      past: new PastFiles(saved?.files ?? [], recovered, context.clock.now()),
      isVeryFirst: saved === undefined && recovered.length === 0,
      count: (name) => context.count(name),
      warn: (message) => context.logger.warn(message),
    })
    const { count, clock } = context
    const logLines = new LogLines(options, { nowMs: () => clock.now(), count: (name) => count(name) })
    this.#reader = new FileReader({
      context,
      delivery: new LineDelivery(context, logLines, options.field),
      decoding: new TextDecoding(encoding),
      multiLine: multiLine && new MultiLine(multiLine, maxLineBytes),
      maxLineBytes,
    })
    this.#watch = new DirectoryWatch((path) => this.#onChange(path))
  }

  async run(): Promise<void> {
    const { signal, clock } = this.#context
    const stop = () => this.#wakeUp()
    signal.addEventListener('abort', stop)
    try {
      while (!signal.aborted) {
        this.#context.beat()
        if (this.#mustScan || clock.monotonicMs() >= this.#nextScanMs) await this.#scan()
        const isBusy = await this.#round()
        if (this.#once && !isBusy && this.#isAllSettled()) break
        if (!isBusy && !signal.aborted) await this.#rest()
      }
    } finally {
      signal.removeEventListener('abort', stop)
      this.#watch.close()
      this.#save()
      await this.#table.close()
    }
  }

  async #scan(): Promise<void> {
    const { clock } = this.#context
    this.#mustScan = false
    const found = await this.#discovery.find()
    await this.#table.update(found, clock.now(), clock.monotonicMs())
    this.#nextScanMs = clock.monotonicMs() + this.#pollMs
    this.#save()
    if (this.#options.watch === false || this.#once) return
    const directories = new Set(this.#discovery.directories)
    // The system reports a change of a file in the directory of the file, and a change of a link in that of the link.
    for (const { path, realPath } of found) directories.add(dirname(path)).add(dirname(realPath))
    this.#watch.set(directories)
  }

  /** Gives each file that may have new bytes one turn. Returns whether any has more. */
  async #round(): Promise<boolean> {
    const { signal, clock } = this.#context
    let isBusy = await this.#table.finishReplaced(clock.now())
    for (const file of [...this.#table.files]) {
      if (signal.aborted) return true
      const nowMs = clock.monotonicMs()
      if (file.settled.isBroken) this.#goBack(file, nowMs)
      if (file.settled.isBroken || nowMs < file.notBeforeMs) continue
      const isDone = file.isGone && !file.isReady && nowMs - (file.goneSinceMs ?? nowMs) >= this.#rotateWaitMs
      if (!file.isReady && !isDone && !this.#hasOpenLog(file, nowMs)) continue
      if (await this.#turn(file, isDone || this.#once)) isBusy = true
      else if (isDone && file.isSettled) await this.#table.release(file)
    }
    return isBusy
  }

  async #turn(file: TailedFile, isFinal: boolean): Promise<boolean> {
    file.isReady = false
    try {
      const result = await this.#reader.turn(file, isFinal)
      if (result === 'more') file.isReady = true
      // Moved to the end: it was read last, so it is closed last.
      this.#open.delete(file)
      this.#open.add(file)
      await this.#closeSome()
      if (result !== 'replaced') return result !== 'end'
      await this.#table.replace(file, this.#context.clock.now())
      this.#mustScan = true
      return true
    } catch (thrown) {
      this.#context.count('readErrors')
      if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT') {
        this.#context.logger.warn(`${shownPath(file.path)}: ${toError(thrown).message}`)
      }
      // The next scan finds it, or finds that it is gone.
      await file.close()
      this.#mustScan ||= !file.isGone
      if (file.isGone) await this.#table.release(file)
      return false
    }
  }

  #goBack(file: TailedFile, nowMs: number): void {
    if (file.settled.unsettledLogs > 0) return
    const pauseMs = Math.min(LAST_LOSS_PAUSE_MS, FIRST_LOSS_PAUSE_MS * 2 ** Math.min(file.losses, 10))
    file.goBack(nowMs + pauseMs)
    this.#context.count('rereads')
  }

  #hasOpenLog(file: TailedFile, nowMs: number): boolean {
    const flushMs = this.#options.multiLine === undefined ? undefined : (this.#options.multiLine.flushMs ?? 2000)
    return flushMs !== undefined && file.lookedAt > file.offset && nowMs - file.grownMs >= flushMs
  }

  #isAllSettled(): boolean {
    for (const file of this.#table.files) if (!file.isSettled || file.isReady) return false
    return !this.#table.hasReplaced
  }

  /** Closes the least recently read files over the limit. A deleted file stays open: it could not be opened again. */
  async #closeSome(): Promise<void> {
    const most = this.#options.maxOpenFiles ?? DEFAULT_MAX_OPEN_FILES
    for (const file of this.#open) {
      if (file.handle === undefined) this.#open.delete(file)
      if (this.#open.size <= most) return
      if (file.isGone) continue
      this.#open.delete(file)
      await file.close()
    }
  }

  /** Waits until something has changed, at most until the next scan. */
  async #rest(): Promise<void> {
    const { clock, signal } = this.#context
    await pause(clock, REST_MS, signal)
    this.#wake = new Deferred()
    if (this.#hasWork()) return
    const waiting = new AbortController()
    const wake = this.#wake.promise.then(() => waiting.abort())
    await pause(clock, Math.max(0, Math.min(this.#nextScanMs, this.#nextDueMs()) - clock.monotonicMs()), waiting.signal)
    this.#wake.resolve()
    await wake
  }

  #hasWork(): boolean {
    if (this.#mustScan || this.#context.signal.aborted || (this.#once && this.#isAllSettled())) return true
    if (this.#table.canFinishReplaced) return true
    const nowMs = this.#context.clock.monotonicMs()
    for (const { settled, isReady, notBeforeMs } of this.#table.files) {
      if (settled.isBroken ? settled.unsettledLogs === 0 : isReady && nowMs >= notBeforeMs) return true
    }
    return false
  }

  /** When a file is due although nothing has changed: an open log, the pause after a loss, or the end of a file that is gone. */
  #nextDueMs(): number {
    const flushMs =
      this.#options.multiLine === undefined ? Number.POSITIVE_INFINITY : (this.#options.multiLine.flushMs ?? 2000)
    let dueMs = Number.POSITIVE_INFINITY
    for (const file of this.#table.files) {
      if (file.lookedAt > file.offset) dueMs = Math.min(dueMs, file.grownMs + flushMs)
      if (file.goneSinceMs !== undefined && !file.isReady)
        dueMs = Math.min(
          dueMs,
          Math.max(file.goneSinceMs + this.#rotateWaitMs, this.#context.clock.monotonicMs() + REST_MS),
        )
      if (file.isReady && file.notBeforeMs > 0) dueMs = Math.min(dueMs, file.notBeforeMs)
    }
    return dueMs
  }

  /** Once for each directory: it is found in each scan. */
  #warnUnreadable(directory: string, { message }: Error): void {
    this.#context.count('openErrors')
    if (this.#unreadable.has(directory) || this.#unreadable.size === MAX_UNREADABLE) return
    this.#unreadable.add(directory)
    this.#context.logger.warn(`${shownPath(directory)} cannot be read: ${message}`)
  }

  #onChange(path: string | undefined): void {
    const file = path === undefined ? undefined : this.#table.byPath(path)
    if (file === undefined) this.#mustScan = true
    else file.isReady = true
    this.#wakeUp()
  }

  #onSettled(file: TailedFile): void {
    this.#save()
    if (file.settled.isBroken || file.isGone || file.isReplaced || this.#once) this.#wakeUp()
  }

  #wakeUp(): void {
    this.#wake.resolve()
  }

  /** Computed when it is written: most results come between two writes. */
  readonly #checkpoints = () => this.#table.checkpoints(this.#context.clock.now())

  #save(): void {
    this.#context.checkpoint.save(this.#checkpoints)
  }

  #origin(file: string, inode: string): object {
    const path = shownPath(file)
    const { tags = ['__path__', '__hostname__'] } = this.#options
    const values = { __path__: path, __hostname__: this.#options.hostname ?? hostname(), __inode__: inode }
    // The context view of the service shows the lines around a line: those of the same file.
    return { context: `${path}#${inode}`, tags: Object.fromEntries(tags.map((tag) => [tag, values[tag]])) }
  }
}
