import { spawnSync } from 'node:child_process'
import { buildConnector, Client } from 'undici'
import { expect, test } from 'vitest'
import { loadUndiciClient } from '../../../src/sls/http/load-undici.ts'

test('the client is that of the whole package', async () => {
  expect(await loadUndiciClient()).toEqual({ Client, buildConnector })
})

test('the files of the client are where they are looked for, and few', () => {
  const script = `await Promise.all([import('undici/lib/dispatcher/client.js'), import('undici/lib/core/connect.js')])
const { createRequire } = await import('node:module')
console.log(Object.keys(createRequire(process.cwd() + '/')('node:module')._cache).length)`
  const files = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }).stdout
  expect(Number(files)).toBeGreaterThan(0)
  expect(Number(files)).toBeLessThan(40)
})
