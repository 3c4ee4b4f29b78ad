import { isFerryError } from '../core/errors.ts'
import { isReadable } from '../core/record.ts'
import { type SnapshotSummary, scanSnapshot } from './scan-snapshot.ts'
import { invalidSnapshot, parseLine } from './snapshot-format.ts'
import { parseItem } from './snapshot-source.ts'

export interface SnapshotCheck extends SnapshotSummary {
  /** Places that could not be read when the snapshot was made; they end as rejects. */
  readonly unreadable: number
  /** Records that were instances of a class, by its name. */
  readonly classes: Readonly<Record<string, number>>
}

/**
 * Reads and decodes every line of a snapshot, and holds the whole against its last line.
 * @throws FERRY_SNAPSHOT_INVALID with the number of the line
 */
export async function checkSnapshot(path: string, options: { readonly signal?: AbortSignal } = {}): Promise<SnapshotCheck> {
  const classes = new Map<string, number>()
  let unreadable = 0
  const onLine = (text: string, line: number): void => {
    try {
      if (!isReadable(parseItem(text))) unreadable += 1
    } catch (error) {
      if (isFerryError(error)) throw invalidSnapshot(error.message, { line, path })
      throw error
    }
    const name = text.includes('{"$class":"') ? classOf(text) : undefined
    if (name !== undefined) classes.set(name, (classes.get(name) ?? 0) + 1)
  }
  const summary = await scanSnapshot(path, { ...options, onLine })
  return { ...summary, unreadable, classes: Object.fromEntries(classes) }
}

/** Class of the record itself, not of what stands deeper in it. */
function classOf(text: string): string | undefined {
  const value = parseLine(text).parts[2]
  return typeof value === 'object' && value !== null && '$class' in value ? String(value.$class) : undefined
}
