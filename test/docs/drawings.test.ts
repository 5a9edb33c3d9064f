import { execFileSync } from 'node:child_process'
import { resolve } from 'node:path'
import { test } from 'vitest'

test('the drawings are what their descriptions say', () => {
  execFileSync(process.execPath, ['scripts/drawings.mjs', '--check'], { cwd: resolve(import.meta.dirname, '../..') })
})
