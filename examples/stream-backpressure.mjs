// A file and a generator through producer.stream() with pipeline(): no faster than the service takes it, with a memory
// budget far smaller than the input.
import { createReadStream } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pipeline } from 'node:stream/promises'
import { Producer } from 'loghub-producer'
import { check, openService, readTopic, uniqueTopic } from './support.mjs'

const LINES = 30_000
const { connection, close } = await openService()
const topic = uniqueTopic('stream')
const folder = await mkdtemp(join(tmpdir(), 'loghub-example-'))
const file = join(folder, 'app.log')
await writeFile(file, Array.from({ length: LINES }, (_, i) => `${i} GET /item/${i} 200\n`).join(''))

const producer = new Producer({ ...connection, lingerMs: 200, totalSizeInBytes: 256 * 1024 })

async function* linesOf(path) {
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })
  for await (const line of lines) {
    const [n, method, path, status] = line.split(' ')
    yield { n, method, path, status: Number(status) }
  }
}

async function* ticks() {
  // With `contents` and `time` a chunk is a log; any other object is the contents of one.
  for (let i = 0; i < 100; i++) yield { contents: { tick: i }, time: Date.now() }
}

// Each resolves when everything written is stored, and rejects with the first log that is not.
await Promise.all([
  pipeline(linesOf(file), producer.stream({ topic })),
  pipeline(ticks(), producer.stream({ topic: `${topic}-ticks` })),
])
const { highWaterBytes, totalBytes } = producer.metrics().memory
console.log(
  `${LINES} lines through ${totalBytes / 1024} KiB of memory, at most ${Math.round(highWaterBytes / 1024)} KiB held`,
)
await producer.close()
await rm(folder, { recursive: true })

check(highWaterBytes <= totalBytes, true, 'the memory budget held')
check(new Set((await readTopic(connection, topic)).map(({ n }) => n)).size, LINES, 'every line is stored')
check((await readTopic(connection, `${topic}-ticks`)).length, 100, 'every tick is stored')
await close()
