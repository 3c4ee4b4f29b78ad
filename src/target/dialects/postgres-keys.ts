import type { Row, SqlValue } from '../../core/row.ts'
import type { Condition, Session } from '../target.ts'

/**
 * Keys of several columns as one JSON text, whose members become what their columns are: planned once, where a chain of ORs is planned term by term and takes five
 * times as long (https://www.postgresql.org/docs/current/functions-json.html, json_to_recordset).
 */
export async function openPostgresKeys(
  session: Session,
  table: string,
  columns: readonly string[],
): Promise<(keys: readonly Row[]) => Condition> {
  const { quote } = session.dialect
  const found = await session.all<{ name: string; type: string }>(
    `select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute
     where attrelid = to_regclass(?) and attnum > 0 and not attisdropped`,
    [quote(table)],
  )
  const types = new Map(found.map(({ name, type }) => [name, type]))
  const names = columns.map(quote).join(', ')
  const typed = columns.map((column) => `${quote(column)} ${types.get(column) ?? 'text'}`).join(', ')
  return (keys) => {
    const rows = keys.map((key) => Object.fromEntries(columns.map((column, at) => [column, toText(key[at] ?? null)])))
    return {
      where: `(${names}) in (select ${names} from json_to_recordset(?) as ferry_keys(${typed}))`,
      bindings: [JSON.stringify(rows)],
    }
  }
}

function toText(value: SqlValue): string | null {
  if (value === null) return null
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}`
  return String(value)
}
