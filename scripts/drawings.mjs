// Writes docs/drawings/*.svg from the descriptions below: boxes on a grid and arrows between them, readable in light and
// dark. With --check it changes nothing, and fails where a drawing says something else.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'

const FOLDER = new URL('../docs/drawings/', import.meta.url)
const CELL = { width: 176, height: 92 }
const BOX = { width: 144, height: 56 }
const MARGIN = 24

/**
 * `boxes`: name -> [column, row, title, second line, kind]. `arrows`: [from, to, label, kind]. An arrow leaves and enters at
 * the sides that face each other.
 */
const drawings = {
  'life-of-a-log': {
    title: 'The life of a log: from send to its outcome',
    boxes: {
      send: [0, 0, 'send()', 'validate, encode', 'user'],
      memory: [1, 0, 'MemoryBudget', 'wait, refuse, drop'],
      accumulator: [2, 0, 'LogAccumulator', 'open batch of its group'],
      sealed: [3, 0, 'sealed batch', 'size, count, linger, flush'],
      spool: [3, 1, 'spool', 'if there is one', 'disk'],
      pool: [4, 0, 'IO pool', 'router picks a lane'],
      lane: [5, 0, 'lane', 'compress, sign, POST'],
      service: [6, 0, 'Log Service', '', 'outside'],
      policy: [5, 1, 'RetryPolicy', 'what an error means'],
      retry: [4, 1, 'RetryQueue', 'delay queue'],
      success: [6, 2, 'success handler', 'release, resolve', 'good'],
      failure: [5, 2, 'failure handler', 'release, reject', 'bad'],
    },
    arrows: [
      ['send', 'memory'],
      ['memory', 'accumulator'],
      ['accumulator', 'sealed'],
      ['sealed', 'pool'],
      ['sealed', 'spool', '', 'dashed'],
      ['pool', 'lane'],
      ['lane', 'service'],
      ['lane', 'policy', 'error'],
      ['policy', 'retry'],
      ['retry', 'pool', 'due'],
      ['policy', 'failure', 'final'],
      ['service', 'success', 'receipt'],
    ],
  },
  'states-of-a-batch': {
    title: 'The states of a batch',
    boxes: {
      open: [0, 1, 'open', 'takes logs'],
      sealed: [1, 1, 'sealed', 'waits for a lane'],
      flight: [2, 1, 'in flight', 'one request'],
      retrying: [2, 0, 'retrying', 'waits for its time'],
      held: [1, 0, 'held', 'circuit is open'],
      split: [2, 2, 'split', 'part by part, in order'],
      disk: [1, 2, 'on disk', 'with a spool', 'disk'],
      delivered: [3, 1, 'delivered', '', 'good'],
      failed: [3, 0, 'failed', 'final, expired, closed', 'bad'],
      dropped: [0, 0, 'dropped', 'drop-oldest', 'bad'],
    },
    arrows: [
      ['open', 'sealed'],
      ['sealed', 'flight'],
      ['flight', 'retrying'],
      ['retrying', 'held', '', 'dashed'],
      ['held', 'sealed'],
      ['flight', 'split', '', 'both'],
      ['flight', 'delivered'],
      ['retrying', 'failed'],
      ['sealed', 'disk', '', 'both'],
      ['open', 'dropped'],
    ],
  },
  spool: {
    title: 'The spool: one directory, many processes',
    boxes: {
      batch: [0, 0, 'sealed batch', 'compressed once'],
      segment: [1, 0, 'segments', 'records, append-only', 'disk'],
      dead: [1, 1, 'slot of the dead', 'adopted by the living', 'disk'],
      settled: [2, 1, 'settlements', 'in any order', 'disk'],
      replay: [2, 0, 'replay', 'window of the budget'],
      lanes: [3, 0, 'lanes', 'fresh, old by turns'],
      service: [4, 0, 'Log Service', '', 'outside'],
    },
    arrows: [
      ['batch', 'segment'],
      ['segment', 'replay'],
      ['replay', 'lanes'],
      ['lanes', 'service'],
      ['settled', 'replay', 'left out'],
      ['dead', 'segment', '', 'dashed'],
    ],
  },
  agent: {
    title: 'The agent: inputs that come and go',
    boxes: {
      file: [0, 0, 'file', 'rotation, checkpoints'],
      http: [0, 1, 'http, otlp, syslog', 'answer when accepted'],
      exec: [0, 2, 'exec, host-metrics', 'on a schedule'],
      supervisor: [1, 1, 'supervisor', 'restart with back-off'],
      transforms: [2, 1, 'transforms', 'rename, redact, sample'],
      writer: [3, 1, 'writer', 'a share of the memory'],
      producer: [4, 1, 'producer', 'and its spool'],
      service: [5, 1, 'Log Service', '', 'outside'],
      checkpoint: [3, 2, 'checkpoint', 'longest settled prefix', 'disk'],
      admin: [3, 0, 'admin listener', 'health, metrics, tap'],
    },
    arrows: [
      ['file', 'supervisor'],
      ['http', 'supervisor'],
      ['exec', 'supervisor'],
      ['supervisor', 'transforms'],
      ['transforms', 'writer'],
      ['writer', 'producer'],
      ['producer', 'service'],
      ['writer', 'checkpoint', 'settled'],
      ['admin', 'writer', '', 'dashed'],
    ],
  },
  fleet: {
    title: 'A fleet: agents that share inputs',
    boxes: {
      people: [0, 0, 'loghub fleet', 'add, ls, drain, explain', 'user'],
      nats: [2, 0, 'NATS JetStream', 'specs, owners, places', 'disk'],
      one: [1, 1, 'agent-1', 'runs orders'],
      two: [2, 1, 'agent-2', 'takes over billing'],
      three: [3, 1, 'agent-3', 'dead: its lease is over', 'bad'],
      service: [2, 2, 'Log Service', '', 'outside'],
    },
    arrows: [
      ['people', 'nats', 'what shall run'],
      ['nats', 'two', 'leases', 'both'],
      ['nats', 'one'],
      ['nats', 'three', '', 'dashed'],
      ['two', 'service', 'logs'],
      ['one', 'service'],
    ],
  },
}

const STYLE = `
  :root { color-scheme: light dark; }
  .paper { fill: #ffffff; } .box { fill: #f4f6fa; stroke: #5b6b86; } .user { fill: #fff7e0; stroke: #a97b00; }
  .disk { fill: #eef3ff; stroke: #3a5fc8; } .outside { fill: #f0f0f0; stroke: #6b6b6b; }
  .good { fill: #e8f6ec; stroke: #2b7a43; } .bad { fill: #fdecec; stroke: #b03a3a; }
  text { font: 12px system-ui, sans-serif; fill: #1d2433; } .title { font-weight: 600; font-size: 13px; }
  .second, .label { fill: #4c576b; font-size: 11px; } .arrow { stroke: #5b6b86; fill: none; stroke-width: 1.4; }
  .head { fill: #5b6b86; } .dashed { stroke-dasharray: 4 3; }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #12161f; } .box { fill: #1c2331; stroke: #8fa0bf; } .user { fill: #332a10; stroke: #d6a93c; }
    .disk { fill: #18244a; stroke: #7f9cf0; } .outside { fill: #262626; stroke: #a5a5a5; }
    .good { fill: #12301c; stroke: #5fc582; } .bad { fill: #3a1818; stroke: #e98585; }
    text { fill: #e7ecf5; } .second, .label { fill: #aab6cb; } .arrow { stroke: #8fa0bf; } .head { fill: #8fa0bf; }
  }`

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
const centre = ([column, row]) => ({
  x: MARGIN + column * CELL.width + BOX.width / 2,
  y: MARGIN + row * CELL.height + BOX.height / 2,
})

function boxOf([column, row, title, second, kind = 'box']) {
  const { x, y } = centre([column, row])
  const [left, top] = [x - BOX.width / 2, y - BOX.height / 2]
  const lines =
    second === ''
      ? [[title, 'title', 4]]
      : [
          [title, 'title', -4],
          [second, 'second', 13],
        ]
  const texts = lines.map(
    ([text, name, dy]) => `<text class="${name}" x="${x}" y="${y + dy}" text-anchor="middle">${escaped(text)}</text>`,
  )
  const shape = `<rect class="${kind}" x="${left}" y="${top}" width="${BOX.width}" height="${BOX.height}" rx="8"/>`
  return [shape, ...texts].join('\n')
}

/** Between neighbours straight; otherwise with one corner at the height of the source. */
function arrowOf(from, to, label = '', kind = '') {
  const [a, b] = [centre(from), centre(to)]
  const isSideways = from[0] !== to[0]
  const sign = Math.sign(isSideways ? b.x - a.x : b.y - a.y)
  const half = isSideways ? BOX.width / 2 : BOX.height / 2
  const gap = kind === 'both' ? half + 6 : half
  const start = isSideways ? { x: a.x + sign * gap, y: a.y } : { x: a.x, y: a.y + sign * gap }
  const end = isSideways ? { x: b.x - sign * (half + 6), y: b.y } : { x: b.x, y: b.y - sign * (half + 6) }
  const middle = { x: (start.x + end.x) / 2, y: (start.y + end.y) / 2 }
  const path =
    isSideways && a.y !== b.y
      ? `M${start.x} ${start.y}H${middle.x}V${end.y}H${end.x}`
      : `M${start.x} ${start.y}L${end.x} ${end.y}`
  const mark = kind === 'both' ? ' marker-start="url(#head)"' : ''
  const name = kind === 'dashed' ? 'arrow dashed' : 'arrow'
  const line = `<path class="${name}" d="${path}" marker-end="url(#head)"${mark}/>`
  if (label === '') return line
  const [x, y, anchor] = isSideways ? [middle.x, middle.y - 5, 'middle'] : [middle.x + 6, middle.y + 4, 'start']
  return `${line}\n<text class="label" x="${x}" y="${y}" text-anchor="${anchor}">${escaped(label)}</text>`
}

function svgOf({ title, boxes, arrows }) {
  const places = Object.values(boxes)
  const width = MARGIN * 2 + Math.max(...places.map(([column]) => column)) * CELL.width + BOX.width
  const height = MARGIN * 2 + Math.max(...places.map(([, row]) => row)) * CELL.height + BOX.height
  const parts = [...arrows.map(([from, to, ...more]) => arrowOf(boxes[from], boxes[to], ...more)), ...places.map(boxOf)]
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}">
<title>${escaped(title)}</title>
<style>${STYLE}
</style>
<defs><marker id="head" viewBox="0 0 8 8" refX="2" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path class="head" d="M0 0L8 4L0 8z"/></marker></defs>
<rect class="paper" width="${width}" height="${height}" rx="12"/>
${parts.join('\n')}
</svg>
`
}

const isCheck = process.argv.includes('--check')
mkdirSync(FOLDER, { recursive: true })
for (const [name, drawing] of Object.entries(drawings)) {
  const file = new URL(`${name}.svg`, FOLDER)
  const text = svgOf(drawing)
  if (!isCheck) writeFileSync(file, text)
  else if (readFileSync(file, 'utf8') !== text) {
    console.error(`docs/drawings/${name}.svg is not what scripts/drawings.mjs draws: run it`)
    process.exitCode = 1
  }
}
