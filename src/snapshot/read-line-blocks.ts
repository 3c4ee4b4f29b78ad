import { closeSync, createReadStream, openSync, readSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { isMainThread } from 'node:worker_threads'
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
  const chunks = path.endsWith('.gz') ? withRoom(skip(readGzip(path), start)) : readPlain(path, start, blockBytes)
  /** The beginning of a line whose end is in a later chunk: one piece, or several where the line is longer than chunks are. */
  let carried: Buffer[] = []
  let carriedBytes = 0
  let offset = start
  for await (const { buffer, room } of chunks) {
    const end = buffer.lastIndexOf(10) + 1
    if (end <= room) {
      carried.push(Buffer.from(buffer.subarray(room)))
      carriedBytes += buffer.length - room
      if (carriedBytes > maxLineBytes) throw unreadable(path, `a line after byte ${offset} is longer than ${maxLineBytes} bytes`)
      continue
    }
    const bytes = joinCarried(carried, carriedBytes, { buffer, room, end })
    // The chunk's buffer is written again for the next one.
    const rest = end < buffer.length ? Buffer.from(buffer.subarray(end)) : undefined
    yield { bytes, offset }
    offset += bytes.length
    carried = rest === undefined ? [] : [rest]
    carriedBytes = rest?.length ?? 0
  }
  if (carriedBytes > 0) yield { bytes: Buffer.concat(carried), offset }
}

/** What was read stands behind `room` bytes that may be written. */
interface Chunk {
  readonly buffer: Buffer
  readonly room: number
}

/** The carried pieces and the chunk up to `end`, in one piece; without a copy of the chunk where they fit into its room. */
function joinCarried(carried: readonly Buffer[], carriedBytes: number, { buffer, room, end }: Chunk & { readonly end: number }): Buffer {
  if (carriedBytes > room) return Buffer.concat([...carried, buffer.subarray(room, end)])
  let at = room - carriedBytes
  for (const piece of carried) at += piece.copy(buffer, at)
  return buffer.subarray(room - carriedBytes, end)
}

/** Room before a chunk for the line that began in the one before. */
const ROOM_BYTES = 64 << 10

/** Timers, signals and messages of the main thread wait no longer for the reader. */
const TURN_MS = 20

/** The file's bytes from `start` on. A chunk is valid until the next one is asked for. Read where they are worked on: the way through another thread takes longer than the reading. */
async function* readPlain(path: string, start: number, blockBytes: number): AsyncGenerator<Chunk> {
  let file: number | undefined
  let turnedAt = performance.now()
  try {
    file = openSync(path, 'r')
    const buffer = Buffer.allocUnsafeSlow(ROOM_BYTES + blockBytes)
    for (let position = start; ; ) {
      const bytesRead = readSync(file, buffer, ROOM_BYTES, blockBytes, position)
      if (bytesRead === 0) return
      position += bytesRead
      yield { buffer: buffer.subarray(0, ROOM_BYTES + bytesRead), room: ROOM_BYTES }
      if (!isMainThread || performance.now() - turnedAt < TURN_MS) continue
      await setImmediate()
      turnedAt = performance.now()
    }
  } catch (error) {
    throw readFailure(path, error)
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

async function* withRoom(chunks: AsyncIterable<Buffer>): AsyncGenerator<Chunk> {
  for await (const buffer of chunks) yield { buffer, room: 0 }
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
