import type { SourceAdapter } from '../core/source-adapter.ts'
import { SnapshotSource } from './snapshot-source.ts'

/** A ferry snapshot as a source; nothing is read before it is asked. Errors as in SnapshotSource. */
export function openSnapshot(path: string): SourceAdapter {
  return new SnapshotSource(path)
}
