import { expect, test } from 'vitest'
import { Deferred } from '../../src/core/deferred.ts'
import { settled } from '../support/manual-clock.ts'

test('is decided from outside, once', async () => {
  const deferred = new Deferred<number>()
  deferred.resolve(1)
  deferred.resolve(2)
  deferred.reject(new Error('too late'))
  expect(await deferred.promise).toBe(1)
})

test('a rejection that nobody waits for raises nothing, and is still there to be read', async () => {
  const unhandled: unknown[] = []
  const listen = (reason: unknown) => unhandled.push(reason)
  process.on('unhandledRejection', listen)
  const deferred = new Deferred<number>()
  deferred.reject(new Error('alone'))
  await settled()
  process.off('unhandledRejection', listen)
  expect(unhandled).toEqual([])
  await expect(deferred.promise).rejects.toThrow('alone')
})
