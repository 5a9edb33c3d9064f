// Loaded before a block of the README: what the text around the block has named is there, and the port that the blocks name
// leads to the emulator of the test.
import net from 'node:net'

const PORT = 9310
const emulatorPort = Number(process.env.TEST_EMULATOR_PORT)

const { connect } = net.Socket.prototype
net.Socket.prototype.connect = function (...args) {
  const [options] = Array.isArray(args[0]) ? args[0] : args
  if (Number(options?.port) === PORT) options.port = emulatorPort
  return connect.apply(this, args)
}
const { listen } = net.Server.prototype
net.Server.prototype.listen = function (...args) {
  if (args[0] === PORT) args[0] = 0
  else if (args[0]?.port === PORT) args[0] = { ...args[0], port: 0 }
  return listen.apply(this, args)
}

if (process.env.TEST_README_GLOBALS === '1') {
  const { Producer } = await import('loghub-producer')
  const { pipeline } = await import('node:stream/promises')
  const { Readable } = await import('node:stream')
  const producer = new Producer({ lingerMs: 10 })
  Object.assign(globalThis, {
    producer,
    pipeline,
    api: producer.writer(),
    rows: [{ row: 1 }, { row: 2 }],
    linesOf: () => Readable.from([{ line: 'first' }, { line: 'second' }]),
    server: { close: async () => {} },
  })
  // A block that only listens for the signal is given it.
  process.once('beforeExit', () => process.emit('SIGTERM'))
}
