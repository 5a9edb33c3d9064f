import { readdirSync, readFileSync } from 'node:fs'
import { OptionDefaults } from 'typedoc'

const entries = JSON.parse(readFileSync(new URL('entries.json', import.meta.url), 'utf8'))

/** Every page of docs/, in the order of their names. */
const pages = readdirSync(new URL('docs/', import.meta.url))
  .filter((file) => file.endsWith('.md'))
  .map((file) => `docs/${file}`)

/** @type {Partial<import('typedoc').TypeDocOptions>} */
export default {
  entryPoints: Object.values(entries),
  out: 'docs/api',
  // Parts that types are computed with, and the schema behind the agent's configuration: docs/agent.schema.json says it in full.
  intentionallyNotExported: [
    ...['NotFields', 'Optional', 'Pair'],
    ...[
      'TypeOf',
      'agentConfigSchema',
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
  projectDocuments: pages,
  navigationLinks: { Changes: './media/CHANGELOG.md' },
  disableSources: true,
}
