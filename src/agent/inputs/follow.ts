import type { Input, InputContext } from '../input.ts'

/** Makes an input that calls `run` once: it reads until `context.signal` aborts or there is nothing more. */
export function follow(run: (context: InputContext) => Promise<void>): Input {
  return { run }
}
