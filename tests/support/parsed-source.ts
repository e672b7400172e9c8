// What the architecture test wants to know of a source file, read from TypeScript's own syntax tree.
// Sources are given as text, so that a planted violation is parsed exactly as the real files are.
// The tree comes from the compiler's `unstable` interface: package.json pins the version it is written for.
import type { Node, SourceFile } from 'typescript/unstable/ast'
import { computeLineStarts, SyntaxKind } from 'typescript/unstable/ast'
import {
  isCallExpression,
  isExportDeclaration,
  isImportDeclaration,
  isImportTypeNode,
  isLiteralTypeNode,
  isStringLiteral,
} from 'typescript/unstable/ast/is'
import { createVirtualFileSystem } from 'typescript/unstable/fs'
import { API } from 'typescript/unstable/sync'

/** A file by its path from the root of the repository, with slashes. */
export type Source = { readonly path: string; readonly text: string }
export type FunctionSize = {
  readonly name: string
  readonly line: number
  /** Lines from first to last, without those of the functions inside it: each of these counts for itself. */
  readonly ownLines: number
}
export type ParsedSource = Source & {
  /** Specifiers as written, of imports, type imports, re-exports and import(…). */
  readonly imports: readonly string[]
  /** String literals and the pieces of templates, each with its line. */
  readonly literals: readonly { readonly line: number; readonly text: string }[]
  readonly functions: readonly FunctionSize[]
  /** First arguments of test(…), describe(…) and their variants, as written. */
  readonly testTitles: readonly string[]
  /** Lines on which a statement is prepared: `.prepare(…)`. */
  readonly prepares: readonly number[]
}

type Found = {
  readonly imports: string[]
  readonly literals: { line: number; text: string }[]
  readonly functions: FunctionSize[]
  readonly testTitles: string[]
  readonly prepares: number[]
}

const functionKinds = new Set<SyntaxKind>([
  SyntaxKind.FunctionDeclaration,
  SyntaxKind.FunctionExpression,
  SyntaxKind.ArrowFunction,
  SyntaxKind.MethodDeclaration,
  SyntaxKind.Constructor,
  SyntaxKind.GetAccessor,
  SyntaxKind.SetAccessor,
])
const literalKinds = new Set<SyntaxKind>([
  SyntaxKind.StringLiteral,
  SyntaxKind.NoSubstitutionTemplateLiteral,
  SyntaxKind.TemplateHead,
  SyntaxKind.TemplateMiddle,
  SyntaxKind.TemplateTail,
])
const testCall = /^(?:t\.)?(?:test|it|describe|suite)(?:\.(?:skip|only|todo))?$/

/** Parses TypeScript sources, in their order. Nothing is resolved or type-checked. */
export function parseSources(sources: readonly Source[]): ParsedSource[] {
  const root = '/sources'
  const config = `${root}/tsconfig.json`
  const compilerOptions = { noLib: true, noResolve: true, types: [], noEmit: true }
  const files: Record<string, string> = {
    [config]: JSON.stringify({ compilerOptions, files: sources.map((s) => s.path) }),
  }
  for (const { path, text } of sources) files[`${root}/${path}`] = text
  const api = new API({ cwd: root, fs: createVirtualFileSystem(files) })
  try {
    using snapshot = api.updateSnapshot({ openProjects: [config] })
    const [project] = snapshot.getProjects()
    return sources.map((source) => {
      const tree = project?.program.getSourceFile(`${root}/${source.path}`)
      if (tree === undefined) throw new Error(`${source.path} could not be parsed`)
      return { ...source, ...factsOf(tree) }
    })
  } finally {
    api.close()
  }
}

function factsOf(file: SourceFile): Found {
  const found: Found = { imports: [], literals: [], functions: [], testTitles: [], prepares: [] }
  const starts = computeLineStarts(file.text)
  const lineAt = (position: number): number => {
    const after = starts.findIndex((start) => start > position)
    return after === -1 ? starts.length : after
  }
  /** Notes the node and what is in it; returns how many lines the functions in it take. */
  const visit = (node: Node): number => {
    noteImport(node, found)
    noteCall(node, file, lineAt, found)
    if (literalKinds.has(node.kind))
      found.literals.push({ line: lineAt(node.getStart(file)), text: textOf(node) })
    let inner = 0
    node.forEachChild((child) => {
      inner += visit(child)
    })
    if (!functionKinds.has(node.kind)) return inner
    const line = lineAt(node.getStart(file))
    const lines = lineAt(node.end) - line + 1
    found.functions.push({ name: nameOf(node), line, ownLines: lines - inner })
    // Its first line also belongs to what surrounds it.
    return lines - 1
  }
  visit(file)
  return found
}

const textOf = (node: Node): string => String((node as { text?: unknown }).text ?? '')

function nameOf(node: Node): string {
  const name = (of: Node) => (of as { name?: Node }).name
  const own = name(node) ?? name(node.parent)
  return own === undefined ? 'a function without a name' : textOf(own)
}

function noteImport(node: Node, found: Found): void {
  if ((isImportDeclaration(node) || isExportDeclaration(node)) && node.moduleSpecifier !== undefined) {
    found.imports.push(textOf(node.moduleSpecifier))
  } else if (isImportTypeNode(node) && isLiteralTypeNode(node.argument)) {
    found.imports.push(textOf(node.argument.literal))
  }
}

function noteCall(node: Node, file: SourceFile, lineAt: (position: number) => number, found: Found): void {
  if (!isCallExpression(node)) return
  const { expression } = node
  const callee = file.text.slice(expression.getStart(file), expression.end)
  const [first] = node.arguments
  if (callee.endsWith('.prepare')) found.prepares.push(lineAt(node.getStart(file)))
  if (first === undefined) return
  if (expression.kind === SyntaxKind.ImportKeyword && isStringLiteral(first)) found.imports.push(first.text)
  if (testCall.test(callee)) found.testTitles.push(file.text.slice(first.getStart(file), first.end))
}
