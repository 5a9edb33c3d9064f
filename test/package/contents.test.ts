import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import ts from 'typescript'
import { describe, expect, inject, test } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }

const ROOT = resolve(import.meta.dirname, '../..')
const installed = join(inject('app'), 'node_modules', manifest.name)
const files = readdirSync(installed, { recursive: true, encoding: 'utf8' }).filter((file) =>
  statSync(join(installed, file)).isFile(),
)
const read = (file: string) => readFileSync(join(installed, file), 'utf8')

describe('the packed package', () => {
  test('has no path of the machine that built it', () => {
    const places = [ROOT, homedir()].filter((place) => place.length > 4)
    expect(places.length).toBeGreaterThan(0)
    expect(files.filter((file) => places.some((place) => read(file).includes(place)))).toEqual([])
    const maps = files.filter((file) => file.endsWith('.map'))
    const absolute = maps.filter((file) => {
      const { sources, sourceRoot = '' } = JSON.parse(read(file)) as { sources: string[]; sourceRoot?: string }
      return sourceRoot !== '' || sources.some((source) => /^([a-z]:|\/|file:)/i.test(source))
    })
    expect(maps.length).toBeGreaterThan(2)
    expect(absolute).toEqual([])
  })

  test('has every file that one of its pages links to', () => {
    const pages = files.filter((file) => file.endsWith('.md'))
    const missing = pages.flatMap((page) => {
      const links = [...read(page).matchAll(/\]\((?!https?:|mailto:)([^)#\s]+)[^)]*\)/g)].map(
        ([, path]) => path as string,
      )
      return links.filter((path) => !existsSync(join(installed, dirname(page), path))).map((path) => `${page}: ${path}`)
    })
    expect(pages).toContain('README.md')
    expect(missing).toEqual([])
  })

  test('has no sources, tests or settings of the repository', () => {
    const tops = new Set(files.map((file) => file.split('/')[0]))
    const expected = [
      'CHANGELOG.md',
      'bench',
      'LICENSE',
      'README.md',
      'README.zh-CN.md',
      'dist',
      'docs',
      'examples',
      'package.json',
    ]
    expect([...tops].sort()).toEqual(expected.sort())
  })

  test('imports only Node and what it declares', () => {
    const declared = new Set(Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }))
    const code = files.filter((file) => /^dist\/.*\.c?js$/.test(file))
    const imported = code
      .flatMap((file) => ts.preProcessFile(read(file), true, true).importedFiles.map(({ fileName }) => fileName))
      .filter((id) => !id.startsWith('.'))
    const foreign = imported.filter((id) => !isBuiltIn(id) && !declared.has(packageOf(id)))
    expect(imported.length).toBeGreaterThan(5)
    expect([...new Set(foreign)]).toEqual([])
  })

  test('has links on npm that lead to one repository', () => {
    const { repository, homepage, bugs, author } = manifest
    const address = repository.url.replace(/^git\+/, '').replace(/\.git$/, '')
    expect(homepage.startsWith(address)).toBe(true)
    expect(bugs.url).toBe(`${address}/issues`)
    expect(author.name).not.toBe('')
  })
})

function packageOf(id: string): string {
  return id
    .split('/')
    .slice(0, id.startsWith('@') ? 2 : 1)
    .join('/')
}

function isBuiltIn(id: string): boolean {
  return process.getBuiltinModule(id) !== undefined
}
