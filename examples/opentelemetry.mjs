// Log records of OpenTelemetry, joined to the active span, and the producer's own metrics on a meter.
import { metrics } from '@opentelemetry/api'
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import { Producer } from 'loghub-producer'
import { LoghubLogExporter, observeProducer } from 'loghub-producer/opentelemetry'
import { check, openService, readTopic, uniqueTopic } from './support.mjs'

const { connection, close } = await openService()
const topic = uniqueTopic('opentelemetry')

const tracers = new NodeTracerProvider()
tracers.register()
metrics.setGlobalMeterProvider(new MeterProvider()) // with a reader of your choice

const producer = new Producer(connection)
const exporter = new LoghubLogExporter({ producer, destination: { topic } })
const loggers = new LoggerProvider({ processors: [new BatchLogRecordProcessor({ exporter })] })
const stopObserving = observeProducer(metrics.getMeter('shop'), producer)

tracers.getTracer('shop').startActiveSpan('checkout', (span) => {
  loggers.getLogger('shop').emit({ severityText: 'INFO', body: 'paid', attributes: { 'order.id': 7 } })
  span.end()
})

// In this order: the processor hands on what it holds, then the producer delivers it.
await loggers.shutdown()
stopObserving()
await producer.close()

const [log] = await readTopic(connection, topic)
check(log.message, 'paid', 'the record is stored')
check([log.level, log['order.id'], log['scope.name']], ['info', '7', 'shop'], 'with severity, attributes and scope')
check(/^[0-9a-f]{32}$/.test(log.trace_id), true, 'and the id of its trace')
await close()
