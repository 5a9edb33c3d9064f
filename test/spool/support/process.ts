import { DiskSpool } from '../../../src/spool/disk-spool.ts'
import type { SpoolOptions } from '../../../src/spool/options.ts'
import type { SpoolRecord } from '../../../src/spool/spool.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { FaultyFiles } from './faulty-files.ts'
import { SocketWorld, type TestSockets } from './test-sockets.ts'

export const DIRECTORY = '/spool'

/** Processes that share a disk, one clock and one kernel. */
export class Machine {
  readonly world: SocketWorld
  readonly clock: ManualClock
  files: FaultyFiles
  boot = 'boot-1'

  constructor(files = new FaultyFiles(), clock = new ManualClock()) {
    this.files = files
    this.clock = clock
    this.world = new SocketWorld(() => this.files)
  }

  async open(options: Partial<SpoolOptions> = {}): Promise<{ spool: DiskSpool; sockets: TestSockets }> {
    const sockets = this.world.process()
    const { files, clock, boot } = this
    const spool = await DiskSpool.open({ directory: DIRECTORY, files, clock, sockets, boot, ...options })
    return { spool, sockets }
  }

  /** What a crash of the whole machine leaves, started again. */
  restarted(files: FaultyFiles): Machine {
    const next = new Machine(files, this.clock)
    next.boot = `${this.boot}+`
    return next
  }
}

export function record(text: string, over: Partial<SpoolRecord> = {}): SpoolRecord {
  return { group: 'g', count: 1, timeMs: 1_700_000_000_000, body: Buffer.from(text), ...over }
}

/** Everything that waits in a spool, group by group, in order. */
export async function takeAll(spool: DiskSpool): Promise<{ id: number; text: string; group: string; count: number }[]> {
  const all: { id: number; text: string; group: string; count: number }[] = []
  for (const group of [...spool.groups()]) {
    for (let taken = spool.take(group); taken !== undefined; taken = spool.take(group)) {
      const read = await spool.read(taken.id)
      if (read !== undefined)
        all.push({ id: taken.id, text: Buffer.from(read.body).toString(), group, count: taken.count })
    }
  }
  return all
}

export async function textsIn(spool: DiskSpool): Promise<string[]> {
  return (await takeAll(spool)).map(({ text }) => text)
}
