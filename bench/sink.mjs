// The server of the runs that measure: reads requests to their end, answers each with 200 and a request id, and counts.
// It parses no more than it must, so that the client is what is measured; the check run decodes (`check.mjs`).
// In a process of its own where the CPU time of this one is measured: then this file is also the program.
import { fork } from 'node:child_process'
import { createServer } from 'node:net'

const ANSWER = 'HTTP/1.1 200 OK\r\nx-log-requestid: 5B3F0C2A7E1D4F6A9B8C7D60\r\nContent-Length: 0\r\n\r\n'
const LINE_END = Buffer.from('\r\n')
const HEAD_END = Buffer.from('\r\n\r\n')

/** Resolves with `{ port, counts, close() }`. */
export async function startSink(onPort = 0) {
  const counts = { requests: 0, wireBytes: 0, rawBytes: 0 }
  const server = createServer((socket) => {
    socket.setNoDelay(true)
    socket.on('error', () => socket.destroy())
    read(socket, counts)
  })
  await new Promise((resolve) => server.listen(onPort, '127.0.0.1', resolve))
  return { port: server.address().port, counts, close: () => new Promise((resolve) => server.close(resolve)) }
}

/**
 * The sink in a process of its own, on any port or on this one. Resolves with `{ port, close(), kill() }`,
 * and with `pause()` and `resume()`: a process that is stopped takes connections and never answers.
 */
export async function startSinkProcess(onPort = 0) {
  const child = fork(import.meta.filename, [String(onPort)], { execArgv: [] })
  const port = await new Promise((resolve) => child.once('message', resolve))
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const kill = () => {
    child.kill('SIGKILL')
    return ended
  }
  const [pause, resume] = ['SIGSTOP', 'SIGCONT'].map((signal) => () => child.kill(signal))
  return { port, close: async () => child.disconnect(), kill, pause, resume }
}

function read(socket, counts) {
  let head = Buffer.alloc(0)
  let bodyLeft = 0
  /** Between two pieces of a body that comes in pieces: the peers of other languages send such. */
  let isChunked = false
  socket.on('data', (chunk) => {
    let data = chunk
    while (data.length > 0) {
      if (bodyLeft > 0) {
        const taken = Math.min(bodyLeft, data.length)
        data = data.subarray(taken)
        bodyLeft -= taken
        if (bodyLeft === 0 && !isChunked) socket.write(ANSWER)
        continue
      }
      head = head.length === 0 ? data : Buffer.concat([head, data])
      const mark = isChunked ? LINE_END : HEAD_END
      const end = head.indexOf(mark)
      if (end < 0) return
      const text = head.latin1Slice(0, end)
      data = head.subarray(end + mark.length)
      head = Buffer.alloc(0)
      if (isChunked) {
        const size = Number.parseInt(text, 16)
        counts.wireBytes += size
        isChunked = size > 0
        bodyLeft = size + LINE_END.length
        continue
      }
      bodyLeft = count(counts, text)
      isChunked = /\r\ntransfer-encoding: *chunked/i.test(text)
      if (/\r\nexpect: *100-continue/i.test(text)) socket.write('HTTP/1.1 100 Continue\r\n\r\n')
      if (bodyLeft === 0 && !isChunked) socket.write(ANSWER)
    }
  })
}

/** Returns the length of the body. */
function count(counts, head) {
  const number = (name) => Number(new RegExp(`\\r\\n${name}: *(\\d+)`, 'i').exec(head)?.[1] ?? 0)
  const length = number('content-length')
  counts.requests++
  counts.wireBytes += length
  counts.rawBytes += number('x-log-bodyrawsize')
  return length
}

if (process.argv[1] === import.meta.filename) {
  const { port } = await startSink(Number(process.argv[2]))
  process.send(port)
  process.once('disconnect', () => process.exit())
}
