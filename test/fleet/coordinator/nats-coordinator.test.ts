import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { MemoryCheckpoints } from '../../../src/agent/index.ts'
import { systemClock } from '../../../src/core/clock.ts'
import { silentLogger } from '../../../src/core/logger.ts'
import { FleetCheckpoints, FleetMember, FleetView, fleetSpecOf, NatsCoordinator } from '../../../src/fleet/index.ts'
import { HeldCheckpoint } from '../../../src/fleet/member/held-checkpoint.ts'
import { eventually } from '../../agent/support/start-agent.ts'
import { HOW_TO_GET_IT, hasNatsServer, startNatsServer } from '../../support/nats-server.mjs'
import { IdleHost } from '../support/idle-host.ts'
import { coordinatorContract } from './coordinator-contract.ts'

const parts = { name: 'test', baseDirectory: '.' }

let shared: ReturnType<typeof startNatsServer> | undefined

async function sharedServer(): Promise<string> {
  shared ??= startNatsServer()
  return (await shared).url
}

afterAll(async () => (await shared)?.stop())

let fleets = 0

describe.skipIf(!hasNatsServer)(
  hasNatsServer ? 'on a real server' : `left out: there is no nats-server. ${HOW_TO_GET_IT}`,
  () => {
    coordinatorContract('NatsCoordinator', async () => {
      const servers = [await sharedServer()]
      const fleet = `contract-${++fleets}`
      return { open: () => NatsCoordinator.connect({ servers, fleet }, parts) }
    })

    const owner = { member: 'm', session: 's', since: 1, reason: 'first' }

    test('fleets of other names, and of other prefixes, share nothing', async () => {
      const servers = [await sharedServer()]
      const [one, other, prefixed] = await Promise.all(
        [{ fleet: 'one' }, { fleet: 'other' }, { fleet: 'one', prefix: 'mine' }].map((options) =>
          NatsCoordinator.connect({ servers, ...options }, parts),
        ),
      )
      onTestFinished(async () => void (await Promise.all([one, other, prefixed].map((handle) => handle?.close()))))
      await one!.owners.put('a', owner, 0)
      expect(await other!.owners.get('a')).toBeUndefined()
      expect(await prefixed!.owners.get('a')).toBeUndefined()
    })

    test('a server without JetStream is told', async () => {
      const server = await startNatsServer({ jetstream: false })
      onTestFinished(() => server.stop())
      await expect(NatsCoordinator.connect({ servers: [server.url], fleet: 'f' }, parts)).rejects.toMatchObject({
        code: 'ERR_LOGHUB_FLEET',
        retriable: true,
        message: expect.stringMatching(/^NATS: .*jetstream/i),
      })
    })

    test('while the server is away every request is refused in time, and a watch goes on when it is back', async () => {
      const server = await startNatsServer()
      onTestFinished(() => server.stop())
      const options = { servers: [server.url], fleet: 'f', requestTimeoutMs: 200 }
      const [one, other] = await Promise.all([
        NatsCoordinator.connect(options, parts),
        NatsCoordinator.connect(options, parts),
      ])
      onTestFinished(async () => void (await Promise.all([one.close(), other.close()])))
      const keys: string[] = []
      await other.owners.watch(({ key }) => keys.push(key))
      await one.owners.put('a', owner, 0)
      await server.kill()
      for (const request of [
        () => one.owners.put('b', owner, 0),
        () => one.owners.get('a'),
        () => one.owners.remove('a', 1),
      ]) {
        await expect(request()).rejects.toMatchObject({ code: 'ERR_LOGHUB_FLEET', retriable: true })
      }
      await server.start()
      const endMs = performance.now() + 15_000
      while (!keys.includes('c') && performance.now() < endMs) {
        await one.owners.put('c', owner, 0).catch(() => {})
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
      expect(keys).toContain('a')
      expect(keys).toContain('c')
      expect((await one.owners.get('a'))?.value).toEqual(owner)
    }, 30_000)

    test('what waits for a server is written as soon as it is back, and what it did not answer is tried again at once', async () => {
      const server = await startNatsServer()
      onTestFinished(() => server.stop())
      // Far longer than the test: nothing here succeeds after a timeout.
      const options = { servers: [server.url], fleet: 'f', requestTimeoutMs: 300_000 }
      const [one, other] = await Promise.all([
        NatsCoordinator.connect(options, parts),
        NatsCoordinator.connect(options, parts),
      ])
      onTestFinished(async () => void (await Promise.all([one.close(), other.close()])))
      const held = (await HeldCheckpoint.claim('x', 1, one.checkpoints, systemClock))!
      server.pause()
      const unanswered = expect(one.owners.put('a', owner, 0)).rejects.toMatchObject({ retriable: true })
      held.save('last')
      await server.kill()
      await unanswered
      const waiting = one.owners.put('b', owner, 0)
      await server.start()
      expect(await waiting).toBeGreaterThan(0)
      await vi.waitFor(
        async () => expect((await other.checkpoints.get('x'))?.value).toEqual({ token: 1, value: 'last' }),
        15_000,
      )
    }, 30_000)

    test('a bucket that was deleted is made anew after a while, and the member goes on', async () => {
      const servers = [await sharedServer()]
      const options = { servers, fleet: 'deleted', recreateAfterMs: 300 }
      const coordinator = await NatsCoordinator.connect(options, parts)
      const member = await FleetMember.join({
        name: 'm',
        agent: new IdleHost(),
        checkpoints: new FleetCheckpoints(new MemoryCheckpoints()),
        coordinator,
        heartbeatMs: 100,
        leaseMs: 1000,
        logger: silentLogger,
      })
      const connection = await connect({ servers })
      onTestFinished(async () => {
        await member.close({ timeoutMs: 500 })
        await Promise.all([coordinator.close(), connection.close()])
      })
      const manager = await jetstreamManager(connection)
      const { session } = member.status()
      await manager.streams.delete('KV_loghub_deleted')
      await eventually(() => member.status().session !== session && member.status().state === 'member', 10_000)
      expect((await manager.streams.info('KV_loghub_deleted')).state.messages).toBe(1)
    })

    test('what is no record of its table counts as nothing, and a record may be written over it', async () => {
      const servers = [await sharedServer()]
      const coordinator = await NatsCoordinator.connect({ servers, fleet: 'foreign' }, parts)
      const connection = await connect({ servers })
      onTestFinished(async () => void (await Promise.all([coordinator.close(), connection.close()])))
      const foreign = ['no json', '{}', 'null', '5', '[]', JSON.stringify({ input: { id: 'other', type: 'http' } })]
      const stream = jetstream(connection)
      for (const name of ['members', 'specs', 'owners', 'checkpoints'] as const) {
        for (const [i, text] of foreign.entries()) await stream.publish(`$KV.loghub_foreign.${name}.k${i}`, text)
        await stream.publish(`$KV.loghub_foreign.${name}.with.dots`, '{}')
        const table = coordinator[name]
        const seen: unknown[] = []
        const stop = await table.watch(({ value }: { value: unknown }) => seen.push(value))
        stop()
        expect(seen).toEqual(foreign.map(() => undefined))
        expect(await table.get('k0')).toBeUndefined()
      }
      const view = await FleetView.open(coordinator)
      onTestFinished(() => view.close())
      expect([view.members.size, view.specs.size, view.owners.size, view.plan.memberOf.size]).toEqual([0, 0, 0, 0])
      expect(await coordinator.owners.put('k0', owner, 0)).toBeGreaterThan(0)
      expect((await coordinator.owners.get('k0'))?.value).toEqual(owner)
    })

    test('a record that no server takes is refused with its size, and not tried again', async () => {
      const coordinator = await NatsCoordinator.connect({ servers: [await sharedServer()], fleet: 'large' }, parts)
      onTestFinished(() => coordinator.close())
      const spec = fleetSpecOf({ id: 'big', type: 'exec', command: ['x'.repeat(1_100_000)] } as never)
      await expect(coordinator.specs.put('big', spec, 0)).rejects.toMatchObject({
        retriable: false,
        message: expect.stringMatching(/^big: its record in specs has 11\d{5} bytes; .* at most 1048576/),
      })
    })

    test('a member goes on with tables that were made anew when the servers have lost their data', async () => {
      const directory = mkdtempSync(join(tmpdir(), 'loghub-nats-'))
      const server = await startNatsServer({ directory })
      onTestFinished(async () => {
        await server.stop()
        rmSync(directory, { recursive: true, force: true })
      })
      const options = { servers: [server.url], fleet: 'f', requestTimeoutMs: 300 }
      const coordinator = await NatsCoordinator.connect(options, parts)
      const host = new IdleHost()
      const member = await FleetMember.join({
        name: 'm',
        agent: host,
        checkpoints: new FleetCheckpoints(new MemoryCheckpoints()),
        coordinator,
        heartbeatMs: 100,
        leaseMs: 1000,
        logger: silentLogger,
      })
      onTestFinished(async () => {
        await member.close({ timeoutMs: 500 })
        await coordinator.close()
      })
      const idOf = async (spec: string) => {
        const admin = await NatsCoordinator.connect(options, parts)
        await admin.specs.put(spec, fleetSpecOf({ id: spec, type: 'http', port: 0 }), 0)
        await admin.close()
        await eventually(() => host.specs().some(({ id }) => id === spec), 15_000)
        return host.specs().map(({ id }) => id)
      }
      expect(await idOf('before')).toEqual(['before'])
      await eventually(() => (member.view.members.get('m')?.revision ?? 0) > 10)
      await server.kill()
      rmSync(directory, { recursive: true, force: true })
      mkdirSync(directory)
      await server.start()
      expect(await idOf('after')).toEqual(['after'])
      expect(member.status()).toMatchObject({ state: 'member', owned: ['after'] })
    }, 30_000)
  },
)
