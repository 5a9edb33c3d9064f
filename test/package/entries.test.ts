import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import entries from '../../entries.json' with { type: 'json' }

test('package.json exports the entries of entries.json', () => {
  expect(() =>
    execFileSync(process.execPath, ['scripts/package-entries.mjs', '--check'], { stdio: 'pipe' }),
  ).not.toThrow()
})

test('each entry has its source', () => {
  expect(Object.values(entries).filter((source) => !existsSync(source))).toEqual([])
})
