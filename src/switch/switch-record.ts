import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceFile } from '../backup/replace-file.ts'
import { editError } from './edit-error.ts'

/** What the run's folder knows of one switched file. Its content tells on the next call whether a killed switch had come to its rename. */
export interface SwitchRecord {
  /** The file itself, links followed. */
  readonly path: string
  /** sha256 of its bytes before and after, hex. */
  readonly before: string
  readonly after: string
  /** Permission bits. */
  readonly mode: number
  readonly state: 'prepared' | 'switched' | 'reverted'
}

const FOLDER = 'switch'

export function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Where the record of a file stands; the original bytes lie beside it. */
export function recordPath(folder: string, path: string): string {
  return join(folder, FOLDER, `${sha256(path).slice(0, 16)}.json`)
}

function originalPath(folder: string, path: string): string {
  return recordPath(folder, path).replace(/\.json$/, '.original')
}

/** Keeps the original bytes, then writes the record; both survive a power cut before anything else happens. */
export async function prepareRecord(folder: string, record: SwitchRecord, original: Uint8Array): Promise<void> {
  await mkdir(join(folder, FOLDER), { recursive: true, mode: 0o700 })
  await replaceFile(originalPath(folder, record.path), original)
  await writeRecord(folder, record)
}

export async function writeRecord(folder: string, record: SwitchRecord): Promise<void> {
  await replaceFile(recordPath(folder, record.path), `${JSON.stringify(record, null, 2)}\n`)
}

/** undefined where the file was never switched by this run. */
export async function readRecord(folder: string, path: string): Promise<SwitchRecord | undefined> {
  return readRecordFile(recordPath(folder, path))
}

/** Records of this run that are not reverted. */
export async function listRecords(folder: string): Promise<readonly SwitchRecord[]> {
  const names = await readdir(join(folder, FOLDER)).catch(() => [])
  const records: SwitchRecord[] = []
  for (const name of names.filter((each) => each.endsWith('.json')).sort()) {
    const record = await readRecordFile(join(folder, FOLDER, name))
    if (record !== undefined && record.state !== 'reverted') records.push(record)
  }
  return records
}

/** The bytes before the switch. @throws FERRY_SWITCH_FAILED when they are not those any more */
export async function readOriginal(folder: string, record: SwitchRecord): Promise<Buffer> {
  const kept = originalPath(folder, record.path)
  const bytes = await readFile(kept).catch((cause: unknown) => {
    throw editError(`the original of ${record.path} is not in ${kept}`, 'Set the values back by hand.', cause)
  })
  if (sha256(bytes) === record.before) return bytes
  throw editError(`${kept} was changed since it was kept`, 'Set the values back by hand.')
}

async function readRecordFile(path: string): Promise<SwitchRecord | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw editError(`the record ${path} cannot be read`, 'Check the rights of the run’s folder.', error)
  }
  try {
    return JSON.parse(text) as SwitchRecord
  } catch (cause) {
    throw editError(`the record ${path} is damaged`, 'The original bytes lie beside it, in the file that ends in .original.', cause)
  }
}
