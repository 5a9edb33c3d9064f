import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import manifest from '../../package.json' with { type: 'json' }

const ROOT = resolve(import.meta.dirname, '../..')
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8')
const WORKFLOWS = readdirSync(join(ROOT, '.github/workflows')).map((file) => `.github/workflows/${file}`)

describe.each(['CONTRIBUTING.md', '.ci/run', ...WORKFLOWS])('%s', (file) => {
  test('names scripts and files that are there', () => {
    const scripts = [...read(file).matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name as string)
    expect(scripts.filter((name) => !(name in manifest.scripts))).toEqual([])
    const files = [...read(file).matchAll(/\b((?:src|test|scripts|bench|docs)\/[\w./-]+\.\w+)/g)].map(
      ([, path]) => path,
    )
    expect(files.filter((path) => !existsSync(join(ROOT, path as string)))).toEqual([])
  })
})

describe.each(WORKFLOWS)('%s', (file) => {
  test('names each action by its commit, with the version behind it', () => {
    const uses = [...read(file).matchAll(/uses: (.*)$/gm)].map(([, action]) => action as string)
    expect(uses.length).toBeGreaterThan(0)
    expect(uses.filter((action) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action))).toEqual([])
  })

  test('may read the repository and no more, but for the identity with which a release is signed', () => {
    interface Workflow {
      readonly permissions: object
      readonly jobs: Record<string, { readonly permissions?: object; readonly 'timeout-minutes': number }>
    }
    const { permissions, jobs } = parse(read(file)) as Workflow
    expect(permissions).toEqual({ contents: 'read' })
    for (const [name, job] of Object.entries(jobs)) {
      const more = name === 'publish' ? { contents: 'read', 'id-token': 'write' } : undefined
      expect(job.permissions).toEqual(more)
      expect(job['timeout-minutes']).toBeGreaterThan(0)
    }
    expect(read(file)).not.toContain('secrets.')
  })
})

test('the one command before a push runs lint, the tests and the tests of the package', () => {
  expect(manifest.scripts.check).toBe('npm run lint && npm test && npm run test:package')
})
