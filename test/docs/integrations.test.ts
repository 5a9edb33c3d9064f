import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import entries from '../../entries.json' with { type: 'json' }
import { DEATHS, INTEGRATIONS, LOST } from '../integrations/support/deaths.ts'

const page = readFileSync(resolve(import.meta.dirname, '../../docs/integrations.md'), 'utf8')

test('the page tells what is lost at which death, as deaths.test.ts finds it', () => {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const rows = DEATHS.map((death) =>
    line([death, ...INTEGRATIONS.map((name) => (LOST[name]?.includes(death) ? 'may lose' : 'nothing'))]),
  )
  const table = [line(['death', ...INTEGRATIONS]), line(['---', ...INTEGRATIONS.map(() => '---')]), ...rows]
  expect(page).toContain(table.join('\n'))
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
