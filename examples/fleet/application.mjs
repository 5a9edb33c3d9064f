import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const TICK_MS = 50

/** Writes numbered lines into many files, as a busy machine does. */
export class Application {
  written = 0
  #files
  #linesPerTick
  #timer

  constructor(directory, { files, linesPerSecond }) {
    this.#linesPerTick = (linesPerSecond * TICK_MS) / 1000
    this.#files = Array.from({ length: files }, (_, i) => join(directory, `app-${String(i).padStart(2, '0')}.log`))
    for (const file of this.#files) writeFileSync(file, '')
  }

  /** One input a file, of which each runs on one of the agents. */
  inputs() {
    return this.#files.map((file, i) => ({
      id: `app-${String(i).padStart(2, '0')}`,
      type: 'file',
      paths: [file],
      startAt: 'beginning',
      placement: 'one',
    }))
  }

  start() {
    this.#timer = setInterval(() => this.#write(), TICK_MS)
  }

  /** Returns how many lines there are. */
  stop() {
    clearInterval(this.#timer)
    return this.written
  }

  #write() {
    for (let i = 0; i < this.#linesPerTick; i++) {
      const n = this.written++
      appendFileSync(this.#files[n % this.#files.length], `line ${n} of the application\n`)
    }
  }
}
