import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { goTo, openPage } from './browser.mjs'
import { startDemoAgent, TOKEN } from './demo-agent.mjs'
import { startDemoEmulator } from './demo-emulator.mjs'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const SIZES = [
  { width: 360, height: 740 },
  { width: 1440, height: 900 },
]
const EMULATOR_VIEWS = ['throughput', 'logstores', 'search', 'requests', 'faults']
const AGENT_VIEWS = ['inputs', 'throughput', 'producer', 'spool', 'tap', 'fleet']

/** Every view in both widths, dark and light: nothing is cut off, and axe-core finds nothing. */
export default async function looks({ browser, prove, short }) {
  const emulator = await startDemoEmulator({ history: false })
  const agent = await startDemoAgent()
  await emulator.refuse()
  const looks = SIZES.flatMap((size) => ['light', 'dark'].map((colorScheme) => ({ ...size, colorScheme })))
  // In the short form each width once, one of them dark.
  for (const look of short ? [looks[0], looks[3]] : looks) {
    await prove(`the emulator's views, ${look.width} px, ${look.colorScheme}`, () =>
      lookAt(emulator.url, EMULATOR_VIEWS, look),
    )
    await prove(`the agent's views, ${look.width} px, ${look.colorScheme}`, () => lookAt(agent.url, AGENT_VIEWS, look))
  }
  await agent.close()
  await emulator.close()

  async function lookAt(url, views, look) {
    const { page, problems, close } = await openPage(browser, url, look)
    if (views === AGENT_VIEWS) {
      await check(page, 'token')
      await page.fill('input[type=password]', TOKEN)
      await page.keyboard.press('Enter')
    }
    for (const view of views) {
      await goTo(page, view)
      await page.waitForTimeout(1200)
      await prepare(page, view)
      await check(page, view)
    }
    await page.keyboard.press('Escape')
    await page.locator('button[aria-label=Help]').click()
    await check(page, 'help')
    await close()
    assert.deepEqual(problems, [])
  }
}

/** What is open when a person looks closer. */
async function prepare(page, view) {
  if (view === 'search') await page.locator('.logs button.row').first().click()
  if (view === 'faults') await page.locator('.preset', { hasText: 'Quota' }).click()
  if (view === 'requests') {
    await page.getByLabel('only refused').check()
    await page.locator('.requests button.row', { hasText: 'SignatureNotMatch' }).first().click()
  }
  await page.waitForTimeout(200)
}

async function check(page, view) {
  const cut = await page.evaluate(cutOff)
  assert.deepEqual(cut, [], `${view}: these are cut off`)
  await page.evaluate(AXE)
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }))
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`)
  assert.deepEqual(found, [], `${view}: axe-core finds`)
}

/** In the page: what is wider than the window, and text that its box hides without telling by an ellipsis. */
function cutOff() {
  const wide =
    document.documentElement.scrollWidth > innerWidth
      ? [`the page is ${document.documentElement.scrollWidth} px wide`]
      : []
  const hidden = [...document.querySelectorAll('body *')].filter((element) => {
    if (element.closest('.hidden, .skip, .u-wrap, select, option') || element.children.length > 0) return false
    const { left, right, width } = element.getBoundingClientRect()
    if (width === 0) return false
    if (left < -1 || right > innerWidth + 1) return !element.closest('.summary, .what, .where')
    const { overflowX, textOverflow } = getComputedStyle(element)
    return element.scrollWidth > element.clientWidth + 1 && overflowX !== 'visible' && textOverflow !== 'ellipsis'
  })
  const names = hidden.map((element) => `${element.tagName} ${element.className} ${element.textContent.slice(0, 60)}`)
  return [...wide, ...names.filter((name) => !name.startsWith('INPUT'))]
}
