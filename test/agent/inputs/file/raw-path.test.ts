import { describe, expect, test } from 'vitest'
import { pathOfBytes, rawPath, shownPath } from '../../../../src/agent/inputs/file/raw-path.ts'

const bytesOf = (path: string) => Buffer.from(rawPath(path) as Buffer)

/** Names of random pieces: parts of characters, whole ones, escapes as text. */
function* names(count: number): Generator<Buffer> {
  const pieces = ['a', '/', '\\', '\\xFF', 'x', 'é', '😀', '\ufffd'].map((text) => Buffer.from(text))
  pieces.push(...[0xff, 0xfe, 0x80, 0xed, 0xb2, 0xf0, 0x9f, 0xc3].map((byte) => Buffer.of(byte)))
  let state = 7
  const random = (below: number) => {
    state = (state * 48_271) % 0x7fffffff
    return state % below
  }
  for (let i = 0; i < count; i++) {
    yield Buffer.concat(Array.from({ length: random(6) + 1 }, () => pieces[random(pieces.length)]!))
  }
}

describe.skipIf(process.platform === 'win32')('a path of any bytes', () => {
  test('is found again by its bytes, also after its string was JSON', () => {
    for (const name of names(5000)) {
      const path = JSON.parse(JSON.stringify(pathOfBytes(name))) as string
      expect(bytesOf(path).equals(name), name.toString('hex')).toBe(true)
    }
  })

  test('is shown as valid text that no other path has', () => {
    const shown = new Map<string, string>()
    for (const name of names(5000)) {
      const text = shownPath(pathOfBytes(name))
      expect(Buffer.from(text).toString()).toBe(text)
      expect(shown.get(text) ?? name.toString('hex'), text).toBe(name.toString('hex'))
      shown.set(text, name.toString('hex'))
    }
  })

  test('is shown as it is where it is UTF-8, and otherwise with its bytes', () => {
    expect(shownPath('/var/log/größe 😀 a\\b.log')).toBe('/var/log/größe 😀 a\\b.log')
    expect(shownPath(pathOfBytes(Buffer.from('a\\b\xff.log', 'latin1')))).toBe('a\\\\b\\xFF.log')
    expect(shownPath('a\\xFF.log')).toBe('a\\\\xFF.log')
  })
})
