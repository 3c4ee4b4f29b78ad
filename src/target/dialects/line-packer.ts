import type { Row } from '../../core/row.ts'

const CHUNK_CHARS = 65_536

/** Collects rows as lines of text. */
export interface LinePacker {
  add(row: Row): void
  count(): number
  /** All lines, in UTF-8. */
  toBytes(): Buffer
}

/** Collects what `encode` makes of rows, as bytes soon, since texts take twice the room. */
export function openLinePacker(encode: (row: Row) => string): LinePacker {
  const chunks: Buffer[] = []
  let text = ''
  let count = 0
  return {
    add(row) {
      count += 1
      text += encode(row)
      if (text.length < CHUNK_CHARS) return
      chunks.push(Buffer.from(text))
      text = ''
    },
    count: () => count,
    toBytes: () => Buffer.concat([...chunks, Buffer.from(text)]),
  }
}
