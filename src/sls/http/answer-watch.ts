import type { Socket } from 'node:net'

const CONTINUE = /^HTTP\/1\.[01] 100[ \r]/
/** Enough to tell `100 Continue` from any other answer. */
const TELLING_BYTES = 13
const LONGEST_HEAD_BYTES = 8192

/**
 * What comes in over one socket, seen just before the HTTP client parses it. It knows whether a byte of an answer has
 * come, which counts decrypted bytes only: the last words of TLS when it closes an idle connection are none. And it leaves
 * out `100 Continue`, which a server may send unasked and on which the HTTP client gives the connection up.
 */
export class AnswerWatch {
  #hasBytes = false
  #isAtHead = true
  #head: Buffer<ArrayBufferLike> = Buffer.alloc(0)

  constructor(socket: Socket) {
    const read = socket.read.bind(socket)
    socket.read = (size?: number) => this.#pass(read(size), read)
  }

  /** Something has come since the request began. */
  get hasBytes(): boolean {
    return this.#hasBytes
  }

  /** A request goes out: what comes next is the head of its answer. */
  begin(): void {
    this.#hasBytes = false
    this.#isAtHead = true
    this.#head = Buffer.alloc(0)
  }

  #pass(chunk: Buffer | null, read: (size?: number) => Buffer | null): Buffer | null {
    let next = chunk
    while (next !== null) {
      this.#hasBytes = true
      if (!this.#isAtHead) return next
      const rest = this.#withoutContinue(next)
      if (rest !== undefined) return rest
      next = read()
    }
    return null
  }

  /** Undefined: more is needed to tell. */
  #withoutContinue(chunk: Buffer): Buffer | undefined {
    this.#head = this.#head.length === 0 ? chunk : Buffer.concat([this.#head, chunk])
    for (;;) {
      const start = this.#head.toString('latin1', 0, TELLING_BYTES)
      if (start.length < TELLING_BYTES && 'HTTP/1.1 100 '.startsWith(start)) return undefined
      if (!CONTINUE.test(start)) return this.#release()
      const end = this.#head.indexOf('\r\n\r\n')
      if (end < 0) return this.#head.length < LONGEST_HEAD_BYTES ? undefined : this.#release()
      this.#head = this.#head.subarray(end + 4)
    }
  }

  #release(): Buffer {
    const head = this.#head
    this.#isAtHead = false
    this.#head = Buffer.alloc(0)
    return head
  }
}
