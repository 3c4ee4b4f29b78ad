import { aboveKey, countTable, readTable } from '../target/table-rows.ts'
import type { Session } from '../target/target.ts'
import { type ComparedTable, renderPk } from './compared-table.ts'
import type { MappingTally } from './difference-list.ts'
import { readJournalPks } from './journal-pks.ts'

/** Keys known at one time, about 12 bytes each; more are looked for in several passes. */
const MOST_KEYS = 4_000_000

/**
 * Finds the rows of a table that nobody can account for: neither there at checkpoint zero nor in the journal of a run.
 * Where rows were there before and keys do not tell them apart, only the number of such rows is known.
 */
export async function findExtra(
  table: ComparedTable,
  work: { readonly session: Session; readonly signal: AbortSignal | undefined; readonly tallies: readonly MappingTally[] },
): Promise<void> {
  const [tally] = work.tallies
  if (tally === undefined) return
  const missing = work.tallies.reduce((sum, { missing: count }) => sum + count, 0)
  const inserted = work.tallies.reduce((sum, { expected }) => sum + expected, 0) - updatedBy(table)
  const found = await countTable(work.session, table.table.name)
  const extra = found - (table.rowsBefore + table.addedByOthers + inserted - missing)
  const canTell = table.rowsBefore === 0 || table.maxKeyBefore !== undefined
  if (!canTell) {
    if (extra > 0) tally.addUnnamedExtra(extra)
    return
  }
  if (extra <= 0 && table.rowsBefore === 0) return
  const named = await nameExtra(table, { ...work, tally, inserted })
  if (extra > named) tally.addUnnamedExtra(extra - named)
}

function updatedBy(table: ComparedTable): number {
  return table.steps.reduce((sum, { load }) => sum + load.counts.updated, 0)
}

/** Lists rows that no journal knows; resolves with their number. */
async function nameExtra(
  table: ComparedTable,
  work: { readonly session: Session; readonly signal: AbortSignal | undefined; readonly tally: MappingTally; readonly inserted: number },
): Promise<number> {
  const [first] = table.steps
  if (first === undefined) return 0
  const { session, signal } = work
  const parts = Math.max(1, Math.ceil(work.inserted / MOST_KEYS))
  const where =
    table.maxKeyBefore === undefined || table.rowsBefore === 0 ? {} : { where: aboveKey(session, table.table, table.maxKeyBefore) }
  let named = 0
  for (let number = 0; number < parts; number += 1) {
    const known = await Promise.all(table.steps.map((step) => readJournalPks(session, step, { number, of: parts })))
    const pages = readTable(session, table.table, { codecs: first.pkCodecs, ...where, ...(signal === undefined ? {} : { signal }) })
    for await (const rows of pages) {
      for (const pk of rows) {
        const hash = first.hashPk(pk)
        if (parts > 1 && Number(hash % BigInt(parts)) !== number) continue
        if (table.others?.has(hash) || known.some(({ inserted, updated }) => inserted.has(hash) || updated.has(hash))) continue
        named += 1
        work.tally.addExtra(renderPk(pk))
      }
    }
  }
  return named
}
