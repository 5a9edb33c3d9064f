/** Milliseconds that all processes of this machine count alike, and that no jump of a wall clock changes. */
export function machineTimeMs() {
  return Number(process.hrtime.bigint() / 1000n) / 1000
}
