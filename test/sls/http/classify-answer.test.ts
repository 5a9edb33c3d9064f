import { describe, expect, test } from 'vitest'
import { Redaction } from '../../../src/sls/auth/redaction.ts'
import { type Answer, errorOfAnswer } from '../../../src/sls/http/classify-answer.ts'
import { SERVER_ERRORS } from '../../../src/sls/http/server-errors.ts'
import documented from '../../vectors/error_codes.json'

const nowMs = Date.UTC(2026, 0, 1)

interface Parts {
  readonly headers?: Record<string, string>
  readonly body?: string
  readonly isCut?: boolean
}

function answerOf(status: number, { headers, body = '', isCut = false }: Parts = {}): Answer {
  const all: Record<string, string> = { 'x-log-requestid': '5B3F0C2A7E1D4F6A9B8C7D60', ...headers }
  return { status, header: (name) => all[name], body: Buffer.from(body), isCut }
}

function judged(answer: Answer) {
  return errorOfAnswer(answer, { nowMs, redaction: new Redaction({ accessKeySecret: 'top-secret' }) })
}

const fault = (errorCode: string, errorMessage = 'why') => `${JSON.stringify({ errorCode, errorMessage })}\n`

describe('the table of codes', () => {
  test.each(documented.codes)('knows $errorCode, and has advice for it', ({ httpStatus, errorCode }) => {
    expect(SERVER_ERRORS[errorCode]).toBeDefined()
    const error = judged(answerOf(httpStatus, { body: fault(errorCode) }))!
    expect(error.serverCode).toBe(errorCode)
    expect(error.message).toContain(SERVER_ERRORS[errorCode]!.advice)
  })

  test.each([
    ['RequestTimeExpired', 400, 'clock'],
    ['RequestTimeTooSkewed', 400, 'clock'],
    ['SignatureNotMatch', 401, 'credentials'],
    ['Unauthorized', 401, 'credentials'],
    ['InvalidAccessKeyId', 401, 'credentials'],
    ['WriteQuotaExceed', 403, 'quota'],
    ['ShardWriteQuotaExceed', 403, 'quota'],
    ['ProjectQuotaExceed', 403, 'quota'],
    ['ExceedQuota', 403, 'quota'],
    ['PostBodyTooLarge', 413, 'too-large'],
    ['PostBodyTooLarge', 400, 'too-large'],
    ['PostBodyInvalid', 400, 'content'],
    ['ParameterInvalid', 400, 'content'],
    ['ProjectNotExist', 404, 'back-off'],
    ['LogStoreNotExist', 404, 'back-off'],
    ['InternalServerError', 500, 'back-off'],
    ['ServerBusy', 503, 'back-off'],
    ['ProjectForbidden', 403, 'final'],
    ['InvalidCompressType', 400, 'final'],
    ['MissingHost', 400, 'final'],
  ])('%s with %i is %s', (errorCode, status, failureClass) => {
    const error = judged(answerOf(status, { body: fault(errorCode) }))!
    expect(error).toMatchObject({ failureClass, status, serverCode: errorCode, code: 'ERR_LOGHUB_SEND' })
    expect(error.retriable).toBe(!['too-large', 'content', 'final'].includes(failureClass))
  })

  test('a wrong Authorization header is no matter of the logs', () => {
    const body = fault('ParameterInvalid', 'http extend authorization : LOG pair is invalid')
    expect(judged(answerOf(400, { body }))!.failureClass).toBe('final')
  })
})

describe('a failure that the table does not know', () => {
  test.each([
    [400, 'final'],
    [401, 'credentials'],
    [403, 'final'],
    [404, 'final'],
    [405, 'final'],
    [408, 'back-off'],
    [413, 'too-large'],
    [429, 'quota'],
    [500, 'back-off'],
    [502, 'back-off'],
    [503, 'back-off'],
    [504, 'back-off'],
    [301, 'back-off'],
    [302, 'back-off'],
    [307, 'back-off'],
    [304, 'back-off'],
  ])('%i is %s, with a strange code, without one, and as a page', (status, failureClass) => {
    for (const body of [fault('SomethingNew'), fault('constructor'), '', '<html>', '{"errorCode":7}', '{"errorCode"']) {
      expect(judged(answerOf(status, { body }))).toMatchObject({ failureClass, status })
    }
  })
})

describe('success', () => {
  test.each([200, 204])('is %i with a request id', (status) => {
    expect(judged(answerOf(status))).toBeUndefined()
  })

  test.each<[string, Parts]>([
    ['has no request id', { headers: { 'x-log-requestid': '' } }],
    ['has a request id of another form', { headers: { 'x-log-requestid': '<b>1</b>' } }],
    ['is a page of a proxy', { headers: { 'content-type': 'text/html; charset=utf-8' }, body: '<html>' }],
    ['has an error inside', { body: fault('WriteQuotaExceed') }],
    ['is longer than it may be', { isCut: true }],
  ])('is doubted when the answer %s: tried again', (_why, parts) => {
    expect(judged(answerOf(200, parts))).toMatchObject({
      failureClass: 'back-off',
      status: 200,
      code: 'ERR_LOGHUB_SEND',
    })
  })
})

describe('an error', () => {
  test('names status, code, reason, advice and request', () => {
    const error = judged(answerOf(403, { body: fault('ShardWriteQuotaExceed', 'shard 3 is full') }))!
    expect(error.message).toBe(
      'The answer 403 says ShardWriteQuotaExceed: shard 3 is full. Split the shards of the logstore, or spread the ' +
        'shard hashes. (request 5B3F0C2A7E1D4F6A9B8C7D60)',
    )
    expect(error.requestId).toBe('5B3F0C2A7E1D4F6A9B8C7D60')
  })

  test('repeats no secret that the server echoes, in whatever part', () => {
    const headers = { 'x-log-requestid': 'top-secret' }
    const error = judged(answerOf(401, { headers, body: fault('top-secret', 'key top-secret') }))!
    expect(JSON.stringify([error, error.message])).not.toContain('top-secret')
  })

  test('keeps a code of the table, even where a key looks like a part of it', () => {
    const redaction = new Redaction({ accessKeySecret: 'WriteQuota' })
    const error = errorOfAnswer(answerOf(403, { body: fault('WriteQuotaExceed') }), { nowMs, redaction })
    expect(error).toMatchObject({ serverCode: 'WriteQuotaExceed', failureClass: 'quota' })
  })

  test('quotes a long reason in part', () => {
    expect(judged(answerOf(400, { body: fault('PostBodyInvalid', 'x'.repeat(10_000)) }))!.message.length).toBeLessThan(
      800,
    )
  })

  test.each([
    ['7', 7000],
    ['0', 0],
    ['Thu, 01 Jan 2026 00:00:30 GMT', 30_000],
    ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
    ['soon', undefined],
    ['-5', 0],
  ])('takes the hint of Retry-After: %s', (text, waitMs) => {
    const error = judged(answerOf(503, { headers: { 'retry-after': text } }))!
    if (text === '-5') expect(error.retryAfterMs ?? 0).toBe(0)
    else expect(error.retryAfterMs).toBe(waitMs)
  })
})
