import assert from 'node:assert/strict'
import { goTo, openPage } from './browser.mjs'
import { startDemoEmulator } from './demo-emulator.mjs'

export default async function reconnect({ browser, prove }) {
  const first = await startDemoEmulator({ history: false })
  const { port } = first.emulator
  const { page, problems, close } = await openPage(browser, first.url)
  const has = (selector, hasText) => page.locator(selector, { hasText }).first().waitFor({ timeout: 10_000 })

  await prove('a lost connection is told, what was shown stays, and typing goes on', async () => {
    await goTo(page, 'search')
    await has('.logs li', /level/)
    await first.close()
    await has('.connection', /Connection lost, trying again/)
    assert.ok((await page.locator('.logs li').count()) > 0)
    await page.fill('#query', 'level: info')
    assert.equal(await page.inputValue('#query'), 'level: info')
  })

  let second
  await prove('the console finds the emulator that comes after it, and keeps the query', async () => {
    second = await startDemoEmulator({ port, history: false })
    await has('.connection', /^Connected$/)
    await has('.logs li', /level info/)
    assert.equal(await page.inputValue('#query'), 'level: info')
  })

  await prove('it shows the requests of the new one only', async () => {
    await goTo(page, 'requests')
    await has('.requests li', /POST/)
    const shown = await page.locator('.requests li').count()
    assert.ok(shown <= second.emulator.inspect().requests.length)
  })

  await prove('streams go on after another restart: requests and live logs', async () => {
    await second.close()
    await has('.connection', /lost/)
    second = await startDemoEmulator({ port, history: false })
    await has('.connection', /^Connected$/)
    await has('.requests li', /POST/)
    await goTo(page, 'search')
    await page.getByRole('button', { name: 'Live' }).click()
    await has('.logs li', /level info/)
    await second.close()
    await has('.connection', /lost/)
    second = await startDemoEmulator({ port, history: false })
    await has('.connection', /^Connected$/)
    await has('.result', /Live · [1-9]/)
    await has('.logs li', /level info/)
  })

  await prove('nothing failed in the page', async () => assert.deepEqual(problems, []))
  await close()
  await second.close()
}
