import { findKeyField, JsonProblem, type KeyField, parseJsonExactly, readLineBlocks } from '../src/adapter.ts'

/** Lines read ahead to find the member that is the key. */
const SAMPLE_LINES = 20_000
const SAMPLE_BYTES = 8 << 20

/** How the lines of a file get their keys; no field: `_key`, itself or the number of the line. */
export interface Keying {
  readonly kind: 'map' | 'set' | 'list'
  readonly field: KeyField | undefined
}

/** Finds it in the file's first lines. @throws FERRY_SOURCE_NOT_FOUND, FERRY_SOURCE_UNREADABLE */
export async function findKeying(path: string, declared: KeyField | undefined): Promise<Keying> {
  if (declared !== undefined) return { kind: 'map', field: declared }
  const sample: unknown[] = []
  for await (const { bytes, offset } of readLineBlocks(path)) {
    addSample(sample, bytes.toString('utf8', offset === 0 && isMarked(bytes) ? 3 : 0))
    if (sample.length >= SAMPLE_LINES || offset + bytes.length >= SAMPLE_BYTES) break
  }
  const [first] = sample
  if (first === undefined) return { kind: 'map', field: undefined }
  if (typeof first !== 'object' || first === null) return { kind: 'set', field: undefined }
  if (sample.some((record) => recordHas(record, '_key'))) return { kind: 'map', field: undefined }
  const field = findKeyField(sample)
  return { kind: field === undefined ? 'list' : 'map', field }
}

function addSample(sample: unknown[], text: string): void {
  for (const line of text.split('\n')) {
    if (sample.length >= SAMPLE_LINES) return
    try {
      sample.push(parseJsonExactly(line))
    } catch (error) {
      if (!(error instanceof JsonProblem)) throw error
    }
  }
}

function recordHas(record: unknown, name: string): boolean {
  return typeof record === 'object' && record !== null && Object.hasOwn(record, name)
}

/** A byte order mark. */
export function isMarked(bytes: Buffer): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
}
