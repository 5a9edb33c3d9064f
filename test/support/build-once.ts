import { build } from 'tsup'

/** Child-process tests run real programs: the sources are built once a run, without types. `LOGHUB_TEST_BUILD` says where to. */
export const BUILD_DIR = process.env.LOGHUB_TEST_BUILD ?? 'node_modules/.cache/loghub-producer-test'

export default async function setup(): Promise<void> {
  await build({
    entry: { index: 'src/index.ts', 'emulator/index': 'src/emulator/index.ts', 'cli/loghub': 'src/cli/loghub.ts' },
    outDir: BUILD_DIR,
    format: ['esm'],
    platform: 'node',
    target: 'node20',
    noExternal: ['p-queue'],
    config: false,
    silent: true,
    dts: false,
  })
}
