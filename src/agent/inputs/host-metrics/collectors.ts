import type * as Information from 'systeminformation'

/** What can be measured. */
export const METRICS = ['cpu', 'memory', 'disk', 'network', 'load', 'processes'] as const
type Metric = (typeof METRICS)[number]

type Fields = Readonly<Record<string, string | number>>
export type Systeminformation = (typeof Information)['default']

/** The collector of each metric: returns a list of logs. Shares are in percent, sizes in bytes, rates per second. */
export const collectors: Readonly<Record<Metric, (si: Systeminformation) => Promise<readonly Fields[]>>> = {
  cpu: async (si) => {
    const load = await si.currentLoad()
    return [
      {
        usage_percent: round(load.currentLoad),
        user_percent: round(load.currentLoadUser),
        system_percent: round(load.currentLoadSystem),
        idle_percent: round(load.currentLoadIdle),
        cores: load.cpus.length,
      },
    ]
  },
  memory: async (si) => {
    const { total, free, used, available, buffcache, swaptotal, swapused } = await si.mem()
    return [
      {
        total_bytes: total,
        used_bytes: used,
        free_bytes: free,
        available_bytes: available,
        cached_bytes: buffcache,
        used_percent: round(((total - available) / total) * 100),
        swap_total_bytes: swaptotal,
        swap_used_bytes: swapused,
      },
    ]
  },
  disk: async (si) => {
    const systems = await si.fsSize()
    return systems.map(({ fs, type, mount, size, used, available, use }) => ({
      device: fs,
      type,
      mount,
      size_bytes: size,
      used_bytes: used,
      available_bytes: available,
      used_percent: round(use),
    }))
  },
  network: async (si) => {
    const interfaces = await si.networkStats('*')
    return interfaces.map((stats) => ({
      interface: stats.iface,
      state: stats.operstate,
      received_bytes: stats.rx_bytes,
      sent_bytes: stats.tx_bytes,
      received_errors: stats.rx_errors,
      sent_errors: stats.tx_errors,
      received_bytes_per_second: round(stats.rx_sec ?? 0),
      sent_bytes_per_second: round(stats.tx_sec ?? 0),
    }))
  },
  load: async () => {
    const { loadavg, uptime } = await import('node:os')
    const [one, five, fifteen] = loadavg() as [number, number, number]
    return [
      { load_1m: round(one), load_5m: round(five), load_15m: round(fifteen), uptime_seconds: Math.round(uptime()) },
    ]
  },
  processes: async (si) => {
    const { all, running, blocked, sleeping } = await si.processes()
    return [{ all, running, blocked, sleeping }]
  },
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
