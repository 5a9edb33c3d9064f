import { resolve } from 'node:path'
import ts from 'typescript'
import { expect, test } from 'vitest'

test('what a user may send is accepted by the compiler as it is at run time, and what is refused is not', () => {
  const fixture = resolve(import.meta.dirname, '../support/types-fixture.ts')
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
    types: ['node'],
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    allowImportingTsExtensions: true,
    noEmit: true,
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: true,
  }
  const program = ts.createProgram([fixture], options)
  const source = program.getSourceFile(fixture)
  const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
  const told = found.map(({ messageText, start = 0 }) => {
    const { line } = ts.getLineAndCharacterOfPosition(source!, start)
    return `line ${line + 1}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`
  })
  expect(told).toEqual([])
}, 60_000)
