// A destination other than the service: a sink gets whole batches, as compressed LogGroups, and returns whether each is stored.
// The producer still does everything else (batching, memory, retries, callbacks). This sink appends the logs of a batch to a
// file, as lines of JSON: `decodePayload` decodes the batch to logs.
import { open, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodePayload, Producer, SinkError } from 'loghub-producer'
import { check } from './support.mjs'

class FileSink {
  #path
  #file
  #batches = 0

  constructor(path) {
    this.#path = path
  }

  /** One call is one attempt. The producer tries again when, and as, the failure class says. */
  async send({ logstore, payload }) {
    if (this.#batches++ === 0)
      throw new SinkError('ERR_LOGHUB_NETWORK', 'not mounted yet', { failureClass: 'back-off' })
    this.#file ??= await open(this.#path, 'a')
    const { topic, logs } = await decodePayload(payload)
    // Times are in seconds. Contents are pairs, since keys may repeat; a producer that sends objects has each key once.
    const lines = logs.map(({ time, contents }) => JSON.stringify({ time, topic, ...Object.fromEntries(contents) }))
    await this.#file.appendFile(`${lines.join('\n')}\n`)
    return { requestId: `${logstore}-${this.#batches}` }
  }

  async close() {
    await this.#file?.close()
  }
}

const path = join(tmpdir(), `loghub-example-${process.pid}.jsonl`)
const sink = new FileSink(path)
const producer = new Producer({ sink, project: 'archive', logstore: 'events', lingerMs: 50 })
const results = await Promise.all(
  Array.from({ length: 1000 }, (_, n) =>
    producer.send({ topic: 'orders', logs: { contents: { n, text: 'an event' } } }),
  ),
)
const { requestId, attemptCount, rawSizeInBytes, sentSizeInBytes } = results[0]
console.log(`${requestId}: ${attemptCount} attempts, ${rawSizeInBytes} bytes, ${sentSizeInBytes} compressed`)
await producer.close()

check(attemptCount, 2, 'the first attempt failed and was made again')
check(
  results.every(({ successful }) => successful),
  true,
  'all 1000 logs were sent',
)
const lines = (await readFile(path, 'utf8')).trim().split('\n').map(JSON.parse)
check(lines.length, 1000, 'one line for each log')
check(lines[999].n, '999', 'in the order of sending, values as text')
await rm(path)
