import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { ERROR_CODES } from '../../src/core/errors.ts'

test('the page of troubles has a row for every error code, and no other', () => {
  const page = readFileSync(resolve(import.meta.dirname, '../../docs/troubleshooting.md'), 'utf8')
  const rows = [...page.slice(page.indexOf('## By code')).matchAll(/^\| `(ERR_\w+)` \|/gm)].map(([, code]) => code)
  expect(rows.sort()).toEqual([...ERROR_CODES].sort())
})
