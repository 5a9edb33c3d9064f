import type { InputsFeed } from '../../../../agent/admin/console-feeds.ts'
import { hrefOf } from '../../route.ts'
import { bytesText, countOf, countText, durationText } from '../../text/units.ts'

export type Input = InputsFeed['inputs'][number]

interface InputRowProps {
  readonly input: Input
  readonly perSecond: number
  readonly onChange: () => void
  readonly onRemove: () => void
}

export function InputRow({ input, perSecond, onChange, onRemove }: InputRowProps) {
  const { id, type, state, lastError, reason, details, counts } = input
  const isWell = state === 'running' || state === 'starting' || state === 'finished'
  return (
    <li class="input">
      <div class="input-head">
        <b>{id}</b>
        <span class="note">{type}</span>
        <span class={`verdict ${isWell ? 'good' : 'bad'}`}>{state}</span>
        <span class="rate">{`${countText(perSecond)} logs/s`}</span>
        <span class="actions">
          <a href={hrefOf('tap', { id })}>Tap</a>
          {type !== 'code' && (
            <button type="button" class="quiet" onClick={onChange} aria-label={`Change ${id}`}>
              Change
            </button>
          )}
          <button type="button" class="quiet" onClick={onRemove} aria-label={`Remove ${id}`}>
            Remove
          </button>
        </span>
      </div>
      {(lastError ?? reason) !== undefined && <p class="problem">{lastError ?? reason}</p>}
      <dl class="facts">
        {[...factsOf(input), ...Object.entries(details), ...counted(counts.byName)].map(([name, text]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </li>
  )
}

function factsOf({ counts, restarts, checkpointAgeMs }: Input): readonly (readonly [name: string, text: string])[] {
  const rare: readonly (readonly [name: string, count: number])[] = [
    ['failed', counts.failed],
    ['dropped', counts.dropped],
    ['filtered', counts.filtered],
    ['transform errors', counts.transformErrors],
    ['discarded', counts.discarded],
    ['waits for room', counts.blocked],
    ['restarts', restarts],
  ]
  return [
    ['written', `${countOf(counts.logs, 'log')}, ${bytesText(counts.bytes)}`],
    ['delivered', countOf(counts.delivered, 'log')],
    ['in flight', `${countOf(counts.inFlightLogs, 'log')}, ${bytesText(counts.inFlightBytes)}`],
    ...(checkpointAgeMs === undefined ? [] : [['checkpoint', `${durationText(checkpointAgeMs)} old`] as const]),
    ...rare.filter(([, count]) => count > 0).map(([name, count]) => [name, countText(count)] as const),
  ]
}

function counted(byName: Readonly<Record<string, number>>): readonly (readonly [name: string, text: string])[] {
  return Object.entries(byName).map(([name, count]) => [name, countText(count)])
}
