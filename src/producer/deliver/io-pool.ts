import { Fifo } from '../../core/fifo.ts'
import type { SinkError } from '../../sls/sink.ts'
import type { SplitReason } from '../batch/batch-parts.ts'
import type { ProducerBatch } from '../batch/producer-batch.ts'
import type { BatchFailure } from '../sends/send-error.ts'
import { FairQueue } from './fair-queue.ts'
import { Lane, type LaneInspection, type LaneListener, type LaneMetrics } from './lane.ts'
import type { LaneRange } from './lane-range.ts'
import type { Router } from './router.ts'
import type { SendContext, SendOutcome } from './send-task.ts'

/** The callbacks for a batch that leaves its lane. */
export interface IoPoolListener {
  delivered(batch: ProducerBatch): void
  retry(batch: ProducerBatch, outcome: Extract<SendOutcome, { kind: 'retry' }>): void
  failed(batch: ProducerBatch, failure: BatchFailure): void
  /** It must be split and sent again. */
  split(batch: ProducerBatch, reason: SplitReason): void
  /** Its only log is refused. */
  refused(batch: ProducerBatch, error: SinkError): void
}

export interface IoPoolParts {
  readonly lanes: LaneRange
  readonly router: Router
}

/** A lane above the minimum is removed if it was idle for this time when another batch ends. */
const LANE_IDLE_MS = 10_000

/**
 * Sending capacity: lanes, which grow in number while work waits and shrink when idle. A batch that any lane may take
 * waits in one fair queue, so that no lane is idle while there is work, and a lane that hangs delays only its own batch. A
 * batch that the router pins to a lane waits in the queue of that lane.
 */
export class IoPool {
  readonly #context: SendContext
  readonly #listener: IoPoolListener
  readonly #router: Router
  readonly #waiting = new FairQueue()
  /** Parts of batches that were split come first: half a batch holds the memory of a whole one. */
  readonly #begun = new Fifo<ProducerBatch>()
  /** Lanes that work for each project. */
  readonly #underWay = new Map<string, number>()
  readonly #laneListener: LaneListener = {
    done: (lane, batch, outcome, requests) => this.#done(lane, batch, outcome, requests),
    // Batches pinned to a lane stay there, also while retired lanes finish their work.
    mayTake: (project) => this.#share === 1 || this.#mayTake(project),
    began: ({ key }) => this.#underWay.set(key.project, (this.#underWay.get(key.project) ?? 0) + 1),
    reroute: (batch) => this.submit(batch),
  }
  readonly #lanes: Lane[] = []
  /** Removed lanes with a batch still in flight. */
  readonly #retiring = new Set<Lane>()
  #range: LaneRange
  #requests = 0
  #failedRequests = 0
  #share = 1

  constructor(parts: IoPoolParts, context: SendContext, listener: IoPoolListener) {
    this.#range = parts.lanes
    this.#router = parts.router
    this.#context = context
    this.#listener = listener
    this.#fill()
  }

  /** Sealed batches that wait for a lane. */
  get queued(): number {
    return this.#lanes.reduce((sum, lane) => sum + lane.waiting, this.#begun.size + this.#waiting.size)
  }

  get inFlight(): number {
    return this.#lanes.reduce((sum, lane) => sum + lane.load - lane.waiting, this.#retiring.size)
  }

  get requests(): number {
    return this.#requests
  }

  get failedRequests(): number {
    return this.#failedRequests
  }

  get laneMetrics(): readonly LaneMetrics[] {
    return this.#lanes.map((lane) => lane.metrics)
  }

  inspectLanes(nowMs: number): readonly LaneInspection[] {
    return this.#lanes.map((lane) => lane.inspect(nowMs))
  }

  /** Growing starts at once. A lane that is removed finishes its batch in flight. */
  resize(range: LaneRange): void {
    this.#range = range
    this.#fill()
    // All lanes are removed before any returns its waiting batches, so that none goes to a lane that is removed next.
    for (const lane of this.#lanes.splice(range.max)) this.#retire(lane)
    this.#dispatch()
  }

  /** The part of the lanes that one project may hold, above 0 and at most 1. */
  share(share: number): void {
    this.#share = share
    this.#dispatch()
    this.#beginPinned()
  }

  submit(batch: ProducerBatch): void {
    if (batch.hasEnded) return
    const pinned = this.#router.pin(batch, this.#lanes)
    // The router may be code of the user: a send of it may have dropped this batch.
    if (batch.hasEnded) return
    if (pinned !== undefined) this.#addTo(pinned, batch)
    else if (batch.isRestored) this.#begun.push(batch)
    else this.#waiting.push(batch)
    this.#dispatch()
  }

  /** The batch has its verdict: it may have got it while it waited. */
  forget(batch: ProducerBatch): void {
    this.#waiting.forget(batch)
    for (const lane of this.#lanes) if (lane.waiting > 0) lane.forget(batch)
  }

  /** Gives waiting batches to idle lanes, and adds lanes if there is none. */
  #dispatch(): void {
    while (this.#begun.size + this.#waiting.size > 0) {
      const idle = this.#lanes.filter((lane) => lane.isIdle)
      if (idle.length === 0 && this.#lanes.length >= this.#range.max) return
      const batch = this.#begun.shift() ?? this.#waiting.shift((project) => this.#mayTake(project))
      if (batch === undefined) return
      this.#addTo(idle.length > 0 ? this.#router.pickIdle(idle, batch, this.#lanes) : this.#addLane(), batch)
    }
  }

  /** A project whose server never answers must not hold every lane until its requests time out. */
  #mayTake(project: string): boolean {
    return (this.#underWay.get(project) ?? 0) < Math.ceil(this.#share * this.#range.max)
  }

  #addTo(lane: Lane, batch: ProducerBatch): void {
    // Pinned batches behind others count as waiting: with more lanes the router can spread them.
    if (!lane.isIdle && this.#lanes.length < this.#range.max) this.#addLane()
    lane.add(batch)
  }

  #done(lane: Lane, batch: ProducerBatch, outcome: SendOutcome | undefined, requests: number): void {
    this.#left(batch)
    this.#requests += requests
    if (outcome?.kind !== 'delivered') this.#failedRequests += requests
    lane.idleSinceMs = this.#context.clock.monotonicMs()
    if (lane.isIdle) this.#retiring.delete(lane)
    if (outcome !== undefined) this.#pass(batch, outcome)
    this.#dispatch()
    this.#beginPinned()
    this.#shrink(lane.idleSinceMs)
  }

  /** A free lane whose queue waited for the share of its project. */
  #beginPinned(): void {
    for (const lane of this.#lanes) if (lane.waiting > 0) lane.next()
  }

  /** A lane has ended its work for a batch. */
  #left({ key: { project } }: ProducerBatch): void {
    const underWay = (this.#underWay.get(project) ?? 0) - 1
    if (underWay <= 0) this.#underWay.delete(project)
    else this.#underWay.set(project, underWay)
  }

  #pass(batch: ProducerBatch, outcome: SendOutcome): void {
    switch (outcome.kind) {
      case 'delivered':
        return this.#listener.delivered(batch)
      case 'retry':
        return this.#listener.retry(batch, outcome)
      case 'failed':
        return this.#listener.failed(batch, outcome.failure)
      case 'split':
        return this.#listener.split(batch, outcome.reason)
      case 'refused':
        return this.#listener.refused(batch, outcome.error)
      case 'ended':
        return
    }
  }

  #retire(lane: Lane): void {
    // A lane whose queue only waits for the share of its project has nothing in flight that could end.
    if (lane.load > lane.waiting) this.#retiring.add(lane)
    lane.retire()
  }

  #fill(): void {
    while (this.#lanes.length < this.#range.min) this.#addLane()
  }

  #addLane(): Lane {
    // Called first: the clock may be code of the user that changes the lanes.
    const nowMs = this.#context.clock.monotonicMs()
    const lane = new Lane(this.#lanes.length, this.#context, this.#laneListener)
    lane.idleSinceMs = nowMs
    this.#lanes.push(lane)
    return lane
  }

  /** Called when a batch ends, so that no timer is needed. */
  #shrink(nowMs: number): void {
    for (let last = this.#lanes.at(-1); last !== undefined; last = this.#lanes.at(-1)) {
      const isSpare = last.isIdle && nowMs - last.idleSinceMs >= LANE_IDLE_MS
      if (!isSpare || this.#lanes.length <= this.#range.min) return
      this.#lanes.pop()
    }
  }
}
