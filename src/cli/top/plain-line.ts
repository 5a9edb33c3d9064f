import { safeText } from '../../core/safe-text.ts'
import { Rates } from './rates.ts'
import { type Reading, refusalCount } from './reading.ts'
import type { Moment } from './view.ts'

type Values = Record<string, number | string | undefined>

/**
 * A line for a pipe or a file: time, kind, and `name=value` for each figure. Rates are per second, sizes are in bytes, and unknown
 * values are left out.
 */
export function plainLine({ now, before, silence }: Moment): string {
  const time = new Date(now.about.time).toISOString()
  const { kind, name } = now.about
  if (silence !== undefined)
    return `${time} ${kind} silent_ms=${Math.round(silence.sinceMs)} why=${quoted(silence.why)}`
  const rates = new Rates(now, before)
  const values = {
    name: kind === 'producer' ? name : undefined,
    ...inputValues(now),
    ...producerValues(now, rates),
    ...emulatorValues(now, rates),
  }
  const fields = Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${typeof value === 'number' ? rounded(value) : quoted(value as string)}`)
  return [time, kind, ...fields].join(' ')
}

function inputValues({ inputs }: Reading): Values {
  if (inputs === undefined) return {}
  const bad = inputs.inputs.filter(({ ok }) => ok === false)
  return {
    inputs: inputs.inputs.length,
    running: inputs.inputs.filter(({ state }) => state === 'running').length,
    unwell: bad.length === 0 ? undefined : bad.map(({ id }) => id).join(','),
  }
}

function producerValues({ producer }: Reading, rates: Rates): Values {
  if (producer === undefined) return {}
  const { logs, batches, memory, requests, lanes, spool } = producer
  return {
    accepted_per_s: rates.of((reading) => reading.producer?.logs?.accepted),
    delivered_per_s: rates.of((reading) => reading.producer?.logs?.delivered),
    requests_per_s: rates.of((reading) => reading.producer?.requests?.made),
    sent_bytes_per_s: rates.of((reading) => reading.producer?.requests?.sentBytes),
    failed: logs?.failed,
    dropped: logs?.dropped,
    in_memory: logs?.inMemory,
    memory_bytes: memory.usedBytes,
    memory_limit_bytes: memory.totalBytes,
    lanes: lanes?.length,
    lanes_busy: lanes?.filter(({ busy }) => busy).length,
    retrying: batches?.retrying,
    held: batches?.held,
    ...retries(requests?.retriesByReason ?? {}),
    spool_bytes: spool?.bytes,
    spool_logs: spool && logs?.onDisk,
    spool_oldest_ms: spool?.oldestAgeMs,
  }
}

function retries(byReason: Readonly<Record<string, number>>): Values {
  return Object.fromEntries(
    Object.entries(byReason).map(([reason, count]) => [`retries_${reason.replace(/\W/g, '_')}`, count]),
  )
}

function emulatorValues({ emulator }: Reading, rates: Rates): Values {
  if (emulator === undefined) return {}
  const { storedLogs, storedBytes, droppedLogs, connections } = emulator.stats
  return {
    logs_per_s: rates.of((reading) => reading.emulator?.stats.logs),
    requests_per_s: rates.of((reading) => reading.emulator?.stats.requests),
    wire_bytes_per_s: rates.of((reading) => reading.emulator?.stats.wireBytes),
    refused: refusalCount(emulator.stats),
    stored_logs: storedLogs,
    stored_bytes: storedBytes,
    dropped_logs: droppedLogs,
    connections,
    logstores: emulator.logstores.length,
  }
}

function rounded(value: number): string {
  return String(Math.abs(value) < 10 ? Math.round(value * 10) / 10 : Math.round(value))
}

function quoted(text: string): string {
  const safe = safeText(text)
  return /^[^\s"=]+$/.test(safe) ? safe : JSON.stringify(safe)
}
