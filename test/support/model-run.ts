import { expect } from 'vitest'
import { Producer, type ProducerConfig, type SendRequest, type TunableOptions } from '../../src/index.ts'
import { HostileUser, type Mischief } from './hostile-user.ts'
import { ManualClock, settled } from './manual-clock.ts'
import { ModelLaw } from './model-law.ts'
import { ModelRecord, type Sent } from './model-record.ts'
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

/** All that a scenario begins with. */
export interface ModelSetup {
  readonly config: ProducerConfig
  readonly mischief?: readonly Mischief<Command>[]
  /** Every event has a listener; else the logger is told of what nobody listens to. */
  readonly listensToAll?: boolean
}

const COUNTED_EVENTS = ['success', 'failure', 'drop', 'refused'] as const
const OTHER_EVENTS = ['retry', 'drain', 'callbackError', 'deadLetter'] as const

/** A producer under a sequence of commands. {@link ModelLaw} checks it after each, and wherever code of the user runs. */
export class ModelRun {
  readonly clock = new ManualClock()
  readonly sink = new ModelSink(this.clock, PROJECTS)
  readonly producer: Producer
  readonly #user: HostileUser<Command>
  readonly #isHostile: boolean
  readonly #record = new ModelRecord()
  readonly #law: ModelLaw
  /** Sends whose call has not returned. */
  readonly #underWay: Sent[] = []
  readonly #flushes: Promise<void>[] = []
  readonly #sendAlls: Promise<void>[] = []
  #abort = this.#newAbort()
  #nextId = 0

  constructor({ config, mischief = [], listensToAll = false }: ModelSetup) {
    this.#isHostile = mischief.length > 0
    this.#user = new HostileUser({
      mischief,
      act: (command) => this.#act(command),
      visited: (place) => this.#law.checkAt(place),
    })
    const user = this.#user
    const { send } = this.sink
    this.sink.send = (...request) => {
      const answer = user.at('sink')
      return answer instanceof Promise ? answer : send.apply(this.sink, request)
    }
    this.producer = user.whileCreating(() => new Producer({ ...config, ...this.#foreignParts(config) }))
    const { producer, sink, clock } = this
    const keepsOrder = config.router === 'key-hash'
    this.#law = new ModelLaw({ record: this.#record, producer, sink, clock, keepsOrder })
    for (const project of PROJECTS) this.producer.putProject({ project })
    for (const event of COUNTED_EVENTS) {
      this.producer.on(event, ({ logCount }) => {
        this.#record.told[event] += logCount
        return user.at('listener')
      })
    }
    for (const event of listensToAll ? OTHER_EVENTS : []) this.producer.on(event, () => user.at('listener'))
  }

  /** Number of times that user code read the metrics. */
  get readings(): number {
    return this.#law.readings
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
        this.#law.checkNow()
      }
      await this.#end()
    } finally {
      this.#user.end()
    }
  }

  /** From within a place where user code runs. Time cannot be moved from there. */
  #act(command: Command): void {
    if (command.do === 'advance') return
    void this.#do(command).catch((thrown) => this.#record.problems.push(thrown))
  }

  async #do(command: Command): Promise<void> {
    switch (command.do) {
      case 'send':
        for (let time = 0; time < command.times; time++) this.#send(command.send)
        return
      case 'sendAll':
        return this.#sendAll(command.sendAll)
      case 'answers':
        if (command.answers.includes('stored-but-lost')) this.#record.mayDuplicate = true
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
        this.#record.isClosed = true
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
    this.#record.signals.push(abort.signal)
    abort.signal.addEventListener('abort', () => void this.#user.at('abort'))
    return abort
  }

  /** What was sent before the call has its verdict when the flush resolves. */
  #flush(): void {
    // A clock may be asked while a send is on its way from the waiting room to its batch.
    const before = this.#user.isWithin('clock')
      ? []
      : this.#record.sent.filter((sent) => sent.isOffered && !sent.isSilent)
    const check = () => expect(before.filter((sent) => sent.calls === 0 && !sent.isTurnedAway)).toEqual([])
    this.#flushes.push(
      this.producer
        .flush()
        .then(check)
        .catch((thrown) => void this.#record.problems.push(thrown)),
    )
  }

  /** No two logs that follow each other look alike: bytes that are swapped or overwritten show. */
  #newLog(padding: number, isPoisoned = false): { contents: Record<string, unknown>; id: number } {
    const id = this.#nextId++
    const text = String.fromCharCode(97 + (id % 26)).repeat(padding)
    const fields = { id, padding: text, ...(isPoisoned && { poison: 1 }) }
    const made = this.#isHostile ? { nested: '{"made":"json"}', getter: 'got' } : {}
    const stored = Object.entries({ ...fields, ...made }).map(([name, value]) => [name, String(value)])
    this.#record.given.set(id, JSON.stringify(Object.fromEntries(stored)))
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
    this.#record.sent.push(sent)
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
    this.#record.uncountedSendAlls++
    const counted = ({ sent }: { sent: number }) => {
      this.#record.uncountedSendAlls--
      this.#record.sentByAll += sent
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

  async #end(): Promise<void> {
    if (!this.#record.isClosed) await this.#drain()
    this.sink.releaseAll()
    const closing = this.producer.close({ timeoutMs: 60_000 })
    await this.clock.advance(400_000)
    await closing
    await Promise.all(this.#flushes)
    await Promise.all(this.#sendAlls)
    await settled()
    this.#law.checkEnd()
  }

  /** A sink that is well again takes everything without the help of close, and then nothing is set to wake anybody. */
  async #drain(): Promise<void> {
    this.sink.answers.length = 0
    this.sink.releaseAll()
    await this.clock.advance(400_000)
    expect(this.producer.metrics()).toMatchObject({ logs: { inMemory: 0 }, memory: { usedBytes: 0, blockedSends: 0 } })
    expect(this.clock.timerCount).toBe(0)
  }
}
