import { readFileSync } from 'node:fs'

const entries = JSON.parse(readFileSync(new URL('entries.json', import.meta.url), 'utf8'))

/** @type {Partial<import('typedoc').TypeDocOptions>} */
export default {
  entryPoints: Object.values(entries),
  out: 'docs/api',
  excludePrivate: true,
  excludeInternal: true,
  excludeExternals: true,
  treatWarningsAsErrors: true,
  readme: 'README.md',
  disableSources: true,
}
