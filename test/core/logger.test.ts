import { expect, test, vi } from 'vitest'
import { guardedLogger, silentLogger, stderrLogger } from '../../src/core/logger.ts'

test('the default logger writes warnings and errors to stderr, one line each, and nothing else', () => {
  const written = vi.spyOn(console, 'error').mockImplementation(() => {})
  for (const level of ['debug', 'info', 'warn', 'error'] as const) stderrLogger[level](`a ${level}`)
  const lines = written.mock.calls.flat()
  written.mockRestore()
  expect(lines).toEqual(['loghub-producer: warning: a warn', 'loghub-producer: error: a error'])
})

test('the silent logger says nothing', () => {
  const written = vi.spyOn(console, 'error').mockImplementation(() => {})
  for (const level of ['debug', 'info', 'warn', 'error'] as const) silentLogger[level]('hush')
  expect(written).not.toHaveBeenCalled()
  written.mockRestore()
})

test('a guarded logger passes every line on and throws nothing', () => {
  const lines: string[] = []
  const note = (message: string) => {
    lines.push(message)
    throw new Error('disk full')
  }
  const logger = guardedLogger({ debug: note, info: note, warn: note, error: note })
  for (const level of ['debug', 'info', 'warn', 'error'] as const) logger[level](level)
  expect(lines).toEqual(['debug', 'info', 'warn', 'error'])
})
