import type { Agent } from '../../agent/index.ts'

/** What a member needs of the agent that runs its inputs. */
export type InputHost = Pick<Agent, 'add' | 'remove' | 'specs' | 'on' | 'off'>
