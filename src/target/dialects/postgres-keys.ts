import type { Row, SqlValue } from '../../core/row.ts'
import type { Condition } from '../target.ts'

/**
 * Keys of several columns as one JSON text, which the row type of their table reads, as it reads any text of a value: planned once, where a chain of ORs is planned
 * term by term and takes five times as long (https://www.postgresql.org/docs/current/functions-json.html, json_populate_recordset).
 */
export function postgresKeysCondition(
  quote: (name: string) => string,
  { table, columns, keys }: { readonly table: string; readonly columns: readonly string[]; readonly keys: readonly Row[] },
): Condition {
  const names = columns.map(quote).join(', ')
  const rows = keys.map((key) => Object.fromEntries(columns.map((column, at) => [column, toText(key[at] ?? null)])))
  return {
    where: `(${names}) in (select ${names} from json_populate_recordset(null::${quote(table)}, ?))`,
    bindings: [JSON.stringify(rows)],
  }
}

function toText(value: SqlValue): string | null {
  if (value === null) return null
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}`
  return String(value)
}
