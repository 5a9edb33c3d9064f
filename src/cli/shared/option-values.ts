import { InvalidArgumentError } from 'commander'

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const UNIT_BYTES: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
}

/** Returns a parser of whole numbers in a range. */
export function wholeNumber(min: number, max = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
    if (value >= min && value <= max) return value
    const range = max === Number.MAX_SAFE_INTEGER ? `${min} or more` : `${min} to ${max}`
    throw new InvalidArgumentError(`Give a whole number, ${range}.`)
  }
}

/** `500ms`, `10s`, `5m`, `2h`, `1d`; a number without a unit is in seconds. */
export function durationMs(text: string): number {
  const value = quantity(text, UNIT_MS, 's')
  if (value !== undefined) return value
  throw new InvalidArgumentError('Give a time such as 500ms, 10s, 5m, 2h or 1d.')
}

/** `512KiB`, `64MiB`, `10MB`; a number without a unit is in bytes. */
export function byteSize(text: string): number {
  const value = quantity(text, UNIT_BYTES, 'B')
  if (value !== undefined) return value
  throw new InvalidArgumentError('Give a size such as 512KiB, 64MiB or 10MB.')
}

function quantity(text: string, units: Readonly<Record<string, number>>, byDefault: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?) ?([A-Za-z]*)$/.exec(text.trim())
  if (match === null) return undefined
  const unit = units[match[2] || byDefault]
  return unit === undefined ? undefined : Math.round(Number(match[1]) * unit)
}
