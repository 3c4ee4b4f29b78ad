import { HashTable } from '../core/hash-table.ts'
import type { Row } from '../core/row.ts'
import type { RowSum } from '../core/row-sum.ts'
import { type JournalRow, readJournal, readJournalHashes } from '../state/journal.ts'
import { readTable, recordsAtOnce, scanTable } from '../target/table-rows.ts'
import type { Session } from '../target/target.ts'
import { JournalSums, journalHashes, loadHash } from '../transform/journal-hashes.ts'
import { type ComparedStep, type ComparedTable, renderPk } from './compared-table.ts'
import type { MappingTally } from './difference-list.ts'
import { lookAtRows } from './find-rows-by-pk.ts'
import type { SumsAhead } from './sum-ahead.ts'

interface JournalWork {
  readonly session: Session
  readonly signal: AbortSignal | undefined
  readonly tally: MappingTally
}

/** Sums of what the journal says and of what the table holds; only for a table that this step alone has filled. */
export async function journalSumsAgree(
  step: ComparedStep,
  work: { readonly session: Session; readonly signal: AbortSignal | undefined; readonly ahead: SumsAhead<JournalSums> | undefined },
): Promise<{ readonly equal: boolean; readonly expected: number; readonly found: number }> {
  const { session, ahead } = work
  const wanted = new JournalSums()
  await sumJournal(session, { runId: step.load.runId, step: step.load.number, sum: wanted.load })
  if (step.patch !== undefined) await sumJournal(session, { runId: step.patch.runId, step: step.patch.number, sum: wanted.patch })
  const found = (await ahead?.take(step)) ?? (await sumTable(step, work))
  return { equal: wanted.equals(found), expected: wanted.load.count, found: found.load.count }
}

async function sumTable(
  step: ComparedStep,
  work: { readonly session: Session; readonly signal: AbortSignal | undefined },
): Promise<JournalSums> {
  const sums = new JournalSums()
  const { session, signal } = work
  const { table, codecs } = step
  const rowsAtOnce = step.patch === undefined ? await recordsAtOnce(session, table, codecs) : undefined
  await scanTable(session, table, { codecs, rowsAtOnce, ...(signal === undefined ? {} : { signal }) }, sums.adding(step))
  return sums
}

async function sumJournal(session: Session, what: { runId: string; step: number; sum: RowSum }): Promise<void> {
  for await (const hashes of readJournalHashes(session, what.runId, what.step)) what.sum.addBytes(hashes)
}

/** Compares the rows of the journal one by one with those of the same primary key; the key of a difference is known, its column is not. */
export async function compareWithJournal(table: ComparedTable, step: ComparedStep, work: JournalWork): Promise<void> {
  await compareRest(table, step, { ...work, matched: new HashTable() })
  if (step.patch !== undefined && step.hashLink !== undefined) await compareLinks(table, step, work)
}

/** Compares the rows of the journal that are not in `matched` (by their hash), and those that upsert changed. */
export async function compareRest(
  table: ComparedTable,
  step: ComparedStep,
  work: JournalWork & { readonly matched: HashTable },
): Promise<void> {
  const updated = await compareUpdates(table, step, work)
  for await (const entry of readJournal(work.session, step.load.runId, step.load.number, { reverse: false })) {
    work.signal?.throwIfAborted()
    const rows = entry.rows.filter(({ pk, hash }) => !work.matched.has(hash) && isOpen(table, step, { pk, updated }))
    await compareHashes(step, rows, work)
  }
}

async function compareHashes(step: ComparedStep, rows: readonly JournalRow[], { session, tally }: JournalWork): Promise<void> {
  const found = await lookAtRows(
    session,
    step,
    rows.map(({ pk }) => pk),
  )
  for (const [at, { pk, hash }] of rows.entries()) {
    const whole = found[at]
    if (whole === undefined) {
      tally.addMissing(renderPk(pk))
      continue
    }
    tally.found += 1
    if (loadHash(step, whole) !== hash) tally.addChanged(renderPk(pk), [])
  }
}

function isOpen(table: ComparedTable, step: ComparedStep, asked: { pk: Row; updated: HashTable }): boolean {
  const hash = step.hashPk(asked.pk)
  return table.others?.has(hash) !== true && !asked.updated.has(hash)
}

/** Rows changed by upsert must still have the hash of their last change. Resolves with their primary keys. */
async function compareUpdates(table: ComparedTable, step: ComparedStep, work: JournalWork): Promise<HashTable> {
  const seen = new HashTable()
  if (step.load.counts.updated === 0) return seen
  for await (const entry of readJournal(work.session, step.load.runId, step.load.number, { reverse: true })) {
    work.signal?.throwIfAborted()
    const last = [...entry.updates].reverse().filter(({ pk }) => {
      const hash = step.hashPk(pk)
      return table.others?.has(hash) !== true && seen.add(hash)
    })
    await compareHashes(step, last, work)
  }
  return seen
}

/** Links must be as the patch wrote them, and there must be none that it did not write. */
async function compareLinks(table: ComparedTable, step: ComparedStep, work: JournalWork): Promise<void> {
  const { patch } = step
  if (patch === undefined) return
  const linked = new HashTable()
  for await (const entry of readJournal(work.session, patch.runId, patch.number, { reverse: false })) {
    const rows = entry.rows.filter(({ pk }) => isOursToLink(table, step.hashPk(pk)))
    const found = await lookAtRows(
      work.session,
      step,
      rows.map(({ pk }) => pk),
    )
    for (const [at, row] of rows.entries()) {
      linked.add(step.hashPk(row.pk))
      const whole = found[at]
      // A missing row was told when its load was compared.
      if (whole !== undefined && journalHashes(step, whole).patch !== row.hash) work.tally.addChanged(renderPk(row.pk), [])
    }
  }
  if (table.rowsBefore === 0) await findStrayLinks(table, step, { ...work, linked })
}

function isOursToLink(table: ComparedTable, pk: bigint): boolean {
  return table.others?.has(pk) !== true && table.linkedByOthers?.has(pk) !== true
}

async function findStrayLinks(table: ComparedTable, step: ComparedStep, work: JournalWork & { readonly linked: HashTable }): Promise<void> {
  const { quote } = work.session.dialect
  const where = step.patchedPlaces.map((place) => `${quote(step.load.columns[place] ?? '')} is not null`).join(' or ')
  for await (const rows of readTable(work.session, step.table, { codecs: step.pkCodecs, where: `(${where})` })) {
    for (const pk of rows) {
      const hash = step.hashPk(pk)
      if (!work.linked.has(hash) && isOursToLink(table, hash)) work.tally.addChanged(renderPk(pk), [])
    }
  }
}
