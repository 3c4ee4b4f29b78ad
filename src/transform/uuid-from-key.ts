import { hash } from 'node:crypto'
import { renderKey } from '../core/canonical-value.ts'
import type { Key } from '../core/record.ts'

/** Namespace of every id this project derives; fixed for ever. */
const NAMESPACE = '6f1c9d0a-4b57-5e83-9a2e-7d3f0c8b61e4'

const FIRST_KEY_BYTES = 256

/** Makes the uuid v5 (RFC 9562) of a transfer's mapping and a source key: the same in every process and run. */
export function createUuidFromKey(transfer: string, mapping: string): (key: Key) => string {
  const prefix = Buffer.concat([Buffer.from(NAMESPACE.replaceAll('-', ''), 'hex'), Buffer.from(`${transfer}\0${mapping}\0`)])
  const { length } = prefix
  let bytes = Buffer.concat([prefix, Buffer.alloc(FIRST_KEY_BYTES)])
  return (key) => {
    const text = renderKey(key)
    // No UTF-16 unit takes more than three bytes.
    if (length + 3 * text.length > bytes.length) bytes = Buffer.concat([prefix, Buffer.alloc(2 * (length + 3 * text.length))])
    const hex = hash('sha1', bytes.subarray(0, length + bytes.write(text, length, 'utf8')), 'hex')
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${VARIANTS[hex.charCodeAt(16)] ?? '8'}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
  }
}

/** The hex digit with its two high bits set to 10, by character code. */
const VARIANTS: readonly (string | undefined)[] = Array.from({ length: 128 }, (_, code) => {
  const digit = Number.parseInt(String.fromCharCode(code), 16)
  return Number.isNaN(digit) ? undefined : ((digit & 3) | 8).toString(16)
})
