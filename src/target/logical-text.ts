import type { LogicalValue, SqlValue } from '../core/row.ts'
import { toCanonicalJson } from './codec-json.ts'
import { normalizeDecimal, renderPlainNumber } from './codec-number.ts'
import { toCanonicalTime, toCanonicalTimestamp } from './codec-time.ts'
import type { Codec, EngineName } from './target.ts'

const HYPHENS = /^(.{8})(.{4})(.{4})(.{4})(.{12})$/

/**
 * One text per logical value of a kind, the same on every engine. The servers' codecs give it as their canonical form;
 * SQLite's canonical texts tell storage classes apart instead, so there the stored value is read by its kind.
 */
export function toLogicalText(engine: EngineName, codec: Codec, stored: Exclude<SqlValue, null>): string {
  if (engine !== 'sqlite') return codec.canonical(stored)
  switch (codec.kind) {
    case 'bytes':
      return stored instanceof Uint8Array ? toHex(stored) : `not bytes: ${String(stored)}`
    case 'uuid':
      return stored instanceof Uint8Array ? toHex(stored).replace(HYPHENS, '$1-$2-$3-$4-$5') : String(stored)
    case 'timestamp':
      return toCanonicalTimestamp(typeof stored === 'string' ? stored : new Date(Number(stored)).toISOString())
    case 'time':
      return toCanonicalTime(String(stored))
    case 'json':
      return toCanonicalJson(String(stored))
    case 'decimal':
      return normalizeDecimal(typeof stored === 'number' ? renderPlainNumber(stored) : String(stored))
    case 'float':
      return String(Number(stored))
    case 'boolean':
      return typeof stored === 'boolean' ? String(Number(stored)) : String(stored)
    default:
      return String(stored)
  }
}

/** The logical value that a text of `toLogicalText` stands for. */
export function fromLogicalText(kind: Codec['kind'], text: string): LogicalValue {
  if (kind === 'integer' || kind === 'bigint') return BigInt(text)
  if (kind === 'float') return Number(text)
  if (kind === 'boolean') return text === '1'
  return kind === 'bytes' ? Buffer.from(text, 'hex') : text
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
}
