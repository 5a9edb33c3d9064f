import type { LogstoreFigures } from '../../../emulator/inspection.ts'
import { feedPath } from '../feed/paths.ts'
import { usePolled } from '../feed/use-feed.ts'
import { Empty } from '../parts/states.tsx'
import { hrefOf } from '../route.ts'
import { bytesText, countOf, countText } from '../text/units.ts'

const LOGSTORES = feedPath('logstores')

export function Logstores() {
  const { value: logstores } = usePolled<readonly LogstoreFigures[]>(LOGSTORES, 1000)
  return (
    <>
      <h1>Logstores</h1>
      <section class="panel">
        {logstores === undefined ? (
          <Empty>Loading…</Empty>
        ) : logstores.length === 0 ? (
          <Empty>There is none yet. A logstore comes into being with the first log that is written to it.</Empty>
        ) : (
          <table>
            <thead>
              <tr>
                <th scope="col">Project</th>
                <th scope="col">Logstore</th>
                <th scope="col" class="number">
                  Logs
                </th>
                <th scope="col" class="number">
                  Bytes
                </th>
                <th scope="col" class="number">
                  Shards
                </th>
                <th scope="col" class="number">
                  Kept for
                </th>
              </tr>
            </thead>
            <tbody>
              {logstores.map((one) => (
                <LogstoreRow key={`${one.project}/${one.logstore}`} {...one} />
              ))}
            </tbody>
          </table>
        )}
      </section>
    </>
  )
}

function LogstoreRow({ project, logstore, logs, bytes, openShards, shards, ttlDays }: LogstoreFigures) {
  const closed = shards - openShards
  return (
    <tr>
      <td data-label="Project">{project}</td>
      <td data-label="Logstore">
        <a href={hrefOf('search', { project, logstore })}>{logstore}</a>
      </td>
      <td data-label="Logs" class="number">
        {countText(logs)}
      </td>
      <td data-label="Bytes" class="number">
        {bytesText(bytes)}
      </td>
      <td data-label="Shards" class="number">
        {closed === 0 ? openShards : `${openShards} + ${closed} read only`}
      </td>
      <td data-label="Kept for" class="number">
        {countOf(ttlDays, 'day')}
      </td>
    </tr>
  )
}
