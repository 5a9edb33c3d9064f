import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'

const SRC = resolve(import.meta.dirname, '../src')

/** Which layer may import which, besides itself. The law of the code: think hard before a change here. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  sls: ['core'],
  spool: ['core'],
  producer: ['core', 'sls', 'spool'],
  server: ['core'],
  console: ['core', 'server'],
  emulator: ['core', 'server', 'console', 'spool', 'sls/limits.ts'],
  integrations: ['core', 'sls', 'producer'],
  agent: [
    'core',
    'server',
    'console',
    'producer',
    'sls/limits.ts',
    'sls/wire/log.ts',
    'sls/wire/byte-source.ts',
    'sls/wire/line-logs.ts',
    'sls/wire/log-buffer.ts',
    'sls/wire/decode-payload.ts',
  ],
  fleet: ['core', 'server', 'agent', 'console/about.ts'],
  cli: ['core', 'console', 'agent', 'fleet', 'sls', 'spool', 'producer', 'emulator', 'index.ts'],
  'index.ts': ['core', 'sls', 'producer'],
}

/** Within the producer: the stages in the order in which a log meets them, and what each may know of the others. */
const STAGES_MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  sends: [],
  batch: ['sends'],
  settle: ['batch', 'sends'],
  accumulate: ['batch', 'sends'],
  accept: ['batch', 'sends'],
  keep: ['batch', 'sends'],
  deliver: ['batch', 'sends'],
  observe: ['batch', 'deliver', 'settle', 'sends'],
}

/** Within the emulator: its rooms, and what each may know of the others. The files above them know all. */
const ROOMS_MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  http: [],
  auth: ['http'],
  wire: ['http'],
  store: ['wire', 'http'],
  search: ['store', 'wire', 'http'],
  script: ['store', 'http'],
  routes: ['search', 'script', 'store', 'wire', 'http'],
}

/** Runs in a browser, with its clock and its timers. Of the programs that serve it, it knows what their feeds say, as types. */
const PAGE = 'console/page/'
const PAGE_KNOWS_TYPES_OF = new Set(['console', 'emulator', 'agent', 'fleet', 'producer'])

/** Counted in every room. */
const ABOVE_ROOMS = new Set(['emulator/counters.ts'])

interface Import {
  readonly from: string
  readonly to: string
  readonly typeOnly: boolean
}

function sources(): string[] {
  const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  return files.filter((file) => /\.tsx?$/.test(file)).map((file) => file.replaceAll('\\', '/'))
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(SRC, file), 'utf8')
  const found = text.matchAll(/^(?:import|export)\s+(type\s)?[^'";]*?from\s+'(\.[^']+)'/gms)
  return [...found].map(([, type, path]) => ({
    from: file,
    to: relative(SRC, resolve(SRC, dirname(file), path as string)).replaceAll('\\', '/'),
    typeOnly: type !== undefined,
  }))
}

const allImports = sources()
  .flatMap(importsOf)
  .filter(({ to }) => to !== '../package.json')
const layerOf = (file: string) => file.split('/')[0] as string

describe('the layers of the source', () => {
  test('are the ones named here', () => {
    expect(new Set(sources().map(layerOf))).toEqual(new Set(Object.keys(MAY_IMPORT)))
  })

  test('import only downwards', () => {
    const wrong = allImports.filter(({ from, to }) => {
      if (from.startsWith(PAGE)) return false
      const allowed = [layerOf(from), ...(MAY_IMPORT[layerOf(from)] ?? [])]
      return !allowed.some((layer) => to === layer || to.startsWith(`${layer}/`))
    })
    expect(wrong).toEqual([])
  })

  test('leave the page of the console to itself, and give it types only', () => {
    const wrong = allImports.filter(({ from, to, typeOnly }) => {
      if (from.startsWith(PAGE) === to.startsWith(PAGE) || to.startsWith('..')) return false
      return to.startsWith(PAGE) || !(typeOnly && PAGE_KNOWS_TYPES_OF.has(layerOf(to)))
    })
    expect(wrong).toEqual([])
  })

  test('meet the public door only from outside', () => {
    expect(allImports.filter(({ from, to }) => to === 'index.ts' && layerOf(from) !== 'cli')).toEqual([])
  })

  test('keep the stages of the producer apart', () => {
    const stageOf = (file: string) => /^producer\/(\w+)\//.exec(file)?.[1]
    const wrong = allImports.filter(({ from, to }) => {
      const [stage, target] = [stageOf(from), stageOf(to)]
      if (stage === undefined || target === undefined || stage === target) return false
      return !STAGES_MAY_IMPORT[stage]?.includes(target)
    })
    expect(wrong).toEqual([])
  })

  test('keep the sub-commands apart: what two of them need is shared', () => {
    const commandOf = (file: string) => /^cli\/(\w+)\//.exec(file)?.[1]
    const wrong = allImports.filter(({ from, to }) => {
      const [command, target] = [commandOf(from), commandOf(to)]
      if (command === undefined || target === undefined || command === target) return false
      return target !== 'shared'
    })
    expect(wrong).toEqual([])
  })

  test('keep the rooms of the emulator apart', () => {
    const roomOf = (file: string) => /^emulator\/(\w+)\//.exec(file)?.[1]
    const wrong = allImports.filter(({ from, to }) => {
      const [room, target] = [roomOf(from), roomOf(to)]
      if (room === undefined || !to.startsWith('emulator/') || room === target) return false
      return target === undefined ? !ABOVE_ROOMS.has(to) : !ROOMS_MAY_IMPORT[room]?.includes(target)
    })
    expect(wrong).toEqual([])
  })

  test('have no cycles of imports, types included', () => {
    const edges = new Map<string, string[]>()
    for (const { from, to } of allImports) edges.set(from, [...(edges.get(from) ?? []), to])
    expect(findCycle(edges)).toBeUndefined()
  })

  test('take time from the clock alone', () => {
    const direct = /\b(Date\.now|setTimeout|setInterval|performance)\b/
    const inNode = sources().filter((file) => !file.startsWith(PAGE))
    const users = inNode.filter((file) => direct.test(readFileSync(join(SRC, file), 'utf8')))
    expect(users).toEqual(['core/clock.ts'])
  })
})

function findCycle(edges: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>()
  const visit = (file: string, path: readonly string[]): string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file]
    if (done.has(file)) return undefined
    for (const next of edges.get(file) ?? []) {
      const cycle = visit(next, [...path, file])
      if (cycle !== undefined) return cycle
    }
    done.add(file)
    return undefined
  }
  for (const file of edges.keys()) {
    const cycle = visit(file, [])
    if (cycle !== undefined) return cycle
  }
  return undefined
}
