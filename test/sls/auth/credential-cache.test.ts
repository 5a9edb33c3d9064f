import { inspect } from 'node:util'
import { describe, expect, test, vi } from 'vitest'
import { silentLogger } from '../../../src/core/logger.ts'
import {
  CredentialCache,
  LONGEST_REFRESH_MS,
  PROVIDER_TIMEOUT_MS,
  SHORTEST_REFRESH_MS,
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

  test('force a call in a second at first, and ever more seldom while they go on being refused', async () => {
    const { provider, clock, cache, id } = cacheOf()
    await id()
    for (let tenth = 0; tenth < 50; tenth++) {
      cache.reject(await cache.get())
      await clock.advance(SHORTEST_REFRESH_MS / 10)
    }
    expect(provider.calls).toBeGreaterThan(2)
    expect(provider.calls).toBeLessThan(6)
    const before = provider.calls
    for (let second = 0; second < 3600; second++) {
      cache.reject(await cache.get())
      await clock.advance(1000)
    }
    expect(provider.calls - before).toBeLessThan(4_000_000 / LONGEST_REFRESH_MS)
  })

  test('force no more calls where the service takes the same key for other requests', async () => {
    const { provider, clock, cache } = cacheOf()
    for (let second = 0; second < 600; second++) {
      const credentials = await cache.get()
      cache.accept(credentials)
      cache.reject(credentials)
      await clock.advance(1000)
    }
    expect(provider.calls).toBeLessThan(20)
  })
})

describe('credentials that cannot be right', () => {
  const pair = { accessKeyId: 'the-id', accessKeySecret: 'wrong-secret' }

  test('are fixed ones, refused when none has ever worked', async () => {
    const cache = new CredentialCache(pair, new ManualClock(), silentLogger)
    expect(cache.reject(await cache.get())).toBe(true)
  })

  test('are those that the provider returns again after they were refused', async () => {
    const cache = new CredentialCache(async () => ({ ...pair }), new ManualClock(), silentLogger)
    expect(cache.reject(await cache.get())).toBe(false)
    expect(cache.reject(await cache.get())).toBe(true)
  })

  test('are not new ones, nor those of a project that was let in before', async () => {
    const { cache, clock } = cacheOf()
    for (let n = 0; n < 5; n++) {
      expect(cache.reject(await cache.get())).toBe(false)
      await clock.advance(LONGEST_REFRESH_MS)
    }
    const fixed = new CredentialCache(pair, new ManualClock(), silentLogger)
    fixed.accept(await fixed.get())
    expect(fixed.reject(await fixed.get())).toBe(false)
  })
})

describe('an expiration', () => {
  const end = Date.UTC(2026, 0, 1, 1)
  test.each<[string, string | number | Date, string]>([
    ['ISO text', '2026-01-01T01:00:00Z', 'text'],
    ['ISO text with milliseconds', '2026-01-01T01:00:00.000Z', 'text'],
    ['ISO text with an offset', '2026-01-01T09:00:00+08:00', 'text'],
    ['text without a time zone, which is UTC', '2026-01-01 01:00:00', 'text'],
    ['a Date', new Date(end), 'a Date'],
    ['epoch seconds', end / 1000, 'epoch seconds'],
    ['epoch milliseconds', end, 'epoch milliseconds'],
    ['epoch seconds as digits', String(end / 1000), 'text'],
  ])('is taken as %s, and told once', async (_name, expiration, form) => {
    const info = vi.fn()
    const clock = new ManualClock()
    let calls = 0
    const fetch = () => {
      calls++
      return { accessKeyId: 'id', accessKeySecret: 'x', expiration }
    }
    const cache = new CredentialCache(fetch, clock, { ...silentLogger, info })
    await cache.get()
    await clock.advance(54 * MINUTE)
    await cache.get()
    expect(calls).toBe(1)
    await clock.advance(2 * MINUTE)
    await cache.get()
    await settled()
    expect(calls).toBe(2)
    expect(info.mock.calls).toEqual([
      [`The expiration of the credentials is taken as ${form}: they end at 2026-01-01T01:00:00.000Z.`],
    ])
  })

  test('in the past asks the provider ever more seldom, never once a second for ever', async () => {
    const { provider, clock, cache } = cacheOf(-2 * HOUR)
    for (let second = 0; second < 3600; second++) {
      await cache.get()
      await clock.advance(1000)
    }
    expect(provider.calls).toBeGreaterThan(50)
    expect(provider.calls).toBeLessThan(80)
  })

  test('of a moment ahead is one in the past', async () => {
    const { provider, clock, cache } = cacheOf(1000)
    for (let second = 0; second < 3600; second++) {
      await cache.get()
      await clock.advance(1000)
    }
    expect(provider.calls).toBeLessThan(80)
  })

  test("is compared with the service's time, where it is known", async () => {
    const warn = vi.fn()
    const clock = new ManualClock()
    const provider = new Provider(clock, -HOUR)
    const serverTime = { now: () => clock.now() - 2 * HOUR }
    const cache = new CredentialCache(provider.fetch, clock, { ...silentLogger, warn }, serverTime)
    await cache.get()
    await clock.advance(10 * MINUTE)
    await cache.get()
    expect([provider.calls, warn.mock.calls.length]).toEqual([1, 0])
  })
})

test('a provider that fails is quoted, clean and without the secrets that are known', async () => {
  const clock = new ManualClock()
  let fails = false
  const fetch = () => {
    if (fails) throw new Error('GET http://user:top-word@10.0.0.1/ with top-secret\u001b[31m\nfailed')
    return { accessKeyId: 'the-id', accessKeySecret: 'top-secret', expiration: clock.now() + HOUR }
  }
  const cache = new CredentialCache(fetch, clock, silentLogger)
  await cache.get()
  fails = true
  await clock.advance(HOUR)
  const error = await Promise.resolve(cache.get()).catch((thrown: Error) => thrown)
  expect((error as Error).message).toBe('the credentials provider failed: GET http://***@10.0.0.1/ with *** failed')
  expect(inspect(error, { showHidden: true, depth: 9 })).not.toContain('top-')
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
