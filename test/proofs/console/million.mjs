import assert from 'node:assert/strict'
import { Producer } from 'loghub-producer'
import { startEmulator } from 'loghub-producer/emulator'
import { openPage } from './browser.mjs'

const MOST_MS = 300
// In the short form the machine does other things as well.
const PATIENCE = 4

/** First results over very many stored logs. */
export default async function million({ browser, prove, short }) {
  const count = short ? 200_000 : 1_000_000
  const emulator = await startEmulator({ autoCreate: true, maxBytes: 1024 ** 3 })
  await store(emulator.url, count)
  const { page, problems, close } = await openPage(browser, `${emulator.url}/console`)
  const search = (query) => page.evaluate(timeSearch, { query })
  const mostMs = short ? MOST_MS * PATIENCE : MOST_MS
  const texts = count.toLocaleString('en-US')

  for (const [query, what] of [
    ['', 'all'],
    ['level: error', 'one in nine'],
    ['user-77 and status: 200', 'one in a thousand'],
  ]) {
    await prove(`${texts} stored logs, ${what}: first results within ${mostMs} ms`, async () => {
      await search('warm-up')
      const { firstMs, doneMs, status } = await search(query)
      assert.ok(firstMs < mostMs, `they took ${Math.round(firstMs)} ms`)
      return `first ${Math.round(firstMs)} ms, all ${Math.round(doneMs)} ms: ${status}`
    })
  }

  await prove('a search for what is not there can be typed over at once', async () => {
    await page.fill('#query', 'not-there and this and that')
    await page.waitForTimeout(600)
    const startMs = performance.now()
    await page.fill('#query', 'level: error')
    await page.keyboard.press('Enter')
    await page.locator('.logs li', { hasText: 'level error' }).first().waitFor()
    return `the next one has its results after ${Math.round(performance.now() - startMs)} ms`
  })

  await prove('nothing failed in the page', async () => assert.deepEqual(problems, []))
  await close()
  await emulator.close()
}

/** In the page: opens a search by its address; the time until rows are on the screen, and until it has ended. */
async function timeSearch({ query }) {
  const until = (holds) =>
    new Promise((resolve) => {
      const look = () =>
        holds() ? requestAnimationFrame(() => resolve(performance.now())) : requestAnimationFrame(look)
      look()
    })
  location.hash = '#/faults'
  await until(() => document.querySelector('.presets'))
  const startMs = performance.now()
  location.hash = `#/search?project=many&logstore=many&range=all&query=${encodeURIComponent(query)}`
  const firstMs = await until(() => document.querySelector('.logs li') ?? document.querySelector('.found .empty'))
  const status = () => document.querySelector('.result')?.textContent ?? ''
  const doneMs = await until(() => / looked at in /.test(status()))
  return { firstMs: firstMs - startMs, doneMs: doneMs - startMs, status: status() }
}

async function store(endpoint, count) {
  const credentials = { accessKeyId: 'id', accessKeySecret: 'secret' }
  // Each page is awaited: a longer linger would be waited for 500 times.
  const place = { endpoint, project: 'many', logstore: 'many', credentials }
  const producer = new Producer({ ...place, compression: 'none', lingerMs: 1 })
  const nowMs = Date.now()
  const PAGE = 2000
  for (let first = 0; first < count; first += PAGE) {
    const logs = Array.from({ length: PAGE }, (_, i) =>
      logOf(first + i, nowMs - ((count - first - i) / count) * 3_000_000),
    )
    await producer.send({ logs })
  }
  await producer.close()
}

function logOf(n, time) {
  const isError = n % 9 === 0
  const contents = { level: isError ? 'error' : 'info', message: `request ${n} done`, path: `/orders/${n % 50}` }
  return { time, contents: { ...contents, status: isError ? '500' : '200', user: `user-${n % 1000}` } }
}
