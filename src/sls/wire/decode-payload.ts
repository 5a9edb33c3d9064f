import type { Payload } from '../sink.ts'
import { type DecodedLogGroup, decodeLogGroup } from './decode-log-group.ts'
import { decompress } from './decompression.ts'

/**
 * What a custom {@link Sink} was given, as logs again: decompresses the payload of a request and reads its LogGroup. Strict
 * and bounded, so it may be given bytes of anybody: the size that is declared is checked before memory is taken for it, and
 * is 10 MiB at most.
 *
 * ```ts
 * const sink: Sink = {
 *   async send({ logstore, payload }) {
 *     const { topic, logs } = await decodePayload(payload)
 *     for (const { time, contents } of logs) await archive(logstore, topic, time, Object.fromEntries(contents))
 *     return { requestId: 'archived' }
 *   },
 *   async close() {},
 * }
 * ```
 *
 * @returns logs in the order in which they were sent; `time` in seconds, values as text (bytes that are not UTF-8 as U+FFFD),
 *   and among the tags `__pack_id__`, the same for each attempt of a batch
 * @throws ProducerError `ERR_LOGHUB_SEND` for a payload that is not what it says
 */
export async function decodePayload(payload: Payload): Promise<DecodedLogGroup> {
  return decodeLogGroup(await decompress(payload.bytes, payload.compression, payload.rawSizeInBytes))
}
