import type { Receipt, Sink, SinkError, SinkRequest } from '../../src/sls/sink.ts'
import { type DecodedLogGroup, decodeLogGroup } from '../../src/sls/wire/decode-log-group.ts'
import { decompress } from '../../src/sls/wire/decompression.ts'

/** What the sink has to say of a LogGroup before it is stored; undefined stores it. */
export type Judge = (group: DecodedLogGroup, rawSizeInBytes: number) => SinkError | undefined

/** A destination that reads what it is sent, and takes it or not as the test says. */
export class PickySink implements Sink {
  /** Every request, stored or not. */
  readonly requests: DecodedLogGroup[] = []
  readonly stored: DecodedLogGroup[] = []
  judge: Judge

  constructor(judge: Judge) {
    this.judge = judge
  }

  async send({ payload }: SinkRequest): Promise<Receipt> {
    const group = decodeLogGroup(await decompress(payload.bytes, payload.compression, payload.rawSizeInBytes))
    this.requests.push(group)
    const error = this.judge(group, payload.rawSizeInBytes)
    if (error !== undefined) throw error
    this.stored.push(group)
    return { requestId: `request-${this.requests.length}` }
  }

  async close(): Promise<void> {}

  /** The value of one field of everything stored, in the order of storing. */
  values(key: string): string[] {
    const logs = this.stored.flatMap((group) => group.logs)
    return logs.flatMap(({ contents }) => contents.filter(([name]) => name === key).map(([, value]) => value))
  }
}
