import assert from 'node:assert/strict'
import { eventually, openPage } from './browser.mjs'
import { startDemoEmulator } from './demo-emulator.mjs'

const MOST_TABS = 80

export default async function keyboard({ browser, prove }) {
  const demo = await startDemoEmulator({ history: false })
  await demo.refuse()
  const { page, problems, close } = await openPage(browser, demo.url)
  const press = (...keys) =>
    keys.reduce((before, key) => before.then(() => page.keyboard.press(key)), Promise.resolve())
  const has = (selector, hasText) => page.locator(selector, { hasText }).first().waitFor({ timeout: 5000 })
  const focused = () =>
    page.evaluate(() => {
      const element = document.activeElement
      const { outlineStyle, outlineWidth } = getComputedStyle(element)
      const name = element.getAttribute('aria-label') ?? element.labels?.[0]?.textContent ?? element.textContent ?? ''
      const isVisible = outlineStyle !== 'none' && outlineWidth !== '0px'
      return { name: name.trim(), isVisible, tag: element.tagName }
    })
  /** Goes on with Tab until something of this name has the focus; every place on the way must show that it has it. */
  const tabTo = async (name) => {
    for (let i = 0; i < MOST_TABS; i++) {
      await press('Tab')
      const place = await focused()
      if (place.tag !== 'BODY')
        assert.ok(place.isVisible, `${place.tag} ${place.name} does not show that it has the focus`)
      if (name.test(place.name)) return
    }
    throw new Error(`${name} is not reached within ${MOST_TABS} steps`)
  }

  await prove('views are opened by Tab and Enter', async () => {
    await has('nav a', /Search/)
    await tabTo(/^Requests$/)
    await press('Enter')
    await has('h1', /Requests/)
  })

  await prove('a request opens and closes, and what it says is read', async () => {
    // The list moves until a request is open: a key may meet a row that is just drawn anew.
    for (let tries = 3; tries > 0; tries--) {
      await tabTo(/SignatureNotMatch/)
      await press('Enter')
      const isOpen = await has('.refusal', /string that was to be signed/).then(
        () => true,
        () => tries === 1,
      )
      if (isOpen) break
    }
    await has('.refusal', /string that was to be signed/)
    await press('Enter')
    await page.locator('.refusal').waitFor({ state: 'detached' })
  })

  await prove('/ leads to the search, a log opens, the histogram is used by the arrow keys', async () => {
    await press('/')
    await page.waitForFunction(() => document.activeElement?.id === 'query')
    await page.keyboard.type('info/')
    assert.equal(await page.inputValue('#query'), 'info/')
    await press('Backspace', 'Enter')
    await has('.logs li', /level info/)
    await tabTo(/histogram/)
    await press('ArrowLeft', 'ArrowLeft', 'ArrowRight', 'Enter')
    await eventually(async () => (await page.inputValue('.search-bar select >> nth=1')) === 'between')
    await has('.result', /found/)
    await tabTo(/^\d\d:\d\d:\d\d/)
    await press('Enter')
    await has('.log-fields', /level/)
  })

  await prove('? opens the help, Escape closes it', async () => {
    await press('?')
    await has('dialog', /Queries/)
    await press('Escape')
    await page.locator('dialog').waitFor({ state: 'detached' })
  })

  await prove('a fault is made and ended', async () => {
    await page.evaluate(() => document.querySelector('.skip').focus())
    await tabTo(/^Faults$/)
    await press('Enter')
    await has('h1', /Faults/)
    await tabTo(/^Slow answers/)
    await press('Enter')
    await has('tbody tr', /answers 3 s late/)
    await tabTo(/^Remove rule/)
    await press('Enter')
    await has('.empty', /None: every request/)
  })

  await prove('the first key press leads past the header', async () => {
    await page.reload()
    await has('h1', /Faults/)
    await press('Tab')
    assert.match((await focused()).name, /Skip to the content/)
    await press('Enter')
    assert.equal((await focused()).tag, 'MAIN')
  })

  await prove('nothing failed in the page', async () => assert.deepEqual(problems, []))
  await close()
  await demo.close()
}
