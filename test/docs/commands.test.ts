import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { expect, test } from 'vitest'
import { newProgram } from '../../src/cli/program.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const PAGES = [
  ...readdirSync(join(ROOT, 'docs'))
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
  ...['README.md', 'README.zh-CN.md', 'CONTRIBUTING.md'],
]
const program = newProgram(() => {})

/** What stands behind `loghub` in blocks of commands and in code within a sentence. */
function commandLinesOf(page: string): string[] {
  const text = readFileSync(join(ROOT, page), 'utf8')
  const blocks = [...text.matchAll(/^```sh\n(.*?)^```/gms)].flatMap(([, code]) => (code as string).split('\n'))
  const inline = [...text.replaceAll(/^```.*?^```/gms, '').matchAll(/`([^`\n]+)`/g)].map(([, code]) => code as string)
  return [...blocks, ...inline].flatMap((line) => {
    const [, rest] = /(?:^|\s)loghub ((?!\W|-)[a-z-]+[^#|>&]*)/.exec(line) ?? []
    return rest === undefined ? [] : [rest.trim()]
  })
}

/** Words that are no sub-command, and options that it does not have. */
function unknownIn(line: string): string[] {
  const words = line.split(/\s+/)
  let command: Command = program
  for (;;) {
    const next = command.commands.find((each) => each.name() === words[0])
    if (next === undefined) break
    command = next
    words.shift()
  }
  if (command === program) return [words[0] as string]
  const known = command.options.map(({ long }) => long)
  return words.filter(
    (word) => /^--[a-z]/.test(word) && word !== '--help' && !known.includes(word.split('=')[0] as string),
  )
}

test('every command of every page is one that there is, with options that it has', () => {
  const lines = PAGES.flatMap((page) => commandLinesOf(page).map((line) => ({ page, line })))
  expect(lines.length).toBeGreaterThan(30)
  const wrong = lines.filter(({ line }) => unknownIn(line).length > 0)
  expect(wrong.map(({ page, line }) => `${page}: ${line}: ${unknownIn(line)}`)).toEqual([])
})
