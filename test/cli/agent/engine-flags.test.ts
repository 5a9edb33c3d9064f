import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const SOURCE = join(import.meta.dirname, '../../../src/cli/agent/engine-flags.ts')

test('this V8 knows the flags that the agent sets', () => {
  const script = `import { build } from 'esbuild'
const { outputFiles } = await build({ entryPoints: [${JSON.stringify(SOURCE)}], format: 'esm', platform: 'node', write: false })
const { setEngineFlags } = await import('data:text/javascript,' + encodeURIComponent(outputFiles[0].text))
setEngineFlags()
console.log('set')`
  const options = { encoding: 'utf8', cwd: import.meta.dirname } as const
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], options)
  // V8 writes what it does not know to the error output, and goes on.
  expect({ stdout, stderr }).toEqual({ stdout: 'set\n', stderr: '' })
})
