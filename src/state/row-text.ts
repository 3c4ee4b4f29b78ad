import type { Row, SqlValue } from '../core/row.ts'

/** JSON text of a row that reads back exactly: bigint, bytes and the numbers JSON loses are tagged. */
export function renderRow(row: Row): string {
  return JSON.stringify(row.map(tagValue))
}

/** The row a text of `renderRow` stands for. @throws SyntaxError */
export function parseRow(text: string): Row {
  const values: unknown = JSON.parse(text)
  if (!Array.isArray(values)) throw new SyntaxError('not a row')
  return values.map(untagValue)
}

function tagValue(value: SqlValue): unknown {
  if (typeof value === 'bigint') return { i: value.toString() }
  if (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0)))
    return { n: Object.is(value, -0) ? '-0' : String(value) }
  if (value instanceof Uint8Array) return { b: Buffer.from(value).toString('base64') }
  return value
}

function untagValue(value: unknown): SqlValue {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  if (typeof value === 'object') {
    if ('i' in value && typeof value.i === 'string') return BigInt(value.i)
    if ('n' in value && typeof value.n === 'string') return Number(value.n)
    if ('b' in value && typeof value.b === 'string') return new Uint8Array(Buffer.from(value.b, 'base64'))
  }
  throw new SyntaxError('not a value of a row')
}
