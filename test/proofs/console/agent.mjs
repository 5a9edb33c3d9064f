import assert from 'node:assert/strict'
import { goTo, openPage } from './browser.mjs'
import { startDemoAgent, TOKEN } from './demo-agent.mjs'

export default async function agent({ browser, prove }) {
  const demo = await startDemoAgent()
  const { page, problems, close } = await openPage(browser, demo.url)
  const has = (selector, hasText) => page.locator(selector, { hasText }).first().waitFor({ timeout: 10_000 })

  await prove('the token is asked for, and a wrong one is refused', async () => {
    await page.fill('input[type=password]', 'wrong')
    await page.getByRole('button', { name: 'Open the console' }).click()
    await has('h1', /A token is needed/)
    await page.fill('input[type=password]', TOKEN)
    await page.getByRole('button', { name: 'Open the console' }).click()
    await has('h1', /Inputs/)
  })

  await prove('inputs show their state, rate, errors and checkpoints', async () => {
    await has('.input', /app-log\s*file\s*running\s*[1-9]\d* logs\/s/)
    await has('.input', /checkpoint\s*[\d.]+ m?s old/)
    await has('.input', /backup[\s\S]*\/no\/such\/program/)
  })

  await prove('an input is added, changed with its secret kept, and removed', async () => {
    await page.getByRole('button', { name: 'Add an input' }).click()
    await page.getByLabel('Id').fill('more')
    await page.getByLabel('Type').selectOption('http')
    await page.getByLabel('Spec, as JSON').fill('{ "type": "http", "port": 0, "paths": "/" }')
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await has('dialog .problem', /paths: there is no such option/)
    await page.getByLabel('Spec, as JSON').fill('{ "type": "http", "port": 0 }')
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await has('.input', /more\s*http\s*running/)
    await page.getByRole('button', { name: 'Change web' }).click()
    const spec = page.getByLabel('Spec, as JSON')
    await page.waitForFunction(() => document.querySelector('textarea')?.value.includes('(hidden)'))
    await spec.fill((await spec.inputValue()).replace('"port": 0', '"port": 0, "path": "/logs"'))
    await page.getByRole('button', { name: 'Change', exact: true }).click()
    await page.locator('dialog').waitFor({ state: 'detached' })
    const changed = demo.agent.specs().find(({ id }) => id === 'web')
    assert.deepEqual(changed, { id: 'web', type: 'http', port: 0, path: '/logs', token: 'of the input' })
    await page.getByRole('button', { name: 'Remove more' }).click()
    await page.getByRole('button', { name: 'Remove', exact: true }).click()
    await page.locator('.input', { hasText: 'more' }).waitFor({ state: 'detached' })
  })

  await prove('the producer shows memory, lanes, latencies, retries and the logstore in trouble', async () => {
    await goTo(page, 'producer')
    await has('.panel', /Logstores in trouble[\s\S]*shop\/audit/)
    await has('.panel', /Retries by reason[\s\S]*back-off/)
    await has('.panel', /until the verdict\s*[\d.]+ m?s/)
    await has('.panel', /of \d+ busy/)
  })

  await prove('the spool shows what waits on disk', async () => {
    await goTo(page, 'spool')
    await has('.figure', /On disk\s*[1-9][\d,]* logs/)
    await has('tbody tr', /shop/)
  })

  await prove('throughput shows what was accepted and delivered', async () => {
    await goTo(page, 'throughput')
    await has('.legend', /accepted [1-9]\d* logs\/s/)
  })

  await prove('an input is tapped, and again after the view was left', async () => {
    await goTo(page, 'tap')
    await page.getByLabel('Input').selectOption('app-log')
    await has('.logs li', /GET \/orders/)
    await goTo(page, 'inputs')
    await goTo(page, 'tap')
    await has('.logs li', /GET \/orders/)
  })

  await prove('the fleet shows who runs what, and a member is drained', async () => {
    await goTo(page, 'fleet')
    await has('tbody tr', /edge-1/)
    await has('tbody tr', /orders-1\s*http\s*edge-/)
    await has('tbody tr', /gpu-metrics[\s\S]*nobody/)
    await page.getByRole('button', { name: 'Drain edge-2' }).click()
    await has('tbody tr', /edge-2[\s\S]*Give inputs again/)
    await page
      .locator('tbody td[data-label="Runs on"]', { hasText: /^edge-2$/ })
      .first()
      .waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Give edge-2 inputs again' }).click()
    await has('tbody tr', /edge-2[\s\S]*Drain/)
  })

  await prove('nothing failed in the page', async () => assert.deepEqual(problems, []))
  await close()
  await demo.close()
}
