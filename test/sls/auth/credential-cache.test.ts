import { inspect } from 'node:util'
import { describe, expect, test, vi } from 'vitest'
import { silentLogger } from '../../../src/core/logger.ts'
import {
  CredentialCache,
  FORCED_REFRESH_INTERVAL_MS,
  PROVIDER_TIMEOUT_MS,
} from '../../../src/sls/auth/credential-cache.ts'
import type { Credentials } from '../../../src/sls/auth/credentials.ts'
import { ManualClock, settled } from '../../support/manual-clock.ts'

const HOUR = 3_600_000
const MINUTE = 60_000

/** A provider that numbers its credentials, and fails or hangs while told to. */
class Provider {
  calls = 0
  mode: 'ok' | 'fail' | 'hang' = 'ok'
  readonly #clock: ManualClock
  readonly #lifeMs: number | undefined

  constructor(clock: ManualClock, lifeMs?: number) {
    this.#clock = clock
    this.#lifeMs = lifeMs
  }

  readonly fetch = async (): Promise<Credentials> => {
    const number = ++this.calls
    if (this.mode === 'fail') throw new Error('metadata service is down')
    if (this.mode === 'hang') return new Promise(() => {})
    const expiration = this.#lifeMs === undefined ? undefined : this.#clock.now() + this.#lifeMs
    return {
      accessKeyId: `id-${number}`,
      accessKeySecret: `top-secret-${number}`,
      securityToken: 'top-token',
      expiration,
    }
  }
}

function cacheOf(lifeMs?: number) {
  const clock = new ManualClock()
  const provider = new Provider(clock, lifeMs)
  const cache = new CredentialCache(provider.fetch, clock, silentLogger)
  const id = async () => (await cache.get()).accessKeyId
  return { clock, provider, cache, id }
}

describe('static credentials', () => {
  test('are there at once, and stay whatever the service says', () => {
    const cache = new CredentialCache({ accessKeyId: 'id', accessKeySecret: 'x' }, new ManualClock(), silentLogger)
    const credentials = cache.get() as Credentials
    expect(credentials).not.toBeInstanceOf(Promise)
    cache.reject(credentials)
    expect(cache.get()).toBe(credentials)
  })

  test('a change of the object afterwards changes nothing', () => {
    const given = { accessKeyId: 'id', accessKeySecret: 'before' }
    const cache = new CredentialCache(given, new ManualClock(), silentLogger)
    given.accessKeySecret = 'after'
    expect((cache.get() as Credentials).accessKeySecret).toBe('before')
  })

  test('malformed ones are refused', () => {
    const make = () => new CredentialCache({ accessKeyId: 'id', accessKeySecret: '' }, new ManualClock(), silentLogger)
    expect(make).toThrow('credentials: accessKeySecret must be a non-empty string')
    expect(make).toThrow(expect.objectContaining({ code: 'ERR_LOGHUB_OPTION' }))
  })
})

describe('a provider', () => {
  test('is not called before credentials are needed', async () => {
    const { provider, id } = cacheOf()
    expect(provider.calls).toBe(0)
    expect(await id()).toBe('id-1')
  })

  test('may be synchronous', async () => {
    const sync = () => ({ accessKeyId: 'id', accessKeySecret: 'x' })
    const cache = new CredentialCache(sync, new ManualClock(), silentLogger)
    expect((await cache.get()).accessKeyId).toBe('id')
  })

  test('200 gets at once make one call, and afterwards nobody waits', async () => {
    const { provider, cache } = cacheOf()
    const all = await Promise.all(Array.from({ length: 200 }, () => cache.get()))
    expect(provider.calls).toBe(1)
    expect(new Set(all).size).toBe(1)
    expect(cache.get()).toBe(all[0])
  })

  test('without an expiration it is not asked again', async () => {
    const { provider, clock, id } = cacheOf()
    await id()
    await clock.advance(1000 * HOUR)
    expect(await id()).toBe('id-1')
    expect(provider.calls).toBe(1)
  })

  test('leaves no timer behind', async () => {
    const { clock, id } = cacheOf(HOUR)
    await id()
    expect(clock.timerCount).toBe(0)
  })
})

describe('renewal ahead of the end', () => {
  test('starts five minutes before the end of a long life, off the path: the old ones are given meanwhile', async () => {
    const { provider, clock, cache, id } = cacheOf(HOUR)
    await id()
    await clock.advance(HOUR - 5 * MINUTE - 1)
    expect((cache.get() as Credentials).accessKeyId).toBe('id-1')
    expect(provider.calls).toBe(1)
    await clock.advance(1)
    expect((cache.get() as Credentials).accessKeyId).toBe('id-1')
    await settled()
    expect(provider.calls).toBe(2)
    expect((cache.get() as Credentials).accessKeyId).toBe('id-2')
  })

  test('starts at 80 % of a short life', async () => {
    const { provider, clock, id } = cacheOf(10 * MINUTE)
    await id()
    await clock.advance(8 * MINUTE - 1)
    await id()
    expect(provider.calls).toBe(1)
    await clock.advance(1)
    await id()
    await settled()
    expect(provider.calls).toBe(2)
  })

  test('is one call, however many ask', async () => {
    const { provider, clock, cache, id } = cacheOf(10 * MINUTE)
    await id()
    await clock.advance(9 * MINUTE)
    for (let n = 0; n < 200; n++) void cache.get()
    await settled()
    expect(provider.calls).toBe(2)
  })

  test('a failed one keeps the old ones while they are valid, and waits longer each time', async () => {
    const { provider, clock, id } = cacheOf(HOUR)
    await id()
    provider.mode = 'fail'
    await clock.advance(HOUR - 4 * MINUTE)
    for (let second = 0; second < 180; second++) {
      expect(await id()).toBe('id-1')
      await clock.advance(1000)
    }
    expect(provider.calls).toBeGreaterThan(10)
    expect(provider.calls).toBeLessThan(30)
    provider.mode = 'ok'
    await clock.advance(10_000)
    await id()
    await settled()
    expect(await id()).toBe(`id-${provider.calls}`)
  })

  test('expired ones are not used: the failure says why', async () => {
    const { provider, clock, id } = cacheOf(HOUR)
    await id()
    provider.mode = 'fail'
    await clock.advance(HOUR)
    await expect(id()).rejects.toMatchObject({
      code: 'ERR_LOGHUB_CREDENTIALS',
      retriable: true,
      cause: { message: 'metadata service is down' },
    })
  })

  test('credentials that come expired are tried all the same: the local clock may be wrong', async () => {
    const warn = vi.fn()
    const clock = new ManualClock()
    const provider = new Provider(clock, -HOUR)
    const cache = new CredentialCache(provider.fetch, clock, { ...silentLogger, warn })
    expect((await cache.get()).accessKeyId).toBe('id-1')
    for (let n = 0; n < 100; n++) await cache.get()
    expect(provider.calls).toBe(1)
    expect(warn).toHaveBeenCalledOnce()
  })
})

describe('a provider that fails at first', () => {
  test('is called once for all who wait, and not again before its back-off ends', async () => {
    const { provider, clock, cache, id } = cacheOf()
    provider.mode = 'fail'
    const all = await Promise.allSettled(Array.from({ length: 50 }, () => cache.get()))
    expect(all.every(({ status }) => status === 'rejected')).toBe(true)
    await expect(id()).rejects.toMatchObject({ code: 'ERR_LOGHUB_CREDENTIALS' })
    expect(provider.calls).toBe(1)
    provider.mode = 'ok'
    await clock.advance(500)
    expect(await id()).toBe('id-2')
  })

  test('one that hangs is given up, and a later call starts anew', async () => {
    const { provider, clock, id } = cacheOf()
    provider.mode = 'hang'
    const waiting = expect(id()).rejects.toThrow('did not answer within 10000 ms')
    await clock.advance(PROVIDER_TIMEOUT_MS)
    await waiting
    provider.mode = 'ok'
    await clock.advance(500)
    expect(await id()).toBe('id-2')
    expect(clock.timerCount).toBe(0)
  })

  test.each([
    [undefined, 'must be an object'],
    [{ accessKeyId: 'id' }, 'accessKeySecret must be a non-empty string'],
    [{ accessKeyId: 'id', accessKeySecret: 'top-secret\n' }, 'accessKeySecret must not contain blanks'],
    [{ accessKeyId: 'id', accessKeySecret: 'x', securityToken: 'a b' }, 'securityToken must be'],
    [{ accessKeyId: 'id', accessKeySecret: 'x', expiration: 'tomorrow' }, 'expiration must be'],
    [{ accessKeyId: 'id', accessKeySecret: 'x', expiration: new Date('?') }, 'expiration must be'],
  ])('one that returns a wrong value is told which field: %#', async (value, reason) => {
    const cache = new CredentialCache(() => value as Credentials, new ManualClock(), silentLogger)
    const failure = await Promise.resolve(cache.get()).catch((error: Error) => error)
    expect(failure).toMatchObject({ code: 'ERR_LOGHUB_CREDENTIALS', message: expect.stringContaining(reason) })
    expect(inspect(failure)).not.toContain('top-secret')
  })
})

describe('refused credentials', () => {
  test('are replaced before the next request, by one call', async () => {
    const { provider, cache, id } = cacheOf()
    cache.reject(await cache.get())
    const ids = await Promise.all(Array.from({ length: 50 }, id))
    expect(new Set(ids)).toEqual(new Set(['id-2']))
    expect(provider.calls).toBe(2)
  })

  test('a late refusal of old ones does not touch the new ones', async () => {
    const { provider, cache, id } = cacheOf()
    const old = await cache.get()
    cache.reject(old)
    await id()
    cache.reject(old)
    expect(await id()).toBe('id-2')
    expect(provider.calls).toBe(2)
  })

  test('stay in use when no others can be had', async () => {
    const { provider, cache, id } = cacheOf()
    cache.reject(await cache.get())
    provider.mode = 'fail'
    expect(await id()).toBe('id-1')
    expect(provider.calls).toBe(2)
  })

  test('force one call a second at most, whatever the service refuses', async () => {
    const { provider, clock, cache, id } = cacheOf()
    await id()
    for (let tenth = 0; tenth < 100; tenth++) {
      cache.reject(await cache.get())
      await clock.advance(FORCED_REFRESH_INTERVAL_MS / 10)
    }
    expect(provider.calls).toBeGreaterThan(5)
    expect(provider.calls).toBeLessThanOrEqual(12)
  })
})

test('nothing printed of a cache or of its credentials holds a secret', async () => {
  const { cache } = cacheOf(HOUR)
  const credentials = await cache.get()
  for (const printed of [cache, credentials, { ...credentials }, [credentials]]) {
    expect(inspect(printed, { depth: 9, showHidden: true })).not.toMatch(/top-/)
    expect(JSON.stringify(printed)).not.toMatch(/top-/)
  }
  expect(String(credentials)).not.toMatch(/top-/)
})
