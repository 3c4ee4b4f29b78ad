import { findRejectedOrdinals } from '../state/rejects.ts'
import type { OpenRun } from './open-run.ts'

/** Ordinals of records that were rejected. They have no row of their own: where another record has the key of one, its links are not that row's. */
export function findRejected(
  open: OpenRun,
  items: { readonly mapping: string; readonly from: number; readonly to: number },
): Promise<ReadonlySet<number>> {
  return findRejectedOrdinals(open.session, open.run.id, items)
}
