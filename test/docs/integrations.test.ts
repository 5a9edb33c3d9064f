import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import entries from '../../entries.json' with { type: 'json' }
import { DEATHS, INTEGRATIONS, LOST, LOST_WITH_SPOOL, SPOOL_DEATHS } from '../integrations/support/deaths.ts'

const page = readFileSync(resolve(import.meta.dirname, '../../docs/integrations.md'), 'utf8')

const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`

test.each([
  ['without a spool', DEATHS, LOST],
  ['with a spool', SPOOL_DEATHS, LOST_WITH_SPOOL],
])('the page tells what is lost at which death %s, as deaths.test.ts finds it', (_what, deaths, lost) => {
  const rows = deaths.map((death) =>
    line([death, ...INTEGRATIONS.map((name) => (lost[name]?.includes(death) ? 'may lose' : 'nothing'))]),
  )
  const table = [line(['death', ...INTEGRATIONS]), line(['---', ...INTEGRATIONS.map(() => '---')]), ...rows]
  expect(page).toContain(`\n\n${table.join('\n')}\n\n`)
})

test('the page has a section for each entry, with a program', () => {
  const names = Object.values(entries).flatMap((source) => /integrations\/(\w+)/.exec(source)?.[1] ?? [])
  const sections = page.split(/^## /m)
  for (const name of names) {
    const section = sections.find((each) => each.includes(`from 'loghub-producer/${name}'`))
    expect(section?.toLowerCase(), name).toMatch(new RegExp(`^${name}\\n`))
  }
  expect(names.length).toBe(5)
})
