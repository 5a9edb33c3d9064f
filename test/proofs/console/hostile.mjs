import assert from 'node:assert/strict'
import { Producer } from 'loghub-producer'
import { startEmulator } from 'loghub-producer/emulator'
import { eventually, goTo, openPage } from './browser.mjs'

const HOSTILE = [
  '<img src=x onerror=alert(1)>',
  '<script>alert(1)</script>',
  '"><svg onload=alert(1)>',
  "'-alert(1)-'",
  'javascript:alert(1)',
  '<style>*{display:none}</style>',
  '</textarea><iframe srcdoc="<script>alert(1)</script>">',
  '\u202egnp.exe\u0000\u001b[31m',
]

export default async function hostile({ browser, prove }) {
  const emulator = await startEmulator({ autoCreate: true })
  await writeHostileLogs(emulator.url)
  await sendHostileRequests(emulator.url)
  const { page, problems, requests, close } = await openPage(browser, `${emulator.url}/console`)
  /** No element but those that the page makes: what came with a log is text. */
  const assertText = async () => {
    const made = await page.locator('main img, main script, main svg, main iframe, main style, main object').count()
    assert.equal(made, 0)
  }
  const shows = async (selector, text) => {
    await eventually(async () => {
      const all = await page.locator(selector).allTextContents()
      return all.some((one) => one.includes(text)) || `${selector} does not show ${text}`
    })
  }

  await prove('what is in the fields of a log is shown as text', async () => {
    await goTo(page, 'search')
    await page.locator('.logs li').first().waitFor()
    for (const text of HOSTILE.slice(0, 7)) await shows('.logs .summary', text)
    for (const row of await page.locator('.logs button.row').all()) {
      await row.click()
      await assertText()
    }
    await shows('.fields-panel summary', HOSTILE[0])
    await shows('.chip', HOSTILE[1])
    await assertText()
  })

  await prove('a click on a hostile value searches for it', async () => {
    await page.evaluate(() => {
      for (const details of document.querySelectorAll('.fields-panel details')) details.open = true
    })
    await page.locator('.chip', { hasText: '<script>' }).first().click()
    await page.locator('.result', { hasText: /[1-9]\d* logs? found/ }).waitFor()
    await page.locator('.logs li').first().waitFor()
    await assertText()
    await page.fill('#query', HOSTILE[0])
    await page.waitForTimeout(600)
    await assertText()
  })

  await prove('so are new logs', async () => {
    await page.fill('#query', '')
    await page.getByRole('button', { name: 'Live' }).click()
    await page.locator('.empty', { hasText: 'Waiting' }).waitFor()
    await page.waitForTimeout(500)
    await writeHostileLogs(emulator.url)
    await page.locator('.logs li').first().waitFor()
    await shows('.logs .summary', HOSTILE[1])
    await assertText()
  })

  await prove('so are the path, the client and the refusal of a request', async () => {
    await goTo(page, 'requests')
    await page.locator('.requests li').first().waitFor()
    await page.locator('.requests button.row', { hasText: 'logstores/%3C' }).first().click()
    await assertText()
    await shows('.details', '<b>client</b>')
  })

  await prove('so are the rules of the script', async () => {
    await goTo(page, 'faults')
    await page.getByLabel('Project', { exact: true }).fill(HOSTILE[0])
    await page.getByLabel('Message').fill(HOSTILE[1])
    await page.getByRole('button', { name: 'Add the rule' }).click()
    await page.locator('tbody tr').first().waitFor()
    await shows('tbody td', HOSTILE[0])
    await shows('tbody td', HOSTILE[1])
    await assertText()
  })

  await prove('the address cannot bring in anything either', async () => {
    await page.goto(
      `${emulator.url}/console#/search?query=${encodeURIComponent(HOSTILE[0])}&project=${encodeURIComponent(HOSTILE[2])}&logstore=x`,
    )
    await page.reload()
    await page.waitForTimeout(500)
    await assertText()
  })

  await prove('should it fail, the policy still keeps scripts out', async () => {
    const tried = await page.evaluate(async () => {
      const outcome = []
      const attempt = (run) => {
        try {
          run()
          outcome.push('ran')
        } catch (error) {
          outcome.push(error.name)
        }
      }
      attempt(() => {
        document.body.innerHTML += '<img src=x onerror="window.hacked=1">'
      })
      attempt(() => {
        const script = document.createElement('script')
        script.textContent = 'window.hacked=1'
        document.body.append(script)
      })
      attempt(() => document.body.setAttribute('onclick', 'window.hacked=1'))
      document.body.click()
      const loaded = await fetch('http://127.0.0.1:9/').then(
        () => 'loaded',
        () => 'refused',
      )
      return { outcome, hacked: window.hacked, loaded }
    })
    assert.equal(tried.hacked, undefined)
    assert.equal(tried.loaded, 'refused')
    return tried.outcome.join(', ')
  })

  await prove('no script ran, and nothing was asked of other servers', async () => {
    const ran = problems.filter((problem) => !/Content Security Policy|Trusted|violates|connect-src/i.test(problem))
    assert.deepEqual(ran, [])
    const foreign = requests.filter(
      (url) => !url.startsWith(`${emulator.url}/console`) && url !== 'http://127.0.0.1:9/',
    )
    assert.deepEqual(foreign, [])
  })
  await close()
  await emulator.close()
}

/** Each text as a key, a value, the topic, the source and a tag. */
async function writeHostileLogs(endpoint) {
  const credentials = { accessKeyId: 'id', accessKeySecret: 'secret' }
  const logger = { debug() {}, info() {}, warn() {}, error() {} }
  for (const text of HOSTILE) {
    const options = { endpoint, project: 'hostile', logstore: 'hostile', credentials, logger, lingerMs: 0 }
    const producer = new Producer({ ...options, source: text, tags: { [text]: text } })
    await producer.send({ topic: text, logs: { contents: { message: text, [text]: text, __proto__x: text } } })
    await producer.close()
  }
}

async function sendHostileRequests(url) {
  const headers = { 'user-agent': '<b>client</b><script>alert(1)</script>', authorization: 'LOG <i>x</i>:<i>y</i>' }
  for (const text of HOSTILE.slice(0, 7)) {
    await fetch(`${url}/logstores/${encodeURIComponent(text)}?type=${encodeURIComponent(text)}`, { headers })
  }
}
