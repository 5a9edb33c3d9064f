import type { Input, InputContext } from '../input.ts'

/** An input that reads on by itself until `context.signal` aborts or there is nothing more. */
export function follow(run: (context: InputContext) => Promise<void>): Input {
  return { run }
}
