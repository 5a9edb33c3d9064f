import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { MemoryCheckpoints } from 'loghub-producer/agent'

const logger = { debug() {}, info() {}, warn() {}, error() {} }
const MEMBERS = ['edge-1', 'edge-2', 'edge-3']

/** Three members of a fleet that agree in memory instead of through NATS. They run no real inputs. */
export async function startDemoFleet() {
  const { Fleet, FleetCheckpoints, MemoryCoordinator } = await fleetOfSources()
  const shared = new MemoryCoordinator()
  const connect = async () => shared
  const fleets = await Promise.all(
    MEMBERS.map((member, i) =>
      Fleet.start({
        options: { name: 'shop', member, labels: { zone: i === 0 ? 'a' : 'b' } },
        agent: idleHost(),
        checkpoints: new FleetCheckpoints(new MemoryCheckpoints()),
        baseDirectory: '.',
        logger,
        connect,
      }),
    ),
  )
  const [{ control, admin }] = fleets
  for (let i = 1; i <= 5; i++) await control.add({ id: `orders-${i}`, type: 'http', port: 0 })
  await control.add({ id: 'host', type: 'host-metrics', placement: 'all' })
  await control.add({ id: 'gpu-metrics', type: 'host-metrics', placement: 'all', on: { gpu: 'yes' } })
  return {
    routes: admin.routes,
    close: () => Promise.all(fleets.map((fleet) => fleet.close({ timeoutMs: 500 }))),
  }
}

/** The fleet is part of the program, not of the package's entries. */
async function fleetOfSources() {
  const outfile = resolve('node_modules/.cache/console-proof-fleet.mjs')
  const entry = join(import.meta.dirname, '../../../src/fleet/index.ts')
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
    plugins: [withoutPage],
  })
  return import(pathToFileURL(outfile).href)
}

const withoutPage = {
  name: 'without-page',
  setup: ({ onResolve }) => onResolve({ filter: /^virtual:/ }, ({ path }) => ({ path, external: true })),
}

function idleHost() {
  const specs = new Map()
  const host = {
    add: async (added) => {
      for (const spec of [added].flat()) specs.set(spec.id, spec)
    },
    remove: async (ids) => {
      for (const id of [ids].flat()) specs.delete(id)
    },
    specs: () => [...specs.values()],
    on: () => host,
    off: () => host,
  }
  return host
}
