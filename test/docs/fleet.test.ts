import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { readConfig } from '../../src/agent/index.ts'
import { type FleetInputSpec, fleetSpecProblems } from '../../src/fleet/index.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8')
const blocks = [...read('docs/fleet.md').matchAll(/^```yaml\n(.*?)^```/gms)].map(([, text]) => text as string)
const ENVIRONMENT = new Proxy({}, { get: () => 'x' })

const problemsOf = async (text: string) => {
  const config = await readConfig(text.replaceAll(/\$\{file:[^}]*\}/g, 'x'), 'agent.yaml', ENVIRONMENT)
  return 'problems' in config ? config.problems : []
}

describe('the page of the fleet', () => {
  test('has configurations and inputs that are right', async () => {
    const [agents, inputs] = [
      blocks.filter((text) => text.includes('fleet:')),
      blocks.filter((text) => !text.includes('fleet:')),
    ]
    expect(agents.length).toBeGreaterThan(0)
    expect((await Promise.all(agents.map(problemsOf))).flat()).toEqual([])
    const specs = inputs.flatMap((text) => (parse(text) as { inputs: FleetInputSpec[] }).inputs)
    expect(specs.length).toBeGreaterThan(3)
    expect(specs.flatMap(fleetSpecProblems)).toEqual([])
  })
})

describe('the deployments of a fleet', () => {
  test('hold configurations of agents that are right', async () => {
    const maps = read('examples/deploy/kubernetes-fleet.yaml')
      .split(/^---$/m)
      .map((part) => parse(part) as { kind: string; data?: Record<string, string> })
    const inside = maps.flatMap(({ data }) => data?.['agent.yaml'] ?? [])
    expect(inside).toHaveLength(1)
    for (const text of [...inside, read('examples/deploy/fleet.yaml')]) expect(await problemsOf(text)).toEqual([])
  })

  test('name in the compose file the files and servers that there are', () => {
    const { services } = parse(read('examples/deploy/compose.yaml'), { merge: true }) as {
      services: Record<string, { volumes?: string[] }>
    }
    const mounted = Object.values(services).flatMap(({ volumes = [] }) =>
      volumes.filter((volume) => volume.startsWith('./')),
    )
    for (const volume of mounted) expect(read(join('examples/deploy', volume.split(':')[0]!))).not.toBe('')
    for (const [, host] of read('examples/deploy/nats.conf').matchAll(/nats:\/\/([\w-]+):6222/g))
      expect(services).toHaveProperty([host!])
    const { fleet } = parse(read('examples/deploy/fleet.yaml')) as { fleet: { nats: { servers: string[] } } }
    for (const server of fleet.nats.servers) expect(services).toHaveProperty([new URL(server).hostname])
  })
})
