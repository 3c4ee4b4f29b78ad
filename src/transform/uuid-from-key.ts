import { hash } from 'node:crypto'
import { renderKey } from '../core/canonical-value.ts'
import { charCodeAt } from '../core/char-code-at.ts'
import type { Key } from '../core/record.ts'

/** Namespace of every id this project derives; fixed for ever. */
const NAMESPACE = '6f1c9d0a-4b57-5e83-9a2e-7d3f0c8b61e4'

const FIRST_KEY_BYTES = 256

/** Makes the uuid v5 (RFC 9562) of a transfer's mapping and a source key: the same in every process and run. */
export function createUuidFromKey(transfer: string, mapping: string): (key: Key) => string {
  const prefix = Buffer.concat([Buffer.from(NAMESPACE.replaceAll('-', ''), 'hex'), Buffer.from(`${transfer}\0${mapping}\0`)])
  const { length } = prefix
  const written = Buffer.alloc(36, '-')
  let bytes = Buffer.concat([prefix, Buffer.alloc(FIRST_KEY_BYTES)])
  return (key) => {
    const text = renderKey(key)
    // No UTF-16 unit takes more than three bytes.
    if (length + 3 * text.length > bytes.length) bytes = Buffer.concat([prefix, Buffer.alloc(2 * (length + 3 * text.length))])
    const digest = hash('sha1', bytes.subarray(0, length + bytes.write(text, length, 'utf8')), 'binary')
    for (let byte = 0; byte < 16; byte += 1) {
      const place = PLACES[byte] ?? 0
      const value = charCodeAt(digest, byte)
      const marked = byte === 6 ? (value & 0x0f) | 0x50 : byte === 8 ? (value & 0x3f) | 0x80 : value
      written[place] = DIGITS[marked >> 4] ?? 0
      written[place + 1] = DIGITS[marked & 0x0f] ?? 0
    }
    // In one piece: what is joined of pieces is put together where it is first looked at.
    return written.toString('latin1')
  }
}

const DIGITS = Buffer.from('0123456789abcdef')
/** Where the digits of each byte stand. */
const PLACES = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34] as const
