import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { eventually } from '../../agent/support/start-agent.ts'
import { cliEmulator, temporaryFolder } from '../../support/cli-emulator.ts'
import { HOW_TO_GET_IT, hasNatsServer, startNatsServer } from '../../support/nats-server.mjs'
import { CliRun } from '../../support/run-cli.ts'

describe.skipIf(!hasNatsServer)(hasNatsServer ? 'agents of a fleet' : `left out: ${HOW_TO_GET_IT}`, () => {
  test('take over the file of one that is killed, from where it was, and hand it over at their end', async () => {
    const nats = await startNatsServer()
    onTestFinished(() => nats.stop())
    const { env, lines } = await cliEmulator()
    const folder = temporaryFolder()
    const log = join(folder, 'app.log')
    writeFileSync(log, 'one\n')

    const agents = ['a', 'b'].map((member) => {
      const file = join(folder, `${member}.yaml`)
      const fleet = { name: 'logs', member, heartbeatMs: 500, leaseMs: 2500, nats: { servers: [nats.url] } }
      const config = {
        producer: { lingerMs: 50 },
        stateDirectory: `./state-${member}`,
        admin: { port: 0, token: 'secret' },
        fleet,
        inputs: [],
      }
      writeFileSync(file, JSON.stringify(config))
      return new CliRun(['agent', '--config', file], env)
    })
    await Promise.all(agents.map((agent) => agent.shows('stderr', 'runs 0 inputs')))
    const [a, b] = agents as [CliRun, CliRun]
    const call = (agent: CliRun, method: string, path: string, body?: object) => {
      const url = /admin at (\S+)/.exec(agent.stderr)![1]
      const headers = { authorization: 'Bearer secret' }
      return fetch(`${url}${path}`, { method, headers, body: body && JSON.stringify(body) })
    }
    const spec = { type: 'file', paths: [log], startAt: 'beginning', pollMs: 100 }
    expect((await call(a, 'PUT', '/fleet/inputs/app', spec)).status).toBe(201)
    await eventually(() => lines().includes('one'), 20_000)
    let fleet: { inputs: { owner?: string }[] } = { inputs: [] }
    const end = performance.now() + 10_000
    while (performance.now() < end && fleet.inputs[0]?.owner === undefined)
      fleet = (await (await call(a, 'GET', '/fleet')).json()) as typeof fleet
    const [owner, other] = fleet.inputs[0]!.owner === 'a' ? [a, b] : [b, a]

    owner.child.kill('SIGKILL')
    appendFileSync(log, 'two\n')
    await eventually(() => lines().includes('two'), 30_000)
    const explained = (await (await call(other, 'GET', '/fleet/inputs/app')).json()) as { reason: string }
    expect(explained.reason).toMatch(/^(takeover from [ab]|resumed)$/)

    other.child.kill('SIGTERM')
    expect((await other.result()).code).toBe(0)
    expect(new Set(lines())).toEqual(new Set(['one', 'two']))
  }, 90_000)
})
