import { createHash } from 'node:crypto'
import { renderKey } from '../core/canonical-value.ts'
import type { Key } from '../core/record.ts'

/** Namespace of every id this project derives; fixed for ever. */
const NAMESPACE = '6f1c9d0a-4b57-5e83-9a2e-7d3f0c8b61e4'

/** Makes the uuid v5 (RFC 9562) of a transfer's mapping and a source key: the same in every process and run. */
export function createUuidFromKey(transfer: string, mapping: string): (key: Key) => string {
  const prefix = Buffer.concat([Buffer.from(NAMESPACE.replaceAll('-', ''), 'hex'), Buffer.from(`${transfer}\0${mapping}\0`)])
  const seeded = createHash('sha1').update(prefix)
  return (key) => {
    const hex = seeded.copy().update(renderKey(key)).digest('hex')
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${VARIANTS[hex.charCodeAt(16)] ?? '8'}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
  }
}

/** The hex digit with its two high bits set to 10, by character code. */
const VARIANTS: readonly (string | undefined)[] = Array.from({ length: 128 }, (_, code) => {
  const digit = Number.parseInt(String.fromCharCode(code), 16)
  return Number.isNaN(digit) ? undefined : ((digit & 3) | 8).toString(16)
})
