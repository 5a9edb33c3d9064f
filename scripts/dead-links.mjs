// Fails where a page of the built site links to a file or a heading that is not there: node scripts/dead-links.mjs [folder].
// Addresses of other sites are not asked for: a build must not depend on them.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const site = process.argv[2] ?? 'docs/api'
const pages = readdirSync(site, { recursive: true }).filter((file) => file.endsWith('.html'))
const texts = new Map(pages.map((page) => [page, readFileSync(join(site, page), 'utf8')]))
const anchors = new Map([...texts].map(([page, text]) => [page, new Set(valuesOf(text, 'id'))]))

function valuesOf(text, ...attributes) {
  const pattern = new RegExp(`\\s(?:${attributes.join('|')})="([^"]*)"`, 'g')
  return [...text.matchAll(pattern)].map(([, value]) => value.replaceAll('&amp;', '&'))
}

function isDead(page, link) {
  const [path, anchor] = link.split('#')
  const target = path === '' ? page : join(dirname(page), decodeURIComponent(path.split('?')[0]))
  if (!existsSync(join(site, target))) return true
  return Boolean(anchor) && anchors.has(target) && !anchors.get(target).has(decodeURIComponent(anchor))
}

const isOurs = (link) => !/^([a-z]+:|\/\/)/i.test(link)
const dead = [...texts].flatMap(([page, text]) =>
  valuesOf(text, 'href', 'src')
    .filter((link) => isOurs(link) && isDead(page, link))
    .map((link) => `${page}: ${link}`),
)
for (const line of dead) console.error(line)
console.log(`${pages.length} pages, ${dead.length} dead links`)
process.exitCode = pages.length > 0 && dead.length === 0 ? 0 : 1
