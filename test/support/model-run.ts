import { expect } from 'vitest'
import { isProducerError, Producer, type ProducerConfig, type SendError, type TunableOptions } from '../../src/index.ts'
import { ManualClock, settled } from './manual-clock.ts'
import { type Answer, ModelSink } from './model-sink.ts'

export const PROJECTS = ['a', 'b', 'c'] as const

export interface SendCommand {
  readonly form: 'promise' | 'callback' | 'try' | 'silent' | 'writer'
  readonly project: number
  readonly topic: number
  /** For each log whether it is poisoned. */
  readonly logs: readonly boolean[]
  readonly padding: number
  readonly overflow: 'block' | 'reject' | 'drop-oldest' | undefined
  /** The callback sends once more. */
  readonly again: boolean
}

export type Command =
  | { readonly do: 'send'; readonly send: SendCommand; readonly times: number }
  | { readonly do: 'answers'; readonly answers: readonly Answer[] }
  | { readonly do: 'release' | 'flush' | 'abort' }
  | { readonly do: 'advance'; readonly ms: number }
  | { readonly do: 'update'; readonly change: Partial<TunableOptions> }
  | { readonly do: 'put' | 'remove'; readonly project: number }
  | { readonly do: 'close'; readonly timeoutMs: number | undefined }

interface Sent {
  readonly ids: readonly number[]
  readonly group: string
  /** Nobody is told what becomes of it. */
  readonly isSilent: boolean
  /** `trySend` said no. */
  isTurnedAway: boolean
  calls: number
  error: Error | null
}

/** A producer under a sequence of commands, beside a count of its own of what must be true of it. */
export class ModelRun {
  readonly clock = new ManualClock()
  readonly sink = new ModelSink(this.clock, PROJECTS)
  readonly producer: Producer
  readonly #sent: Sent[] = []
  readonly #told = { success: 0, failure: 0, drop: 0, refused: 0 }
  readonly #flushes: Promise<void>[] = []
  readonly #keepsOrder: boolean
  #abort = new AbortController()
  #mayDuplicate = false
  #nextId = 0
  #closed = false

  constructor(config: ProducerConfig) {
    this.producer = new Producer({ ...config, sink: this.sink, clock: this.clock, compression: 'none' })
    for (const project of PROJECTS) this.producer.putProject({ project })
    this.#keepsOrder = config.router === 'key-hash'
    for (const event of ['success', 'failure', 'drop', 'refused'] as const) {
      this.producer.on(event, ({ logCount }) => {
        this.#told[event] += logCount
      })
    }
  }

  async run(commands: readonly Command[]): Promise<void> {
    for (const command of commands) {
      await this.#do(command)
      await settled()
      this.#checkNow()
    }
    await this.#end()
  }

  async #do(command: Command): Promise<void> {
    switch (command.do) {
      case 'send':
        for (let time = 0; time < command.times; time++) this.#send(command.send)
        return
      case 'answers':
        if (command.answers.includes('stored-but-lost')) this.#mayDuplicate = true
        this.sink.answers.push(...command.answers)
        return
      case 'release':
        return this.sink.releaseAll()
      case 'advance':
        return this.clock.advance(command.ms)
      case 'update':
        return this.#update(command.change)
      case 'put':
        this.sink.projects.add(PROJECTS[command.project] as string)
        return this.producer.putProject({ project: PROJECTS[command.project] as string })
      case 'remove':
        this.sink.projects.delete(PROJECTS[command.project] as string)
        return void this.producer.removeProject(PROJECTS[command.project] as string)
      case 'flush':
        return this.#flush()
      case 'abort':
        this.#abort.abort()
        this.#abort = new AbortController()
        return
      case 'close':
        this.#closed = true
        return void this.producer.close({ timeoutMs: command.timeoutMs })
    }
  }

  #update(change: Partial<TunableOptions>): void {
    try {
      this.producer.update(change)
    } catch (error) {
      expect(error).toMatchObject({ code: 'ERR_LOGHUB_OPTION' })
    }
  }

  /** What was sent before the call has its verdict when the flush resolves. */
  #flush(): void {
    const before = this.#sent.filter((sent) => !sent.isSilent)
    const check = () => expect(before.filter((sent) => sent.calls === 0 && !sent.isTurnedAway)).toEqual([])
    this.#flushes.push(this.producer.flush().then(check))
  }

  #send(command: SendCommand): void {
    const { form, logs, padding, overflow } = command
    const project = PROJECTS[command.project] as string
    const destination = { project, logstore: 'l', topic: `t${command.topic}` }
    const list = logs.map((isPoisoned) => ({
      contents: { id: this.#nextId++, padding: 'x'.repeat(padding), ...(isPoisoned && { poison: 1 }) },
    }))
    const sent: Sent = {
      ids: list.map(({ contents }) => contents.id),
      group: JSON.stringify([project, 'l', destination.topic]),
      isSilent: form === 'silent',
      isTurnedAway: false,
      calls: 0,
      error: null,
    }
    this.#sent.push(sent)
    const request = {
      ...destination,
      logs: list.length === 1 ? (list[0] as (typeof list)[0]) : list,
      overflow,
      signal: this.#abort.signal,
    }
    const callback = (error: Error | null) => {
      sent.calls++
      sent.error = error
      if (command.again) this.#send({ ...command, again: false })
    }
    if (form === 'promise') this.producer.send(request).then(() => callback(null), callback)
    else if (form === 'callback') this.producer.send(request, callback)
    else if (form === 'try') sent.isTurnedAway = !this.producer.trySend(request, callback)
    else if (form === 'silent') sent.isTurnedAway = !this.producer.trySend(request)
    else this.#write(destination, list, sent, callback)
  }

  #write(
    destination: { project: string },
    list: readonly { contents: Record<string, unknown> }[],
    sent: Sent,
    callback: (error: Error | null) => void,
  ): void {
    // A writer takes one log: the others were never offered.
    ;(sent.ids as number[]).splice(1)
    try {
      const contents = list[0]?.contents as Record<string, string>
      void this.producer.writer(destination).send(contents, callback)
    } catch (error) {
      // A writer cannot be made for a project that is not there.
      expect(error).toMatchObject({ code: 'ERR_LOGHUB_PROJECT_UNKNOWN' })
      sent.isTurnedAway = true
    }
  }

  /** The law, from the metrics and from what was told, at any moment. */
  #checkNow(): void {
    const { logs, memory, batches } = this.producer.metrics()
    expect(logs.accepted).toBe(logs.delivered + logs.failed + logs.dropped + logs.inMemory)
    const { success, failure, drop, refused } = this.#told
    expect([success, failure, drop, refused].map((told, of) => told <= (this.#counted[of] as number))).not.toContain(
      false,
    )
    const offered = countOf(this.#sent.filter((sent) => !sent.isTurnedAway))
    const waiting = offered - logs.accepted - logs.refused
    expect(waiting > 0).toBe(memory.blockedSends > 0)
    expect(waiting).toBeGreaterThanOrEqual(memory.blockedSends)
    expect(memory.blockedBytes > 0).toBe(memory.blockedSends > 0)
    expect(memory.usedBytes > 0).toBe(logs.inMemory > 0)
    expect(batches.inFlight).toBeGreaterThanOrEqual(this.sink.inFlight)
    for (const { calls } of this.#sent) expect(calls).toBeLessThanOrEqual(1)
    const isIdle = logs.inMemory === 0 && memory.blockedSends === 0 && !this.#closed
    if (isIdle) expect(this.clock.timerCount).toBe(0)
  }

  /** What the metrics have for each event. The events come a little later: after the callbacks. */
  get #counted(): readonly number[] {
    const { delivered, failed, dropped, refused } = this.producer.metrics().logs
    return [delivered, failed, dropped, refused]
  }

  async #end(): Promise<void> {
    if (!this.#closed) await this.#drain()
    this.sink.releaseAll()
    const closing = this.producer.close({ timeoutMs: 60_000 })
    await this.clock.advance(400_000)
    await closing
    await Promise.all(this.#flushes)
    await settled()
    this.#checkNow()
    expect(Object.values(this.#told)).toEqual(this.#counted)
    this.#checkVerdicts()
    this.#checkStored()
    expect(this.producer.metrics()).toMatchObject({
      logs: { inMemory: 0 },
      memory: { usedBytes: 0, blockedSends: 0, blockedBytes: 0 },
      batches: { open: 0, queued: 0, inFlight: 0, held: 0, inLine: 0 },
    })
    expect(this.clock.timerCount).toBe(0)
  }

  /** A sink that is well again takes everything without the help of close, and then nothing is set to wake anybody. */
  async #drain(): Promise<void> {
    this.sink.answers.length = 0
    this.sink.releaseAll()
    await this.clock.advance(400_000)
    expect(this.producer.metrics()).toMatchObject({ logs: { inMemory: 0 }, memory: { usedBytes: 0, blockedSends: 0 } })
    expect(this.clock.timerCount).toBe(0)
  }

  #checkVerdicts(): void {
    const accepted = this.#sent.filter((sent) => !sent.isTurnedAway && !sent.isSilent)
    expect(accepted.filter((sent) => sent.calls !== 1)).toEqual([])
    expect(this.#sent.filter((sent) => sent.isTurnedAway && sent.calls > 0)).toEqual([])
    for (const { error } of accepted) if (error !== null) expect(isProducerError(error)).toBe(true)
  }

  /** Told to be delivered: stored. Told to be refused by name: not stored. Nothing twice but what the sink asked for. */
  #checkStored(): void {
    for (const [group, ids] of this.sink.stored) {
      if (!this.#mayDuplicate) expect(new Set(ids).size).toBe(ids.length)
      const firsts = [...new Set(ids)]
      if (this.#keepsOrder) expect(firsts, group).toEqual([...firsts].sort((x, y) => x - y))
    }
    for (const { ids, group, error, calls } of this.#sent) {
      if (calls === 0) continue
      const stored = new Set(this.sink.stored.get(group))
      const refused = (error as SendError | null)?.refusedLogs ?? []
      const missing = error === null ? [] : refused.map(({ index }) => ids[index])
      const lost = ids.filter((id) => !stored.has(id))
      if (error === null || (refused.length > 0 && !this.#mayDuplicate)) expect(lost).toEqual(missing)
    }
    const stored = [...this.sink.stored.values()].reduce((sum, ids) => sum + new Set(ids).size, 0)
    const { delivered } = this.producer.metrics().logs
    expect(stored).toBeGreaterThanOrEqual(delivered)
    if (!this.#mayDuplicate && !this.#closed) expect(stored).toBe(delivered)
  }
}

function countOf(sent: readonly Sent[]): number {
  return sent.reduce((sum, { ids }) => sum + ids.length, 0)
}
