// Another destination than the service: a sink takes whole batches, compressed LogGroups, and says what became of each.
// All the rest (batching, memory, retries, callbacks) stays the producer's. This one appends batches to a file.
import { open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Producer, SinkError } from 'loghub-producer'
import { check } from './support.mjs'

class FileSink {
  #path
  #file
  #batches = 0
  bytes = 0

  constructor(path) {
    this.#path = path
  }

  /** One call is one attempt. The producer tries again when, and as, the failure class says. */
  async send({ logstore, payload }) {
    if (this.#batches++ === 0)
      throw new SinkError('ERR_LOGHUB_NETWORK', 'not mounted yet', { failureClass: 'back-off' })
    this.#file ??= await open(this.#path, 'a')
    await this.#file.appendFile(payload.bytes)
    this.bytes += payload.bytes.length
    return { requestId: `${logstore}-${this.#batches}` }
  }

  async close() {
    await this.#file?.close()
  }
}

const path = join(tmpdir(), `loghub-example-${process.pid}.bin`)
const sink = new FileSink(path)
const producer = new Producer({ sink, project: 'archive', logstore: 'events', lingerMs: 50 })
const results = await Promise.all(
  Array.from({ length: 1000 }, (_, n) => producer.send({ logs: { contents: { n, text: 'an event' } } })),
)
const { requestId, attemptCount, rawSizeInBytes, sentSizeInBytes } = results[0]
console.log(`${requestId}: ${attemptCount} attempts, ${rawSizeInBytes} bytes, ${sentSizeInBytes} compressed`)
await producer.close()

check(attemptCount, 2, 'the first attempt failed and was made again')
check(
  results.every(({ successful }) => successful),
  true,
  'all 1000 logs are in the file',
)
check(sink.bytes, sentSizeInBytes, 'as one compressed batch')
await rm(path)
