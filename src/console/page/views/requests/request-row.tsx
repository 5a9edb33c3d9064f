import { memo } from 'preact/compat'
import type { RequestRecord } from '../../../../emulator/request-log.ts'
import { dateText, preciseClockText } from '../../text/times.ts'
import { bytesText, durationText } from '../../text/units.ts'
import { RefusalDetail } from './refusal-detail.tsx'

interface RequestRowProps {
  readonly request: RequestRecord
  readonly isOpen: boolean
  readonly onToggle: (isOpen: boolean) => void
}

/** A request does not change: only whether its row is open does. */
export const RequestRow = memo(Row, (a, b) => a.request === b.request && a.isOpen === b.isOpen)

function Row({ request, isOpen, onToggle }: RequestRowProps) {
  const { time, method, target, project, bodyBytes, durationMs, verdict, refusal } = request
  const path = target.split('?')[0]
  return (
    <li class={isOpen ? 'open' : undefined}>
      <button type="button" class="row" aria-expanded={isOpen} onClick={() => onToggle(!isOpen)}>
        <span class="time">{preciseClockText(time)}</span>
        <span class={`verdict ${toneOf(verdict)}`}>{verdictText(verdict)}</span>
        <span class="what">
          <b>{method}</b> {path}
        </span>
        <span class="where">{project}</span>
        <span class="code">{refusal?.errorCode ?? ''}</span>
        <span class="number">{bytesText(bodyBytes)}</span>
        <span class="number">{durationText(durationMs)}</span>
      </button>
      {isOpen && <Details request={request} />}
    </li>
  )
}

function Details({ request }: { readonly request: RequestRecord }) {
  const { number, requestId, time, durationMs, target, client, bodyBytes, answerBytes, refusal } = request
  const facts: readonly (readonly [string, string])[] = [
    ['Request', `number ${number}, id ${requestId}`],
    ['Answered', `${dateText(time)}, after ${durationText(durationMs)}`],
    ['Target', target],
    ['Client', [client.address, client.userAgent].filter((part) => part !== '').join(', ')],
    ['Body', `${bytesText(bodyBytes)} sent, ${bytesText(answerBytes)} answered`],
  ]
  return (
    <div class="details">
      {refusal !== undefined && <RefusalDetail refusal={refusal} />}
      <dl class="pairs">
        {facts.map(([name, text]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd class="code">{text}</dd>
          </div>
        ))}
      </dl>
    </div>
  )
}

function verdictText(verdict: RequestRecord['verdict']): string {
  return typeof verdict === 'number' ? String(verdict) : verdict
}

function toneOf(verdict: RequestRecord['verdict']): 'good' | 'bad' {
  return typeof verdict === 'number' && verdict < 400 ? 'good' : 'bad'
}
