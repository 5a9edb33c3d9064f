import { useState } from 'preact/hooks'
import type { RequestRecord } from '../../../../emulator/request-log.ts'
import { Empty } from '../../parts/states.tsx'
import { countOf, countText } from '../../text/units.ts'
import { RequestRow } from './request-row.tsx'
import { useRequests } from './use-requests.ts'

export function Requests() {
  const [open, setOpen] = useState<number>()
  const [isPaused, setPaused] = useState(false)
  const [onlyRefused, setOnlyRefused] = useState(false)
  const [text, setText] = useState('')
  // The list must not move while the user reads.
  const isHeld = isPaused || open !== undefined
  const { requests, waiting, isLoaded } = useRequests(isHeld)
  const wanted = requests.filter((request) => (!onlyRefused || isRefused(request)) && contains(request, text))
  const goOn = () => {
    setPaused(false)
    setOpen(undefined)
  }
  return (
    <>
      <h1>Requests</h1>
      <div class="toolbar">
        <label class="field grow">
          <span class="hidden">Show only requests with this text</span>
          <input
            type="search"
            placeholder="Project, logstore, path, client or code"
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
        <label class="check">
          <input
            type="checkbox"
            checked={onlyRefused}
            onChange={(event) => setOnlyRefused(event.currentTarget.checked)}
          />
          only refused
        </label>
        <button type="button" aria-pressed={isHeld} onClick={isHeld ? goOn : () => setPaused(true)}>
          {isHeld ? 'Go on' : 'Pause'}
        </button>
        <span class="note count" role="status">
          {isHeld ? `Paused, ${countOf(waiting, 'new request')}` : `${countText(wanted.length)} of the newest 500`}
        </span>
      </div>
      <section class="panel rows" aria-label="Requests, newest first">
        {wanted.length > 0 ? (
          <ul class="list requests">
            {wanted.map((request) => (
              <RequestRow
                key={request.number}
                request={request}
                isOpen={request.number === open}
                onToggle={(isOpen) => setOpen(isOpen ? request.number : undefined)}
              />
            ))}
          </ul>
        ) : (
          <Empty>{isLoaded ? emptyText(requests.length) : 'Loading…'}</Empty>
        )}
      </section>
    </>
  )
}

function emptyText(all: number): string {
  return all === 0 ? 'No request has come yet.' : 'None of the newest 500 requests is of this kind.'
}

function isRefused({ refusal, verdict }: RequestRecord): boolean {
  return refusal !== undefined || typeof verdict !== 'number' || verdict >= 400
}

function contains({ project, target, client, refusal, requestId, method }: RequestRecord, text: string): boolean {
  const all = [project, method, target, client.address, client.userAgent, requestId, refusal?.errorCode ?? '']
  return text === '' || all.join('\n').toLowerCase().includes(text.toLowerCase())
}
