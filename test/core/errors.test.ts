import { describe, expect, test, vi } from 'vitest'
import { asProducerError, ERROR_CODES, isProducerError, ProducerError, toError } from '../../src/core/errors.ts'

describe('a producer error', () => {
  test.each([...ERROR_CODES])('%s is an Error with its code, and not retriable unless it says so', (code) => {
    const error = new ProducerError(code, 'what happened')
    expect(error).toBeInstanceOf(Error)
    expect([error.name, error.code, error.message]).toEqual(['ProducerError', code, 'what happened'])
    expect([error.retriable, 'cause' in error]).toEqual([false, false])
    expect(new ProducerError(code, '', { retriable: true, cause: 'root' })).toMatchObject({
      retriable: true,
      cause: 'root',
    })
    expect(isProducerError(error)).toBe(true)
  })

  test('codes are unique, stable texts', () => {
    expect(new Set(ERROR_CODES).size).toBe(ERROR_CODES.length)
    for (const code of ERROR_CODES) expect(code).toMatch(/^ERR_LOGHUB_[A-Z]+(_[A-Z]+)*$/)
  })

  test('is recognised across two copies of the package', async () => {
    vi.resetModules()
    const copy = await import('../../src/core/errors.ts')
    const foreign = new copy.ProducerError('ERR_LOGHUB_CLOSED', 'from the other copy')
    expect(foreign).not.toBeInstanceOf(ProducerError)
    expect([isProducerError(foreign), copy.isProducerError(new ProducerError('ERR_LOGHUB_SEND', ''))]).toEqual([
      true,
      true,
    ])
    expect(asProducerError(foreign)).toBe(foreign)
  })

  test('nothing else is taken for one', () => {
    for (const value of [new Error('plain'), { code: 'ERR_LOGHUB_SEND' }, 'text', null, undefined]) {
      expect(isProducerError(value)).toBe(false)
    }
  })

  test('its brand does not show', () => {
    const error = new ProducerError('ERR_LOGHUB_SEND', 'failed')
    expect(Object.keys(error)).toEqual(['code', 'retriable'])
  })
})

describe('a thrown value', () => {
  test('becomes an Error, whatever it was', () => {
    const error = new TypeError('as it is')
    expect(toError(error)).toBe(error)
    expect(toError('text')).toMatchObject({ message: 'text', cause: 'text' })
    expect(toError(undefined)).toBeInstanceOf(Error)
    expect(toError(null).message).toBe('null')
  })

  test('becomes an Error even when it cannot be made a text', () => {
    expect(toError(Object.create(null))).toBeInstanceOf(Error)
    expect(toError(Symbol('sign')).message).toContain('sign')
  })

  test('from code that reads logs becomes an invalid log, with its cause', () => {
    const cause = new RangeError('no such field')
    const error = asProducerError(cause)
    expect(error).toMatchObject({ code: 'ERR_LOGHUB_INVALID_LOG', cause })
    expect(error.message).toContain('no such field')
  })
})
