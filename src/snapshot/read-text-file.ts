import { constants, isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { FerryError } from '../core/errors.ts'
import { readFailure } from './read-line-blocks.ts'

/** A file's text, and the hex sha256 of its bytes without gzip. */
export interface TextFile {
  readonly text: string
  readonly sha256: string
}

/**
 * Reads a whole UTF-8 file, gunzipped where the name ends in .gz, without a byte order mark.
 * @throws FERRY_SOURCE_NOT_FOUND; FERRY_SOURCE_UNREADABLE for cut gzip, bytes that are not UTF-8, more than one text can hold (about 512 MiB)
 */
export async function readTextFile(path: string): Promise<TextFile> {
  const bytes = await readBytes(path)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  if (bytes.length > constants.MAX_STRING_LENGTH)
    throw unreadable(path, 'it is larger than one text can be', 'Write it as NDJSON, one record a line: that is read in pieces.')
  if (!isUtf8(bytes)) throw unreadable(path, 'it holds bytes that are not UTF-8', 'Convert it to UTF-8.')
  const text = bytes.toString('utf8')
  return { text: text.charCodeAt(0) === 0xfeff ? text.slice(1) : text, sha256 }
}

async function readBytes(path: string): Promise<Buffer> {
  try {
    const bytes = await readFile(path)
    return path.endsWith('.gz') ? await promisify(gunzip)(bytes) : bytes
  } catch (error) {
    throw readFailure(path, error)
  }
}

function unreadable(path: string, what: string, hint: string): FerryError {
  return new FerryError('FERRY_SOURCE_UNREADABLE', `${path} cannot be read: ${what}`, { hint })
}
