import { useState } from 'preact/hooks'
import type { FleetStatus } from '../../../../fleet/fleet-status.ts'
import { send } from '../../feed/http.ts'
import { feedPath } from '../../feed/paths.ts'
import { feedErrorOf, usePolled } from '../../feed/use-feed.ts'
import { Empty, Problem } from '../../parts/states.tsx'
import { FleetInputs } from './fleet-inputs.tsx'
import { Members } from './members.tsx'

interface FleetFeed extends FleetStatus {
  readonly name: string
}

const FLEET = feedPath('fleet')

/** The members of the fleet, and which member runs which input. */
export function Fleet() {
  const { value, error, refresh } = usePolled<FleetFeed>(FLEET, 1000)
  const [problem, setProblem] = useState<string>()
  const drain = async (name: string, isDraining: boolean) => {
    try {
      await send(isDraining ? 'PUT' : 'DELETE', `/fleet/members/${encodeURIComponent(name)}/drain`)
      setProblem(undefined)
    } catch (thrown) {
      setProblem(feedErrorOf(thrown)?.message)
    }
    refresh()
  }
  const isAlone = error?.status === 404
  return (
    <>
      <h1>Fleet {value !== undefined && !isAlone && <span class="note">{value.name}</span>}</h1>
      {problem !== undefined && <Problem>{problem}</Problem>}
      {error !== undefined && !error.isLost && !isAlone && <Problem>{error.message}</Problem>}
      {isAlone ? (
        <Empty>This agent shares its inputs with no other: its configuration names no fleet.</Empty>
      ) : value === undefined ? (
        <Empty>Loading…</Empty>
      ) : (
        <>
          <Members members={value.members} onDrain={drain} />
          <FleetInputs inputs={value.inputs} />
        </>
      )}
    </>
  )
}
