import { useState } from 'preact/hooks'
import type { InputsFeed } from '../../../../agent/admin/console-feeds.ts'
import { feedPath } from '../../feed/paths.ts'
import { usePolled } from '../../feed/use-feed.ts'
import { Empty } from '../../parts/states.tsx'
import { rememberInAddress } from '../../route.ts'
import type { ViewProps } from '../../view.ts'
import { LiveList } from '../search/live-list.tsx'
import { tappedLogs } from './tapped-logs.ts'

const INPUTS = feedPath('inputs')

/** The logs of one input as it writes them. */
export function Tap({ parameters }: ViewProps) {
  const { value } = usePolled<InputsFeed>(INPUTS, 2000)
  const ids = (value?.inputs ?? []).map((input) => input.id)
  const [chosen, setChosen] = useState(parameters.get('id') ?? '')
  const id = chosen === '' ? (ids[0] ?? '') : chosen
  const choose = (next: string) => {
    setChosen(next)
    rememberInAddress('tap', { id: next })
  }
  return (
    <>
      <h1>Tap</h1>
      <div class="toolbar">
        <label class="field inline">
          <span>Input</span>
          <select value={id} onChange={(event) => choose(event.currentTarget.value)}>
            {[...new Set([id, ...ids])].map((one) => (
              <option key={one} value={one}>
                {one === '' ? 'no input' : one}
              </option>
            ))}
          </select>
        </label>
        <span class="note">100 logs/s at most; one reader at a time; nothing is kept.</span>
      </div>
      {id === '' ? (
        <Empty>{value === undefined ? 'Loading…' : 'There is no input.'}</Empty>
      ) : (
        <LiveList
          key={id}
          path={feedPath(`tap/${encodeURIComponent(id)}`)}
          read={tappedLogs}
          waiting="Waiting for the next log."
        />
      )}
    </>
  )
}
