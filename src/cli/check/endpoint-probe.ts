import type { Clock } from '../../core/clock.ts'
import type { Endpoint } from '../../sls/http/endpoint.ts'
import { loadUndici } from '../../sls/http/load-undici.ts'
import { hasProxyVariables } from '../../sls/http/proxy-variables.ts'
import { USER_AGENT } from '../../sls/http/user-agent.ts'

/** An answer from the endpoint. */
export interface ProbeAnswer {
  readonly status: number
  /** Whether the answer has a request id, as all answers of the service have. */
  readonly isService: boolean
  /** How far the clock of the service is ahead of the local clock; undefined if the answer has no date. */
  readonly clockOffsetMs: number | undefined
}

const TIMEOUT_MS = 10_000

/** Sends a request without a signature: any answer is enough. Rejects with the error of the system. */
export async function probeEndpoint(endpoint: Endpoint, clock: Clock): Promise<ProbeAnswer> {
  const sentAtMs = clock.now()
  const { statusCode, headers } = await firstAnswer(endpoint, clock)
  const localMs = (sentAtMs + clock.now()) / 2
  const serverMs = Number(headers['x-log-time']) * 1000 || Date.parse(String(headers.date))
  return {
    status: statusCode,
    isService: Boolean(headers['x-log-requestid']),
    clockOffsetMs: Number.isNaN(serverMs) ? undefined : serverMs - localMs,
  }
}

/** Connects as the producer does: through a proxy if the environment names one. */
async function firstAnswer({ origin, hostHeader }: Endpoint, clock: Clock) {
  const { Agent, EnvHttpProxyAgent, request } = await loadUndici()
  const dispatcher = hasProxyVariables(process.env) ? new EnvHttpProxyAgent() : new Agent()
  const timeout = new AbortController()
  const late = Object.assign(new Error(`no answer within ${TIMEOUT_MS / 1000} s`), { code: 'ETIMEDOUT' })
  const cancel = clock.setTimer(() => timeout.abort(late), TIMEOUT_MS)
  try {
    const headers = { host: hostHeader, 'user-agent': USER_AGENT }
    return await request(origin, { method: 'GET', headers, dispatcher, signal: timeout.signal })
  } finally {
    cancel()
    await dispatcher.destroy()
  }
}

/** Explains the error of a failed probe, and what to do. */
export function explainProbeError(
  error: NodeJS.ErrnoException,
  { origin }: Endpoint,
): [problem: string, advice: string] {
  const { hostname, host, protocol } = new URL(origin)
  const code = error.code ?? ''
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return [
      `DNS does not know ${hostname} (${code})`,
      'Check region and project in the name, and the DNS of this machine.',
    ]
  }
  if (code === 'ECONNREFUSED') {
    return [
      `nothing listens at ${host} (${code})`,
      "Check host and port; a local service is started with 'loghub emulator'.",
    ]
  }
  if (isPlainAnswerToTls(error)) {
    return [
      `${host} does not speak TLS: it answers https:// in plain text (${code})`,
      `Write http://${host}, or the port at which the server speaks TLS.`,
    ]
  }
  if (isTlsError(error)) {
    return [
      `TLS with ${host} fails: ${error.message}`,
      `Check scheme (${protocol.slice(0, -1)}), proxies, and the certificates this machine trusts.`,
    ]
  }
  return [`no answer from ${host}: ${error.message || code}`, 'Check the network, firewalls and proxies on the way.']
}

function isPlainAnswerToTls({ message }: NodeJS.ErrnoException): boolean {
  return /wrong version number|packet length too long|unknown protocol|http request/i.test(message)
}

function isTlsError({ code = '', message }: NodeJS.ErrnoException): boolean {
  return /CERT|TLS|SSL|ISSUER|SELF_SIGNED|EPROTO/.test(code) || /certificate|SSL routines/i.test(message)
}
