// What the documentation site has beyond typedoc: pages by their headings, and modules by the names that a user imports.
import { readFileSync } from 'node:fs'
import { ReflectionKind, Renderer } from 'typedoc'

const ROOT = new URL('../', import.meta.url)
const entries = JSON.parse(readFileSync(new URL('entries.json', ROOT), 'utf8'))
const { name: packageName } = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8'))

/** `integrations/pino` -> `loghub-producer/pino` */
const importedAs = new Map(
  Object.entries(entries).map(([entry, source]) => [
    source.replace(/^src\//, '').replace(/(\/index)?\.ts$/, ''),
    entry.replace('.', packageName),
  ]),
)

/** The addresses of pages are made before this, of names of files: they stay when a heading changes. */
export function load(app) {
  app.renderer.on(Renderer.EVENT_BEGIN, ({ project }) => {
    for (const page of project.getReflectionsByKind(ReflectionKind.Document)) page.name = headingOf(page)
    for (const module of project.getReflectionsByKind(ReflectionKind.Module))
      module.name = importedAs.get(module.name) ?? module.name
  })
}

/** The other language of the first page has the same heading, and says in its links how it is called. */
function headingOf({ content, name }) {
  if (name === 'README.zh-CN') return '简体中文'
  const text = content.map(({ text: part }) => part).join('')
  return /^# (.*)$/m.exec(text)?.[1]?.replaceAll('`', '') ?? name
}
