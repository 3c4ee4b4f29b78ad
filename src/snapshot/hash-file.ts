import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'

const PIECE_BYTES = 1 << 20

/** sha256 of a file as hex, and its bytes; while one piece is hashed the next one is read. @throws errors of the file system */
export async function hashFile(path: string, signal?: AbortSignal): Promise<{ readonly sha256: string; readonly bytes: number }> {
  const hash = createHash('sha256')
  const file = await open(path, 'r')
  try {
    let bytes = 0
    let [piece, other] = [Buffer.allocUnsafeSlow(PIECE_BYTES), Buffer.allocUnsafeSlow(PIECE_BYTES)]
    for (let { bytesRead } = await file.read(piece, 0, PIECE_BYTES, 0); bytesRead > 0; ) {
      signal?.throwIfAborted()
      bytes += bytesRead
      const next = file.read(other, 0, PIECE_BYTES, bytes)
      hash.update(piece.subarray(0, bytesRead))
      ;({ bytesRead } = await next)
      ;[piece, other] = [other, piece]
    }
    return { sha256: hash.digest('hex'), bytes }
  } finally {
    await file.close()
  }
}
