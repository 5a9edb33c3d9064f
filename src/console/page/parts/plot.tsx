import { useEffect, useRef, useState } from 'preact/hooks'
import uPlot from 'uplot'
import { clockText } from '../text/times.ts'

/** A line of a plot. */
export interface Series {
  readonly name: string
  /** A colour of the style sheet, such as `--line-1`. */
  readonly color: string
  readonly values: readonly number[]
}

interface PlotProps {
  readonly title: string
  /** Epoch seconds of the values. */
  readonly seconds: readonly number[]
  readonly series: readonly Series[]
  /** Formats a value with its unit. */
  readonly format: (value: number) => string
  /** Formats a value for the axis, as short as possible. */
  readonly formatShort: (value: number) => string
}

const HEIGHT = 150
const AXIS_WIDTH = 62

/** A plot over time. Its head shows the values at the pointer, or else the newest ones. */
export function Plot({ title, seconds, series, format, formatShort }: PlotProps) {
  const box = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot>()
  const [hovered, setHovered] = useState<number>()
  const theme = useTheme()
  const data = [seconds, ...series.map(({ values }) => values)] as unknown as uPlot.AlignedData

  // Created again only for other colours; the data is set below
  useEffect(() => {
    const element = box.current as HTMLDivElement
    const made = new uPlot(optionsOf(element, series, formatShort, setHovered), data, element)
    plot.current = made
    const watch = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }))
    watch.observe(element)
    return () => {
      watch.disconnect()
      made.destroy()
    }
  }, [theme])
  useEffect(() => plot.current?.setData(data), [data])

  const shown = hovered ?? seconds.length - 1
  const texts = series.map(({ name, values }) => `${name} ${format(values[shown] ?? 0)}`)
  return (
    <section class="panel plot">
      <div class="plot-head">
        <h2>{title}</h2>
        {hovered !== undefined && <span class="note">{clockText((seconds[hovered] ?? 0) * 1000)}</span>}
        <ul class="legend">
          {series.map(({ name, color, values }) => (
            <li key={name}>
              <i class={`key${color}`} /> {name} <b>{format(values[shown] ?? 0)}</b>
            </li>
          ))}
        </ul>
      </div>
      <div ref={box} class="plot-box" role="img" aria-label={`${title}: ${texts.join(', ')}`} />
    </section>
  )
}

function optionsOf(
  element: HTMLElement,
  series: readonly Series[],
  formatShort: (value: number) => string,
  onHover: (index: number | undefined) => void,
): uPlot.Options {
  const style = getComputedStyle(element)
  const color = (name: string) => style.getPropertyValue(name).trim()
  const axis = {
    stroke: color('--muted'),
    grid: { stroke: color('--line'), width: 1 },
    ticks: { show: false },
    font: '12px system-ui, sans-serif',
  }
  return {
    width: element.clientWidth,
    height: HEIGHT,
    padding: [8, 22, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, sync: { key: 'throughput' } },
    scales: { x: { time: true }, y: { range: (_plot, _min, max) => [0, Math.max(1, max * 1.1)] } },
    series: [
      {},
      ...series.map((one) => ({ stroke: color(one.color), width: 1.5, points: { show: false }, spanGaps: false })),
    ],
    axes: [
      {
        ...axis,
        size: 26,
        space: 70,
        values: (_plot, splits) => splits.map((second) => clockText(second * 1000).slice(0, 5)),
      },
      { ...axis, size: AXIS_WIDTH, space: 32, values: (_plot, splits) => splits.map(formatShort) },
    ],
    hooks: { setCursor: [({ cursor }) => onHover(cursor.idx ?? undefined)] },
  }
}

/** Changes when the system switches between dark and light: a canvas does not follow the style sheet by itself. */
function useTheme(): string {
  const query = matchMedia('(prefers-color-scheme: dark)')
  const [isDark, setDark] = useState(query.matches)
  useEffect(() => {
    const onChange = () => setDark(query.matches)
    query.addEventListener('change', onChange)
    return () => query.removeEventListener('change', onChange)
  }, [query])
  return isDark ? 'dark' : 'light'
}
