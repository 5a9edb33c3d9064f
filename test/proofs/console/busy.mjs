import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { startEmulator } from 'loghub-producer/emulator'
import { goTo, openPage } from './browser.mjs'

const PER_SECOND = 5000
// The border of what people feel as immediate, by Interaction to Next Paint; tasks that are longer than this block typing.
const MOST_KEY_MS = 200
// In the short form the machine does other things as well.
const PATIENCE = 3

/** Searches and types while 5,000 logs a second come. */
export default async function busy({ browser, prove, short }) {
  const emulator = await startEmulator({ autoCreate: true })
  const traffic = fork(join(import.meta.dirname, 'traffic.mjs'), [emulator.url, String(PER_SECOND)])
  await once(traffic, 'message')
  const { page, problems, close } = await openPage(browser, `${emulator.url}/console`)
  const has = (selector, hasText) => page.locator(selector, { hasText }).first().waitFor({ timeout: 10_000 })
  await page.evaluate(() => {
    globalThis.keyMs = []
    new PerformanceObserver((list) => {
      for (const { name, duration } of list.getEntries()) if (/^key|input/.test(name)) globalThis.keyMs.push(duration)
    }).observe({ type: 'event', durationThreshold: 16, buffered: true })
  })
  const longestKeyMs = () => page.evaluate(() => Math.max(0, ...globalThis.keyMs))
  const words = ['request', 'status > 300', 'level: info', 'path: "/orders"', 'user-12']
  const rounds = short ? 1 : 4
  const mostKeyMs = short ? MOST_KEY_MS * PATIENCE : MOST_KEY_MS

  await prove('typing a search is never blocked, and each is answered', async () => {
    await goTo(page, 'search')
    const before = emulator.stats().logs
    const startMs = performance.now()
    for (let round = 0; round < rounds; round++) {
      for (const word of words) {
        await page.fill('#query', '')
        await page.locator('#query').pressSequentially(word, { delay: 40 })
        assert.equal(await page.inputValue('#query'), word)
        await has('.result', /found, .* looked at in/)
      }
    }
    const perSecond = ((emulator.stats().logs - before) / (performance.now() - startMs)) * 1000
    assert.ok(perSecond > PER_SECOND * 0.8, `only ${Math.round(perSecond)} logs/s came`)
    const longest = await longestKeyMs()
    assert.ok(longest < mostKeyMs, `a key took ${longest} ms`)
    return `${Math.round(perSecond)} logs/s came, the slowest key took ${longest} ms`
  })

  await prove('typing is not blocked in the live view either', async () => {
    await page.fill('#query', '')
    await page.getByRole('button', { name: 'Live' }).click()
    await has('.result', /Live · [3-6],\d{3} logs\/s/)
    await has('.result', /left out, they came too fast/)
    for (const word of words.slice(0, rounds + 1)) {
      await page.fill('#query', '')
      await page.locator('#query').pressSequentially(word, { delay: 40 })
      assert.equal(await page.inputValue('#query'), word)
    }
    const longest = await longestKeyMs()
    assert.ok(longest < mostKeyMs, `a key took ${longest} ms`)
    const rows = await page.locator('.logs li').count()
    assert.ok(rows <= 200, `${rows} rows are kept`)
    return `the slowest key took ${longest} ms, ${rows} rows`
  })

  await prove('nothing failed in the page', async () => assert.deepEqual(problems, []))
  traffic.kill()
  await close()
  await emulator.close()
}
