// Writes what package.json says of the entries in entries.json: `exports` and `typesVersions`. With --check it changes
// nothing, and fails where package.json says something else.
import { readFileSync, writeFileSync } from 'node:fs'

const ROOT = new URL('../', import.meta.url)
const entries = JSON.parse(readFileSync(new URL('entries.json', ROOT), 'utf8'))
const text = readFileSync(new URL('package.json', ROOT), 'utf8')
const written = `${JSON.stringify({ ...JSON.parse(text), ...fields(entries) }, null, 2)}\n`

if (written === text) process.exit(0)
if (process.argv.includes('--check')) {
  console.error('package.json does not have the entries of entries.json: npm run entries writes them')
  process.exit(1)
}
writeFileSync(new URL('package.json', ROOT), written)

function fields(entries) {
  const built = Object.entries(entries).map(([name, source]) => [name, source.replace(/^src(.*)\.ts$/, './dist$1')])
  const subPaths = built.filter(([name]) => name !== '.')
  return {
    exports: {
      ...Object.fromEntries(built.map(([name, file]) => [name, conditions(file)])),
      './package.json': './package.json',
    },
    // For TypeScript's old resolution, which does not read `exports`.
    typesVersions: { '*': Object.fromEntries(subPaths.map(([name, file]) => [name.slice(2), [`${file}.d.ts`]])) },
  }
}

function conditions(file) {
  return {
    import: { types: `${file}.d.ts`, default: `${file}.js` },
    require: { types: `${file}.d.cts`, default: `${file}.cjs` },
  }
}
