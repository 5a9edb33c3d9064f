import { BadLine } from '../bad-line.ts'
import { parseLogTime } from '../log-time.ts'
import type { LogParser, Pairs } from './parser.ts'

const NOT_CRI = new BadLine('not a line of a container runtime (CRI)')
const NOT_DOCKER = new BadLine("not a line of Docker's json-file driver")

const CRI = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)) (stdout|stderr) ([FP])(?::\S*)?(?: |$)/

/** Parses `2026-01-01T00:00:00.123456789Z stdout F message`. Each part of a line, marked `P`, is a log of its own. */
export const criParser: LogParser = (line) => {
  const match = CRI.exec(line)
  if (match === null) return NOT_CRI
  const [prefix, time, stream, flag] = match as unknown as [string, string, string, string]
  const contents: Pairs = [
    ['content', line.slice(prefix.length)],
    ['stream', stream],
  ]
  if (flag === 'P') contents.push(['partial', 'true'])
  return { contents, ...parseLogTime(time) }
}

/** Parses `{"log":"message\n","stream":"stdout","time":"..."}`. */
export const dockerJsonParser: LogParser = (line) => {
  let value: { log?: unknown; stream?: unknown; time?: unknown; attrs?: unknown }
  try {
    value = JSON.parse(line)
  } catch {
    return NOT_DOCKER
  }
  if (typeof value?.log !== 'string') return NOT_DOCKER
  const isWhole = value.log.endsWith('\n')
  const contents: [string, unknown][] = [
    ['content', isWhole ? value.log.slice(0, value.log.endsWith('\r\n') ? -2 : -1) : value.log],
    ['stream', String(value.stream ?? '')],
  ]
  if (!isWhole) contents.push(['partial', 'true'])
  if (value.attrs !== undefined) contents.push(['attrs', value.attrs])
  return { contents: contents as [string, string][], ...parseLogTime(value.time) }
}
