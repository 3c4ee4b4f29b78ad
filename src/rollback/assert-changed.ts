import { FerryError } from '../core/errors.ts'

/** A DELETE or UPDATE that changed another number of rows than were locked for it. */
export function assertChanged(table: string, counts: { wanted: number; changed: number }): void {
  if (counts.wanted === counts.changed) return
  throw new FerryError(
    'FERRY_ROLLBACK_REFUSED',
    `${table}: ${counts.changed} rows changed where ${counts.wanted} were meant; the batch was undone`,
    {
      hint: 'A trigger or another process changed the rows meanwhile; look at the table, then run `ferry rollback` again.',
    },
  )
}
