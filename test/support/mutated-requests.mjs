import { connect } from 'node:net'

/** What a request looks like before bytes of it are changed. */
const REQUESTS = [
  'GET /inputs HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer secret\r\n\r\n',
  'PUT /inputs/a HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer secret\r\nContent-Length: 20\r\n\r\n{"type":"nonsense!"}',
  'DELETE /inputs/%2e%2e HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
  'GET /tap/../../etc HTTP/1.1\r\nHost: localhost\r\nOrigin: null\r\n\r\n',
  'GET /console/api/throughput?after=1 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer secret\r\nAccept: */*\r\n\r\n',
]
/** A connection that is not answered and not ended in this time is counted as hung. */
const HUNG_MS = 30_000

/**
 * Sends requests in which up to four bytes were changed at random, one a connection, and ends the sending side behind each.
 * Resolves to how many connections were answered, were ended without an answer, and hung.
 */
export async function sendMutatedRequests({ port, requests, seed = 42, atOnce = 50 }) {
  let state = seed
  const random = (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31
    return state % below
  }
  const mutated = () => {
    const bytes = Buffer.from(REQUESTS[random(REQUESTS.length)])
    for (let n = random(4); n >= 0; n--) bytes[random(bytes.length)] = random(256)
    return bytes
  }
  const told = { answered: 0, ended: 0, hung: 0 }
  let left = requests
  const worker = async () => {
    while (left-- > 0) told[await exchange(port, mutated())]++
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return told
}

function exchange(port, bytes) {
  return new Promise((resolve) => {
    let outcome = 'ended'
    const socket = connect(port, '127.0.0.1')
    const hung = setTimeout(() => {
      outcome = 'hung'
      socket.destroy()
    }, HUNG_MS)
    socket.on('error', () => {})
    socket.on('data', () => {
      outcome = 'answered'
      // An event stream would go on.
      socket.destroy()
    })
    socket.on('close', () => {
      clearTimeout(hung)
      resolve(outcome)
    })
    socket.end(bytes)
  })
}
