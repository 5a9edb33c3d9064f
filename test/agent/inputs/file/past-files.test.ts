import { expect, test } from 'vitest'
import type { FileCheckpoint } from '../../../../src/agent/inputs/file/file-checkpoint.ts'
import { originName } from '../../../../src/agent/inputs/file/file-origin.ts'
import { PastFiles } from '../../../../src/agent/inputs/file/past-files.ts'

const file = (fileId: string, offset: number, over: Partial<FileCheckpoint> = {}): FileCheckpoint => ({
  fileId,
  offset,
  start: 0,
  path: '/logs/a.log',
  device: '1',
  inode: '7',
  fingerprint: { bytes: 256, digest: `of ${fileId}` },
  seenMs: 5,
  ...over,
})

const origin = (of: FileCheckpoint, from: number, to: number) => ({ name: originName('f', of), from, to })

const offsets = (past: PastFiles) => Object.fromEntries([...past].map(({ fileId, offset }) => [fileId, offset]))

test('a file is as far as what of it is on disk without a gap, in whatever order that is told', () => {
  const a = file('a', 100)
  const past = new PastFiles([a], [origin(a, 200, 300), origin(a, 50, 200), origin(a, 400, 500)], 9)
  expect(offsets(past)).toEqual({ a: 300 })
})

test('a file that was never saved is known by what is on disk, from where it began', () => {
  const fromEnd = file('a', 0, { start: 70 })
  expect(offsets(new PastFiles([], [origin(fromEnd, 70, 90)], 9))).toEqual({ a: 90 })
  // Its first logs are not there: they are read again.
  expect(offsets(new PastFiles([], [origin(fromEnd, 80, 90)], 9))).toEqual({ a: 70 })
})

test('a file that came to the inode after the one that was saved is another file', () => {
  const past = new PastFiles([file('old', 1000)], [origin(file('new', 0), 0, 40)], 9)
  expect(offsets(past)).toEqual({ old: 1000, new: 40 })
  past.set(file('newest', 3))
  expect(offsets(past)).toEqual({ newest: 3 })
})

test('what no file input has written is passed over', () => {
  const names = ['', 'x', '{}', '[]', 'null', JSON.stringify({ input: 'f', fileId: 3 })]
  expect(
    offsets(
      new PastFiles(
        [],
        names.map((name) => ({ name, from: 0, to: 9 })),
        9,
      ),
    ),
  ).toEqual({})
})

test('a file that is gone for a week is forgotten, but not by a process that has just begun: its file system may come later', () => {
  const day = 86_400_000
  const [old, fresh] = [file('old', 1), file('fresh', 2, { inode: '8', seenMs: 8 * day })]
  const past = new PastFiles([old, fresh], [], 9 * day)
  const keptAt = (nowMs: number) => past.kept(nowMs).map(({ fileId }) => fileId)
  expect(keptAt(9 * day)).toEqual(['old', 'fresh'])
  expect(keptAt(9 * day + 3_600_000)).toEqual(['fresh'])
  // A clock that was set back forgets nothing.
  expect(keptAt(2 * day)).toEqual(['old', 'fresh'])
})
