import { type Clock, systemClock } from '../../core/clock.ts'
import { parseEndpoint } from '../../sls/http/endpoint.ts'
import { limits } from '../../sls/limits.ts'
import { LogReader } from '../../sls/log-reader.ts'
import { projectProblems } from '../../sls/projects.ts'
import type { Connection } from '../shared/connection-options.ts'
import { clockText } from '../shared/quantity-text.ts'
import { askLogstore, askProject, tryWrite } from './check-service.ts'
import { type CheckStep, failed, isPassed, ok, skipped } from './check-steps.ts'
import { explainProbeError, type ProbeAnswer, probeEndpoint } from './endpoint-probe.ts'

const NAMES = ['settings', 'endpoint', 'clock', 'credentials', 'project', 'logstore', 'write'] as const
const NOTABLE_OFFSET_MS = 60_000

export interface CheckOptions {
  /** Also writes one log, to check the permission. */
  readonly write: boolean
}

/** Runs the checks in order, up to the first that fails. A wrong clock alone does not stop it. */
export async function checkConnection(connection: Connection, options: CheckOptions): Promise<CheckStep[]> {
  const steps = [settingsStep(connection)]
  if (isPassed(steps)) {
    const { step, answer } = await reach(connection)
    steps.push(step)
    if (answer !== undefined) steps.push(clockStep(answer), ...(await askService(connection, answer, options)))
  }
  const names = NAMES.filter((name) => name !== 'write' || options.write)
  const notReached = names.filter((name) => steps.every((step) => step.name !== name))
  return [...steps, ...notReached.map((name) => skipped(name, 'not looked at'))]
}

function settingsStep(connection: Connection): CheckStep {
  const problems = projectProblems(connection)
  if (problems.length > 0) return failed('settings', problems.join('; '))
  const { project, logstore, endpoint } = connection
  return ok('settings', `project ${project}, logstore ${logstore}, at ${endpoint}`)
}

async function reach(connection: Connection): Promise<{ step: CheckStep; answer?: ProbeAnswer }> {
  const endpoint = parseEndpoint(connection.endpoint, connection)
  try {
    const answer = await probeEndpoint(endpoint, systemClock)
    if (answer.isService) return { step: ok('endpoint', `the service answers at ${endpoint.origin}`), answer }
    const problem = `${endpoint.origin} answers ${answer.status}, but not as the Log Service does`
    return { step: failed('endpoint', problem, 'Check the endpoint, and for a proxy or a login page in between.') }
  } catch (error) {
    return { step: failed('endpoint', ...explainProbeError(error as NodeJS.ErrnoException, endpoint)) }
  }
}

function clockStep({ clockOffsetMs }: ProbeAnswer): CheckStep {
  if (clockOffsetMs === undefined) return skipped('clock', 'the answer has no date')
  const offsetMs = Math.abs(clockOffsetMs)
  if (offsetMs < NOTABLE_OFFSET_MS) return ok('clock', 'within a minute of the service')
  const found = `this machine is ${clockText(offsetMs / 1000)} ${clockOffsetMs > 0 ? 'behind' : 'ahead of'} the service`
  if (offsetMs <= limits.clockSkewMs) return ok('clock', `${found}; up to 15:00 is tolerated`)
  return failed('clock', `${found}, and requests more than 15:00 off are refused`, 'Set the clock right (NTP).')
}

/** Requests are dated by the clock of the service, so that a wrong local clock does not hide other problems. */
async function askService(
  connection: Connection,
  { clockOffsetMs = 0 }: ProbeAnswer,
  { write }: CheckOptions,
): Promise<CheckStep[]> {
  const clock: Clock = { ...systemClock, now: () => systemClock.now() + clockOffsetMs }
  const reader = new LogReader({ ...connection, clock })
  try {
    const steps = await askProject(reader, write)
    if (isPassed(steps)) steps.push(await askLogstore(reader, write))
    if (isPassed(steps) && write) steps.push(await tryWrite({ ...connection, clock }))
    return steps
  } finally {
    await reader.close()
  }
}
