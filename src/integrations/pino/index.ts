export { type PinoStreamOptions, pinoStream } from './pino-stream.ts'
export { type CloneableConfig, type PinoTransportOptions, pinoTransport as default } from './transport.ts'
