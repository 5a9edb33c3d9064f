import { Producer } from '../../index.ts'
import { keyOf } from '../../producer/keep/batch-codec.ts'
import { SpoolReader } from '../../spool/index.ts'
import type { Connection } from '../shared/connection-options.ts'
import { EXIT } from '../shared/exit-code.ts'
import { Interruption } from '../shared/interruption.ts'
import { countText } from '../shared/quantity-text.ts'
import { StatusLine } from '../shared/status-line.ts'
import { requireSpool } from './require-spool.ts'

/** Sends the content of a spool. Each batch goes to its own project and logstore. The exit code is 1 if something is left. */
export async function replaySpool(directory: string, connection: Connection, timeoutMs?: number): Promise<number> {
  await requireSpool(directory)
  const status = new StatusLine(process.stderr)
  const interruption = new Interruption()
  const producer = new Producer({ ...connection, spool: { directory, mode: 'on-close' } })
  for (const project of await projectsIn(directory)) {
    if (project !== connection.project) producer.putProject({ ...connection, project })
  }
  const left = () => producer.metrics().logs.onDisk
  status.start(() => `${countText(producer.metrics().logs.delivered)} logs sent, ${countText(left())} left`)
  await producer.flush({ timeoutMs, signal: interruption.signal }).catch(() => {})
  const { spooled } = await producer.close({ timeoutMs: 1000 })
  status.stop()
  interruption.release()
  const { delivered, failed, dropped, damaged } = producer.metrics().logs
  const result = { delivered, failed, dropped, damaged, left: spooled }
  const text = `${countText(delivered)} logs delivered, ${countText(spooled)} left in the spool, ${countText(failed + dropped)} not deliverable, ${countText(damaged)} damaged\n`
  process.stdout.write(process.stdout.isTTY ? text : `${JSON.stringify(result)}\n`)
  return interruption.exitCode ?? (spooled + failed + dropped + damaged > 0 ? EXIT.failed : EXIT.ok)
}

async function projectsIn(directory: string): Promise<Set<string>> {
  const projects = new Set<string>()
  const reader = new SpoolReader({ directory })
  const onRecord = ({ header }: { header: { group: string } }) => void projects.add(keyOf(header.group)?.project ?? '')
  for (const slot of await reader.slots()) await reader.report(slot, { checksBodies: false, onRecord })
  projects.delete('')
  return projects
}
