import { isUtf8 } from 'node:buffer'
import { dirname } from 'node:path'
import { type ReadConfig, readDocument } from '../../agent/config/config-document.ts'
import { readSmallFile } from '../../agent/config/read-small-file.ts'
import { isProducerError } from '../../core/errors.ts'
import { Producer, type ProducerConfig } from '../../index.ts'
import { UsageError } from '../shared/exit-code.ts'

/** Enough for more than ten thousand inputs. A larger file is probably not a configuration, and would take minutes to parse. */
const MAX_CONFIG_BYTES = 4 * 1024 * 1024

export interface LoadedConfig extends ReadConfig {
  readonly text: string
  readonly baseDirectory: string
}

/** @throws UsageError with all problems, one line each */
export function loadConfig(file: string): LoadedConfig {
  const text = readText(file)
  const read = readDocument(text, file, process.env)
  if ('problems' in read) throw new UsageError(read.problems.join('\n'))
  return { ...read, text, baseDirectory: dirname(file) }
}

/** @throws UsageError for options that the producer refuses, with their places in the file */
export function newProducer({ config, place }: LoadedConfig): Producer {
  try {
    return new Producer(producerConfig(config.producer ?? {}))
  } catch (error) {
    if (!isProducerError(error) || error.code !== 'ERR_LOGHUB_OPTION') throw error
    throw new UsageError(placed(error.message, place).join('\n'))
  }
}

/** With a spool, a log is safe once it is on disk, and then its checkpoint moves. */
function producerConfig(given: ProducerConfig): ProducerConfig {
  return given.spool === undefined ? { ...given } : { resolveOn: 'durable', ...given }
}

/** Adds the place in the file to each problem in a message of the producer. */
export function placed(message: string, place: ReadConfig['place']): string[] {
  const problems = message.includes('\n  - ') ? message.split('\n  - ').slice(1) : [message]
  return problems.map((problem) => {
    const option = /^([\w.]+): /.exec(problem)
    return option === null
      ? place(['producer'], problem)
      : place(['producer', ...option[1]!.split('.')], problem.slice(option[0].length))
  })
}

function readText(file: string): string {
  try {
    const bytes = readSmallFile(file, MAX_CONFIG_BYTES)
    if (isUtf8(bytes)) return bytes.toString()
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new UsageError(
      code === 'ENOENT' ? `${file}: no such file; 'loghub agent init ${file}' writes one` : `${file}: ${message}`,
    )
  }
  throw new UsageError(`${file}: is not UTF-8; save it as that`)
}
