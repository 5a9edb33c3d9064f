import { writeFileSync } from 'node:fs'
import { UsageError } from '../shared/exit-code.ts'

const TEMPLATE = `# yaml-language-server: $schema=./node_modules/loghub-producer/docs/agent.schema.json
#
# Where logs come from, and where they go. \${NAME} is an environment variable, \${NAME:-value} one with a default, and
# \${file:/run/secrets/x} the content of a file. Reload: SIGHUP, or save this file.

producer:
  endpoint: \${LOGHUB_ENDPOINT:-http://127.0.0.1:9310}   # or cn-hangzhou.log.aliyuncs.com
  project: \${LOGHUB_PROJECT:-demo}
  logstore: \${LOGHUB_LOGSTORE:-app}
  credentials:
    accessKeyId: \${ALIBABA_CLOUD_ACCESS_KEY_ID:-any}
    accessKeySecret: \${ALIBABA_CLOUD_ACCESS_KEY_SECRET:-any}
  # Batches on disk, so that a crash or a long outage loses nothing:
  # spool: { directory: ./loghub-spool, mode: always }

# How far each file is shipped.
stateDirectory: ./loghub-state

# Health, metrics and inputs over HTTP. Changes and the live tap need a token.
# admin: { port: 9320, token: \${file:/run/secrets/agent-token} }

# Inputs that several agents share, and take over when one of them dies. See 'loghub fleet --help'.
# fleet: { name: logs, labels: { zone: a }, nats: { servers: ['nats://127.0.0.1:4222'] } }

inputs:
  - id: app
    type: file
    paths: [./logs/*.log]
    startAt: beginning
    # parser: json                    # line, json, combined, logfmt, syslog, cri, docker-json, regex, delimiter
    # time: { field: ts }
    # multiLine: { preset: java }
    # to: { logstore: app, topic: web }
    # transforms:
    #   - { type: redact, pattern: '\\d{16}' }

  # - { id: syslog, type: syslog, udp: 5514, tcp: 5514 }
  # - { id: http, type: http, port: 9321 }
  # - { id: otlp, type: otlp, port: 4318 }
  # - { id: queue, type: jetstream, stream: LOGS }
  # - { id: host, type: host-metrics, intervalMs: 10000, to: { topic: host } }
  # - { id: disk, type: exec, command: [df, -k], intervalMs: 60000 }
`

/** @throws UsageError if the file exists */
export function writeTemplate(file: string): void {
  try {
    writeFileSync(file, TEMPLATE, { flag: 'wx' })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new UsageError(code === 'EEXIST' ? `${file} is there already, and was not changed` : `${file}: ${message}`)
  }
}
