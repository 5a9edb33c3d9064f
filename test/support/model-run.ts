import { getEventListeners } from 'node:events'
import { expect } from 'vitest'
import {
  isProducerError,
  Producer,
  type ProducerConfig,
  type SendError,
  type SendRequest,
  type TunableOptions,
} from '../../src/index.ts'
import { HostileUser, type Mischief, type Place } from './hostile-user.ts'
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

export interface SendAllCommand {
  readonly project: number
  readonly topic: number
  readonly count: number
  readonly padding: number
  readonly isAsync: boolean
}

export type Command =
  | { readonly do: 'send'; readonly send: SendCommand; readonly times: number }
  | { readonly do: 'sendAll'; readonly sendAll: SendAllCommand }
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
  /** The call has returned: what is flushed from now on includes it. */
  isOffered: boolean
  /** Code that ran before it was accepted sent to its group, or may have: its ids need not rise with the others. */
  isUnordered: boolean
  calls: number
  error: Error | null
}

/** All that a scenario begins with. */
export interface ModelSetup {
  readonly config: ProducerConfig
  readonly mischief?: readonly Mischief<Command>[]
  /** Every event has a listener; else the logger is told of what nobody listens to. */
  readonly listensToAll?: boolean
}

const COUNTED_EVENTS = ['success', 'failure', 'drop', 'refused'] as const
const OTHER_EVENTS = ['retry', 'drain', 'callbackError', 'deadLetter'] as const

/** A producer under a sequence of commands, beside a count of its own of what must be true of it. */
export class ModelRun {
  readonly clock = new ManualClock()
  readonly sink = new ModelSink(this.clock, PROJECTS)
  readonly producer: Producer
  /** Visits of user code at which the law was read. */
  readings = 0
  readonly #user: HostileUser<Command>
  readonly #isHostile: boolean
  readonly #sent: Sent[] = []
  /** Sends whose call has not returned. */
  readonly #underWay: Sent[] = []
  readonly #told = { success: 0, failure: 0, drop: 0, refused: 0 }
  readonly #flushes: Promise<void>[] = []
  readonly #sendAlls: Promise<void>[] = []
  readonly #given = new Map<number, string>()
  readonly #signals: AbortSignal[] = []
  /** What user code saw: a producer keeps what is thrown there from reaching the test. */
  readonly #problems: unknown[] = []
  readonly #keepsOrder: boolean
  #abort = this.#newAbort()
  #mayDuplicate = false
  #nextId = 0
  #closed = false
  /** Logs that `sendAll` has sent, as far as that is known. */
  #sentByAll = 0
  #uncountedSendAlls = 0

  constructor({ config, mischief = [], listensToAll = false }: ModelSetup) {
    this.#isHostile = mischief.length > 0
    this.#user = new HostileUser({
      mischief,
      act: (command) => this.#act(command),
      visited: (place) => this.#checkLaw(place),
    })
    const user = this.#user
    const { send } = this.sink
    this.sink.send = (...request) => {
      const answer = user.at('sink')
      return answer instanceof Promise ? answer : send.apply(this.sink, request)
    }
    this.producer = user.whileCreating(() => new Producer({ ...config, ...this.#foreignParts(config) }))
    for (const project of PROJECTS) this.producer.putProject({ project })
    this.#keepsOrder = config.router === 'key-hash'
    for (const event of COUNTED_EVENTS) {
      this.producer.on(event, ({ logCount }) => {
        this.#told[event] += logCount
        return user.at('listener')
      })
    }
    for (const event of listensToAll ? OTHER_EVENTS : []) this.producer.on(event, () => user.at('listener'))
  }

  #foreignParts({ router }: ProducerConfig): ProducerConfig {
    const user = this.#user
    const own = { sink: this.sink, compression: 'none' as const, clock: this.clock, source: 'host' }
    if (!this.#isHostile) return own
    return {
      ...own,
      clock: user.clock(this.clock),
      logger: user.logger(),
      random: () => user.random(),
      deadLetter: () => user.at('deadLetter'),
      ...(typeof router === 'function' && { router: user.router(router) }),
    }
  }

  async run(commands: readonly Command[]): Promise<void> {
    this.#user.begin()
    try {
      for (const command of commands) {
        await this.#do(command)
        await settled()
        this.#checkNow()
      }
      await this.#end()
    } finally {
      this.#user.end()
    }
  }

  /** From within a place where user code runs. Time cannot be moved from there. */
  #act(command: Command): void {
    if (command.do === 'advance') return
    void this.#do(command).catch((thrown) => this.#problems.push(thrown))
  }

  async #do(command: Command): Promise<void> {
    switch (command.do) {
      case 'send':
        for (let time = 0; time < command.times; time++) this.#send(command.send)
        return
      case 'sendAll':
        return this.#sendAll(command.sendAll)
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
        this.#abort = this.#newAbort()
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

  #newAbort(): AbortController {
    const abort = new AbortController()
    this.#signals.push(abort.signal)
    abort.signal.addEventListener('abort', () => void this.#user.at('abort'))
    return abort
  }

  /** What was sent before the call has its verdict when the flush resolves. */
  #flush(): void {
    // A clock may be asked while a send is on its way from the waiting room to its batch.
    const before = this.#user.isWithin('clock') ? [] : this.#sent.filter((sent) => sent.isOffered && !sent.isSilent)
    const check = () => expect(before.filter((sent) => sent.calls === 0 && !sent.isTurnedAway)).toEqual([])
    this.#flushes.push(
      this.producer
        .flush()
        .then(check)
        .catch((thrown) => void this.#problems.push(thrown)),
    )
  }

  /** No two logs that follow each other look alike: bytes that are swapped or overwritten show. */
  #newLog(padding: number, isPoisoned = false): { contents: Record<string, unknown>; id: number } {
    const id = this.#nextId++
    const text = String.fromCharCode(97 + (id % 26)).repeat(padding)
    const fields = { id, padding: text, ...(isPoisoned && { poison: 1 }) }
    const made = this.#isHostile ? { nested: '{"made":"json"}', getter: 'got' } : {}
    const stored = Object.entries({ ...fields, ...made }).map(([name, value]) => [name, String(value)])
    this.#given.set(id, JSON.stringify(Object.fromEntries(stored)))
    return { contents: this.#isHostile ? this.#user.contents(fields) : fields, id }
  }

  #send(command: SendCommand): void {
    const { form, logs, padding, overflow } = command
    const project = PROJECTS[command.project] as string
    const destination = { project, logstore: 'l', topic: `t${command.topic}` }
    const list = logs.map((isPoisoned) => this.#newLog(padding, isPoisoned))
    const sent: Sent = {
      ids: list.map(({ id }) => id),
      group: JSON.stringify([project, 'l', destination.topic]),
      isSilent: form === 'silent',
      isTurnedAway: false,
      isOffered: false,
      isUnordered: this.#user.isWithin('clock'),
      calls: 0,
      error: null,
    }
    if (this.#user.isWithin('getter', 'toJSON', 'clock')) for (const outer of this.#underWay) outer.isUnordered = true
    this.#sent.push(sent)
    const given = list.map(({ contents }) => ({ contents }))
    const request = {
      ...destination,
      logs: given.length === 1 ? (given[0] as (typeof given)[0]) : given,
      overflow,
      signal: this.#abort.signal,
    } as SendRequest
    const told = (error: Error | null) => {
      sent.calls++
      sent.error = error
      if (command.again) this.#send({ ...command, again: false })
    }
    const callback = (error: Error | null) => {
      told(error)
      return this.#user.at('callback') as undefined
    }
    const continuation = (error: Error | null) => {
      told(error)
      void this.#user.at('promise')
    }
    this.#underWay.push(sent)
    if (form === 'promise') this.producer.send(request).then(() => continuation(null), continuation)
    else if (form === 'callback') this.producer.send(request, callback)
    else if (form === 'try') sent.isTurnedAway = !this.producer.trySend(request, callback)
    else if (form === 'silent') sent.isTurnedAway = !this.producer.trySend(request)
    else this.#write(destination, given, sent, callback)
    this.#underWay.splice(this.#underWay.indexOf(sent), 1)
    sent.isOffered = true
  }

  #sendAll({ project, topic, count, padding, isAsync }: SendAllCommand): void {
    const next = () => {
      this.#user.at('iterable')
      return { contents: this.#newLog(padding).contents as Record<string, string> }
    }
    function* some() {
      for (let n = 0; n < count; n++) yield next()
    }
    async function* someLater() {
      for (let n = 0; n < count; n++) yield next()
    }
    const destination = { project: PROJECTS[project] as string, logstore: 'l', topic: `all${topic}` }
    const onError = () => this.#user.at('callback') as undefined
    const { signal } = this.#abort
    this.#uncountedSendAlls++
    const counted = ({ sent }: { sent: number }) => {
      this.#uncountedSendAlls--
      this.#sentByAll += sent
    }
    const logs = isAsync ? someLater() : some()
    // What is thrown says nothing of how much was sent before.
    this.#sendAlls.push(this.producer.sendAll(logs, destination, { signal, onError }).then(counted, () => {}))
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

  /** The law, from wherever user code runs. */
  #checkLaw(place: Place): void {
    this.readings++
    const { accepted, delivered, failed, dropped, inMemory } = this.producer.metrics().logs
    if (accepted === delivered + failed + dropped + inMemory) return
    this.#problems.push(
      new Error(`at ${place}: ${accepted} accepted, but ${delivered} + ${failed} + ${dropped} + ${inMemory}`),
    )
  }

  /** The law, from the metrics and from what was told, at any moment. */
  #checkNow(): void {
    if (this.#problems.length > 0) throw this.#problems[0]
    const { logs, memory, batches } = this.producer.metrics()
    expect(logs.accepted).toBe(logs.delivered + logs.failed + logs.dropped + logs.inMemory)
    const { success, failure, drop, refused } = this.#told
    expect([success, failure, drop, refused].map((told, of) => told <= (this.#counted[of] as number))).not.toContain(
      false,
    )
    if (this.#uncountedSendAlls === 0) this.#checkWaiting()
    expect(memory.blockedBytes > 0).toBe(memory.blockedSends > 0)
    expect(memory.usedBytes > 0).toBe(logs.inMemory > 0)
    expect(batches.inFlight).toBeGreaterThanOrEqual(this.sink.inFlight)
    expect(this.#sent.filter(({ calls }) => calls > 1)).toEqual([])
    const isIdle = logs.inMemory === 0 && memory.blockedSends === 0 && !this.#closed
    if (isIdle) expect(this.clock.timerCount).toBe(0)
  }

  #checkWaiting(): void {
    const { logs, memory } = this.producer.metrics()
    const offered = countOf(this.#sent.filter((sent) => !sent.isTurnedAway)) + this.#sentByAll
    const waiting = offered - logs.accepted - logs.refused
    expect(waiting > 0).toBe(memory.blockedSends > 0)
    expect(waiting).toBeGreaterThanOrEqual(memory.blockedSends)
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
    await Promise.all(this.#sendAlls)
    await settled()
    this.#checkNow()
    expect(Object.values(this.#told)).toEqual(this.#counted)
    this.#checkVerdicts()
    this.#checkStored()
    const changed = [...this.sink.contents].filter(([id, stored]) => stored !== this.#given.get(id))
    expect(changed.map(([id, stored]) => [stored, this.#given.get(id)])).toEqual([])
    expect(this.producer.metrics()).toMatchObject({
      logs: { inMemory: 0 },
      memory: { usedBytes: 0, blockedSends: 0, blockedBytes: 0 },
      batches: { open: 0, queued: 0, inFlight: 0, held: 0, inLine: 0 },
    })
    expect(this.clock.timerCount).toBe(0)
    for (const signal of this.#signals) expect(getEventListeners(signal, 'abort').length).toBe(1)
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
    expect(accepted.filter(({ error }) => error !== null && !isProducerError(error))).toEqual([])
  }

  /** Told to be delivered: stored. Told to be refused by name: not stored. Nothing twice but what the sink asked for. */
  #checkStored(): void {
    const unordered = new Set(this.#sent.flatMap(({ ids, isUnordered }) => (isUnordered ? ids : [])))
    for (const [group, ids] of this.sink.stored) {
      if (!this.#mayDuplicate) expect(new Set(ids).size).toBe(ids.length)
      const firsts = [...new Set(ids)].filter((id) => !unordered.has(id))
      if (this.#keepsOrder && !group.includes('all')) expect(firsts, group).toEqual([...firsts].sort((x, y) => x - y))
    }
    const groups = new Map([...this.sink.stored].map(([group, ids]) => [group, new Set(ids)]))
    for (const { ids, group, error, calls } of this.#sent) {
      if (calls === 0) continue
      const stored = groups.get(group) ?? new Set()
      const refused = (error as SendError | null)?.refusedLogs ?? []
      const missing = error === null ? [] : refused.map(({ index }) => ids[index])
      const lost = ids.filter((id) => !stored.has(id))
      if (lost.length === 0 && missing.length === 0) continue
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
