import { constant, nonEmptyText, object, type TypeOf, wholeNumber } from '../../config/schema.ts'
import { tlsOptional, tlsRequired } from '../tls-options.ts'

const port = (description: string) => wholeNumber(0, 65_535, description)

export const syslogRequired = { type: constant('syslog') }
export const syslogOptional = {
  host: nonEmptyText('Address to listen on. Default 127.0.0.1.'),
  udp: port('Port for datagrams; 0 takes a free one.'),
  tcp: port('Port for TCP connections; messages have octet counting or end with a line feed.'),
  tls: object(
    {
      port: port('Port for TLS connections (RFC 5425).'),
      ...tlsRequired,
    },
    tlsOptional,
  ),
  maxMessageBytes: wholeNumber(64, 8 * 1024 * 1024, 'Longest message, in bytes; longer ones are cut. Default 65536.'),
  maxConnections: wholeNumber(1, 1_000_000, 'Connections open at once; more are closed at once. Default 1000.'),
}

const schema = object(syslogRequired, syslogOptional)
export type SyslogOptions = Omit<TypeOf<typeof schema>, 'type'>

export function syslogProblem({ udp, tcp, tls }: SyslogOptions): string | undefined {
  return udp === undefined && tcp === undefined && tls === undefined ? 'one of udp, tcp and tls is needed' : undefined
}
