import type { AddOptions, Agent } from '../../agent/index.ts'
import { ProducerError } from '../../core/errors.ts'
import type { FleetSpec } from '../fleet-spec.ts'
import { sharingProblem } from '../sharing-problem.ts'

/** What a member needs of the agent that runs its inputs. */
export type InputHost = Pick<Agent, 'add' | 'remove' | 'specs' | 'on' | 'off'>

/**
 * Starts an input of the fleet. The spec is checked here as well: it may come from a version or a program that did not check it.
 * @throws ProducerError `ERR_LOGHUB_OPTION` for an input that cannot be shared, and as `Agent.add` does
 */
export async function addShared(host: InputHost, { input, placement }: FleetSpec, options?: AddOptions): Promise<void> {
  const problem = sharingProblem(input, placement)
  if (problem !== undefined) throw new ProducerError('ERR_LOGHUB_OPTION', problem)
  await host.add(input, options)
}
