/** The input of a worker: the path of sql.js, the table, and the statement. */
export interface SqlTask {
  readonly modulePath: string
  readonly columns: readonly string[]
  /** `TEXT` or `NUMERIC` for each column. */
  readonly types: readonly string[]
  readonly rows: readonly (readonly (string | null)[])[]
  readonly statement: string
  readonly maxRows: number
  readonly maxBytes: number
}

/** The output of a worker: a table of texts, or an error. */
export type SqlAnswer = { readonly columns: string[]; readonly rows: string[][] } | { readonly error: string }

/**
 * The program of the worker, as text. It runs in its own thread, so that a statement that does not end can be stopped. It
 * must not use anything from outside of itself.
 */
export const SQL_WORKER = `(${main.toString()})()`

function main(): void {
  // Not plain `require`: a bundler would replace it by a helper outside of this function.
  // biome-ignore lint/suspicious/noExplicitAny: a program of its own, in CommonJS
  const load = (globalThis as any).require
  const { parentPort, workerData: task } = load('node:worker_threads')
  const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`

  // biome-ignore lint/suspicious/noExplicitAny: sql.js has no types of its own
  function addFunctions(db: any): void {
    const unitMs: Record<string, number> = { second: 1e3, minute: 6e4, hour: 36e5, day: 864e5 }
    const dateOf = (value: unknown) =>
      typeof value === 'number' ? new Date(value * 1000) : new Date(`${String(value).replace(' ', 'T').slice(0, 23)}Z`)
    const textOf = (date: Date) => date.toISOString().replace('T', ' ').slice(0, 23)
    const two = (value: number) => String(value).padStart(2, '0')
    const truncated = (unit: string, value: unknown) => {
      const date = dateOf(value)
      const ms = unitMs[unit]
      if (ms !== undefined) return new Date(Math.floor(date.getTime() / ms) * ms)
      const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()]
      if (unit === 'week') return new Date(Date.UTC(year, month, date.getUTCDate() - ((date.getUTCDay() + 6) % 7)))
      if (unit === 'month') return new Date(Date.UTC(year, month))
      if (unit === 'quarter') return new Date(Date.UTC(year, month - (month % 3)))
      if (unit === 'year') return new Date(Date.UTC(year, 0))
      throw new Error(`date_trunc does not know the unit ${unit}`)
    }
    const formatted = (value: unknown, format: string) => {
      const date = dateOf(value)
      const parts: Record<string, string> = {
        Y: String(date.getUTCFullYear()),
        m: two(date.getUTCMonth() + 1),
        d: two(date.getUTCDate()),
        H: two(date.getUTCHours()),
        i: two(date.getUTCMinutes()),
        s: two(date.getUTCSeconds()),
        S: two(date.getUTCSeconds()),
        T: date.toISOString().slice(11, 19),
      }
      return format.replace(/%(.)/g, (_, part: string) => {
        const text = parts[part] ?? (part === '%' ? '%' : undefined)
        if (text === undefined) throw new Error(`date_format does not know %${part}`)
        return text
      })
    }
    db.create_function('from_unixtime', (seconds: number) => textOf(new Date(seconds * 1000)))
    db.create_function('to_unixtime', (value: unknown) => dateOf(value).getTime() / 1000)
    db.create_function('date_trunc', (unit: string, value: unknown) => textOf(truncated(unit, value)))
    db.create_function('date_format', formatted)
    db.create_function('regexp_like', (text: unknown, pattern: string) =>
      Number(new RegExp(pattern).test(String(text))),
    )
    db.create_function('strpos', (text: unknown, part: string) => String(text).indexOf(part) + 1)
    db.create_function('split_part', (text: unknown, by: string, n: number) => String(text).split(by)[n - 1] ?? null)
    db.create_function('json_extract_scalar', (text: unknown, path: string) => {
      let value = JSON.parse(String(text))
      for (const [, name] of path.matchAll(/\.([^.[\]]+)|\[(\d+)\]/g)) value = value?.[name as string]
      return value === undefined || value === null || typeof value === 'object' ? null : String(value)
    })
    const collecting = (finish: (values: Map<unknown, number>) => unknown) => ({
      init: () => new Map<unknown, number>(),
      step: (values: Map<unknown, number>, value: unknown) => {
        if (value !== null) values.set(value, (values.get(value) ?? 0) + 1)
        return values
      },
      finalize: finish,
    })
    db.create_aggregate(
      'approx_distinct',
      collecting((values) => values.size),
    )
    // The service returns a map as JSON. With date_trunc its keys are the starts of time spans.
    db.create_aggregate(
      'histogram',
      collecting((values) => JSON.stringify(Object.fromEntries(values))),
    )
    db.create_aggregate(
      'arbitrary',
      collecting((values) => [...values.keys()][0] ?? null),
    )
    db.create_aggregate('count_if', {
      init: () => 0,
      step: (count: number, holds: unknown) => count + (holds ? 1 : 0),
      finalize: (count: number) => count,
    })
    db.create_aggregate('approx_percentile', {
      init: () => ({ values: [] as number[], part: 0.5 }),
      step: (state: { values: number[]; part: number }, value: unknown, part: number) => {
        if (value !== null) state.values.push(Number(value))
        state.part = part
        return state
      },
      finalize: ({ values, part }: { values: number[]; part: number }) => {
        values.sort((a, b) => a - b)
        return values[Math.min(values.length - 1, Math.floor(part * values.length))] ?? null
      },
    })
  }

  // biome-ignore lint/suspicious/noExplicitAny: sql.js has no types of its own
  function run(sql: any): SqlAnswer {
    const db = new sql.Database()
    db.run(`pragma hard_heap_limit=${512 * 1024 * 1024}`)
    addFunctions(db)
    db.run(`create table log (${task.columns.map((name: string, i: number) => `${quoted(name)} ${task.types[i]}`)})`)
    const insert = db.prepare(`insert into log values (${task.columns.map(() => '?')})`)
    db.run('begin')
    for (const row of task.rows) insert.run(row)
    db.run('commit')
    insert.free()
    const select = db.prepare(task.statement)
    const rows: string[][] = []
    let bytes = 0
    while (rows.length < task.maxRows && select.step()) {
      const row = select.get().map((value: unknown) => (value === null ? 'null' : String(value)))
      for (const value of row) bytes += value.length
      if (bytes > task.maxBytes) return { error: `the answer is larger than ${task.maxBytes} bytes: use a limit` }
      rows.push(row)
    }
    return { columns: select.getColumnNames(), rows }
  }

  load(task.modulePath)()
    .then(run)
    .catch((error: Error) => ({ error: String(error.message) }))
    .then((answer: SqlAnswer) => parentPort.postMessage(answer))
}
