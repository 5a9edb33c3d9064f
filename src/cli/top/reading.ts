import type { AgentStatus, InputStatus, ProducerReading } from '../../agent/index.ts'
import type { About } from '../../console/about.ts'
import type { EmulatorStats, LogstoreFigures, RequestRecord } from '../../emulator/index.ts'
import type { ProducerInspection } from '../../producer/observe/inspection.ts'
import type { FeedClient } from './feed-client.ts'

/** Figures of a producer. All but the memory may be missing, if the agent uses another implementation of a producer. */
export type ProducerFigures = ProducerReading & Partial<Omit<ProducerInspection, 'memory'>>

/** Figures of the inputs of an agent. */
export interface InputFigures extends Pick<AgentStatus, 'leftBehind'> {
  readonly ok: boolean
  readonly inputs: readonly (InputStatus & { readonly ok?: boolean; readonly reason?: string })[]
}

/** Figures of an emulator. */
export interface EmulatorFigures {
  readonly stats: EmulatorStats
  readonly logstores: readonly LogstoreFigures[]
  /** The newest refused requests, newest first. */
  readonly refused: readonly RequestRecord[]
}

/** All figures of one moment. */
export interface Reading {
  readonly about: About
  /** When it was read, on the monotonic clock. */
  readonly atMs: number
  readonly producer?: ProducerFigures
  readonly inputs?: InputFigures
  readonly emulator?: EmulatorFigures
  /** The last seconds with activity, oldest first. */
  readonly seconds: readonly SecondFigures[]
}

/** Figures of one second. */
export interface SecondFigures {
  readonly second: number
  /** Only of an emulator. */
  readonly logs?: number
  /** Only of a producer. */
  readonly delivered?: number
}

const MOST_REFUSED = 50
const MOST_SECONDS = 15 * 60

/**
 * Reads all feeds of a program. Figures that cannot have changed since `before` are not read again.
 * @throws FeedError
 */
export async function read(
  client: FeedClient,
  signal: AbortSignal,
  nowMs: () => number,
  before?: Reading,
): Promise<Reading> {
  const about = await client.about(signal)
  const get = <Feed>(name: string) => client.get<Feed>(name, signal)
  const known = before?.about.startedAt === about.startedAt ? before.seconds : []
  const [figures, seconds] = await Promise.all([figuresOf(about.kind, get, before), secondsOf(get, known)])
  return { about, atMs: nowMs(), ...figures, seconds }
}

type Get = <Feed>(name: string) => Promise<Feed>

async function figuresOf(
  kind: About['kind'],
  get: Get,
  before: Reading | undefined,
): Promise<Pick<Reading, 'producer' | 'inputs' | 'emulator'>> {
  if (kind === 'emulator') return { emulator: await emulatorFigures(get, before?.emulator) }
  if (kind === 'producer') return { producer: await get<ProducerFigures>('producer') }
  const [producer, inputs] = await Promise.all([get<ProducerFigures>('producer'), get<InputFigures>('inputs')])
  return { producer, inputs }
}

async function emulatorFigures(get: Get, before: EmulatorFigures | undefined): Promise<EmulatorFigures> {
  const [stats, logstores] = await Promise.all([
    get<EmulatorStats>('stats'),
    get<readonly LogstoreFigures[]>('logstores'),
  ])
  const isUnchanged = before !== undefined && refusalCount(before.stats) === refusalCount(stats)
  if (isUnchanged) return { stats, logstores, refused: before.refused }
  const requests = await get<readonly RequestRecord[]>('requests')
  const refused = requests.filter(({ refusal }) => refusal !== undefined).reverse()
  return { stats, logstores, refused: refused.slice(0, MOST_REFUSED) }
}

/** The sum over all codes. */
export function refusalCount({ refusals }: EmulatorStats): number {
  return Object.values(refusals).reduce((sum, count) => sum + count, 0)
}

/** Reads the newest known second again, because it may not have been complete. */
async function secondsOf(get: Get, known: readonly SecondFigures[]): Promise<readonly SecondFigures[]> {
  const newest = known.at(-1)?.second
  if (newest === undefined) return get('throughput')
  const next = await get<readonly SecondFigures[]>(`throughput?after=${newest - 1}`)
  return [...known.filter(({ second }) => second < newest), ...next].slice(-MOST_SECONDS)
}

/** Logs per second, oldest first; 0 for seconds without activity. The present second is left out. */
export function logsBySecond({ seconds, about }: Reading): number[] {
  const first = seconds[0]?.second
  if (first === undefined) return []
  const last = Math.floor(about.time / 1000) - 1
  const logs = new Map(seconds.map(({ second, logs, delivered }) => [second, logs ?? delivered ?? 0]))
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => logs.get(first + i) ?? 0)
}
