import type { Key } from '../core/record.ts'

/** Members that hold a record's key: one name, or several for a composite key, which becomes a nested key. */
export type KeyField = string | readonly string[]

/** A record's key by its declared members, or undefined where one of them is absent or no text, number or bigint. */
export function recordKey(record: unknown, field: KeyField): Key | undefined {
  if (typeof field === 'string') return ownKey(record, field)
  const parts = field.map((name) => ownKey(record, name))
  return parts.every((part) => part !== undefined) ? parts : undefined
}

function ownKey(record: unknown, name: string): Key | undefined {
  if (typeof record !== 'object' || record === null || !Object.hasOwn(record, name)) return undefined
  const value: unknown = Reflect.get(record, name)
  return isSimpleKey(value) ? value : undefined
}

/** Tells whether a value can be a key by itself. */
export function isSimpleKey(value: unknown): value is string | number | bigint {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint'
}

/**
 * The member that tells the records of a sample apart: `id`, `_id`, else the first member of the first record; undefined where none is there,
 * with another value, in every record.
 */
export function findKeyField(records: readonly unknown[]): string | undefined {
  const [first] = records
  if (typeof first !== 'object' || first === null || Array.isArray(first)) return undefined
  const candidates = new Set(['id', '_id', ...Object.keys(first).slice(0, 1)])
  for (const name of candidates) {
    const seen = new Set<unknown>()
    for (const record of records) seen.add(ownKey(record, name))
    if (!seen.has(undefined) && seen.size === records.length) return name
  }
  return undefined
}
