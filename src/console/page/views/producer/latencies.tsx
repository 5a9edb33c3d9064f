import type { ProducerInspection } from '../../../../producer/observe/inspection.ts'
import { durationText } from '../../text/units.ts'

type Latency = ProducerInspection['latency']

const PARTS: readonly (readonly [part: keyof Latency, text: string])[] = [
  ['queueMs', 'until the first attempt'],
  ['compressMs', 'compression'],
  ['requestMs', 'one request'],
  ['totalMs', 'until the verdict'],
]

/** How long batches take on their way. */
export function Latencies({ latency }: { readonly latency: Latency }) {
  return (
    <section class="panel">
      <h2>Latency of batches</h2>
      <table class="short">
        <thead>
          <tr>
            <th scope="col">Part</th>
            {['Median', '99 %', 'Longest'].map((name) => (
              <th key={name} scope="col" class="number">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {PARTS.map(([part, text]) => {
            const { count, p50, p99, max } = latency[part]
            return (
              <tr key={part}>
                <td>{text}</td>
                {[p50, p99, max].map((ms, i) => (
                  <td key={`${part}-${i}`} class="number">
                    {count === 0 ? '–' : durationText(ms)}
                  </td>
                ))}
              </tr>
            )
          })}
        </tbody>
      </table>
    </section>
  )
}
