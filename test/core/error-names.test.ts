import { mkdtempSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { inspect } from 'node:util'
import { build } from 'esbuild'
import { afterAll, describe, expect, test } from 'vitest'

const SRC = resolve(import.meta.dirname, '../../src')
// Inside the project, so that the packages that are not bundled are found.
const directory = mkdtempSync(resolve(import.meta.dirname, '../../node_modules/.error-names-'))
afterAll(() => rmSync(directory, { recursive: true }))

describe.each([
  ['esm', 'index.mjs'],
  ['cjs', 'index.cjs'],
] as const)('errors of the %s build', (format, file) => {
  test('print under the names of their classes', async () => {
    const outfile = join(directory, file)
    const options = { bundle: true, platform: 'node', target: 'node20', packages: 'external' } as const
    await build({ ...options, entryPoints: [join(SRC, 'index.ts')], format, outfile })
    const { ProducerError, SendError, SinkError } = await import(pathToFileURL(outfile).href)
    const errors = [
      new ProducerError('ERR_LOGHUB_OPTION', 'wrong'),
      new SinkError('ERR_LOGHUB_SEND', 'refused', { failureClass: 'final' }),
      new SendError({ code: 'ERR_LOGHUB_SEND', message: 'lost', retriable: false }, { requestId: '' }),
    ]
    for (const [index, name] of ['ProducerError', 'SinkError', 'SendError'].entries()) {
      const error = errors[index] as Error
      expect([error.name, error.constructor.name, String(error.stack).split(':')[0]]).toEqual([name, name, name])
      expect(inspect(error)).toMatch(new RegExp(`^${name}: `))
      expect(inspect(error)).not.toMatch(/_\w+Error/)
    }
  })
})
