/** A range of log times: the last seconds, all, or between two times. */
export type Range =
  | { readonly kind: 'last'; readonly seconds: number }
  | { readonly kind: 'all' }
  | { readonly kind: 'between'; readonly from: number; readonly to: number }

/** The ranges that can be selected, with their texts. */
export const LAST_SECONDS: readonly (readonly [seconds: number, text: string])[] = [
  [300, 'Last 5 minutes'],
  [900, 'Last 15 minutes'],
  [3600, 'Last hour'],
  [14_400, 'Last 4 hours'],
  [86_400, 'Last day'],
  [604_800, 'Last 7 days'],
]

export const DEFAULT_RANGE: Range = { kind: 'last', seconds: 900 }

/** The form of a range in the address: `900`, `all`, `1700000000-1700000900`. */
export function rangeText(range: Range): string {
  if (range.kind === 'last') return String(range.seconds)
  return range.kind === 'all' ? 'all' : `${range.from}-${range.to}`
}

/** Parses a range. Returns the default one for an invalid text. */
export function rangeOf(text: string | null): Range {
  if (text === 'all') return { kind: 'all' }
  const [, from, to] = /^(\d+)-(\d+)$/.exec(text ?? '') ?? []
  if (from !== undefined && to !== undefined) return { kind: 'between', from: Number(from), to: Number(to) }
  const seconds = Number(text ?? '')
  return Number.isSafeInteger(seconds) && seconds > 0 ? { kind: 'last', seconds } : DEFAULT_RANGE
}

/** The log times of a range; `to` is exclusive. Empty for all times. */
export function timesOf(range: Range, nowMs: number): { readonly from?: number; readonly to?: number } {
  if (range.kind === 'all') return {}
  if (range.kind === 'between') return { from: range.from, to: range.to }
  // The present second is included.
  const to = Math.floor(nowMs / 1000) + 1
  return { from: to - range.seconds, to }
}
