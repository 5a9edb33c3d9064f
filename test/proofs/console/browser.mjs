import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'

const KNOWN_PLACES = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/** Starts the Chromium of this machine; where there is none, the one of playwright is installed first. */
export async function startBrowser() {
  const installed = [...KNOWN_PLACES, chromium.executablePath()].find((path) => path && existsSync(path))
  const executablePath = installed ?? installChromium()
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--force-color-profile=srgb'] })
}

function installChromium() {
  console.log('Chromium is not here: installing it (CHROMIUM names another one)')
  const command = ['playwright-core', 'install', '--with-deps', '--only-shell', 'chromium']
  const { status } = spawnSync('npx', command, { stdio: 'inherit' })
  if (status !== 0) throw new Error('Chromium cannot be installed: install it by hand and name it in CHROMIUM')
  return chromium.executablePath()
}

/** A page that remembers everything that went wrong in it. */
export async function openPage(browser, url, { width = 1440, height = 900, colorScheme = 'light', ...others } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme, ...others })
  const page = await context.newPage()
  const problems = []
  page.on('pageerror', (error) => problems.push(`error: ${error.message}`))
  page.on('console', (message) => {
    // A server that is away, and a refusal, are part of what is tried.
    const isExpected = /Failed to load resource|ERR_CONNECTION/.test(message.text())
    if (message.type() === 'error' && !isExpected) problems.push(`console: ${message.text()}`)
  })
  page.on('dialog', async (dialog) => {
    problems.push(`a script of a log ran: ${dialog.message()}`)
    await dialog.dismiss()
  })
  const requests = []
  page.on('request', (request) => requests.push(request.url()))
  await page.goto(url)
  return { page, problems, requests, close: () => context.close() }
}

/** Opens a view by its link, as a person would. */
export async function goTo(page, view) {
  await page.click(`nav a[href="#/${view}"]`)
  await page.waitForSelector(`nav a[href="#/${view}"][aria-current="page"]`)
}

/** Asks again and again until it holds; fails with what it said last after ten seconds. */
export async function eventually(holds) {
  const endMs = performance.now() + 10_000
  for (;;) {
    const said = await holds()
    if (said === true) return
    if (performance.now() > endMs) throw new Error(`it did not come true within 10 s: ${JSON.stringify(said)}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
