import { checkColumns } from './check-columns.ts'
import { decodeJson } from './decode-json.ts'
import { invalid } from './invalid.ts'
import type { ColumnSpec, ResolvedMapping } from './transfer.ts'
import type { MappingDefinition } from './transfer-input.ts'

const MEMBERS: ReadonlySet<string> = new Set(['from', 'each', 'table', 'columns', 'schema', 'where', 'key', 'decode', 'conflict', 'match'])

/**
 * Every mapping checked, alone and against the others, and frozen; in the order written.
 * @throws FERRY_DEFINITION_INVALID
 */
export function resolveMappings(input: Readonly<Record<string, MappingDefinition>> | undefined): readonly ResolvedMapping[] {
  const entries = Object.entries(input ?? {})
  if (entries.length === 0) throw invalid('the transfer has no mappings')
  const mappings = entries.map(([name, definition]) => resolveMapping(name, definition))
  const tables = new Map<string, string>()
  for (const mapping of mappings) {
    const other = tables.get(mapping.table)
    if (other !== undefined) {
      throw invalid(
        `mappings ${JSON.stringify(other)} and ${JSON.stringify(mapping.name)} both write table ${JSON.stringify(mapping.table)}`,
        'Give each mapping a table of its own: a row must have one origin to be verified and rolled back.',
      )
    }
    tables.set(mapping.table, mapping.name)
  }
  for (const mapping of mappings) checkColumns(mapping, mappings)
  return Object.freeze(mappings)
}

function resolveMapping(name: string, definition: MappingDefinition): ResolvedMapping {
  const label = `mapping ${JSON.stringify(name)}`
  if (name === '') throw invalid('a mapping has no name')
  if (typeof definition !== 'object' || definition === null) throw invalid(`${label} is not an object`, 'Make it with mapping({ ... }).')
  for (const member of Object.keys(definition)) if (!MEMBERS.has(member)) throw invalid(`${label} has no option ${JSON.stringify(member)}`)
  for (const member of ['from', 'table'] as const) {
    if (typeof definition[member] !== 'string' || definition[member] === '') throw invalid(`${label} needs ${member}`)
  }
  const conflict = definition.conflict ?? 'insert'
  if (!['insert', 'skip', 'upsert'].includes(conflict)) throw invalid(`${label}: conflict is none of insert, skip, upsert`)
  if (definition.decode !== undefined && definition.each !== undefined) {
    throw invalid(
      `${label}: decode serves whole records, and each reads inside them`,
      'Let the adapter decode, or read the list in a mapping of its own.',
    )
  }
  const columns = readColumns(label, definition)
  const match = definition.match ?? []
  if (match.length > 0 && conflict === 'insert') throw invalid(`${label}: match needs conflict: 'skip' or 'upsert'`)
  for (const column of match)
    if (!(column in columns)) throw invalid(`${label}: match names ${JSON.stringify(column)}, which is not mapped`)
  return Object.freeze({
    name,
    from: definition.from,
    each: readEach(label, definition.each),
    table: definition.table,
    columns,
    schema: readSchema(label, definition.schema),
    where: readFunction(label, 'where', definition.where),
    key: readFunction(label, 'key', definition.key),
    decode: definition.decode === 'json' ? decodeJson : readFunction(label, 'decode', definition.decode),
    conflict,
    match: Object.freeze([...match]),
  })
}

function readColumns(label: string, definition: MappingDefinition): Readonly<Record<string, ColumnSpec>> {
  const entries = Object.entries(definition.columns ?? {})
  if (entries.length === 0) throw invalid(`${label} maps no columns`)
  const columns: Record<string, ColumnSpec> = Object.create(null)
  for (const [name, column] of entries) {
    if (column?.spec?.origin === undefined) {
      throw invalid(
        `${label}, column ${JSON.stringify(name)} is not made by a column builder`,
        'Use field(), key(), reference() and the like.',
      )
    }
    columns[name] = column.spec
  }
  return Object.freeze(columns)
}

function readEach(label: string, each: string | readonly string[] | undefined): readonly string[] {
  if (each === undefined) return Object.freeze([])
  const path = each === '.' ? ['.'] : typeof each === 'string' ? each.split('.') : [...each]
  if (path.some((name) => typeof name !== 'string' || name === '')) throw invalid(`${label}: each is not a path`)
  return Object.freeze(path)
}

function readSchema(label: string, schema: object | undefined): Readonly<Record<string, unknown>> | undefined {
  if (schema === undefined) return undefined
  try {
    return deepFreeze(structuredClone(schema)) as Readonly<Record<string, unknown>>
  } catch (cause) {
    throw invalid(`${label}: schema is not plain data${cause instanceof Error ? ` (${cause.name})` : ''}`)
  }
}

function readFunction<F>(label: string, member: string, value: F | undefined): F | undefined {
  if (value !== undefined && typeof value !== 'function') throw invalid(`${label}: ${member} is not a function`)
  return value
}

function deepFreeze(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  for (const member of Object.values(value)) deepFreeze(member)
  return Object.freeze(value)
}
