import { useRef } from 'preact/hooks'

const OVER_MS = 5000

type Counts = readonly (readonly [id: string, count: number])[]

/** Rates of counters per second, over the last five seconds. Each call adds a reading of all counters. */
export function useRates(counts: Counts | undefined): (id: string) => number {
  const readings = useRef<{ readonly atMs: number; readonly counts: ReadonlyMap<string, number> }[]>([])
  const last = useRef<Counts>()
  if (counts !== undefined && counts !== last.current) {
    last.current = counts
    const atMs = performance.now()
    readings.current = [
      ...readings.current.filter((reading) => reading.atMs > atMs - OVER_MS),
      { atMs, counts: new Map(counts) },
    ]
  }
  return (id) => rateOf(readings.current, id)
}

function rateOf(
  readings: readonly { readonly atMs: number; readonly counts: ReadonlyMap<string, number> }[],
  id: string,
): number {
  const known = readings.filter(({ counts }) => counts.has(id))
  const [first, newest] = [known[0], known.at(-1)]
  if (first === undefined || newest === undefined || newest.atMs === first.atMs) return 0
  const grown = (newest.counts.get(id) ?? 0) - (first.counts.get(id) ?? 0)
  return Math.max(0, grown) / ((newest.atMs - first.atMs) / 1000)
}
