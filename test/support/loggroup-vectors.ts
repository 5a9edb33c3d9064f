import { readFileSync } from 'node:fs'

export type VectorText = string | { repeat: string; count: number } | { hex: string }

export interface VectorGroup {
  topic?: string
  source?: string
  machineUUID?: string
  tags?: [string, string][]
  logs: { time: number; timeNs?: number; contents: [string, VectorText][] }[]
}

interface VectorCase {
  name: string
  input: VectorGroup
  byteLength: number
  hex: string
}

export function readVectors<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), 'utf8')) as T
}

export const logGroupVectors = readVectors<{ cases: VectorCase[] }>('loggroup').cases

export function vectorValue(text: VectorText): string | Uint8Array {
  if (typeof text === 'string') return text
  return 'hex' in text ? Buffer.from(text.hex, 'hex') : text.repeat.repeat(text.count)
}
