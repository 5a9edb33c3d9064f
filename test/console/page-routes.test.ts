import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Emulator, startEmulator } from '../../src/emulator/index.ts'
import { RawConnection, requestText } from '../server/support/raw-http.ts'

const FILES = ['', '/console.js', '/console.css', '/icon.svg']

let emulator: Emulator
const get = (path: string, init?: RequestInit) => fetch(`${emulator.url}/console${path}`, init)

beforeAll(async () => {
  emulator = await startEmulator()
})
afterAll(() => emulator.close())

describe('the page of the console', () => {
  test('is served with all of its files, by their types', async () => {
    const types = await Promise.all(FILES.map(async (file) => (await get(file)).headers.get('content-type')))
    expect(types).toEqual([
      'text/html; charset=utf-8',
      'text/javascript; charset=utf-8',
      'text/css; charset=utf-8',
      'image/svg+xml',
    ])
    expect(await (await get('/')).text()).toBe(await (await get('')).text())
    expect((await get('', { method: 'HEAD' })).status).toBe(200)
    expect((await get('/other.js')).status).toBe(404)
    expect((await get('/constructor')).status).toBe(404)
  })

  test('lets no script run and no style apply but its own, and loads nothing from elsewhere', async () => {
    for (const file of FILES) {
      const policy = (await get(file)).headers.get('content-security-policy') ?? ''
      expect(policy).toMatch(/default-src 'none'; script-src 'self'; style-src 'self'/)
      expect(policy).not.toMatch(/unsafe|data:|\*/)
    }
    const html = await (await get('')).text()
    expect(html).not.toMatch(/<style|style=|\son\w+=|<script>|https?:/)
    const links = [...html.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, link]) => link as string)
    expect(links.sort()).toEqual(['/console/console.css', '/console/console.js', '/console/icon.svg'])
  })

  test('is asked for once and then only whether it has changed', async () => {
    const first = await get('/console.js')
    expect(first.headers.get('cache-control')).toBe('no-cache')
    const again = await get('/console.js', { headers: { 'if-none-match': first.headers.get('etag') as string } })
    expect(again.status).toBe(304)
  })

  test('is small: at most 120 KB as it would be compressed', async () => {
    const bodies = await Promise.all(FILES.map(async (file) => Buffer.from(await (await get(file)).arrayBuffer())))
    const bytes = bodies.reduce((sum, body) => sum + gzipSync(body).length, 0)
    expect(bytes).toBeGreaterThan(10_000)
    expect(bytes).toBeLessThan(120_000)
  })

  test('is for this machine only, and leaves the paths of clients alone', async () => {
    const connection = await RawConnection.open(emulator.port)
    connection.write(requestText('GET /console').replace('Host: 127.0.0.1', 'Host: evil.example'))
    expect(await connection.until(/foreign-host/)).toMatch(/^HTTP\/1.1 421/)
    const asClient = await fetch(`${emulator.url}/consoles`)
    expect(asClient.headers.get('x-log-requestid')).not.toBeNull()
  })
})
