import { isRun, type PendingSend, type SendRun } from './pending-send.ts'

/** A single log for which nobody waits. */
export const SILENT_SEND: PendingSend = {
  isSilent: true,
  logCount: 1,
  heldBytes: 0,
  settle: () => {},
  follow: (last) => {
    if (!(last instanceof SilentRun)) return new SilentRun(1)
    last.logCount++
    return undefined
  },
}

/** Single logs in a row for which nobody waits: no callback, no promise. */
export class SilentRun implements SendRun {
  readonly isSilent = true
  logCount: number

  constructor(logCount: number) {
    this.logCount = logCount
  }

  get heldBytes(): number {
    return 0
  }

  settle(): void {}

  cut(logCount: number): PendingSend {
    return new SilentRun(logCount)
  }
}

/** A list for which nobody waits. Not part of a run: its logs have an index. */
export class SilentList implements PendingSend {
  readonly isSilent = true
  readonly logCount: number
  readonly firstIndex: number

  constructor(logCount: number, firstIndex: number) {
    this.logCount = logCount
    this.firstIndex = firstIndex
  }

  get heldBytes(): number {
    return 0
  }

  settle(): void {}
}

/** In the place of a send that was told already. */
export function silenced(send: PendingSend): PendingSend {
  return isRun(send) ? new SilentRun(send.logCount) : new SilentList(send.logCount, send.firstIndex ?? 0)
}
