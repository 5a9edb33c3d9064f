/** Times in the time zone of the browser. */

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

/** The time of day, with the date if it is not the same day as `nowMs`. */
export function shortTimeText(epochMs: number, nowMs: number): string {
  return dayText(epochMs) === dayText(nowMs) ? clockText(epochMs) : dateText(epochMs)
}

/** The value of an `<input type="datetime-local">`. */
export function inputText(epochSeconds: number): string {
  return dateText(epochSeconds * 1000).replace(' ', 'T')
}

/** Epoch seconds of the value of such an input; undefined if it is not a time. */
export function inputSeconds(text: string): number | undefined {
  const ms = new Date(text).getTime()
  return Number.isNaN(ms) ? undefined : Math.floor(ms / 1000)
}
