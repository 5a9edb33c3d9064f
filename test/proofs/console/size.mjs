import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { startEmulator } from 'loghub-producer/emulator'

const MOST_BYTES = 120_000

export default async function size({ prove }) {
  await prove('the page and its files are small, compressed', async () => {
    const emulator = await startEmulator()
    const sizes = await Promise.all(
      ['', '/console.js', '/console.css', '/icon.svg'].map(async (file) => {
        const body = Buffer.from(await (await fetch(`${emulator.url}/console${file}`)).arrayBuffer())
        return { raw: body.length, compressed: gzipSync(body).length }
      }),
    )
    await emulator.close()
    const sum = (name) => sizes.reduce((total, one) => total + one[name], 0)
    assert.ok(sum('compressed') < MOST_BYTES)
    return `${sum('compressed')} B with gzip, ${sum('raw')} B without`
  })
}
