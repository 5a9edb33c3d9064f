import { setFlagsFromString } from 'node:v8'

/**
 * WebAssembly is compiled once and simply. The agent has none but the parser of HTTP answers, which are short here, and to optimize that
 * takes 100 ms of CPU time and 30 MiB of memory.
 */
const SIMPLE_WEB_ASSEMBLY = '--liftoff-only'

/** A function is optimized after more work than by default: most of those that run once a batch never pay for it. */
const LATE_OPTIMIZATION = ['--invocation-count-for-maglev=2000', '--invocation-count-for-turbofan=30000']

/** By the major version of V8: another one may not know a flag, and would complain. */
const FLAGS: Readonly<Record<string, readonly string[]>> = {
  11: ['--interrupt-budget=500000', SIMPLE_WEB_ASSEMBLY],
  12: [...LATE_OPTIMIZATION, SIMPLE_WEB_ASSEMBLY],
  13: [...LATE_OPTIMIZATION, SIMPLE_WEB_ASSEMBLY],
  14: [...LATE_OPTIMIZATION, SIMPLE_WEB_ASSEMBLY],
}

/**
 * Sets how V8 compiles, for a program whose hot code is a few loops over bytes: a file of 200 MB is sent with a quarter less CPU time
 * (`bench/tail-contestant.mjs`). It is called before that code is loaded.
 */
export function setEngineFlags(): void {
  for (const flag of FLAGS[Number.parseInt(process.versions.v8, 10)] ?? []) setFlagsFromString(flag)
}
