import { useRef, useState } from 'preact/hooks'
import { clockText, shortTimeText } from '../../text/times.ts'
import { countOf, durationText, shortCount } from '../../text/units.ts'

interface HistogramProps {
  readonly from: number
  readonly to: number
  /** Number of logs in equal parts of the range. */
  readonly counts: readonly number[]
  /** Searches only a part of the range. */
  readonly onZoom: (from: number, to: number) => void
}

/** Logs by time. Drag over it, or choose a bar with the arrow keys and press Enter, to search only that part of the range. */
export function Histogram({ from, to, counts, onZoom }: HistogramProps) {
  const box = useRef<HTMLDivElement>(null)
  const [active, setActive] = useState<number>()
  const [start, setStart] = useState<number>()
  const width = (to - from) / counts.length
  const timeAt = (part: number) => from + Math.round(part * width)
  const highest = Math.max(1, ...counts)
  const last = counts.length - 1
  const first = Math.min(start ?? active ?? 0, active ?? 0)
  const end = Math.max(start ?? active ?? 0, active ?? 0)
  const isChosen = (part: number) => active !== undefined && part >= first && part <= end

  const partAt = ({ clientX }: PointerEvent) => {
    const { left, width: pixels } = (box.current as HTMLDivElement).getBoundingClientRect()
    return Math.max(0, Math.min(last, Math.floor(((clientX - left) / pixels) * counts.length)))
  }
  const zoom = () => {
    if (active !== undefined) onZoom(timeAt(first), Math.max(timeAt(end + 1), timeAt(first) + 1))
    setActive(undefined)
    setStart(undefined)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, Home: -counts.length, End: counts.length }[event.key]
    if (step !== undefined) setActive(Math.max(0, Math.min(last, (active ?? (step > 0 ? -1 : last + 1)) + step)))
    else if (event.key === 'Enter') zoom()
    else return
    event.preventDefault()
  }
  const sum = counts.slice(first, end + 1).reduce((total, count) => total + count, 0)
  const text =
    active === undefined
      ? `${shortTimeText(from * 1000, to * 1000)} to ${shortTimeText(to * 1000, from * 1000)}, bars of ${durationText(width * 1000)}`
      : `${clockText(timeAt(first) * 1000)} to ${clockText(timeAt(end + 1) * 1000)}: ${countOf(sum, 'log')}`
  return (
    <section class="panel histogram" aria-label="Logs by time">
      <div
        ref={box}
        class="bars"
        role="slider"
        tabIndex={0}
        aria-label="Bar of the histogram; Enter looks at its time alone"
        aria-valuemin={0}
        aria-valuemax={last}
        aria-valuenow={active ?? 0}
        aria-valuetext={text}
        onKeyDown={onKeyDown}
        onPointerDown={(event) => {
          box.current?.setPointerCapture(event.pointerId)
          setStart(partAt(event))
          setActive(partAt(event))
        }}
        onPointerMove={(event) => setActive(partAt(event))}
        onPointerUp={zoom}
        onPointerLeave={() => start === undefined && setActive(undefined)}
        onBlur={() => setActive(undefined)}
      >
        {counts.map((count, part) => (
          <i key={part} class={isChosen(part) ? 'chosen' : undefined}>
            <i style={{ height: `${count === 0 ? 0 : Math.max(3, (count / highest) * 100)}%` }} />
          </i>
        ))}
      </div>
      <div class="histogram-foot note">
        <span>{text}</span>
        <span class="number">highest bar {countOf(highest, 'log').replace(/^[\d,]+/, () => shortCount(highest))}</span>
      </div>
    </section>
  )
}
