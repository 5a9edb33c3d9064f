import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { describe, expect, inject, test } from 'vitest'
import entries from '../../entries.json' with { type: 'json' }
import { name as packageName } from '../../package.json' with { type: 'json' }
import { runProgram } from '../support/run-program.ts'

const app = inject('app')
const KINDS = [
  { kind: 'ESM', extension: 'mts', load: (id: string) => `import('${id}')` },
  { kind: 'CommonJS', extension: 'cts', load: (id: string) => `Promise.resolve(require('${id}'))` },
] as const

describe.each(KINDS)('in $kind', ({ extension, load }) => {
  test.each(Object.keys(entries))("what the types of '%s' export as values is there at run time", async (entry) => {
    const id = join(packageName, entry)
    const promised = valuesByTypes(id, extension)
    expect(promised.length).toBeGreaterThan(0)
    expect(promised).toEqual(await valuesAtRunTime(load(id)))
  })
})

async function valuesAtRunTime(load: string): Promise<string[]> {
  const program = `${load}.then((module) => console.log(JSON.stringify(Object.keys(module))))`
  const { stdout, stderr } = await runProgram(process.execPath, ['-e', program], { cwd: app })
  expect(stderr).toBe('')
  const isInterop = (name: string) => name === 'module.exports' || name === '__esModule'
  return (JSON.parse(stdout) as string[]).filter((name) => !isInterop(name)).sort()
}

function valuesByTypes(id: string, extension: string): string[] {
  const file = join(app, `exports-${id.replaceAll('/', '-')}.${extension}`)
  writeFileSync(file, `import * as all from '${id}'\nexport const it = all\n`)
  const { NodeNext } = ts.ModuleKind
  const program = ts.createProgram([file], {
    module: NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    skipLibCheck: true,
    types: [],
  })
  const checker = program.getTypeChecker()
  const source = program.getSourceFile(file) as ts.SourceFile
  const { moduleSpecifier } = source.statements[0] as ts.ImportDeclaration
  const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(moduleSpecifier) as ts.Symbol)
  return exported
    .filter((symbol) => isValue(symbol, checker))
    .map(({ name }) => name)
    .sort()
}

function isValue(symbol: ts.Symbol, checker: ts.TypeChecker): boolean {
  if (symbol.declarations?.some((node) => ts.isExportSpecifier(node) && node.isTypeOnly)) return false
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
  return (target.flags & ts.SymbolFlags.Value) !== 0
}
