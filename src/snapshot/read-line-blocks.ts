import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'
import { FerryError } from '../core/errors.ts'

/** Whole lines as bytes, the newlines included; only a file's last block may end without one. */
export interface LineBlock {
  readonly bytes: Buffer
  /** Bytes before the block, counted without gzip. */
  readonly offset: number
}

export interface ReadLineBlocksOptions {
  /** Offset of the first line wanted, counted without gzip; must stand at the beginning of a line. Default 0. */
  readonly start?: number
  /** A longer line is refused; default 256 MiB, near half of what one JavaScript text can hold. */
  readonly maxLineBytes?: number
  readonly blockBytes?: number
}

const MAX_LINE_BYTES = 256 << 20
const BLOCK_BYTES = 256 << 10

/**
 * Reads a file in blocks of whole lines; gunzips where the name ends in .gz (seeking then means reading from the beginning).
 * The bytes of a block are valid until the next one is asked for.
 * @throws FERRY_SOURCE_NOT_FOUND; FERRY_SOURCE_UNREADABLE for a cut or damaged gzip, a line that is too long, an error of the disk
 */
export async function* readLineBlocks(path: string, options: ReadLineBlocksOptions = {}): AsyncGenerator<LineBlock> {
  const { start = 0, maxLineBytes = MAX_LINE_BYTES, blockBytes = BLOCK_BYTES } = options
  const chunks = path.endsWith('.gz') ? skip(readGzip(path), start) : readPlain(path, start, blockBytes)
  let carried: Buffer[] = []
  let carriedBytes = 0
  let offset = start
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(10) + 1
    if (end === 0) {
      carried.push(chunk)
      carriedBytes += chunk.length
      if (carriedBytes > maxLineBytes) throw unreadable(path, `a line after byte ${offset} is longer than ${maxLineBytes} bytes`)
      continue
    }
    const whole = chunk.subarray(0, end)
    const bytes = carriedBytes === 0 ? whole : Buffer.concat([...carried, whole])
    yield { bytes, offset }
    offset += bytes.length
    carried = end < chunk.length ? [chunk.subarray(end)] : []
    carriedBytes = chunk.length - end
  }
  if (carriedBytes > 0) yield { bytes: Buffer.concat(carried), offset }
}

/** The file's bytes from `start` on; every chunk is a buffer of its own, since lines may be carried over. */
async function* readPlain(path: string, start: number, blockBytes: number): AsyncGenerator<Buffer> {
  const file = await open(path, 'r').catch((error: unknown) => {
    throw readFailure(path, error)
  })
  try {
    const readAt = (position: number) => {
      const reading = file.read(Buffer.allocUnsafeSlow(blockBytes), 0, blockBytes, position)
      // Its failure is told where it is awaited; a reader that stops before must not leave it unheard.
      reading.catch(() => undefined)
      return reading
    }
    let ahead = readAt(start)
    for (let position = start; ; ) {
      const { bytesRead, buffer } = await ahead
      if (bytesRead === 0) return
      position += bytesRead
      // The next block is on its way while this one is worked on.
      ahead = readAt(position)
      yield bytesRead === blockBytes ? buffer : buffer.subarray(0, bytesRead)
    }
  } catch (error) {
    throw readFailure(path, error)
  } finally {
    await file.close()
  }
}

async function* readGzip(path: string): AsyncGenerator<Buffer> {
  const file = createReadStream(path)
  const gunzip = createGunzip({ chunkSize: BLOCK_BYTES })
  file.on('error', (error) => gunzip.destroy(error))
  file.pipe(gunzip)
  try {
    for await (const chunk of gunzip) yield chunk
  } catch (error) {
    throw readFailure(path, error)
  } finally {
    file.destroy()
    gunzip.destroy()
  }
}

async function* skip(chunks: AsyncIterable<Buffer>, bytes: number): AsyncGenerator<Buffer> {
  let left = bytes
  for await (const chunk of chunks) {
    if (left >= chunk.length) left -= chunk.length
    else {
      yield left === 0 ? chunk : chunk.subarray(left)
      left = 0
    }
  }
}

/** A file system or gzip error in our words. @returns FERRY_SOURCE_NOT_FOUND or FERRY_SOURCE_UNREADABLE */
export function readFailure(path: string, error: unknown): FerryError {
  if (error instanceof FerryError) return error
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new FerryError('FERRY_SOURCE_NOT_FOUND', `there is no ${path}`, { hint: 'Check the path of the source.', cause: error })
  }
  if (code === 'Z_BUF_ERROR') return unreadable(path, 'the gzip data is cut: the end is missing', error)
  if (code.startsWith('Z_')) return unreadable(path, 'the gzip data is damaged', error)
  return unreadable(path, code === '' ? 'reading it failed' : `reading it failed with ${code}`, error)
}

function unreadable(path: string, what: string, cause?: unknown): FerryError {
  return new FerryError('FERRY_SOURCE_UNREADABLE', `${path} cannot be read: ${what}`, {
    hint: 'Copy or export the file again, and check that this user may read it.',
    cause,
  })
}
