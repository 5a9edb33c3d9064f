import { textAnswer } from '../../server/answer.ts'
import type { HttpRoute } from '../../server/routed.ts'
import type { Agent } from '../agent.ts'
import { agentMetrics } from './agent-metrics.ts'
import { type Metric, prometheusText } from './prometheus-text.ts'

/** `GET /metrics`: counters of the inputs, the producer and more, in the text format of Prometheus. */
export function metricsRoute(agent: Agent, more: () => readonly Metric[]): HttpRoute {
  return {
    method: 'GET',
    path: '/metrics',
    handle: () =>
      textAnswer(prometheusText([...agentMetrics(agent.status(), { ...agent.producerMetrics() }), ...more()]), {
        headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
      }),
  }
}
