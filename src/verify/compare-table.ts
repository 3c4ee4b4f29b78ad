import type { RowSum } from '../core/row-sum.ts'
import type { JournalSums } from '../transform/journal-hashes.ts'
import { compareWithJournal, journalSumsAgree } from './compare-journal.ts'
import { compareWithSource, sumsAgree } from './compare-source.ts'
import type { ComparedStep, ComparedTable } from './compared-table.ts'
import { type DifferenceList, MappingTally } from './difference-list.ts'
import type { ExpectedOptions } from './expected-rows.ts'
import { findExtra } from './find-extra.ts'
import type { SumsAhead } from './sum-ahead.ts'
import type { BegunSum, VerifyBasis, VerifyOptions } from './verify.ts'

export interface CompareWork {
  readonly options: VerifyOptions
  readonly basis: VerifyBasis
  /** What the source gives; undefined: the journal is the basis. */
  readonly expected: (() => Promise<ExpectedOptions>) | undefined
  /** Sums that other threads make. */
  readonly ahead: {
    readonly expected?: SumsAhead<RowSum> | undefined
    readonly found?: SumsAhead<JournalSums> | undefined
    readonly integrity?: BegunSum<readonly string[]> | undefined
  }
  readonly list: DifferenceList
}

/**
 * Compares one table, both directions. Where one step alone filled it, sums of row hashes are taken first, and only a difference is looked for row by row;
 * elsewhere every row of the run is asked for by its primary key.
 */
export async function compareTable(table: ComparedTable, work: CompareWork): Promise<readonly MappingTally[]> {
  const tallies = table.steps.map((step) => new MappingTally(work.list, table.table.name, step.load.mapping))
  const [only] = table.steps
  const [first] = tallies
  if (only !== undefined && first !== undefined && isAlone(table)) {
    const sums = await compareSums(only, work)
    first.expected = sums.expected
    first.found = sums.found
    if (sums.equal) return tallies
    first.found = 0
  }
  for (const [at, step] of table.steps.entries()) {
    const tally = tallies[at]
    if (tally === undefined) continue
    const { inserted, updated } = step.load.counts
    if (!isAlone(table)) tally.expected = inserted + updated
    await compareStep(table, step, { ...work, tally })
  }
  const { session, signal } = work.options
  await findExtra(table, { session, signal, tallies })
  for (const tally of tallies) tally.found = tally.expected - tally.missing + tally.extra
  return tallies
}

/** One step has filled the table from empty, and nobody else wrote to it: sums over the whole table say it all. */
export function isAlone(table: ComparedTable): boolean {
  const [only] = table.steps
  if (only === undefined || table.steps.length > 1 || table.rowsBefore > 0 || table.others !== undefined) return false
  return only.load.counts.updated + only.load.counts.skipped === 0
}

async function compareSums(step: ComparedStep, { options, basis, expected, ahead }: CompareWork) {
  if (basis === 'source' && expected !== undefined) return sumsAgree(step, await expected(), ahead.expected)
  return journalSumsAgree(step, { session: options.session, signal: options.signal, ahead: ahead.found })
}

async function compareStep(table: ComparedTable, step: ComparedStep, work: CompareWork & { readonly tally: MappingTally }): Promise<void> {
  const { session, signal } = work.options
  const { tally, expected } = work
  if (expected === undefined) await compareWithJournal(table, step, { session, signal, tally })
  else await compareWithSource(table, step, { expected: await expected(), tally })
}
