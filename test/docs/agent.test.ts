import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import { Agent, type KindInputSpec, readConfig } from '../../src/agent/index.ts'
import { inputTypes } from '../../src/agent/inputs/kinds.ts'
import { silentLogger } from '../../src/core/logger.ts'
import { FakeProducer } from '../agent/support/fake-producer.ts'
import { temporaryFolder } from '../agent/support/start-agent.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const PAGE = readFileSync(join(ROOT, 'docs/agent.md'), 'utf8')
const blocks = [...PAGE.matchAll(/^```yaml\n(.*?)^```/gms)].map(([, text]) => text as string)
const ENVIRONMENT = { ALIBABA_CLOUD_ACCESS_KEY_ID: 'id', TOKEN: 'secret' }

/** The same, with ports that are free and paths of the test. */
function runnable(spec: KindInputSpec): KindInputSpec {
  const text = JSON.stringify(spec)
    .replace(/"(port|udp|tcp)":\d+/g, '"$1":0')
    .replace('"0.0.0.0"', '"127.0.0.1"')
  return JSON.parse(text)
}

describe('the page of the agent', () => {
  test.each(blocks)('has a configuration that is right and runs: %s', async (block) => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'input.mjs'), 'export default () => ({ run: async () => {} })')
    writeFileSync(join(folder, 'loghub'), 'secret')
    const text = block.replace('/run/secrets/loghub', join(folder, 'loghub'))
    const read = await readConfig(text, join(folder, 'agent.yaml'), ENVIRONMENT)
    if ('problems' in read) throw new Error(read.problems.join('\n'))
    const agent = new Agent({ producer: new FakeProducer(), logger: silentLogger, baseDirectory: folder })
    onTestFinished(async () => void (await agent.close({ timeoutMs: 3000 })))
    await agent.apply(read.config.inputs.filter(({ type }) => type !== 'stdin').map(runnable))
    const states = agent.status().inputs.map(({ state }) => state)
    expect(states.every((state) => ['running', 'finished', 'waiting'].includes(state))).toBe(true)
  })

  test('has a section for each kind of input', () => {
    const sections = [...PAGE.matchAll(/^## (.+)$/gm)].map(([, title]) => title)
    const missing = inputTypes.filter((type) => type !== 'module' && !sections.includes(type))
    expect(missing).toEqual([])
  })
})

test('the deployment examples hold a configuration that is right', async () => {
  const daemonSet = readFileSync(join(ROOT, 'examples/deploy/kubernetes.yaml'), 'utf8')
  const map = daemonSet
    .split(/^---$/m)
    .map((part) => parse(part) as { kind: string; data?: Record<string, string> })
    .find(({ kind }) => kind === 'ConfigMap')
  const files = [map!.data!['agent.yaml']!, readFileSync(join(ROOT, 'examples/deploy/agent.yaml'), 'utf8')]
  const environment = new Proxy({}, { get: () => 'x' })
  for (const file of files)
    expect(await readConfig(file.replaceAll(/\$\{file:[^}]*\}/g, 'x'), 'agent.yaml', environment)).not.toHaveProperty(
      'problems',
    )
})
