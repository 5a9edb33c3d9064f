import { build } from 'tsup'
import { libraries, program, shared } from '../../tsup.config.ts'

/** Child-process tests run real programs: the sources are built once a run, without types. `LOGHUB_TEST_BUILD` says where to. */
export const BUILD_DIR = process.env.LOGHUB_TEST_BUILD ?? 'node_modules/.cache/loghub-producer-test'

export default async function setup(): Promise<void> {
  await build({
    ...shared,
    entry: { ...libraries, ...program },
    outDir: BUILD_DIR,
    format: ['esm'],
    config: false,
    silent: true,
    sourcemap: process.env.LOGHUB_TEST_COVERAGE !== undefined,
    dts: false,
  })
}
