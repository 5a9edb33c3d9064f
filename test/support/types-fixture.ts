// Compiled by test/producer/public-types.test.ts with exactOptionalPropertyTypes: what a user may write and, where an error
// is expected, what the compiler refuses. Never run.
import { type Contents, type Destination, type LogIterable, Producer, type ProducerConfig } from '../../src/index.ts'

interface Row {
  id: number
  note?: string
}

class Order implements Row {
  readonly #secret = 1
  id = 1
  total(): number {
    return this.#secret
  }
}

declare const row: Row
declare const rows: readonly Row[]
declare const order: Order
declare const record: Record<string, unknown>
declare const nothing: string | undefined
declare const signal: AbortSignal | undefined
declare const when: Date | number | undefined
declare function read(): AsyncGenerator<Row>

const config: ProducerConfig = {
  endpoint: nothing,
  project: nothing,
  logstore: nothing,
  topic: nothing,
  region: nothing,
  lingerMs: undefined,
}
const producer = new Producer(config)
const destination: Destination = {
  topic: nothing,
  source: nothing,
  shardHash: nothing,
  project: nothing,
  logstore: nothing,
}
const writer = producer.writer(destination)

export async function accepted(): Promise<void> {
  for (const contents of [row, order, record] satisfies Contents[]) await writer.send(contents)
  await writer.send(row, { time: when, nanoseconds: 'from-time', signal, maxBlockMs: undefined, overflow: undefined })
  writer.send(row, undefined, () => {})
  writer.trySend(row, undefined, () => {})
  await producer.send({ logs: { contents: row, time: when, nanoseconds: undefined }, ...destination, signal })
  await producer.send({ logs: rows.map((contents) => ({ contents })) })
  await producer.send({
    logs: {
      contents: [
        ['a', row],
        ['a', null],
        ['b', undefined],
      ],
    },
  })
  await producer.sendAll(rows, destination, { signal, onError: undefined })
  await producer.sendAll(read())
  await producer.ready({ signal })
  await producer.flush({ timeoutMs: undefined, signal })
  await producer.close({ timeoutMs: undefined })
  producer.putProject({ project: 'p', endpoint: nothing })
  producer.update({ lingerMs: undefined, topic: nothing as never })
  try {
    writer.trySend({ level: 'info', error: new Error('x'), map: new Map(), nested: { deep: row } })
  } catch (error) {
    writer.trySend({ error })
  }
}

export function refused(): void {
  // @ts-expect-error a text has no fields
  writer.trySend('text')
  // @ts-expect-error bytes are a value
  writer.trySend(Buffer.from('text'))
  // @ts-expect-error a Map is a value
  writer.trySend(new Map([['a', 1]]))
  // @ts-expect-error a Set is a value
  writer.trySend(new Set(['a']))
  // @ts-expect-error Headers are a value
  writer.trySend(new Headers())
  // @ts-expect-error a Date is a value
  writer.trySend(new Date())
  // @ts-expect-error a function has no fields
  writer.trySend(() => 1)
  // @ts-expect-error texts are no pairs
  writer.trySend(['a', 'b'])
  // @ts-expect-error keys are text
  writer.trySend([[1, 'b']])
  // @ts-expect-error undefined is no contents
  writer.trySend(undefined)
  // @ts-expect-error logs are missing
  void producer.send({ contents: { a: 1 } })
  // @ts-expect-error a name that is not known
  void producer.send({ logs: { contents: row }, Topic: 'a' })
  // @ts-expect-error a log has no timestamp
  void producer.send({ logs: { contents: row, timestamp: 1 } })
}

export const iterable: LogIterable = new Set([row])
