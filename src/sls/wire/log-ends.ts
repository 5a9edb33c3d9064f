import { malformed, ProtobufReader } from './protobuf-reader.ts'

/**
 * Where each log of an encoded LogGroup ends, in bytes from the start of the group; the logs must come before all else.
 *
 * @throws ProducerError `ERR_LOGHUB_SEND` when it does not begin with that many logs
 */
export function logEnds(group: Buffer, logCount: number): Uint32Array {
  const ends = new Uint32Array(logCount)
  const reader = new ProtobufReader(group)
  for (let i = 0; i < logCount; i++) {
    const isLog = reader.next() && reader.field === 1 && reader.wireType === 'bytes'
    if (!isLog) throw malformed(`it does not begin with ${logCount} logs`)
    const log = reader.bytes()
    ends[i] = log.byteOffset - group.byteOffset + log.length
  }
  return ends
}
