import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ERROR_CODES } from '../../src/core/errors.ts'
import { type TunableOptions, tunableDefaults } from '../../src/producer/options.ts'
import { changeProblems, withDefaults } from '../../src/producer/resolve-options.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8')

/** The cells of every table row whose first cell is a name in backticks. */
function rowsOf(text: string): Map<string, string[]> {
  const rows = [...text.matchAll(/^\| `(\w+)` \|(.*)\|$/gm)]
  return new Map(
    rows.map(([, name, rest]) => [name as string, (rest as string).split(' | ').map((cell) => cell.trim())]),
  )
}

function tableOfTunables(text: string): Map<string, string[]> {
  const from = text.indexOf('| `totalSizeInBytes` |')
  return rowsOf(text.slice(from, text.indexOf('\n\n', from)))
}

function isRefused(option: string, value: unknown): boolean {
  const current = withDefaults({ lingerMs: 0, baseRetryBackoffMs: 1 })
  return changeProblems({ [option]: value }, current).some((problem) => problem.startsWith(`${option}:`))
}

describe.each(['README.md', 'README.zh-CN.md'])('%s', (file) => {
  const text = read(file)
  const tunables = tableOfTunables(text)

  test('lists every option that can change while running, and no other', () => {
    expect([...tunables.keys()].sort()).toEqual(Object.keys(withDefaults({})).sort())
  })

  test.each(Object.entries(tunableDefaults))('tells the default of %s', (option, value) => {
    const shown =
      typeof value === 'string' ? `'${value}'` : value === Number.POSITIVE_INFINITY ? 'Infinity' : JSON.stringify(value)
    expect(/^`([^`]*)`/.exec(tunables.get(option)?.[0] as string)?.[1]).toBe(shown)
  })

  const ranges = [...tunables].flatMap(([option, [, range]]) => {
    const [, min, max] = /^`(?:≥ )?(-?\d+)(?: \.\. (\d+))?`/.exec(range as string) ?? []
    return min === undefined ? [] : [[option as keyof TunableOptions, Number(min), max && Number(max)] as const]
  })

  test.each(ranges)('tells the range of %s', (option, min, max) => {
    expect([isRefused(option, min - 1), isRefused(option, min)]).toEqual([true, false])
    if (max) expect([isRefused(option, max), isRefused(option, max + 1)]).toEqual([false, true])
  })

  test('tells a range for most numbers', () => {
    expect(ranges.length).toBeGreaterThanOrEqual(12)
  })

  test('lists every option of the constructor', () => {
    const config = /interface ProducerConfig .*?\n}/s.exec(read('src/producer/options.ts'))?.[0] as string
    const project = /interface ProjectConfig .*?\n}/s.exec(read('src/sls/projects.ts'))?.[0] as string
    const names = [...`${config}${project}`.matchAll(/^ {2}(?:readonly )?(\w+)\??:/gm)].map(
      ([, name]) => name as string,
    )
    expect(names.length).toBeGreaterThan(12)
    expect(names.filter((name) => !text.includes(`\`${name}\``))).toEqual([])
  })

  test('lists every error code, and no other', () => {
    const listed = [...rowsOf(text).keys()].filter((name) => name.startsWith('ERR_'))
    expect(listed.sort()).toEqual([...ERROR_CODES].sort())
  })

  test('lists every event', () => {
    const events = /interface ProducerEvents .*?\n}/s.exec(read('src/producer/observe/events.ts'))?.[0] as string
    const names = [...events.matchAll(/^ {2}(\w+):/gm)].map(([, name]) => name as string)
    expect(names.length).toBeGreaterThan(4)
    expect(names.filter((name) => !rowsOf(text).has(name))).toEqual([])
  })

  test('links to files that are there', () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, path]) => path as string)
    expect(links.filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
  })

  test('names scripts that are there', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
    const named = [...text.matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name as string)
    expect(named.filter((name) => !(name in scripts))).toEqual([])
  })
})

test('both languages have the same sections, lists, tables and code', () => {
  const shape = (file: string) => {
    const text = read(file)
    return {
      bullets: text.match(/^- /gm)?.length,
      headings: text.match(/^#+ /gm),
      tableRows: text.match(/^\|/gm)?.length,
      codeLines: [...text.matchAll(/^```\w+\n(.*?)^```/gms)].map(([, code]) => code?.split('\n').length),
    }
  }
  expect(shape('README.zh-CN.md')).toEqual(shape('README.md'))
})

test('both languages name the same options, methods, files and links', () => {
  const namesOf = (file: string) => {
    const text = read(file).replace(/^```.*?^```/gms, '')
    const code = [...text.matchAll(/`([^`\n]+)`/g)].map(([, name]) => name as string)
    const links = [...text.matchAll(/\]\(([^)#]+)\)/g)].map(([, path]) => path as string)
    return [...new Set([...code, ...links])]
      .filter((name) => /^[\x20-\x7e]+$/.test(name) && !name.startsWith('README'))
      .sort()
  }
  const [english, chinese] = [namesOf('README.md'), namesOf('README.zh-CN.md')]
  expect(chinese.filter((name) => !/[.]html|help[.]aliyun/.test(name))).toEqual(
    english.filter((name) => !name.includes('www.alibabacloud.com')),
  )
})
