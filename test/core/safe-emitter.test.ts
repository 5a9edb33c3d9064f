import { expect, test } from 'vitest'
import { SafeEmitter } from '../../src/core/safe-emitter.ts'
import { settled } from '../support/manual-clock.ts'

interface Events {
  ping: number
  pong: string
}

function setUp() {
  const errors: [string, string][] = []
  const emitter = new SafeEmitter<Events>((error, event) => errors.push([event, error.message]))
  const heard: unknown[] = []
  const listen = (value: unknown) => {
    heard.push(value)
  }
  return { emitter, errors, heard, listen }
}

test('tells every listener of an event, in the order in which they came, and no other', () => {
  const { emitter, heard, listen } = setUp()
  emitter.on('ping', (value) => heard.push(`first ${value}`))
  emitter.on('ping', listen)
  emitter.on('pong', listen)
  emitter.emit('ping', 1)
  expect(heard).toEqual(['first 1', 1])
})

test('a listener that throws, anything at all, stops neither the others nor the emitter', () => {
  const { emitter, errors, heard, listen } = setUp()
  emitter.on('ping', () => {
    throw new Error('broken')
  })
  emitter.on('ping', () => {
    throw 'text'
  })
  emitter.on('ping', listen)
  emitter.emit('ping', 1)
  expect(heard).toEqual([1])
  expect(errors).toEqual([
    ['ping', 'broken'],
    ['ping', 'text'],
  ])
})

test('a promise that a listener returns is handled when it rejects', async () => {
  const { emitter, errors } = setUp()
  emitter.on('ping', async () => {
    throw new Error('later')
  })
  emitter.emit('ping', 1)
  await settled()
  expect(errors).toEqual([['ping', 'later']])
})

test('once listens once, also when the event is emitted again from inside', () => {
  const { emitter, heard } = setUp()
  emitter.once('ping', (value) => {
    heard.push(value)
    emitter.emit('ping', value + 1)
  })
  emitter.emit('ping', 1)
  emitter.emit('ping', 5)
  expect(heard).toEqual([1])
})

test('off ends what on and once have begun, for that event alone', () => {
  const { emitter, heard, listen } = setUp()
  emitter.on('ping', listen)
  emitter.once('ping', listen)
  emitter.once('pong', listen)
  emitter.off('ping', listen)
  emitter.emit('ping', 1)
  emitter.emit('pong', 'kept')
  expect(heard).toEqual(['kept'])
  emitter.once('ping', listen)
  emitter.once('pong', listen)
  emitter.off('ping', listen)
  emitter.off('pong', listen)
  emitter.emit('ping', 2)
  emitter.emit('pong', 'gone')
  expect(heard).toEqual(['kept'])
  expect([emitter.count('ping'), emitter.count('pong')]).toEqual([0, 0])
})

test('a listener may remove itself and others while the event is under way', () => {
  const { emitter, heard, listen } = setUp()
  const leave = () => {
    heard.push('leaving')
    emitter.off('ping', leave)
    emitter.off('ping', listen)
  }
  emitter.on('ping', leave)
  emitter.on('ping', listen)
  emitter.emit('ping', 1)
  emitter.emit('ping', 2)
  expect(heard).toEqual(['leaving', 1])
})

test('has tells whether anyone listens', () => {
  const { emitter, listen } = setUp()
  expect(emitter.count('ping')).toBe(0)
  emitter.once('ping', listen)
  expect(emitter.count('ping')).toBe(1)
  emitter.emit('ping', 1)
  expect(emitter.count('ping')).toBe(0)
})
