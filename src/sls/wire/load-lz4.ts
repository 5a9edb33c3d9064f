/** What is used of lz4-napi. Both ways put the raw size, four bytes little-endian, before the block. */
export interface Lz4 {
  compress(data: Buffer): Promise<Buffer>
  compressSync(data: Buffer): Buffer
  uncompress(data: Buffer): Promise<Buffer>
}

/** Set by the build; absent where the sources run as they are. */
declare const TSUP_FORMAT: 'cjs' | 'esm' | undefined

/**
 * Loads the lz4 codec, whose machine code no bundler can take in. Bundlers do not see the name: a bundle builds without any
 * setting, and finds the package at run time where it is installed (docs/bundling.md, test/package/bundles.test.ts).
 */
export async function loadLz4(): Promise<Lz4> {
  const name = ['lz4', 'napi'].join('-')
  if (typeof TSUP_FORMAT !== 'undefined' && TSUP_FORMAT === 'cjs') {
    // An import() would become a require() here, which webpack warns of. An import of createRequire at the top would collide
    // with the usual banner of bundles in ESM.
    return process.getBuiltinModule('node:module').createRequire(__filename)(name)
  } else {
    return import(/* webpackIgnore: true */ /* @vite-ignore */ name)
  }
}
