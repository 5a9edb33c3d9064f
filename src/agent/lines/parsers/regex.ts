import { BadLine } from '../bad-line.ts'
import type { LogParser, Pairs } from './parser.ts'

const NO_MATCH = new BadLine('the pattern does not match')

export function namedGroupsProblem(pattern: string): string | undefined {
  try {
    new RegExp(pattern, 'u')
  } catch (error) {
    return `must be a regular expression: ${(error as Error).message}`
  }
  return /\(\?<[^=!]/.test(pattern)
    ? undefined
    : 'must have named groups, such as (?<level>\\w+): they become the fields'
}

/** Named groups of a pattern become fields. A group that did not match is left out. */
export function regexParser(pattern: string): LogParser {
  const regex = new RegExp(pattern, 'su')
  return (line) => {
    const groups = regex.exec(line)?.groups
    if (groups === undefined) return NO_MATCH
    const contents: Pairs = []
    for (const key in groups) if (groups[key] !== undefined) contents.push([key, groups[key]])
    return contents.length === 0 ? NO_MATCH : { contents }
  }
}
