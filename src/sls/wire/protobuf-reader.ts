import { ProducerError } from '../../core/errors.ts'

export type WireType = 'varint' | 'fixed64' | 'bytes' | 'fixed32'

const WIRE_TYPES: readonly (WireType | undefined)[] = ['varint', 'fixed64', 'bytes', undefined, undefined, 'fixed32']
const MAX_VARINT_BYTES = 10

/** Walks the fields of one protobuf message. Every read is within its bytes or throws. */
export class ProtobufReader {
  readonly #bytes: Buffer
  #at = 0
  /** Whether the last varint had more than 32 bits: cut off in a number, but no length can be that large. */
  #isCut = false
  field = 0
  wireType: WireType = 'varint'

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  /** Moves on to the next field. False at the end of the message. */
  next(): boolean {
    if (this.#at === this.#bytes.length) return false
    const tag = this.varint()
    const wireType = WIRE_TYPES[tag & 7]
    if (this.#isCut || tag >>> 3 === 0 || wireType === undefined) throw malformed('a tag is not one of protobuf')
    this.field = tag >>> 3
    this.wireType = wireType
    return true
  }

  /** The low 32 bits of a varint; over-long ones of up to ten bytes are legal. */
  varint(): number {
    let value = 0
    this.#isCut = false
    for (let i = 0; i < MAX_VARINT_BYTES; i++) {
      const byte = this.#bytes[this.#at++]
      if (byte === undefined) throw malformed('it ends within a number')
      if (i < 5) value = (value | ((byte & 0x7f) << (7 * i))) >>> 0
      if ((i === 4 && (byte & 0x70) !== 0) || (i > 4 && (byte & 0x7f) !== 0)) this.#isCut = true
      if (byte < 0x80) return value
    }
    throw malformed('a number has more than ten bytes')
  }

  fixed32(): number {
    const at = this.#advance(4)
    return this.#bytes.readUInt32LE(at)
  }

  /** A view, not a copy. */
  bytes(): Buffer {
    const length = this.varint()
    if (this.#isCut) throw malformed('a field has a length of more than 32 bits')
    const at = this.#advance(length)
    return this.#bytes.subarray(at, at + length)
  }

  skip(): void {
    if (this.wireType === 'varint') this.varint()
    else if (this.wireType === 'bytes') this.bytes()
    else this.#advance(this.wireType === 'fixed32' ? 4 : 8)
  }

  #advance(length: number): number {
    const at = this.#at
    if (length > this.#bytes.length - at)
      throw malformed(`a field has ${length} bytes and ${this.#bytes.length - at} are left`)
    this.#at += length
    return at
  }
}

export function malformed(reason: string): ProducerError {
  return new ProducerError('ERR_LOGHUB_SEND', `The LogGroup cannot be read: ${reason}`)
}
