// Takes the pictures of docs/console.md from the console itself, with the traffic of its proofs: node scripts/screenshots.mjs [DIR]
// Needs a build (npm run build) and Chromium.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { goTo, openPage, startBrowser } from '../test/proofs/console/browser.mjs'
import { startDemoAgent, TOKEN } from '../test/proofs/console/demo-agent.mjs'
import { startDemoEmulator } from '../test/proofs/console/demo-emulator.mjs'

const directory = process.argv[2] ?? 'docs/screenshots'
const WIDE = { width: 1200, height: 780 }
const PHONE = { width: 360, height: 780 }
const SETTLED_MS = 2500

mkdirSync(directory, { recursive: true })
const browser = await startBrowser()
const converter = await browser.newPage()

const emulator = await startDemoEmulator()
await emulator.refuse()
await new Promise((resolve) => setTimeout(resolve, 20_000))
await ofEmulator(WIDE, 'light', 'emulator')
await ofEmulator(WIDE, 'dark', 'emulator-dark', ['search'])
await ofEmulator(PHONE, 'light', 'phone', ['throughput', 'search', 'requests'])
await emulator.close()

const agent = await startDemoAgent()
await new Promise((resolve) => setTimeout(resolve, 30_000))
await ofAgent(WIDE, 'light', 'agent')
await agent.close()
await browser.close()

async function ofEmulator(size, colorScheme, prefix, only) {
  const { page, close } = await openPage(browser, emulator.url, { ...size, colorScheme })
  for (const view of ['throughput', 'logstores', 'search', 'requests', 'faults']) {
    if (only !== undefined && !only.includes(view)) continue
    await goTo(page, view)
    await prepare(page, view)
    await take(page, `${prefix}-${view}`)
  }
  if (only === undefined) {
    await goTo(page, 'search')
    await page.getByRole('button', { name: 'Live' }).click()
    await take(page, `${prefix}-live`)
  }
  await close()
}

async function ofAgent(size, colorScheme, prefix) {
  const { page, close } = await openPage(browser, agent.url, { ...size, colorScheme })
  await page.fill('input[type=password]', TOKEN)
  await page.keyboard.press('Enter')
  for (const view of ['inputs', 'throughput', 'producer', 'spool', 'tap', 'fleet']) {
    await goTo(page, view)
    await take(page, `${prefix}-${view}`)
  }
  await close()
}

async function prepare(page, view) {
  if (view === 'search') {
    await page.fill('#query', 'level: error or level: warn')
    await page.waitForTimeout(SETTLED_MS)
    if (page.viewportSize().width > PHONE.width) await page.locator('.logs button.row').nth(1).click()
  }
  if (view === 'faults') {
    await page.locator('.preset', { hasText: 'Quota' }).click()
    await page.mouse.move(0, 0)
  }
  if (view === 'requests') {
    await page.getByLabel('only refused').check()
    await page.locator('.requests button.row', { hasText: 'SignatureNotMatch' }).first().click()
  }
}

/** Chromium takes PNG and writes WebP on a canvas: a third of the size. */
async function take(page, name) {
  await page.waitForTimeout(SETTLED_MS)
  const png = (await page.screenshot()).toString('base64')
  const webp = await converter.evaluate(async (base64) => {
    const image = new Image()
    image.src = `data:image/png;base64,${base64}`
    await image.decode()
    const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height })
    canvas.getContext('2d').drawImage(image, 0, 0)
    return canvas.toDataURL('image/webp', 0.8).split(',')[1]
  }, png)
  const bytes = Buffer.from(webp, 'base64')
  writeFileSync(join(directory, `${name}.webp`), bytes)
  console.log(`${name}.webp ${(bytes.length / 1000).toFixed(0)} KB`)
}
