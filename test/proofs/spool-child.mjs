// The application of spool-kill.mjs: sends numbered logs, says of each when it is durable, and is killed at some moment.
const { Producer } = await import(process.env.BUILD)
const { URL: endpoint, DIRECTORY: directory, NAME: name, FIRST: first, ORDER: order } = process.env

const producer = new Producer({
  endpoint,
  project: 'proof',
  logstore: 'kill',
  source: name,
  credentials: { accessKeyId: 'id', accessKeySecret: 'secret' },
  lingerMs: 2,
  baseRetryBackoffMs: 20,
  router: order === '1' ? 'key-hash' : 'least-loaded',
  resolveOn: 'durable',
  spool: { directory, mode: 'always' },
  logger: { debug() {}, info() {}, warn() {}, error: (message) => process.stderr.write(`${name}: ${message}\n`) },
})

let next = Number(first)
const send = () => {
  for (let burst = 0; burst < 5; burst++) {
    const n = next++
    producer.send({ topic: `t${n % 3}`, logs: { contents: { n: String(n) } } }).then(
      () => process.stdout.write(`${n}\n`),
      (error) => process.stderr.write(`${name}: ${n}: ${error.message}\n`),
    )
  }
  if (process.env.UNTIL !== undefined && next >= Number(process.env.UNTIL)) return
  setTimeout(send, 3)
}

if (process.env.DRAIN === '1') {
  // What the others left is sent; then this one ends.
  producer.on('recovered', () => {})
  const open = () => (producer.metrics().spool === undefined ? setTimeout(open, 5) : drain())
  const drain = async () => {
    // As long as it gets on: a busy machine may take its time.
    for (let before = -1, isOver = false; !isOver; ) {
      const { delivered } = producer.metrics().logs
      isOver = await producer.flush({ timeoutMs: 60_000 }).then(
        () => true,
        () => delivered === before,
      )
      if (isOver && producer.metrics().logs.onDisk > 0) {
        process.stderr.write(`${name}: nothing was delivered for 60 s: ${JSON.stringify(producer.inspect())}\n`)
      }
      before = delivered
    }
    const { logs, spool } = producer.metrics()
    process.stdout.write(`${JSON.stringify({ logs, spool, report: await producer.close() })}\n`)
  }
  open()
} else {
  send()
}
