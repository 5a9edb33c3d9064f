/** Templates for a new input: the required options of each type. */
export const STARTING_SPECS: Readonly<Record<string, object>> = {
  file: { type: 'file', paths: ['/var/log/app/*.log'] },
  http: { type: 'http', port: 8080 },
  syslog: { type: 'syslog', udp: 5514 },
  otlp: { type: 'otlp', port: 4318 },
  exec: { type: 'exec', command: ['uptime'], intervalMs: 10_000 },
  'host-metrics': { type: 'host-metrics', intervalMs: 10_000 },
}
