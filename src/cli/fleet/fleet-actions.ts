import { Alarm } from '../../core/alarm.ts'
import { systemClock } from '../../core/clock.ts'
import { ProducerError } from '../../core/errors.ts'
import type { FleetControl } from '../../fleet/index.ts'
import { EXIT } from '../shared/exit-code.ts'
import { type FleetConnectionOptions, withFleet } from './fleet-connection.ts'
import { explanation, fleetText } from './fleet-text.ts'
import { readSpecs } from './read-specs.ts'

export interface DrainOptions extends FleetConnectionOptions {
  readonly undo?: boolean
  readonly wait?: boolean
  readonly timeout: number
}

const print = (text: string) => void process.stdout.write(text)
/** Prints text on a terminal and JSON to a pipe. */
const show = (value: object, text: () => string) => print(process.stdout.isTTY ? text() : `${JSON.stringify(value)}\n`)

/** The exit code is 1 if an input does not run. */
export function list(options: FleetConnectionOptions): Promise<number> {
  return withFleet(options, async (fleet) => {
    const status = fleet.status()
    show(status, () => fleetText(status, systemClock.now()))
    return status.inputs.every(({ problem }) => problem === undefined) ? EXIT.ok : EXIT.failed
  })
}

export function explain(id: string, options: FleetConnectionOptions): Promise<number> {
  return withFleet(options, async (fleet) => {
    const input = fleet.explain(id)
    show(input, () => explanation(input, fleet.status().members, systemClock.now()))
    return input.problem === undefined ? EXIT.ok : EXIT.failed
  })
}

/** All inputs are checked before the first one is added. */
export async function add(file: string, options: FleetConnectionOptions): Promise<number> {
  const specs = readSpecs(file, process.env)
  return withFleet(options, async (fleet) => {
    for (const spec of specs) print(`${spec.id} ${(await fleet.add(spec)) ? 'is added' : 'is changed'}\n`)
    return EXIT.ok
  })
}

export function remove(ids: readonly string[], options: FleetConnectionOptions): Promise<number> {
  return withFleet(options, async (fleet) => {
    // All ids are checked first, so that a misspelt one does not leave the work half done.
    const wanted = new Set(ids)
    for (const id of wanted) fleet.explain(id)
    for (const id of wanted) {
      await fleet.remove(id)
      print(`${id} is removed\n`)
    }
    return EXIT.ok
  })
}

export function drain(member: string, options: DrainOptions): Promise<number> {
  return withFleet(options, async (fleet) => {
    await fleet.drain(member, options.undo !== true)
    if (options.undo) print(`${member} takes its share again\n`)
    else if (options.wait) await whenDrained(fleet, member, options.timeout)
    else print(`${member} hands over its inputs; 'loghub fleet ls' shows the progress\n`)
    return EXIT.ok
  })
}

async function whenDrained(fleet: FleetControl, member: string, timeoutMs: number): Promise<void> {
  const ownedBy = () => fleet.status().members.find(({ name }) => name === member)?.owned ?? 0
  await new Promise<void>((resolve, reject) => {
    const look = () => {
      if (ownedBy() > 0) return
      end()
      resolve()
    }
    const late = new Alarm(systemClock, () => {
      end()
      const message = `${member} still has ${ownedBy()} inputs after ${timeoutMs} ms; it continues to hand them over`
      reject(new ProducerError('ERR_LOGHUB_TIMEOUT', message))
    })
    const stop = fleet.view.on('changed', look)
    const end = () => {
      stop()
      late.clear()
    }
    late.set(systemClock.monotonicMs() + timeoutMs)
    look()
  })
  print(`${member} runs nothing of the fleet any more\n`)
}
