import type { EmulatorStats, startEmulator } from '../../src/emulator/index.ts'
import type { CloseReport, ProducerMetrics } from '../../src/index.ts'

/** What the program of the application prints. */
export interface ChaosResult {
  readonly verdicts: {
    readonly offered: number
    readonly delivered: number
    readonly failed: number
    readonly refused: number
    /** Sends that were told twice. */
    readonly twice: number
  }
  readonly logs: ProducerMetrics['logs']
  readonly report: CloseReport
  /** How often the metrics did not add up. */
  readonly imbalances: number
  readonly usedBytes: number
  readonly idleRssMiB: number
  readonly peakRssMiB: number
  /** What still keeps the process alive after `close`. */
  readonly resources: readonly string[]
}

export interface ChaosOptions {
  readonly startEmulator: typeof startEmulator
  /** URL of the built package. */
  readonly build: string
  readonly seconds: number
  readonly seed: number
  readonly groups?: number
  /** Bytes. */
  readonly budget?: number
}

export function chaosRun(
  options: ChaosOptions,
): Promise<{ readonly code: number | null; readonly result: ChaosResult; readonly stats: EmulatorStats }>
