import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Registry } from 'prom-client'
import { expect, onTestFinished, test } from 'vitest'
import { collect } from '../../src/integrations/prometheus/collect.ts'
import { Producer } from '../../src/producer/producer.ts'

const read = (file: string) => readFileSync(resolve(import.meta.dirname, '../..', file), 'utf8')

function prometheusNames(): string[] {
  const producer = new Producer({ sink: { send: async () => ({ requestId: 'none' }), close: async () => {} } })
  onTestFinished(async () => void (await producer.close()))
  const registry = new Registry()
  collect(registry, producer)
  return registry.getMetricsAsArray().map(({ name }) => name)
}

test('the page of metrics has every name, and no other', () => {
  const listed = [...read('docs/metrics.md').matchAll(/^\| `(loghub_producer_\w+)` \|/gm)].map(([, name]) => name)
  expect(listed.sort()).toEqual(prometheusNames().sort())
})

test('the dashboard asks for names that there are', () => {
  const names = new Set(prometheusNames())
  const asked = [...read('examples/grafana-dashboard.json').matchAll(/loghub_producer_\w+/g)].map(([name]) => name)
  expect(asked.length).toBeGreaterThan(10)
  expect(asked.filter((name) => !names.has(name))).toEqual([])
})

test('the page of metrics has every diagnostics channel', () => {
  const channels = read('src/producer/observe/diagnostics.ts').matchAll(/channel\('(.*)'\)/g)
  for (const [, name] of channels) expect(read('docs/metrics.md')).toContain(`| \`${name}\` |`)
})
