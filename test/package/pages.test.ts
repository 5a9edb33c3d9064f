import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { globSync } from 'tinyglobby'
import ts from 'typescript'
import { expect, inject, test } from 'vitest'
import { linkPeers } from './support/link-peers.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const app = inject('app')
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8')

/** What a page or a docstring has named before. */
const NAMES_AROUND = `
export {}
declare global {
  type SinkRequest = import('loghub-producer').SinkRequest
  type Sink = import('loghub-producer').Sink
  const { Producer, decodePayload }: typeof import('loghub-producer')
  const producer: import('loghub-producer').Producer
  const credentials: import('loghub-producer').Credentials
  const logs: import('loghub-producer').Log[]
  const rows: import('loghub-producer').Fields[]
  const module: { exports: unknown }
  const depth: (signal: AbortSignal) => Promise<number>
  const archive: (...about: unknown[]) => Promise<void>
  const getSecret: (name: string) => Promise<{ id: string; secret: string; token: string; expires: Date }>
}
`

/** The vendor's client, which users of the emulator install themselves. */
const NOT_INSTALLED = `declare module '@alicloud/sls20201230'`

interface Block {
  /** With its extension: what a page calls JavaScript is checked as such. */
  readonly file: string
  readonly code: string
}

function blocksOf(name: string, text: string): Block[] {
  const found = [...text.matchAll(/^```(js|ts)\n(.*?)^```/gms)]
  return found.map(([, language, code], i) => ({ file: `block-${name}-${i + 1}.m${language}`, code: code as string }))
}

/** The comments of a source without their stars. */
function docstringsOf(text: string): string {
  return [...text.matchAll(/\/\*\*.*?\*\//gs)].map(([comment]) => comment.replaceAll(/^ *\* ?/gm, '')).join('\n')
}

const pages = readdirSync(join(ROOT, 'docs')).filter((file) => file.endsWith('.md'))
const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.ts'))
const blocks = [
  ...pages.flatMap((page) => blocksOf(page, read(`docs/${page}`))),
  ...sources.flatMap((file) => blocksOf(file.replaceAll('/', '-'), docstringsOf(read(`src/${file}`)))),
]

test('every program of a page and every @example is right for the compiler', () => {
  linkPeers(app, blocks.map(({ code }) => code).join('\n'))
  const texts = [...blocks, { file: 'names.d.mts', code: NAMES_AROUND }, { file: 'modules.d.ts', code: NOT_INSTALLED }]
  for (const { file, code } of texts) writeFileSync(join(app, file), code)
  const files = texts.map(({ file }) => join(app, file))
  const program = ts.createProgram(files, {
    allowJs: true,
    checkJs: true,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
    typeRoots: [join(ROOT, 'node_modules/@types')],
    types: ['node'],
    strict: true,
    noImplicitAny: false,
    strictFunctionTypes: false,
    skipLibCheck: true,
    noEmit: true,
  })
  const problems = ts.getPreEmitDiagnostics(program).map(({ file, messageText, start = 0 }) => {
    const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start).line + 1
    return `${file?.fileName.slice(app.length + 1)}:${line} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`
  })
  expect(problems).toEqual([])
  expect(blocks.length).toBeGreaterThan(40)
})

test('the classes and functions that a reader meets first have an example', () => {
  const shown = [
    ...['producer/producer', 'producer/accept/writer', 'producer/accept/log-stream', 'producer/options'],
    ...['producer/sends/send-error', 'core/errors', 'sls/log-reader', 'sls/projects', 'emulator/emulator'],
    ...globSync('src/integrations/*/{pino-stream,transport,log-exporter,observe-producer,loghub-*,collect}.ts').map(
      (file) => file.slice('src/'.length, -'.ts'.length),
    ),
  ]
  expect(shown.filter((file) => !read(`src/${file}.ts`).includes('@example'))).toEqual([])
})
