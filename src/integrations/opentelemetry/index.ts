export type { Flatten } from '../common/fields.ts'
export type { OutputOptions } from '../common/log-output.ts'
export { type ExportResult, LoghubLogExporter, type LoghubLogExporterOptions } from './log-exporter.ts'
export { type ObserveProducerOptions, observeProducer } from './observe-producer.ts'
