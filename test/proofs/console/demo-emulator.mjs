import { Producer } from 'loghub-producer'
import { startEmulator } from 'loghub-producer/emulator'

export const PROJECT = 'shop'
const KEYS = { accessKeyId: 'demo-key-id', accessKeySecret: 'demo-key-secret' }
const HISTORY_SECONDS = 870
const OUTAGE = { from: 520, to: 560 }

/** A clock that is moved by hand until `live`, and is the system's from then on. */
function movableClock() {
  let byHandMs
  return {
    now: () => byHandMs ?? Date.now(),
    monotonicMs: () => performance.now(),
    setTimer: (callback, delayMs) => {
      const timer = setTimeout(callback, delayMs)
      return () => clearTimeout(timer)
    },
    set: (ms) => {
      byHandMs = ms
    },
    live: () => {
      byHandMs = undefined
    },
  }
}

/**
 * An emulator behind 15 minutes of a shop's traffic with an outage in it, told in a few seconds by a clock that is moved by
 * hand; then the traffic goes on, live.
 */
export async function startDemoEmulator({ port = 0, history = true, perSecond = 160 } = {}) {
  const clock = movableClock()
  const emulator = await startEmulator({ port, autoCreate: true, clock, credentials: KEYS })
  const shop = new Shop(emulator.url, clock)
  if (history) await shop.playHistory(emulator)
  const stopTraffic = shop.runTraffic(perSecond)
  return {
    emulator,
    url: `${emulator.url}/console`,
    refuse: () => refusedRequests(emulator.url),
    close: async () => {
      await stopTraffic()
      await emulator.close()
    },
  }
}

const PATHS = ['/orders', '/cart', '/login', '/search?q=shoes', '/products/1047', '/health']
const USERS = ['li.wei', 'zhang.min', 'maria', 'tom', 'aiko']

/** The same every time: a random number of a small generator. */
function randomNumbers(seed) {
  let state = seed
  return () => {
    state = (state * 1664525 + 1013904223) % 2 ** 32
    return state / 2 ** 32
  }
}

class Shop {
  #random = randomNumbers(7)
  #clock
  #producer

  constructor(url, clock) {
    this.#clock = clock
    const logger = { debug() {}, info() {}, warn() {}, error() {} }
    const options = { endpoint: url, project: PROJECT, logstore: 'access-log', credentials: KEYS, clock, logger }
    this.#producer = new Producer({ ...options, lingerMs: 1000, source: 'shop-1', maxBlockMs: 0, retries: 1000 })
  }

  /** Second by second; in the outage each write is refused, and comes through at its end. */
  async playHistory(emulator) {
    const nowMs = Date.now()
    const waiting = []
    for (let second = 0; second < HISTORY_SECONDS; second++) {
      const timeMs = nowMs - (HISTORY_SECONDS - second) * 1000
      this.#clock.set(timeMs)
      const isOut = second >= OUTAGE.from && second < OUTAGE.to
      if (isOut) {
        emulator.script({ times: 3, then: { status: 503, errorCode: 'ServerBusy' } })
        waiting.push(...this.#logs(second, timeMs))
        await refusedWrites(emulator.url, timeMs, 3)
      } else {
        await this.#write([...waiting.splice(0, 700), ...this.#logs(second, timeMs)])
      }
    }
    this.#clock.live()
  }

  /** Goes on until the returned function is called. */
  runTraffic(perSecond) {
    const timer = setInterval(() => {
      for (let i = 0; i < perSecond / 20; i++) this.#producer.send({ logs: this.#log(Date.now()) }).catch(() => {})
    }, 50)
    return async () => {
      clearInterval(timer)
      await this.#producer.close({ timeoutMs: 500 })
    }
  }

  async #write(logs) {
    const sent = this.#producer.send({ logs })
    await this.#producer.flush()
    await sent
  }

  #logs(second, timeMs) {
    const wave = 140 + 60 * Math.sin(second / 90) + 40 * this.#random()
    return Array.from({ length: Math.round(wave) }, () => this.#log(timeMs))
  }

  #log(timeMs) {
    const path = PATHS[Math.floor(this.#random() ** 2 * PATHS.length)]
    const duration = Math.round(5 + this.#random() ** 4 * 900)
    const failed = this.#random() < 0.03
    const level = failed ? 'error' : duration > 400 ? 'warn' : 'info'
    const message = failed ? 'upstream timed out' : duration > 400 ? 'slow request' : 'request done'
    const user = USERS[Math.floor(this.#random() * USERS.length)]
    const status = failed ? '504' : '200'
    const contents = { level, message, path, status, duration_ms: String(duration), user }
    return { time: timeMs, contents }
  }
}

/** What a client gets whose signature, digest or project is wrong. */
async function refusedRequests(url) {
  const date = new Date().toUTCString()
  const usual = {
    'x-log-apiversion': '0.6.0',
    'x-log-signaturemethod': 'hmac-sha1',
    date,
    'user-agent': 'my-client/0.1',
  }
  const body = 'not a log group'
  const signedBy = (accessKeyId) => `LOG ${accessKeyId}:${Buffer.from('made with the wrong secret').toString('base64')}`
  const post = (headers) =>
    fetch(`${url}/logstores/access-log/shards/lb`, { method: 'POST', headers: { ...usual, ...headers }, body })
  const project = { 'x-log-project': PROJECT }
  await post({ ...project, authorization: signedBy('unknown-key-id') })
  await post({ ...project, authorization: signedBy(KEYS.accessKeyId), date: new Date(0).toUTCString() })
  await post({ ...project, authorization: signedBy(KEYS.accessKeyId), 'content-md5': 'ABCDEF' })
}

async function refusedWrites(url, timeMs, count) {
  const headers = { 'x-log-apiversion': '0.6.0', 'x-log-project': PROJECT, date: new Date(timeMs).toUTCString() }
  for (let i = 0; i < count; i++) {
    const answer = await fetch(`${url}/logstores/access-log/shards/lb`, { method: 'POST', headers, body: 'x' })
    await answer.arrayBuffer()
  }
}
