import type { Readable } from 'node:stream'
import { constant, nonEmptyText, object, type TypeOf } from '../config/schema.ts'
import type { Input, InputContext } from '../input.ts'
import { encodingOption, lineFields, multiLineSchema } from '../lines/line-options.ts'
import { LineStream } from '../lines/line-stream.ts'

export const stdinRequired = { type: constant('stdin') }
export const stdinOptional = {
  ...lineFields,
  encoding: encodingOption,
  multiLine: multiLineSchema,
  field: nonEmptyText('The field that contains the line. Default content.'),
}

const schema = object(stdinRequired, stdinOptional)
export type StdinOptions = Omit<TypeOf<typeof schema>, 'type'>

/** Reads lines from the standard input until it ends. */
export function stdinInput(options: StdinOptions, stream: () => Readable = () => process.stdin): Input {
  return { run: (context) => readAll(stream(), options, context) }
}

async function readAll(stream: Readable, options: StdinOptions, context: InputContext): Promise<void> {
  const lines = new LineStream(options, context)
  const stop = () => stream.destroy()
  context.signal.addEventListener('abort', stop)
  try {
    for await (const chunk of stream) await lines.push(chunk as Buffer)
  } catch (error) {
    // Destroyed by the signal.
    if (!context.signal.aborted) throw error
  } finally {
    context.signal.removeEventListener('abort', stop)
    // What was read cannot be read again.
    await lines.end()
  }
}
