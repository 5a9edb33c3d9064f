import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import Ajv2020 from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { agentJsonSchema, readConfig } from '../../../src/agent/index.ts'
import { temporaryFolder } from '../support/start-agent.ts'

const read = async (text: string, environment = {}, file = 'agent.yaml') => {
  const result = await readConfig(text, file, environment)
  return 'problems' in result ? result.problems : result.config
}

describe('what is filled in', () => {
  test('comes from the environment, a default or a file, and keeps its kind', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'token'), 'from-file\n')
    const text =
      'inputs:\n  - id: a\n    type: http\n    port: ${PORT}\n    token: "${file:token}"\n    path: /${P:-x}/$${P}\n'
    expect(await read(text, { PORT: '8080' }, join(folder, 'agent.yaml'))).toMatchObject({
      inputs: [{ port: 8080, token: 'from-file', path: '/x/${P}' }],
    })
  })

  test('and is missing, is named by line and key', async () => {
    expect(
      await read(
        'inputs:\n  - id: a\n    type: http\n    port: 1\n    token: ${NOPE}\nproducer:\n  project: ${file:/no/such}\n  logstore: ${a b}\n',
      ),
    ).toEqual([
      'agent.yaml:5: inputs[0].token: ${NOPE}: there is no such environment variable',
      'agent.yaml:7: producer.project: ${file:/no/such}: ENOENT',
      'agent.yaml:8: producer.logstore: ${a b}: must be ${NAME}, ${NAME:-default} or ${file:PATH}',
    ])
  })

  test('is never shown in an error, and never looked at again', async () => {
    const problems = await read('inputs:\n  - { id: a, type: stdin, longLines: "${SECRET}" }\n', { SECRET: 'p4ssw0rd' })
    expect(problems).toEqual([expect.stringContaining('inputs[0].longLines')])
    expect(String(problems)).not.toContain('p4ssw0rd')
    const secret = 'hunter2-secret+(x'
    for (const option of [
      'type: "${S}"',
      'type: stdin, parser: { type: regex, pattern: "${S}" }',
      'type: stdin, encoding: "no-${S}"',
      'type: stdin, time: { field: t, format: "%q${S}", timezone: "${S}" }',
      'type: stdin, to: { tags: "${S}" }',
      'type: stdin, "${S}": 1, transforms: [{ type: redact, pattern: "[${S}" }]',
      'type: stdin }\n  - { id: "${S}", type: stdin }\n  - { id: "${S}", type: stdin',
    ]) {
      const problems = String(await read(`inputs:\n  - { id: a, ${option} }\n`, { S: secret }))
      expect(problems).toMatch(/agent.yaml:\d: /)
      expect(problems).not.toContain('hunter2')
    }
    const result = await readConfig('inputs: []\nproducer: { endpoint: "${S}" }', 'agent.yaml', { S: secret })
    const place = 'place' in result ? result.place : () => 'no'
    expect(place(['producer', 'endpoint'], `must be an address, got "${secret.slice(0, 12)}..."`)).toBe(
      'agent.yaml:2: producer.endpoint: must be an address, got something else from outside the file',
    )
    expect(await read('inputs: []\nstateDirectory: ${A}', { A: '${B}', B: 'no' })).toMatchObject({
      stateDirectory: '${B}',
    })
  })
})

test.skipIf(process.platform === 'win32')(
  'what is filled in from a device without end, a FIFO without a writer or a directory does not stop the agent',
  async () => {
    const folder = temporaryFolder()
    execFileSync('mkfifo', [join(folder, 'fifo')])
    const text = 'inputs: []\nproducer:\n  project: ${file:/dev/zero}\n  logstore: ${file:.}\n  source: ${file:fifo}\n'
    expect(await read(text, {}, join(folder, 'agent.yaml'))).toEqual([
      expect.stringContaining('agent.yaml:3: producer.project: ${file:/dev/zero}: is larger than 1048576 bytes'),
      expect.stringContaining('agent.yaml:4: producer.logstore: ${file:.}: EISDIR'),
    ])
  },
)

test('what two inputs have in common is written once, with an anchor', async () => {
  const text =
    'inputs:\n  - &a { id: a, type: file, paths: [a.log], parser: json }\n  - { <<: *a, id: b, paths: [b.log] }\n'
  expect(await read(text)).toMatchObject({
    inputs: [
      { id: 'a', paths: ['a.log'], parser: 'json' },
      { id: 'b', paths: ['b.log'], parser: 'json' },
    ],
  })
})

describe('what is wrong', () => {
  test.each([
    ['inputs: [\n', 'agent.yaml:2: '],
    ['inputs: []\ninputs: []\n', 'agent.yaml:2: Map keys must be unique'],
    ['', 'agent.yaml:1: must be a mapping, got null'],
    ['producer: {}\n', 'agent.yaml:1: inputs is missing'],
    ['inputs: []\nadmin: { host: 0.0.0.0 }\n', 'agent.yaml:1: admin: listening on 0.0.0.0 needs a token'],
    [
      'inputs:\n  - { id: a, type: stdin }\n  - { id: a, type: stdin }\n',
      "agent.yaml:3: inputs[1].id: 'a' is given twice",
    ],
    [
      'inputs:\n  - { id: a, type: stdin }\n  - { id: b, type: stdin }\n',
      'agent.yaml:1: inputs: only one input can be of type stdin: a, b',
    ],
    [
      'inputs:\n  - { id: a b, type: stdin }\n',
      "agent.yaml:2: inputs[0].id: must be 1 to 128 letters, digits, '.', '_' or '-'",
    ],
    ['inputs:\n  - { id: a, type: http, port: ${PORT} }\n', 'quote what has ${...} in it'],
    ['inputs: []\n---\ninputs: []\n', 'agent.yaml:2: a second document begins; there must be one'],
    [
      'inputs: []\nstatedirectory: x\n',
      'agent.yaml:2: statedirectory: there is no such option; did you mean stateDirectory?',
    ],
    [
      'inputs:\n  - id: a\n    type: file\n    paths: [x]\n    time: { field: t, format: "%Y %q" }\n',
      'agent.yaml:5: inputs[0].time.format: must be',
    ],
    [
      'inputs:\n  - id: a\n    type: file\n    paths: [x]\n    parser: { type: regex, pattern: "(" }\n',
      'agent.yaml:5: inputs[0].parser.pattern: must be a regular expression',
    ],
    [
      'inputs:\n  - id: a\n    type: file\n    paths: [x]\n    encoding: klingon\n',
      'agent.yaml:5: inputs[0].encoding: must be an encoding',
    ],
    [
      'inputs:\n  - id: a\n    type: stdin\n    transforms:\n      - { type: keep, field: x }\n',
      'agent.yaml:5: inputs[0].transforms[0]: matches is missing',
    ],
  ])('in %j is told with its place', async (text, message) => {
    const problems = await read(text)
    expect(problems).toEqual([expect.stringContaining(message)])
  })

  test('is not that an agent of a fleet has no inputs of its own', async () => {
    expect(await read('fleet: { name: shop }\n')).toEqual({ inputs: [], fleet: { name: 'shop' } })
  })

  test('a list in lists in lists is refused', async () => {
    const text = `inputs: ${'['.repeat(5000)}${']'.repeat(5000)}`
    expect(await read(text)).toEqual(['agent.yaml:1: is nested too deeply'])
  })

  test('a bomb of aliases is refused', async () => {
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${[...'bcdefgh'].map((name, i) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[i]}`)}]`).join('\n')}\ninputs: []\n`
    expect(await read(bomb)).toEqual([expect.stringContaining('alias')])
  })
})

describe('the JSON schema', () => {
  test('is the one in docs, written from the same source', async () => {
    await expect(`${JSON.stringify(agentJsonSchema(), undefined, 2)}\n`).toMatchFileSnapshot(
      resolve(import.meta.dirname, '../../../docs/agent.schema.json'),
    )
  })

  test('takes what the check takes, and refuses what it refuses', () => {
    const validate = new Ajv2020({ strict: false }).compile(
      JSON.parse(readFileSync(resolve(import.meta.dirname, '../../../docs/agent.schema.json'), 'utf8')),
    )
    expect(
      validate({
        inputs: [
          { id: 'a', type: 'file', paths: ['x'], parser: 'json' },
          { id: 's', type: 'syslog', udp: 514 },
        ],
      }),
    ).toBe(true)
    expect(validate({ inputs: [{ id: 'a', type: 'file', path: ['x'] }] })).toBe(false)
    expect(validate({ inputs: [{ id: 'a', type: 'fil', paths: ['x'] }] })).toBe(false)
  })
})
