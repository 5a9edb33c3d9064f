import { silentLogger } from '../../core/logger.ts'
import { Producer, type ProducerConfig } from '../../index.ts'
import { SERVER_ERRORS } from '../../sls/http/server-errors.ts'
import type { LogReader } from '../../sls/log-reader.ts'
import { SinkError } from '../../sls/sink.ts'
import { type CheckStep, failed, ok, skipped } from './check-steps.ts'

/**
 * Checks the credentials and the project with one request.
 * @param hasWrite a write follows: then a key with only write permission is not a failure here
 */
export async function askProject(reader: LogReader, hasWrite: boolean): Promise<CheckStep[]> {
  const error = await errorOf(reader.getProject())
  if (error === undefined) return [ok('credentials', 'key and signature are accepted'), ok('project', 'it exists')]
  if (isDenied(error)) return [ok('credentials', 'key and signature are accepted'), denied('project', error, hasWrite)]
  if (error.failureClass === 'credentials') return [credentialsStep(error)]
  // Servers differ in whether they check the project or the credentials first.
  return [skipped('credentials', 'not told: the project comes first'), failed('project', ...explained(error))]
}

export async function askLogstore(reader: LogReader, hasWrite: boolean): Promise<CheckStep> {
  const error = await errorOf(reader.getLogstore())
  if (error === undefined) return ok('logstore', 'it exists')
  return isDenied(error) ? denied('logstore', error, hasWrite) : failed('logstore', ...explained(error))
}

/** Sends one log, without retries. */
export async function tryWrite(config: ProducerConfig): Promise<CheckStep> {
  const producer = new Producer({ ...config, retries: 0, lingerMs: 0, logger: silentLogger })
  try {
    const { requestId } = await producer.send({
      topic: 'loghub-check',
      logs: { contents: { message: 'loghub check' } },
    })
    return ok('write', `one log is stored, topic loghub-check, request ${requestId}`)
  } catch (error) {
    return failed('write', (error as Error).message)
  } finally {
    await producer.close()
  }
}

async function errorOf(call: Promise<unknown>): Promise<SinkError | undefined> {
  try {
    await call
    return undefined
  } catch (error) {
    if (error instanceof SinkError) return error
    throw error
  }
}

function credentialsStep(error: SinkError): CheckStep {
  const isSignature = error.serverCode === 'SignatureNotMatch'
  const problem = isSignature ? 'the access key secret is wrong' : 'the access key id or the token is not accepted'
  return failed('credentials', `${problem} (${error.serverCode ?? error.status})`, adviceOf(error))
}

/** Whether the key is valid but its policy does not allow the call. */
function isDenied({ serverCode, message }: SinkError): boolean {
  return serverCode === 'Unauthorized' && /denied/i.test(message)
}

function denied(name: string, error: SinkError, hasWrite: boolean): CheckStep {
  if (hasWrite) return skipped(name, 'the key is not allowed to look at it')
  const advice = 'Allow the key to read it, or run with --write if it is meant to write only.'
  return failed(name, `the key is not allowed to look at it (request ${error.requestId ?? 'unknown'})`, advice)
}

function explained(error: SinkError): [problem: string, advice: string | undefined] {
  const advice = adviceOf(error)
  const problem = advice === undefined ? error.message : `${error.serverCode}${requestOf(error)}`
  return [problem, advice]
}

function requestOf({ requestId }: SinkError): string {
  return requestId === undefined ? '' : `, request ${requestId}`
}

function adviceOf({ serverCode = '' }: SinkError): string | undefined {
  return Object.hasOwn(SERVER_ERRORS, serverCode) ? SERVER_ERRORS[serverCode]?.advice : undefined
}
