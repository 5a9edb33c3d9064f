import { readFileSync } from 'node:fs'

/** The golden vectors of the protocol. */
export function vectors<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../../vectors/${name}.json`, import.meta.url), 'utf8')) as T
}
