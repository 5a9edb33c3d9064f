import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../..')
const PAGES = execFileSync('git', ['ls-files', '*.md'], { cwd: ROOT, encoding: 'utf8' }).trim().split('\n')
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8')

/** The links of a page that lead to files of the repository or to headings. */
function linksIn(page: string): string[] {
  const prose = read(page)
    .replaceAll(/^```.*?^```/gms, '')
    .replaceAll(/`[^`\n]*`/g, '')
  const found = prose.matchAll(/!?\[[^\]]*\]\(([^)\s]+)\)/g)
  return [...found].map(([, target]) => target as string).filter((target) => !/^[a-z]+:/.test(target))
}

/** As the usual renderers make them of headings. */
function anchorsOf(page: string): Set<string> {
  const headings = read(page).matchAll(/^#+ (.*)$/gm)
  return new Set(
    [...headings].map(([, text]) =>
      (text as string)
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replaceAll(/\s/g, '-'),
    ),
  )
}

function isDead(page: string, target: string): boolean {
  const [path = '', anchor] = target.split('#')
  const file = path === '' ? page : join(dirname(page), path)
  if (!existsSync(join(ROOT, file))) return true
  return anchor !== undefined && file.endsWith('.md') && !anchorsOf(file).has(decodeURIComponent(anchor))
}

describe.each(PAGES)('%s', (page) => {
  test('has no dead link', () => {
    expect(linksIn(page).filter((target) => isDead(page, target))).toEqual([])
  })
})
