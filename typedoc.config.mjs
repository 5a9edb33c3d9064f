import { readdirSync, readFileSync } from 'node:fs'
import { OptionDefaults } from 'typedoc'
import { load } from './scripts/site-plugin.mjs'

const entries = JSON.parse(readFileSync(new URL('entries.json', import.meta.url), 'utf8'))

/** In the order in which they are read; a page that is not named here comes last. */
const FIRST = [
  ...[
    'getting-started',
    'concepts',
    'integrations',
    'testing',
    'spool',
    'agent',
    'fleet',
    'emulator',
    'console',
    'top',
  ],
  ...[
    'metrics',
    'troubleshooting',
    'faq',
    'migration',
    'bundling',
    'platforms',
    'benchmarks',
    'design',
    'spool-format',
  ],
].map((name) => `${name}.md`)
const placeOf = (page) => (FIRST.includes(page) ? FIRST.indexOf(page) : FIRST.length)
const pages = readdirSync(new URL('docs/', import.meta.url))
  .filter((file) => file.endsWith('.md'))
  .sort((a, b) => placeOf(a) - placeOf(b))
  .map((file) => `docs/${file}`)

/** @type {Partial<import('typedoc').TypeDocOptions>} */
export default {
  entryPoints: Object.values(entries),
  sortEntryPoints: false,
  out: 'docs/api',
  // Parts that types are computed with, and the schema behind the agent's configuration: docs/agent.schema.json says it in full.
  intentionallyNotExported: [
    ...['NotFields', 'Optional', 'Pair'],
    ...[
      'TypeOf',
      'agentConfigSchema',
      'fleetSchema',
      'RequiredFields',
      'OptionalFields',
      'Schema',
      'ObjectSchema',
      'Path',
      'HttpRoute',
    ],
  ],
  highlightLanguages: [...OptionDefaults.highlightLanguages, 'go', 'java', 'python', 'rust'],
  excludePrivate: true,
  excludeInternal: true,
  excludeExternals: true,
  treatWarningsAsErrors: true,
  readme: 'README.md',
  projectDocuments: [...pages, 'README.zh-CN.md', 'CONTRIBUTING.md', 'CHANGELOG.md'],
  navigation: { includeFolders: false },
  includeHierarchySummary: false,
  customCss: 'scripts/site.css',
  plugin: [load],
  disableSources: true,
}
