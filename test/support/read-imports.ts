import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

/** One import or re-export of a module. */
export interface ImportLine {
  /** Module it stands in, from the project's root: `src/core/errors.ts`. */
  readonly file: string
  /** Project path of the imported module, or the package's name. */
  readonly to: string
  readonly kind: 'project' | 'package' | 'node'
  readonly typeOnly: boolean
}

/** Paths of all TypeScript files under `folders`, from the project's root, sorted. */
export function listModules(root: string, folders: readonly string[]): string[] {
  return folders
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)))
    .filter((path) => path.endsWith('.ts'))
    .map((path) => path.replaceAll('\\', '/'))
    .sort()
}

const STATIC_IMPORT = /^(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm
const DYNAMIC_IMPORT = /\bimport\('([^']+)'\)/g

/** Every import of a module's text: static, re-exported and dynamic ones. Comments are left out. */
export function readImports(root: string, file: string): ImportLine[] {
  const text = withoutComments(readFileSync(join(root, file), 'utf8'))
  const toLine = (specifier: string, typeOnly: boolean): ImportLine => ({ file, typeOnly, ...resolveSpecifier(root, file, specifier) })
  return [
    ...[...text.matchAll(STATIC_IMPORT)].map((match) => toLine(match[2] ?? '', match[1] !== undefined)),
    ...[...text.matchAll(DYNAMIC_IMPORT)].map((match) => toLine(match[1] ?? '', false)),
  ]
}

/** The text without block comments and whole-line comments. */
export function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
}

function resolveSpecifier(root: string, file: string, specifier: string): Pick<ImportLine, 'to' | 'kind'> {
  if (specifier.startsWith('node:')) return { to: specifier, kind: 'node' }
  if (!specifier.startsWith('.')) {
    const parts = specifier.split('/')
    return { to: specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? specifier), kind: 'package' }
  }
  return { to: relative(root, join(root, dirname(file), specifier)).replaceAll('\\', '/'), kind: 'project' }
}
