import { createServer } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { MemoryCheckpoints } from '../../src/agent/index.ts'
import { silentLogger } from '../../src/core/logger.ts'
import { FleetCheckpoints, FleetControl, FleetMember, fleetSpecOf, NatsCoordinator } from '../../src/fleet/index.ts'
import { eventually } from '../agent/support/start-agent.ts'
import { IdleHost } from '../fleet/support/idle-host.ts'
import { HOW_TO_GET_IT, hasNatsServer, startNatsServer } from '../support/nats-server.mjs'

const AGENTS = 20
const INPUTS = 1000
const LEASE_MS = 10_000
const HEARTBEAT_MS = 2000
const IDLE_MS = 20_000
/** Real leases take real time: `.ci/run` runs it, `npm test` does not. */
const reasonToSkip = !hasNatsServer
  ? HOW_TO_GET_IT
  : process.env.FLEET_SCALE === undefined
    ? 'runs with FLEET_SCALE=1'
    : ''

describe.skipIf(reasonToSkip !== '')(`members on a real server${reasonToSkip && `: left out, ${reasonToSkip}`}`, () => {
  test('a death moves the inputs of the dead and no others, within lease and takeover; idle, only members write', async () => {
    const monitor = await freePort()
    const server = await startNatsServer({ config: `http: "127.0.0.1:${monitor}"` })
    onTestFinished(() => server.stop())
    const connect = (name: string) =>
      NatsCoordinator.connect({ servers: [server.url], fleet: 'scale' }, { name, baseDirectory: '.' })
    const admin = await connect('admin')
    const control = await FleetControl.open(admin)
    const ids = Array.from({ length: INPUTS }, (_, i) => `input-${i}`)
    await Promise.all(ids.map((id) => admin.specs.put(id, fleetSpecOf({ id, type: 'stdin' }), 0)))
    const agents = await Promise.all(Array.from({ length: AGENTS }, (_, i) => join(`agent-${i}`)))
    onTestFinished(async () => {
      await Promise.all(agents.map(({ member }) => member.close({ timeoutMs: 1000 })))
      await Promise.all([admin, ...agents.map(({ coordinator }) => coordinator)].map((handle) => handle.close()))
    })

    async function join(name: string) {
      const coordinator = await connect(name)
      const member = await FleetMember.join({
        name,
        agent: new IdleHost(),
        checkpoints: new FleetCheckpoints(new MemoryCheckpoints()),
        coordinator,
        heartbeatMs: HEARTBEAT_MS,
        leaseMs: LEASE_MS,
        logger: silentLogger,
        load: () => 0,
      })
      return { name, member, coordinator }
    }
    const owners = () => new Map(ids.map((id) => [id, control.view.ownerOf(id)]))
    const isSettled = () =>
      [...owners()].every(([id, owner]) => owner !== undefined && owner === control.view.plan.memberOf.get(id))
    await eventually(isSettled, 60_000)

    const messages = () =>
      fetch(`http://127.0.0.1:${monitor}/varz`).then(async (answer) => messagesOf(await answer.json()))
    const before = await messages()
    await new Promise((resolve) => setTimeout(resolve, IDLE_MS))
    const idlePerSecond = ((await messages()) - before) / (IDLE_MS / 1000)
    // One renewal each, its answer, and the news of it to each watcher; heartbeats of the watches; nothing for each input.
    expect(idlePerSecond).toBeLessThan((AGENTS * (AGENTS + 20) * 1000) / HEARTBEAT_MS)

    const was = owners()
    const [victim] = agents
    const orphans = ids.filter((id) => was.get(id) === victim!.name)
    const killedAtMs = performance.now()
    await victim!.coordinator.close()
    await eventually(() => !control.view.members.has(victim!.name) && isSettled(), 60_000)
    const settledMs = Math.round(performance.now() - killedAtMs)
    const moved = ids.filter((id) => owners().get(id) !== was.get(id))
    expect(moved).toEqual(orphans)
    expect(settledMs).toBeLessThan(LEASE_MS + 2 * HEARTBEAT_MS + 8000)
    const report = {
      agents: AGENTS,
      inputs: INPUTS,
      orphans: orphans.length,
      moved: moved.length,
      settledMs,
      idlePerSecond,
    }
    console.log(JSON.stringify(report))
  }, 180_000)
})

/** To and from the server. */
function messagesOf(varz: unknown): number {
  const { in_msgs, out_msgs } = varz as { in_msgs: number; out_msgs: number }
  return in_msgs + out_msgs
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}
