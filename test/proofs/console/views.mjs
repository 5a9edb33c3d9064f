import assert from 'node:assert/strict'
import { eventually, goTo, openPage } from './browser.mjs'
import { PROJECT, startDemoEmulator } from './demo-emulator.mjs'

export default async function views({ browser, prove }) {
  const demo = await startDemoEmulator()
  await demo.refuse()
  const { page, problems, requests, close } = await openPage(browser, demo.url)
  const text = (selector) => page.locator(selector).first().textContent()
  const has = (selector, hasText) => page.locator(selector, { hasText }).first().waitFor({ timeout: 5000 })

  await prove('throughput shows the traffic of 15 minutes, and the outage', async () => {
    await has('.legend', /1\d\d logs\/s/)
    await has('tbody tr', /ServerBusy\s*120/)
    const painted = await page
      .locator('.plot canvas')
      .first()
      .evaluate((canvas) => {
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
        return data.some((value) => value !== 0)
      })
    assert.ok(painted, 'the plot is empty')
  })

  await prove('nothing shifts while the data flows', async () => {
    const shift = await page.evaluate(
      () =>
        new Promise((resolve) => {
          let sum = 0
          new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) sum += entry.value
          }).observe({ type: 'layout-shift' })
          setTimeout(() => resolve(sum), 3000)
        }),
    )
    assert.ok(shift < 0.005, `the layout has shifted by ${shift}`)
    return `layout shift ${shift.toFixed(4)}`
  })

  await prove('logstores are counted, and lead to their search', async () => {
    await goTo(page, 'logstores')
    await has('tbody tr', /access-log/)
    await page.click('td a')
    await has('.logs li', /level/)
    assert.match(page.url(), /#\/search\?project=shop&logstore=access-log/)
  })

  await prove('a search finds, counts by time and by field, and is narrowed down by a click', async () => {
    await page.fill('#query', 'level: error')
    await has('.result', /logs found, .* looked at in/)
    await has('.logs li', /level error/)
    await page.locator('.chip', { hasText: '/orders' }).click()
    await eventually(async () => (await page.inputValue('#query')) === 'level: error and path: "/orders"')
    await has('.logs li', /path \/orders/)
    await eventually(async () => (await page.locator('.logs li', { hasNotText: '/orders' }).count()) === 0)
  })

  await prove('a log opens, and its values narrow the search down', async () => {
    await page.locator('.logs button.row').first().click()
    await page.locator('button[aria-label="No logs with this user"]').first().click()
    await eventually(async () => / and not user: /.test(await page.inputValue('#query')))
  })

  await prove('the histogram is brushed', async () => {
    await page.fill('#query', '')
    await has('.result', /logs found/)
    const box = await page.locator('.bars').boundingBox()
    await page.mouse.move(box.x + box.width * 0.2, box.y + 20)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width * 0.4, box.y + 20, { steps: 4 })
    await page.mouse.up()
    await eventually(async () => (await page.inputValue('.search-bar select >> nth=1')) === 'between')
    await page.locator('input[type=datetime-local]').first().waitFor()
    await has('.result', /logs found/)
  })

  await prove('a query that cannot be read is told, and the results stay', async () => {
    await page.fill('#query', 'level: (')
    await has('.problem', /unexpected/)
    assert.ok((await page.locator('.logs li').count()) > 0)
    await page.fill('#query', '')
    await page.locator('.problem').waitFor({ state: 'detached' })
  })

  await prove('new logs are shown as they come', async () => {
    await page.getByRole('button', { name: 'Live' }).click()
    await has('.logs li', /level/)
    const first = await text('.logs li')
    await page.waitForFunction((before) => document.querySelector('.logs li')?.textContent !== before, first)
    await has('.result', /Live · [1-9]\d* logs\/s/)
  })

  await prove('of a wrong signature it is shown what was to be signed, and where the two part', async () => {
    await goTo(page, 'requests')
    await page.getByLabel('only refused').check()
    await page.locator('.requests button.row', { hasText: 'SignatureNotMatch' }).first().click()
    await has('.refusal', /The string that was to be signed/)
    const refusal = await text('.refusal')
    assert.match(refusal, /POST↵/)
    assert.match(refusal, new RegExp(`x-log-project:${PROJECT}↵`))
    assert.ok((await page.locator('.refusal mark').count()) === 2)
    await has('.count', /Paused, \d+ new request/)
  })

  await prove('an outage at one click refuses what comes, and ends', async () => {
    await goTo(page, 'faults')
    await page.locator('.preset', { hasText: 'Outage' }).click()
    await has('tbody tr', /every request\s*status 503, ServerBusy\s*[1-9]/)
    await page.getByRole('button', { name: /^Remove rule/ }).click()
    await has('.empty', /None: every request/)
  })

  await prove('a rule is made by the form, and what is wrong with one is told', async () => {
    await page.getByLabel('Status', { exact: true }).fill('99')
    await page.getByRole('button', { name: 'Add the rule' }).click()
    await has('.problem', /status must be 200 to 599/)
    await page.getByLabel('Status', { exact: true }).fill('404')
    await page.getByLabel('Logstore').fill('other')
    await page.getByLabel('How many requests').fill('3')
    await page.getByRole('button', { name: 'Add the rule' }).click()
    await has('tbody tr', /logstore other\s*status 404\s*0\s*3/)
  })

  await prove('nothing failed in the page, and nothing was asked of other servers', async () => {
    assert.deepEqual(problems, [])
    const { origin } = new URL(demo.url)
    assert.deepEqual(
      requests.filter((url) => !url.startsWith(`${origin}/console`)),
      [],
    )
  })
  await close()
  await demo.close()
}
