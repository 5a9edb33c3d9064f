import type { ProducerInspection } from '../../../../producer/observe/inspection.ts'
import { Empty } from '../../parts/states.tsx'
import { countOf, durationText } from '../../text/units.ts'

type Breaker = ProducerInspection['breakers'][number]

/** Logstores in trouble, and what is held back for them. */
export function Breakers({ breakers }: { readonly breakers: readonly Breaker[] }) {
  return (
    <section class="panel">
      <h2>Logstores in trouble</h2>
      {breakers.length === 0 ? (
        <Empty>None: every logstore takes what it is sent.</Empty>
      ) : (
        <table class="short">
          <thead>
            <tr>
              <th scope="col">Logstore</th>
              <th scope="col">State</th>
              <th scope="col" class="number">
                Held
              </th>
            </tr>
          </thead>
          <tbody>
            {breakers.map((breaker) => (
              <tr key={`${breaker.project}/${breaker.logstore}`}>
                <td>{`${breaker.project}/${breaker.logstore}`}</td>
                <td>{stateText(breaker)}</td>
                <td class="number">{countOf(breaker.heldLogs, 'log')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  )
}

function stateText({ state, probeInMs }: Breaker): string {
  if (state === 'open')
    return probeInMs === undefined ? 'held back' : `held back, next try in ${durationText(probeInMs)}`
  return state === 'half-open' ? 'one batch tries' : 'failed last'
}
