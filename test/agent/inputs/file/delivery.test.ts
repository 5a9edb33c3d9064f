import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { Agent } from '../../../../src/agent/index.ts'
import { systemClock } from '../../../../src/core/clock.ts'
import { silentLogger } from '../../../../src/core/logger.ts'
import { startEmulator } from '../../../../src/emulator/index.ts'
import { Producer } from '../../../../src/producer/producer.ts'
import { eventually, temporaryFolder } from '../../support/start-agent.ts'

/** Ships a folder of files with the real producer, and gives back the lines of each file as they are stored. */
async function ship(files: Readonly<Record<string, Buffer>>, options: object = {}) {
  const folder = temporaryFolder()
  const emulator = await startEmulator({ autoCreate: true })
  onTestFinished(() => emulator.close())
  const credentials = { accessKeyId: 'id', accessKeySecret: 'secret' }
  const producer = new Producer({
    endpoint: emulator.url,
    project: 'p',
    logstore: 'l',
    credentials,
    lingerMs: 50,
    lanes: 1,
  })
  const agent = new Agent({
    producer,
    stateDirectory: join(folder, 'state'),
    clock: systemClock,
    logger: silentLogger,
    once: true,
  })
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes)
  await agent.add({ id: 'f', type: 'file', paths: [join(folder, '*.log')], ...options })
  await agent.finished()
  await agent.close()
  await producer.close()
  const stored = new Map<string, string[]>()
  for (const { tags, contents } of emulator.logs({ project: 'p', logstore: 'l' })) {
    const path = Object.fromEntries(tags as unknown as [string, string][]).__path__ as string
    const name = path.slice(folder.length + 1)
    stored.set(name, [...(stored.get(name) ?? []), contents[0]![1]])
  }
  return { stored, emulator }
}

test('files are stored byte for byte, each with its path, in its order', async () => {
  const files = {
    'a.log': Buffer.from(
      Array.from({ length: 5000 }, (_, n) => `line ${n} \u4f60\u597d\t\u{1f600} "quoted" \\ \u0001\n`).join(''),
    ),
    'b.log': Buffer.from('one\r\n\r\n  indented\nlast without an end'),
  }
  const { stored } = await ship(files)
  expect(`${stored.get('a.log')!.join('\n')}\n`).toBe(files['a.log'].toString())
  expect(stored.get('b.log')).toEqual(['one', '', '  indented', 'last without an end'])
})

// Not part of the package: a folder with samples of the loghub collection (https://github.com/logpai/loghub).
const DATA = process.env.LOGHUB_LOG_SAMPLES ?? ''
const SAMPLES = ['Apache_2k.log', 'Linux_2k.log', 'OpenSSH_2k.log', 'Hadoop_2k.log']

test.skipIf(!existsSync(join(DATA, SAMPLES[0]!)))('samples of real log files are stored byte for byte', async () => {
  const files = Object.fromEntries(SAMPLES.map((name) => [name, readFileSync(join(DATA, name))]))
  const { stored } = await ship(files)
  for (const [name, bytes] of Object.entries(files)) {
    const text = bytes.toString()
    expect(stored.get(name)!.join('\n')).toBe(text.replaceAll('\r\n', '\n').replace(/\n$/, ''))
  }
})

test('the files of one input have their own sequences of pack ids', async () => {
  const { emulator } = await ship({ 'a.log': Buffer.from('a\n'), 'b.log': Buffer.from('b\n') })
  await eventually(() => emulator.logs({ project: 'p', logstore: 'l' }).length === 2)
  const ids = emulator
    .logs({ project: 'p', logstore: 'l' })
    .map(({ tags }) => Object.fromEntries(tags as unknown as [string, string][]).__pack_id__ as string)
  expect(new Set(ids.map((id) => id.split('-')[0])).size).toBe(2)
})
