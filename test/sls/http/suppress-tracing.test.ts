import { context, trace } from '@opentelemetry/api'
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici'
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node'
import { request } from 'undici'
import { expect, onTestFinished, test } from 'vitest'
import { integrationEmulator } from '../../support/integration.ts'

/** An application whose HTTP requests all make spans. */
function instrumentedApplication() {
  const spans = new InMemorySpanExporter()
  const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] })
  provider.register()
  const instrumentation = new UndiciInstrumentation()
  instrumentation.setTracerProvider(provider)
  instrumentation.enable()
  onTestFinished(() => {
    instrumentation.disable()
    trace.disable()
    context.disable()
  })
  return { names: () => spans.getFinishedSpans().map(({ name }) => name), tracer: provider.getTracer('test') }
}

test('requests of the producer make no spans in an instrumented application, whose own do', async () => {
  const { names, tracer } = instrumentedApplication()
  const { startProducer, emulator, received } = await integrationEmulator()
  const producer = startProducer()
  await tracer.startActiveSpan('work', async (span) => {
    await producer.send({ logs: { contents: { n: '1' } } })
    span.end()
  })
  await producer.send({ logs: { contents: { n: '2' } } }) // over the connection of the first
  expect(received()).toHaveLength(2)
  expect(names()).toEqual(['work'])
  await (await request(emulator.url)).body.dump()
  expect(names()).toEqual(['work', 'GET'])
})

test('what runs after a request makes spans again: callbacks, and code behind an await', async () => {
  const { names, tracer } = instrumentedApplication()
  const { startProducer } = await integrationEmulator()
  const producer = startProducer()
  await new Promise<void>((done) => {
    producer.send({ logs: { contents: { n: '1' } } }, () => {
      tracer.startSpan('callback').end()
      done()
    })
  })
  await producer.send({ logs: { contents: { n: '2' } } })
  tracer.startSpan('after').end()
  expect(names()).toEqual(['callback', 'after'])
})
