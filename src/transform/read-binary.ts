import { isUuid } from '../core/is-uuid.ts'
import { ValueProblem } from '../core/row.ts'
import { typeName } from './read-text.ts'

const BARE_UUID = /^[0-9a-f]{32}$/
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** Reads a uuid text, in either case; with `parse` also `{...}`, `urn:uuid:...` and 32 digits without hyphens. */
export function readUuid(value: unknown, parse: boolean): string | ValueProblem | undefined {
  if (value === null || value === undefined) return undefined
  if (typeof value !== 'string') return new ValueProblem('TYPE', `is ${typeName(value)}, not a uuid`)
  const text = value.toLowerCase()
  if (isUuid(text)) return text
  const bare = parse ? text.replace(/^urn:uuid:|^\{|\}$|-/g, '') : ''
  if (!BARE_UUID.test(bare)) return new ValueProblem('TYPE', 'is text that is not a uuid')
  return [bare.slice(0, 8), bare.slice(8, 12), bare.slice(12, 16), bare.slice(16, 20), bare.slice(20)].join('-')
}

/** Reads bytes from typed arrays, MongoDB's `{ $binary }` and the JSON of a Buffer; with `parse` from base64 text. */
export function readBytes(value: unknown, parse: boolean): Uint8Array | ValueProblem | undefined {
  if (value === null || value === undefined) return undefined
  if (value instanceof Uint8Array) return value
  if (value instanceof ArrayBuffer) return new Uint8Array(value)
  if (typeof value === 'string' && parse) return fromBase64(value)
  if (typeof value === 'object') {
    const { $binary, type, data } = value as { $binary?: unknown; type?: unknown; data?: unknown }
    const text = typeof $binary === 'object' && $binary !== null ? ($binary as { base64?: unknown }).base64 : $binary
    if (typeof text === 'string') return fromBase64(text)
    if (type === 'Buffer' && Array.isArray(data) && data.every(isByte)) return Uint8Array.from(data)
  }
  return new ValueProblem('TYPE', `is ${typeName(value)}, not bytes`)
}

function fromBase64(text: string): Uint8Array | ValueProblem {
  return BASE64.test(text) ? new Uint8Array(Buffer.from(text, 'base64')) : new ValueProblem('TYPE', 'is text that is not base64')
}

function isByte(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 255
}
