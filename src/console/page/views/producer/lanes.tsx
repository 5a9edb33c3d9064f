import type { ProducerInspection } from '../../../../producer/observe/inspection.ts'
import { bytesText, countOf, countText } from '../../text/units.ts'

type Lane = ProducerInspection['lanes'][number]

/** The lanes, each with one request at a time. */
export function Lanes({ lanes }: { readonly lanes: readonly Lane[] }) {
  const busy = lanes.filter((lane) => lane.busy).length
  return (
    <section class="panel">
      <h2>
        Lanes <span class="note">{`${busy} of ${lanes.length} busy`}</span>
      </h2>
      <table>
        <thead>
          <tr>
            <th scope="col">Lane</th>
            <th scope="col">Now</th>
            {['In line', 'Requests', 'Failed', 'Sent'].map((name) => (
              <th key={name} scope="col" class="number">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {lanes.map((lane) => (
            <LaneRow key={lane.index} lane={lane} />
          ))}
        </tbody>
      </table>
    </section>
  )
}

function LaneRow({ lane }: { readonly lane: Lane }) {
  const { index, current, waiting, requests, failedRequests, sentBytes } = lane
  return (
    <tr>
      <td data-label="Lane">{index}</td>
      <td data-label="Now">{current === undefined ? 'idle' : workText(current)}</td>
      <td data-label="In line" class="number">
        {countText(waiting)}
      </td>
      <td data-label="Requests" class="number">
        {countText(requests)}
      </td>
      <td data-label="Failed" class={failedRequests > 0 ? 'number bad' : 'number'}>
        {countText(failedRequests)}
      </td>
      <td data-label="Sent" class="number">
        {bytesText(sentBytes)}
      </td>
    </tr>
  )
}

function workText({ project, logstore, logCount, rawSizeInBytes }: NonNullable<Lane['current']>): string {
  return `${countOf(logCount, 'log')}, ${bytesText(rawSizeInBytes)} to ${project}/${logstore}`
}
