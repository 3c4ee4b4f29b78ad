import type { Row } from '../core/row.ts'
import { parseRow, renderRow } from '../state/row-text.ts'

const CHUNK_BYTES = 1 << 20

/** Small rows as text, one after the other in large buffers: no object a row, so a million of them weigh about what their text does. */
export class RowStore {
  readonly #chunks: Buffer[] = []
  #used = CHUNK_BYTES

  /** Keeps a row; the number gives it back. */
  add(row: Row): number {
    const text = Buffer.from(renderRow(row))
    const size = text.length + 4
    if (this.#used + size > CHUNK_BYTES) {
      this.#chunks.push(Buffer.alloc(Math.max(CHUNK_BYTES, size)))
      this.#used = 0
    }
    const chunk = this.#chunks.at(-1) ?? Buffer.alloc(0)
    const offset = this.#used
    chunk.writeUInt32LE(text.length, offset)
    text.copy(chunk, offset + 4)
    this.#used += size
    return (this.#chunks.length - 1) * CHUNK_BYTES + offset
  }

  get(place: number): Row {
    const chunk = this.#chunks[Math.floor(place / CHUNK_BYTES)] ?? Buffer.alloc(4)
    const offset = place % CHUNK_BYTES
    const length = chunk.readUInt32LE(offset)
    return parseRow(chunk.toString('utf8', offset + 4, offset + 4 + length))
  }
}
