import { textAnswer } from '../../server/answer.ts'
import type { HttpRoute } from '../../server/routed.ts'
import type { Agent } from '../agent.ts'
import { metricsText } from './metrics-text.ts'

/** `GET /metrics`: counters of the inputs and of the producer in the text format of Prometheus. */
export function metricsRoute(agent: Agent): HttpRoute {
  return {
    method: 'GET',
    path: '/metrics',
    handle: () =>
      textAnswer(metricsText(agent.status(), { ...agent.producerMetrics() }), {
        headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
      }),
  }
}
