// What a process takes that does no more than to hold as many logs as the producer does, to drop the oldest and to POST
// one at a time on each of 16 connections: the least that RSS can be in the chaos run (`node bench/chaos.mjs --least`).
import { Pool } from 'undici'

/** What the producer charges for a small batch. */
const BYTES_OF_A_LOG = 8192
const CONNECTIONS = 16

export class Producer {
  #mostLogs
  #pool
  #waiting = []
  #first = 0
  #inFlight = 0
  #logs = { accepted: 0, delivered: 0, failed: 0, dropped: 0, inMemory: 0 }

  constructor({ endpoint, totalSizeInBytes }) {
    this.#mostLogs = Math.floor(totalSizeInBytes / BYTES_OF_A_LOG)
    this.#pool = new Pool(endpoint, { connections: CONNECTIONS })
  }

  putProject() {}

  send(request, callback) {
    if (callback === undefined) {
      return new Promise((resolve, reject) => this.send(request, (error) => (error ? reject(error) : resolve())))
    }
    this.#logs.accepted++
    this.#logs.inMemory++
    this.#waiting.push({ body: Buffer.from(JSON.stringify(request)), callback })
    while (this.#waiting.length - this.#first > this.#mostLogs) this.#settle(this.#shift(), 'dropped')
    this.#next()
  }

  async close() {
    while (this.#waiting.length > this.#first) this.#settle(this.#shift(), 'dropped')
    while (this.#inFlight > 0) await new Promise((resolve) => setTimeout(resolve, 20))
    await this.#pool.close()
    return {}
  }

  metrics() {
    const [requests, memory] = [
      { made: 0, failed: 0 },
      { usedBytes: 0, highWaterBytes: 0 },
    ]
    return { logs: { ...this.#logs }, requests, memory, batches: { delivered: 0 } }
  }

  #shift() {
    const log = this.#waiting[this.#first]
    this.#waiting[this.#first++] = undefined
    if (this.#first > 5000) {
      this.#waiting = this.#waiting.slice(this.#first)
      this.#first = 0
    }
    return log
  }

  #next() {
    while (this.#inFlight < CONNECTIONS && this.#waiting.length > this.#first) void this.#post(this.#shift())
  }

  async #post(log) {
    this.#inFlight++
    const headers = { host: 'one.localhost', 'x-log-apiversion': '0.6.0' }
    const limits = { headersTimeout: 2000, bodyTimeout: 2000 }
    const path = '/logstores/logs/shards/lb'
    try {
      const { body } = await this.#pool.request({ path, method: 'POST', body: log.body, headers, ...limits })
      await body.dump()
      this.#settle(log, 'delivered')
    } catch {
      this.#settle(log, 'failed')
    } finally {
      this.#inFlight--
      this.#next()
    }
  }

  #settle({ callback }, verdict) {
    this.#logs[verdict]++
    this.#logs.inMemory--
    const error = verdict === 'delivered' ? null : Object.assign(new Error(verdict), { name: 'SendError' })
    queueMicrotask(() => callback(error))
  }
}
