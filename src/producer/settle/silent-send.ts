import type { PendingSend } from './pending-send.ts'

/**
 * Single logs in a row for which nobody waits: no callback, no promise. One object stands for the whole run; without
 * it the other sends of a batch could not be told which logs are theirs.
 */
export class SilentRun implements PendingSend {
  logCount: number

  constructor(logCount: number) {
    this.logCount = logCount
  }

  get heldBytes(): number {
    return 0
  }

  settle(): void {}
}

/** A list for which nobody waits. Not part of a run: its logs have an index. */
export class SilentList implements PendingSend {
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
