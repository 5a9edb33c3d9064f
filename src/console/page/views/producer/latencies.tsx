import type { ProducerInspection } from '../../../../producer/observe/inspection.ts'
import { type Column, Table } from '../../parts/table.tsx'
import { durationText } from '../../text/units.ts'

type Latency = ProducerInspection['latency']

const PARTS: readonly (readonly [part: keyof Latency, text: string])[] = [
  ['queueMs', 'until the first attempt'],
  ['compressMs', 'compression'],
  ['requestMs', 'one request'],
  ['totalMs', 'until the verdict'],
]

/** Durations of the stages of batches. */
export function Latencies({ latency }: { readonly latency: Latency }) {
  return (
    <section class="panel">
      <h2>Latency of batches</h2>
      <Table columns={columnsOf(latency)} rows={PARTS} keyOf={([part]) => part} isShort />
    </section>
  )
}

function columnsOf(latency: Latency): readonly Column<(typeof PARTS)[number]>[] {
  const figure = (name: string, key: 'p50' | 'p99' | 'max'): Column<(typeof PARTS)[number]> => ({
    name,
    cell: ([part]) => (latency[part].count === 0 ? '–' : durationText(latency[part][key])),
    isNumber: true,
  })
  return [
    { name: 'Part', cell: ([, text]) => text },
    figure('Median', 'p50'),
    figure('99 %', 'p99'),
    figure('Longest', 'max'),
  ]
}
