// How the benchmarks take and tell numbers.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** CPU time of the whole process, its helper threads included: what a preempted process waits for is not in it. */
export function cpuNanoseconds(run) {
  const before = process.cpuUsage()
  run()
  const { user, system } = process.cpuUsage(before)
  return (user + system) * 1000
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

export function round(value, digits = 0) {
  return Number(value.toFixed(digits))
}

/** Least and most, as text. */
export function spreadOf(values, digits = 0) {
  return `${round(Math.min(...values), digits)}-${round(Math.max(...values), digits)}`
}

/** On Linux from /proc: there `resourceUsage` may report the peak of the process that started this one. */
export function peakRssMiB() {
  if (process.platform !== 'linux') return Math.round(process.resourceUsage().maxRSS / 1024)
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024)
}

/** Runs a script of this folder in a process of its own; resolves with the last line of JSON that it prints. */
export function runScript(script, args = [], { node = [], quiet = false } = {}) {
  const command = [...node, join(import.meta.dirname, script), ...args.map(String)]
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', quiet ? 'ignore' : 'inherit'] })
  let output = ''
  child.stdout.on('data', (data) => {
    output += data
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      const line = output.trim().split('\n').at(-1)
      if (line.startsWith('{')) resolve(JSON.parse(line))
      else reject(new Error(`${script} ended with exit code ${code} and no result`))
    })
  })
}
