// One line, redrawn, on a terminal; a plain line a second on a pipe.
import { setInterval as every } from 'node:timers'

const isTerminal = process.stdout.isTTY === true
const number = new Intl.NumberFormat('en-US')
const BAR_CELLS = 10

export class Progress {
  #parts
  #timer
  #start = performance.now()
  #last = { at: performance.now(), logged: 0 }
  #wasActive = false

  constructor(parts) {
    this.#parts = parts
    this.#timer = every(() => this.#tick(), isTerminal ? 100 : 1000)
  }

  note(text) {
    const line = `${this.#elapsed().toFixed(1).padStart(5)} s  ${text}`
    process.stdout.write(isTerminal ? `\r\x1b[2K${line}\n` : `${line}\n`)
  }

  end() {
    clearInterval(this.#timer)
    if (isTerminal) process.stdout.write('\r\x1b[2K')
  }

  #tick() {
    const { active } = this.#parts.outage
    if (active !== this.#wasActive) this.note(active ? 'the Log Service is down' : 'the Log Service is back')
    this.#wasActive = active
    const line = this.#line()
    process.stdout.write(isTerminal ? `\r\x1b[2K${line.slice(0, (process.stdout.columns || 80) - 1)}` : `${line}\n`)
  }

  #line() {
    const { producer, app, outage, seconds } = this.#parts
    const { logs, requests } = producer.metrics()
    const retries = Object.values(requests.retriesByReason).reduce((sum, n) => sum + n, 0)
    const cells = Math.min(BAR_CELLS, Math.round((this.#elapsed() / seconds) * BAR_CELLS))
    const bar = isTerminal ? `${'█'.repeat(cells)}${'░'.repeat(BAR_CELLS - cells)}` : ''
    const time = `${this.#elapsed().toFixed(1).padStart(5)} s`
    const counts = [
      `${padded(this.#rate(app.verdicts.logged), 6)} req/s`,
      `${padded(logs.delivered, 7)} delivered`,
      `${padded(logs.inMemory, 6)} waiting`,
      `${padded(retries, 4)} retries`,
    ]
    return `${time}  ${bar}${counts.join(' ')}${outage.active ? '  OUTAGE' : ''}`
  }

  #rate(logged) {
    const now = performance.now()
    const rate = ((logged - this.#last.logged) / (now - this.#last.at)) * 1000
    // A rate over less than a second flickers.
    if (now - this.#last.at >= 1000) this.#last = { at: now, logged }
    return Math.round(rate)
  }

  #elapsed() {
    return (performance.now() - this.#start) / 1000
  }
}

function padded(value, width) {
  return number.format(value).padStart(width)
}
