import { describe, expect, test } from 'vitest'
import { SendReport, summaryText } from '../../../src/cli/send/send-report.ts'
import { ProducerError } from '../../../src/core/errors.ts'
import type { ProducerMetrics } from '../../../src/index.ts'
import { SinkError } from '../../../src/sls/sink.ts'

const metrics = {
  logs: { accepted: 10, delivered: 6, failed: 4 },
  requests: { retriesByReason: { 'back-off': 2, quota: 1 } },
} as unknown as ProducerMetrics

const timeout = new ProducerError('ERR_LOGHUB_TIMEOUT', 'too late')
const busy = new SinkError('ERR_LOGHUB_SEND', 'busy', { failureClass: 'back-off', serverCode: 'ServerBusy' })

function newReport() {
  const said: string[] = []
  return { said, report: new SendReport((message) => said.push(message), { skipBad: false }) }
}

describe('the report of a sending', () => {
  test('counts failures by code and puts neighbouring lines together', () => {
    const { report } = newReport()
    for (const line of [1, 2, 3]) report.failedLine({ input: 'a', line }, busy)
    report.failedLine({ input: 'b', line: 4 }, timeout)
    report.bytesRead = 1234
    report.next = { input: 'b', line: 5 }
    expect(report.summary(metrics, 1500)).toEqual({
      accepted: 10,
      delivered: 6,
      failed: 4,
      bad: 0,
      bytes: 1234,
      retries: 3,
      seconds: 1.5,
      errors: { ServerBusy: 3, ERR_LOGHUB_TIMEOUT: 1 },
      failedLines: [
        { input: 'a', from: 1, to: 3 },
        { input: 'b', from: 4, to: 4 },
      ],
      next: { input: 'b', line: 5 },
    })
  })

  test('tells the first failure and the first retry of each kind', () => {
    const { report, said } = newReport()
    for (const line of [1, 2]) report.failedLine({ input: 'a', line }, busy)
    for (const error of [busy, busy, timeout]) report.retried(error)
    expect(said).toEqual([
      'loghub: a:1: not delivered: busy',
      'loghub: trying again: busy',
      'loghub: trying again: too late',
    ])
  })

  test('keeps a bounded number of stretches, and every count', () => {
    const { report } = newReport()
    for (let line = 1; line <= 5000; line += 2) report.failedLine({ input: 'a', line }, busy)
    const { errors, failedLines } = report.summary(metrics, 0)
    expect([errors.ServerBusy, failedLines.length]).toEqual([2500, 1000])
  })

  test('has a form for people', () => {
    const { report } = newReport()
    report.badLine({ input: 'a', line: 1 }, 'not JSON')
    report.next = { input: 'a', line: 12 }
    expect(summaryText(report.summary(metrics, 2000))).toBe(
      '6 of 10 lines delivered, 0 B in 2 s, 4 not delivered, 1 bad, 3 retries, nothing was sent from a:12 on',
    )
  })
})
