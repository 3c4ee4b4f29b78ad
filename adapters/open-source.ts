import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type DumpOptions,
  FerryError,
  JsonProblem,
  openSnapshot,
  parseJsonExactly,
  readFailure,
  readLineBlocks,
  type SourceAdapter,
} from '../src/adapter.ts'
import { JsonAdapter } from './json-adapter.ts'
import { MongoexportAdapter } from './mongoexport-adapter.ts'
import { NdjsonAdapter } from './ndjson-adapter.ts'
import { NedbAdapter } from './nedb-adapter.ts'

/**
 * Opens what a path leads to, told by looking: a ferry snapshot, a JSON dump, an NDJSON file,
 * what mongoexport or NeDB (`.db`) wrote, a folder of NDJSON or JSON files; each gzipped or not.
 * An adapter is given back as it is.
 * @throws FERRY_SOURCE_NOT_FOUND; FERRY_SOURCE_EMPTY for an empty file or a folder without such files; FERRY_SOURCE_UNREADABLE for anything else
 */
export async function openSource(pathOrAdapter: string | SourceAdapter, options: DumpOptions = {}): Promise<SourceAdapter> {
  if (typeof pathOrAdapter !== 'string') return pathOrAdapter
  const path = pathOrAdapter
  const info = await stat(path).catch((error: unknown) => {
    throw readFailure(path, error)
  })
  if (info.isDirectory()) return openFolder(path, options)
  if (!info.isFile()) throw unreadable(path, 'it is neither a file nor a folder')
  const [first, second] = await readFirstLines(path)
  if (first === undefined) {
    throw new FerryError('FERRY_SOURCE_EMPTY', `${path} is empty`, { hint: 'Export the store again: an empty file is no store.' })
  }
  if (first.startsWith('{"$ferry":')) return openSnapshot(path)
  if (/\.db$/.test(path) && isWholeJson(first)) return new NedbAdapter({ path })
  // mongoexport writes `_id` first, whatever the document.
  if (/^\{ ?"_id" ?:/.test(first) && isWholeJson(first) && !/\.ndjson(\.gz)?$/.test(path)) return new MongoexportAdapter({ path })
  if (/\.(ndjson|jsonl)(\.gz)?$/.test(path) || (second !== undefined && isWholeJson(first))) return new NdjsonAdapter({ ...options, path })
  if (!/^[[{]/.test(first)) throw unreadable(path, 'it is no JSON, NDJSON or ferry snapshot')
  return new JsonAdapter({ ...options, path })
}

async function openFolder(path: string, options: DumpOptions): Promise<SourceAdapter> {
  const files = await readdir(path)
  const snapshots = files.filter((file) => /\.ferry\.ndjson(\.gz)?$/.test(file))
  const [snapshot] = snapshots
  const hasNdjson = files.some((file) => /\.(ndjson|jsonl)(\.gz)?$/.test(file) && !snapshots.includes(file))
  if (hasNdjson && snapshots.length > 0)
    throw unreadable(path, 'the folder holds a ferry snapshot beside other NDJSON files: give the path of one of them')
  if (snapshots.length > 1) throw unreadable(path, 'the folder holds several ferry snapshots: give the path of one of them')
  if (snapshot !== undefined) return openSnapshot(join(path, snapshot))
  if (hasNdjson) return new NdjsonAdapter({ ...options, path })
  if (files.some((file) => /\.json(\.gz)?$/.test(file))) return new JsonAdapter({ ...options, path })
  throw new FerryError('FERRY_SOURCE_EMPTY', `the folder ${path} holds no .ndjson and no .json file`, {
    hint: 'Check the path of the source.',
  })
}

/** The first two lines that are not blank, the first maybe only its beginning. */
async function readFirstLines(path: string): Promise<string[]> {
  for await (const { bytes } of readLineBlocks(path)) {
    const lines = bytes
      .toString('utf8', 0, 1 << 22)
      .replace(/^\ufeff/, '')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '')
    if (lines.length > 0) return lines.slice(0, 2)
  }
  return []
}

function isWholeJson(text: string): boolean {
  try {
    parseJsonExactly(text)
    return true
  } catch (error) {
    if (error instanceof JsonProblem) return false
    throw error
  }
}

function unreadable(path: string, what: string): FerryError {
  return new FerryError('FERRY_SOURCE_UNREADABLE', `${path} cannot be read: ${what}`, {
    hint: 'Give a ferry snapshot, a JSON dump, an NDJSON file, or a folder of NDJSON or JSON files.',
  })
}
