import { createHash } from 'node:crypto'
import { canonicalJson } from '../core/canonical-value.ts'
import { decodeJson } from './decode-json.ts'
import type { ColumnOrigin, ColumnSpec, ResolvedMapping } from './transfer.ts'

/**
 * The identity of a definition: what decides which rows it makes, without its functions, which have no text that two builds share.
 * Derived collections and invariants are left out too: they judge rows, they do not make them, and may be mended between load and verify.
 */
export function hashDefinition(name: string, mappings: readonly ResolvedMapping[]): { readonly hash: string; readonly hashedText: string } {
  const hashedText = canonicalJson({
    format: 1,
    name,
    order: mappings.map((mapping) => mapping.name),
    mappings: Object.fromEntries(mappings.map((mapping) => [mapping.name, describeMapping(mapping)])),
  })
  return { hash: createHash('sha256').update(hashedText).digest('hex'), hashedText }
}

/** Says what differs between two hashed texts, one sentence each; empty when they are equal. */
export function describeDifference(oldText: string, newText: string): string[] {
  const differences: string[] = []
  compare(JSON.parse(oldText), JSON.parse(newText), { path: [], differences })
  return differences
}

function describeMapping(mapping: ResolvedMapping): object {
  return {
    from: mapping.from,
    each: mapping.each,
    table: mapping.table,
    order: Object.keys(mapping.columns),
    columns: Object.fromEntries(Object.entries(mapping.columns).map(([name, spec]) => [name, describeColumn(spec)])),
    schema: mapping.schema,
    where: mapping.where !== undefined,
    key: mapping.key !== undefined,
    decode: mapping.decode === undefined ? 'no' : mapping.decode === decodeJson ? 'json' : 'function',
    conflict: mapping.conflict,
    match: mapping.match,
  }
}

function describeColumn(spec: ColumnSpec): object {
  const { values, ...convert } = spec.convert ?? { kind: undefined, values: undefined }
  return {
    origin: toPlain(describeOrigin(spec.origin)),
    convert: { ...convert, values: values && [...values] },
    optional: spec.optional,
  }
}

function describeOrigin(origin: ColumnOrigin): object {
  // Which number the app's next row gets makes no row.
  if (origin.from === 'key') return { ...origin, next: undefined }
  if (origin.from === 'lookup') return { ...origin, match: Object.keys(origin.match) }
  return origin
}

/** Data as JSON can hold it; functions are left out. */
function toPlain(value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'function') return undefined
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('hex') }
  if (Array.isArray(value)) return value.map(toPlain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, toPlain(member)]))
}

interface Comparison {
  readonly path: readonly string[]
  readonly differences: string[]
}

function compare(before: unknown, after: unknown, { path, differences }: Comparison): void {
  if (isObject(before) && isObject(after)) {
    for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
      compare(before[name], after[name], { path: [...path, name], differences })
    }
    return
  }
  if (canonicalJson([before]) === canonicalJson([after])) return
  const what = renderPlace(path)
  if (before === undefined) differences.push(`${what} was added`)
  else if (after === undefined) differences.push(`${what} was removed`)
  else
    differences.push(
      `${what} changed${isShort(before) && isShort(after) ? ` from ${JSON.stringify(before)} to ${JSON.stringify(after)}` : ''}`,
    )
}

/** `mappings, spots, columns, status, convert, kind` -> `mapping "spots", column "status": convert.kind`. */
function renderPlace(path: readonly string[]): string {
  if (path[0] !== 'mappings' || path[1] === undefined) return path[0] === 'order' ? 'order of mappings' : path.join('.')
  const mapping = `mapping ${JSON.stringify(path[1])}`
  if (path.length === 2) return mapping
  if (path[2] === 'order') return `${mapping}: order of columns`
  if (path[2] !== 'columns' || path[3] === undefined) return `${mapping}: ${path.slice(2).join('.')}`
  const column = `${mapping}, column ${JSON.stringify(path[3])}`
  return path.length === 4 ? column : `${column}: ${path.slice(4).join('.')}`
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isShort(value: unknown): boolean {
  return typeof value !== 'object' && String(value).length <= 40
}
