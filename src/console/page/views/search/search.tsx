import { useEffect, useRef, useState } from 'preact/hooks'
import type { LogstoreFigures } from '../../../../emulator/inspection.ts'
import { feedPath } from '../../feed/paths.ts'
import { usePolled } from '../../feed/use-feed.ts'
import { Empty } from '../../parts/states.tsx'
import { rememberInAddress } from '../../route.ts'
import type { ViewProps } from '../../view.ts'
import { FoundLogs } from './found-logs.tsx'
import { LiveLogs } from './live-logs.tsx'
import { QueryField } from './query-field.tsx'
import { narrowed } from './query-text.ts'
import { type Range, rangeOf, rangeText } from './range.ts'
import { BetweenFields, RangeSelect } from './range-fields.tsx'

const LOGSTORES = feedPath('logstores')

/** Stored logs by query and time, or new logs as they arrive. */
export function Search({ parameters }: ViewProps) {
  const { value: logstores } = usePolled<readonly LogstoreFigures[]>(LOGSTORES, 2000)
  const [chosen, setChosen] = useState(nameOf(parameters.get('project'), parameters.get('logstore')))
  const [query, setQuery] = useState(parameters.get('query') ?? '')
  const [range, setRange] = useState<Range>(() => rangeOf(parameters.get('range')))
  const [isLive, setLive] = useState(parameters.has('live'))
  const [run, setRun] = useState(0)
  const [seen, setSeen] = useState(() => ({
    from: Math.floor(Date.now() / 1000) - 900,
    to: Math.floor(Date.now() / 1000),
  }))
  const field = useRef<HTMLInputElement>(null)
  const names = (logstores ?? []).map(({ project, logstore }) => nameOf(project, logstore))
  const name = chosen === '' ? (names[0] ?? '') : chosen
  const [project = '', logstore = ''] = name.split('/')

  useEffect(() => {
    const where = name === '' ? undefined : { project, logstore }
    const live = isLive ? { live: '1' } : undefined
    rememberInAddress('search', { ...where, query, range: rangeText(range), ...live })
  }, [name, project, logstore, query, range, isLive])

  const typed = () => field.current?.value ?? query
  const narrow = (term: string, isExcluded = false) => {
    setQuery(narrowed(typed(), term, isExcluded))
    field.current?.focus()
  }
  const zoom = (from: number, to: number) => setRange({ kind: 'between', from, to })
  const onSubmit = (event: Event) => {
    event.preventDefault()
    setQuery(typed())
    setRun(run + 1)
  }
  return (
    <>
      <h1>Search</h1>
      <form class="toolbar search-bar" onSubmit={onSubmit}>
        <label class="field">
          <span class="hidden">Logstore</span>
          <select value={name} onChange={(event) => setChosen(event.currentTarget.value)}>
            {[...new Set([name, ...names])].map((one) => (
              <option key={one} value={one}>
                {one === '' ? 'no logstore' : one}
              </option>
            ))}
          </select>
        </label>
        <QueryField field={field} query={query} onQuery={setQuery} />
        {!isLive && <RangeSelect range={range} seen={seen} onChange={setRange} />}
        <button type="submit" class="primary">
          Search
        </button>
        <button type="button" aria-pressed={isLive} onClick={() => setLive(!isLive)}>
          Live
        </button>
      </form>
      {!isLive && <BetweenFields range={range} onChange={setRange} />}
      {name === '' ? (
        <Empty>
          {logstores === undefined ? 'Loading…' : 'There is no logstore yet. One comes into being with its first log.'}
        </Empty>
      ) : isLive ? (
        <LiveLogs project={project} logstore={logstore} query={query} onNarrow={narrow} />
      ) : (
        <FoundLogs
          {...{ project, logstore, query, range, run }}
          onNarrow={narrow}
          onZoom={zoom}
          onSeen={setSeen}
          onAllTime={() => setRange({ kind: 'all' })}
        />
      )}
    </>
  )
}

/** Project and logstore as one text: neither name contains a slash. */
function nameOf(project: string | null, logstore: string | null): string {
  return project === null || logstore === null ? '' : `${project}/${logstore}`
}
