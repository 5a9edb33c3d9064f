import { aboutRoute, CONSOLE_API } from '../../console/about.ts'
import type { Clock } from '../../core/clock.ts'
import { jsonAnswer } from '../../server/answer.ts'
import type { Guard } from '../../server/guards.ts'
import type { HttpRoute } from '../../server/routed.ts'
import type { Agent } from '../agent.ts'
import { specRoute } from './input-routes.ts'
import { producerFeeds } from './producer-feeds.ts'
import type { ProducerHistory } from './producer-history.ts'
import { tapRoute } from './tap-route.ts'

/** The feeds of the console of an agent, in the format of the emulator's: kind, inputs, producer, spool, tap. */
export function consoleFeeds(
  agent: Agent,
  history: ProducerHistory,
  clock: Clock,
  guards: { readonly reading: Guard; readonly writing: Guard },
): HttpRoute[] {
  const read: HttpRoute[] = [
    aboutRoute('agent', clock),
    { method: 'GET', path: `${CONSOLE_API}inputs`, handle: () => jsonAnswer(inputsOf(agent)) },
    ...producerFeeds(() => agent.producerInspection(), history),
  ]
  // Content of logs and specs is only for clients that may change inputs.
  const inner = [tapRoute(agent, `${CONSOLE_API}tap/:id`), specRoute(agent, `${CONSOLE_API}inputs/:id`)]
  return [
    ...read.map((route) => ({ ...route, guard: guards.reading })),
    ...inner.map((route) => ({ ...route, guard: guards.writing })),
  ]
}

/** The content of the feed of the inputs. */
export type InputsFeed = ReturnType<typeof inputsOf>

/** The state of each input together with its health: `ok`, `required`, `sinceBeatMs`, `reason`. */
function inputsOf(agent: Agent) {
  const { inputs, leftBehind } = agent.status()
  const { ok, components } = agent.health()
  const healthById = new Map(components.map((component) => [component.id, component]))
  return { ok, inputs: inputs.map((input) => ({ ...healthById.get(input.id), ...input })), leftBehind }
}
