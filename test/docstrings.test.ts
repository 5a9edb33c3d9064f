import { readFileSync } from 'node:fs'
import ts from 'typescript'
import { expect, test } from 'vitest'

const entries: Record<string, string> = JSON.parse(readFileSync('entries.json', 'utf8'))

test('every exported name that a user can reach, and every property of it, says what it is', {
  timeout: 120_000,
}, () => {
  expect(undocumented(Object.values(entries))).toEqual([])
})

/** Names without a docstring, as `file: Name` or `file: Name.property`. */
function undocumented(files: readonly string[]): string[] {
  const { config } = ts.readConfigFile('tsconfig.json', ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, '.')
  const program = ts.createProgram(files, { ...options, noEmit: true })
  const checker = program.getTypeChecker()
  const exported = files.flatMap((file) => {
    const source = program.getSourceFile(file) as ts.SourceFile
    return checker.getExportsOfModule(checker.getSymbolAtLocation(source) as ts.Symbol)
  })
  const symbols = exported.map((symbol) =>
    symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol,
  )
  const missing = [...new Set(symbols)].flatMap((symbol) => {
    const members = [symbol, ...membersOf(symbol)].filter((one) => isOurs(one) && !isDocumented(one, checker))
    return members.map((member) => `${fileOf(symbol)}: ${symbol.name}${member === symbol ? '' : `.${member.name}`}`)
  })
  return [...new Set(missing)].sort()
}

/** What an interface, a class or an object type declares itself, but for what is private. */
function membersOf(symbol: ts.Symbol): ts.Symbol[] {
  const declared = [...(symbol.members?.values() ?? [])]
  const literals = (symbol.declarations ?? []).filter(ts.isTypeAliasDeclaration).flatMap(({ type }) => {
    return ts.isTypeLiteralNode(type) ? type.members.map((member) => symbolOf(member)) : []
  })
  return [...declared, ...literals].filter((member): member is ts.Symbol => member !== undefined && isPublic(member))
}

function symbolOf(node: ts.Node): ts.Symbol | undefined {
  return (node as ts.Node & { symbol?: ts.Symbol }).symbol
}

function isPublic(member: ts.Symbol): boolean {
  const declarations = member.declarations ?? []
  const kinds = declarations.some((node) => {
    return (
      ts.isPropertySignature(node) ||
      ts.isMethodSignature(node) ||
      ts.isPropertyDeclaration(node) ||
      ts.isMethodDeclaration(node) ||
      ts.isGetAccessor(node)
    )
  })
  const isHidden = declarations.some((node) => {
    const name = ts.getNameOfDeclaration(node as ts.Declaration)
    const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected
    return (
      (name !== undefined && ts.isPrivateIdentifier(name)) ||
      (ts.getCombinedModifierFlags(node as ts.Declaration) & hidden) !== 0
    )
  })
  return kinds && !isHidden
}

function isOurs(symbol: ts.Symbol): boolean {
  return !fileOf(symbol).includes('node_modules')
}

function fileOf(symbol: ts.Symbol): string {
  const file = symbol.declarations?.[0]?.getSourceFile().fileName ?? ''
  return file.slice(Math.max(0, file.lastIndexOf('/src/') + 1))
}

function isDocumented(symbol: ts.Symbol, checker: ts.TypeChecker): boolean {
  // What overrides or fulfils a documented declaration is told by it.
  return symbol.getDocumentationComment(checker).length > 0 || symbol.getJsDocTags(checker).length > 0
}
