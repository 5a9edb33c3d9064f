import { dirname } from 'node:path'
import {
  type Document,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type Scalar,
  visit,
  type YAMLParseError,
} from 'yaml'
import { type AgentConfig, agentConfigSchema } from './agent-config.ts'
import { FilledValues } from './filled-values.ts'
import { type InterpolationSource, interpolate } from './interpolate.ts'
import { type Path, type Problem, pathText, problemsIn } from './schema.ts'

const TOO_DEEP = 'is nested too deeply'

/** A configuration, and the positions of its values in the text. */
export interface ReadConfig {
  /** The content of the file. */
  readonly config: AgentConfig
  /** Adds file, line and key to a message, `agent.yaml:12: inputs[0].paths: ...`, and hides values that were filled in. For problems that other code finds. */
  readonly place: (path: Path, message: string) => string
}

/** The synchronous form of {@link readConfig}. */
export function readDocument(
  text: string,
  file: string,
  environment: Readonly<Record<string, string | undefined>>,
): ReadConfig | { readonly problems: readonly string[] } {
  const lines = new LineCounter()
  const filled = new FilledValues()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true })
  const lineAt = (offset: number) => lines.linePos(offset).line
  const place = (path: Path, message: string) => {
    const key = pathText(path)
    return `${file}:${lineAt(offsetOf(document, path))}: ${key === '' ? '' : `${key}: `}${filled.conceal(path, message)}`
  }
  if (document.errors.length > 0) {
    return { problems: syntaxProblems(document.errors, text, lineAt, file) }
  }
  const problems: Problem[] = []
  const onFilled = (path: Path, value: string) => filled.add(path, value)
  fillIn(document, { environment, baseDirectory: dirname(file), onFilled }, problems)
  const config = plainOf(document, problems)
  if (problems.length === 0) problems.push(...problemsIn(agentConfigSchema, config))
  if (problems.length > 0) return { problems: problems.map(({ path, message }) => place(path, message)) }
  return { config: { inputs: [], ...(config as Partial<AgentConfig>) }, place }
}

/** The first problem of each line: the others mostly have the same cause. */
function syntaxProblems(
  errors: readonly YAMLParseError[],
  text: string,
  lineAt: (offset: number) => number,
  file: string,
): string[] {
  const byLine = new Map<number, YAMLParseError>()
  for (const error of errors) if (!byLine.has(lineAt(error.pos[0]))) byLine.set(lineAt(error.pos[0]), error)
  return [...byLine].map(([line, { code, message }]) => {
    if (code === 'MULTIPLE_DOCS') return `${file}:${line}: a second document begins; there must be one`
    const hasPlaceholder = /[[{,].*[\s:[,]\$\{/.test(text.split('\n')[line - 1] ?? '')
    const hint = hasPlaceholder
      ? `; inside of { } and [ ] quote what has \${...} in it, or give it a line of its own`
      : ''
    const rule = message.includes('call stack') ? TOO_DEEP : firstLine(message)
    return `${file}:${line}: ${rule}${hint}`
  })
}

function plainOf(document: Document, problems: Problem[]): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch (error) {
    // Too many aliases of aliases, or lists in lists.
    const message = error instanceof RangeError ? TOO_DEEP : (error as Error).message
    problems.push({ path: [], message })
    return undefined
  }
}

/** Replaces placeholders in values, not in keys. A value without quotes keeps its type: `port: ${PORT}` is a number. */
function fillIn(document: Document, source: InterpolationSource, problems: Problem[]): void {
  visit(document, {
    Scalar(key, node: Scalar, ancestors) {
      if (key === 'key' || typeof node.value !== 'string' || !node.value.includes('${')) return
      const path = pathOf(ancestors as Node[], key)
      const filled = interpolate(node.value, source, path, problems)
      node.value = node.type === 'PLAIN' && node.value.startsWith('${') ? plainValue(filled) : filled
    },
  })
}

/** Converts numbers and booleans. A number with more digits is a key or a name, and stays text. */
function plainValue(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true'
  return /^(?:0|[1-9]\d{0,14})(?:\.\d+)?$/.test(text) ? Number(text) : text
}

function pathOf(ancestors: readonly (Node | { key: unknown })[], last: unknown): Path {
  const path: (string | number)[] = []
  for (const [index, ancestor] of ancestors.entries()) {
    if ('key' in ancestor && ancestor.key !== undefined) path.push(String((ancestor.key as Scalar).value))
    else if (isSeq(ancestor))
      path.push(index + 1 < ancestors.length ? ancestor.items.indexOf(ancestors[index + 1]) : Number(last))
  }
  return path
}

/** The offset of the value at a path; if there is none, that of the nearest parent. */
function offsetOf(document: Document, path: Path): number {
  let node: unknown = document.contents
  let offset = (document.contents?.range?.[0] ?? 0) as number
  for (const part of path) {
    let next: unknown
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(part))
      const key = pair?.key as Node | undefined
      if (pair === undefined) break
      offset = key?.range?.[0] ?? offset
      next = pair.value
    } else if (isSeq(node)) {
      next = node.items[Number(part)]
      offset = (next as Node | undefined)?.range?.[0] ?? offset
    }
    if (next === undefined) break
    node = next
  }
  return offset
}

function firstLine(text: string): string {
  return text.split('\n')[0] as string
}
