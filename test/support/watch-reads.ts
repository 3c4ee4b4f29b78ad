import type { SourceAdapter } from '../../src/core/source-adapter.ts'
import { SnapshotSource } from '../../src/snapshot/snapshot-source.ts'

/** A snapshot as a source that notes what it is asked, and which collections are read through it: by this thread, since others open their own. */
export function watchReads(snapshot: string): { readonly source: SourceAdapter; readonly read: string[]; readonly asked: string[] } {
  const source = new SnapshotSource(snapshot)
  const read: string[] = []
  const asked: string[] = []
  const watched = new Proxy(source, {
    get(inner, name) {
      const member: unknown = Reflect.get(inner, name, inner)
      if (typeof member !== 'function') return member
      return (...given: unknown[]) => {
        asked.push(String(name))
        if (name === 'read') read.push(String(given[0]))
        return member.apply(inner, given)
      }
    },
  })
  return { source: watched, read, asked }
}
