import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import * as agent from '../../src/agent/index.ts'
import { topCommand } from '../../src/cli/top/top-command.ts'
import { Producer } from '../../src/producer/producer.ts'

const page = readFileSync(resolve(import.meta.dirname, '../../docs/top.md'), 'utf8')

test('the program of the page of top runs as it stands, at a free port', async () => {
  const program = /```js\n([\s\S]*?)```/.exec(page)?.[1] ?? ''
  const producer = new Producer({ sink: { send: async () => ({ requestId: 'none' }), close: async () => {} } })
  onTestFinished(async () => void (await producer.close()))
  const body = program
    .replace(/import (\{[^}]*\}) from 'loghub-producer\/agent'/, 'const $1 = agent')
    .replace('port: 9330', 'port: 0')
    .replace('await served.close()', 'return served')
  const run = new Function('agent', 'producer', `return (async () => { ${body} })()`)
  const served = (await run(agent, producer)) as agent.ServedProducer
  onTestFinished(() => served.close())
  const about = await (await fetch(`${served.url}/console/api/about`)).json()
  expect(about).toMatchObject({ kind: 'producer', name: 'checkout' })
})

test('the page of top has every option of the command, and no other', () => {
  const options = topCommand(() => {}).options.map(({ long }) => long)
  const listed = [...page.matchAll(/^\| `(--[\w-]+)/gm)].map(([, name]) => name)
  expect([...listed, '--verbose'].sort()).toEqual(options.sort())
})
