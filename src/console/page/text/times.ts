/** Times in the time zone of who looks at them. */

const two = (number: number) => String(number).padStart(2, '0')

/** `09:05:03`. */
export function clockText(epochMs: number): string {
  const date = new Date(epochMs)
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}

/** `09:05:03.120`. */
export function preciseClockText(epochMs: number): string {
  return `${clockText(epochMs)}.${String(Math.floor(epochMs % 1000)).padStart(3, '0')}`
}

/** `2026-03-01 09:05:03`. */
export function dateText(epochMs: number): string {
  return `${dayText(epochMs)} ${clockText(epochMs)}`
}

/** `2026-03-01`. */
export function dayText(epochMs: number): string {
  const date = new Date(epochMs)
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}

/** The clock where both are of one day, else the date as well. */
export function shortTimeText(epochMs: number, nowMs: number): string {
  return dayText(epochMs) === dayText(nowMs) ? clockText(epochMs) : dateText(epochMs)
}

/** What an `<input type="datetime-local">` holds. */
export function inputText(epochSeconds: number): string {
  return dateText(epochSeconds * 1000).replace(' ', 'T')
}

/** Epoch seconds of what such an input holds; undefined where it holds no time. */
export function inputSeconds(text: string): number | undefined {
  const ms = new Date(text).getTime()
  return Number.isNaN(ms) ? undefined : Math.floor(ms / 1000)
}
