import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import { type Keyboard, Keys } from '../../../src/cli/top/keys.ts'
import { type Line, span } from '../../../src/cli/top/line.ts'
import { Screen } from '../../../src/cli/top/screen.ts'

class FakeTerminal {
  columns = 10
  rows = 3
  writableNeedDrain = false
  written = ''
  write(text: string) {
    this.written += text
  }
  take(): string {
    const { written } = this
    this.written = ''
    return written
  }
}

const unpainted = (_color: string, text: string) => text
const lines = (...texts: string[]): Line[] => texts.map((text) => [span(text, 'red')])

function open() {
  const terminal = new FakeTerminal()
  const screen = new Screen(terminal, unpainted)
  screen.open()
  terminal.take()
  return { terminal, screen }
}

test('only lines that have changed are written, and nothing is cleared first', () => {
  const { terminal, screen } = open()
  screen.draw(lines('one', 'two'))
  expect(terminal.take()).toBe('\x1b[?2026h\x1b[1;1Hone\x1b[K\x1b[2;1Htwo\x1b[K\x1b[?2026l')
  screen.draw(lines('one', '2'))
  expect(terminal.take()).toBe('\x1b[?2026h\x1b[2;1H2\x1b[K\x1b[?2026l')
  screen.draw(lines('one', '2'))
  expect(terminal.take()).toBe('')
})

test('a line that reaches the right edge keeps its last cell', () => {
  const { terminal, screen } = open()
  screen.draw(lines('0123456789'))
  expect(terminal.take()).toBe('\x1b[?2026h\x1b[1;1H0123456789\x1b[?2026l')
})

test('after a change of size all lines are written', () => {
  const { terminal, screen } = open()
  screen.draw(lines('one'))
  screen.forget()
  terminal.take()
  screen.draw(lines('one'))
  expect(terminal.take()).toContain('one')
})

test('a terminal that does not keep up misses a drawing, and gets the next', () => {
  const { terminal, screen } = open()
  terminal.writableNeedDrain = true
  screen.draw(lines('one'))
  expect(terminal.take()).toBe('')
  terminal.writableNeedDrain = false
  screen.draw(lines('one'))
  expect(terminal.take()).toContain('one')
})

test('the terminal is given back once, however often it is asked', () => {
  const { terminal, screen } = open()
  screen.close()
  expect(terminal.take()).toBe('\x1b[?7h\x1b[?25h\x1b[?1049l')
  screen.close()
  screen.draw(lines('late'))
  screen.forget()
  expect(terminal.take()).toBe('')
})

class FakeKeyboard extends EventEmitter implements Keyboard {
  isTTY = true
  isRaw = false
  setRawMode(isRaw: boolean) {
    this.isRaw = isRaw
  }
  resume() {}
  pause() {}
}

test('keys are read one by one, and the keyboard is given back', () => {
  const keyboard = new FakeKeyboard()
  const actions: string[] = []
  const keys = new Keys(keyboard, (action) => actions.push(action))
  keys.open()
  expect(keyboard.isRaw).toBe(true)
  for (const key of ['q', 'Q', '\x03', '\x1a', '\f', 'x', '\x1b[A', '工']) keyboard.emit('data', Buffer.from(key))
  expect(actions).toEqual(['quit', 'quit', 'quit', 'suspend', 'redraw'])
  keys.close()
  expect([keyboard.isRaw, keyboard.listenerCount('data')]).toEqual([false, 0])
  keys.close()
})

test('where the standard input is no terminal there are no keys', () => {
  const keyboard = new FakeKeyboard()
  keyboard.isTTY = false
  new Keys(keyboard, () => {}).open()
  expect(keyboard.listenerCount('data')).toBe(0)
})
