import { HashTable } from '../core/hash-table.ts'
import type { Row } from '../core/row.ts'
import { RowSum } from '../core/row-sum.ts'
import { type JournalRow, readJournal } from '../state/journal.ts'
import type { Session } from '../target/target.ts'
import { type ComparedStep, type ComparedTable, pkOf, renderPk } from './compared-table.ts'
import type { MappingTally } from './difference-list.ts'
import { lookAtRows } from './find-rows-by-pk.ts'
import { readTable, scanTable } from './read-table.ts'

interface JournalWork {
  readonly session: Session
  readonly signal: AbortSignal | undefined
  readonly tally: MappingTally
}

/** The hashes that a row of a load step and its links have, each as its journal wrote it. */
interface FoundHashes {
  readonly load: bigint
  /** undefined: no link is set. */
  readonly patch: bigint | undefined
}

/** The journal hashes a load with its links still NULL, and the links by themselves: pk, then the patched columns. */
export function foundHashes(step: ComparedStep, row: Row, hashLink: ((row: Row) => bigint) | undefined): FoundHashes {
  if (hashLink === undefined) return { load: step.hashRow(row), patch: undefined }
  const links = step.patchedPlaces.map((place) => row[place] ?? null)
  const bare = blankLinks(step, row)
  const linked = links.some((value) => value !== null)
  return { load: step.hashRow(bare), patch: linked ? hashLink([...pkOf(step, row), ...links]) : undefined }
}

/** The row as it was before its links were filled. */
export function blankLinks(step: ComparedStep, row: Row): Row {
  return row.map((value, place) => (step.patchedPlaces.includes(place) ? null : value))
}

/** The hash that the journal keeps of a row's load: its links still NULL. */
export function loadHash(step: ComparedStep, row: Row): bigint {
  return foundHashes(step, row, step.patchedPlaces.length === 0 ? undefined : () => 0n).load
}

/** Sums of what the journal says and of what the table holds; only for a table that this step alone has filled. */
export async function journalSumsAgree(
  step: ComparedStep,
  work: { readonly session: Session; readonly signal: AbortSignal | undefined; readonly hashLink: ((row: Row) => bigint) | undefined },
): Promise<{ readonly equal: boolean; readonly expected: number; readonly found: number }> {
  const wanted = { load: new RowSum(), patch: new RowSum() }
  await sumJournal(work.session, { runId: step.load.runId, step: step.load.number, sum: wanted.load })
  if (step.patch !== undefined) await sumJournal(work.session, { runId: step.patch.runId, step: step.patch.number, sum: wanted.patch })
  const found = { load: new RowSum(), patch: new RowSum() }
  const signal = work.signal === undefined ? {} : { signal: work.signal }
  await scanTable(work.session, step.table, { codecs: step.codecs, ...signal }, (row) => {
    const hashes = foundHashes(step, row, work.hashLink)
    found.load.add(hashes.load)
    if (hashes.patch !== undefined) found.patch.add(hashes.patch)
  })
  const equal = wanted.load.equals(found.load) && wanted.patch.equals(found.patch)
  return { equal, expected: wanted.load.count, found: found.load.count }
}

async function sumJournal(session: Session, what: { runId: string; step: number; sum: RowSum }): Promise<void> {
  for await (const entry of readJournal(session, what.runId, what.step, { reverse: false })) {
    for (const { hash } of entry.rows) what.sum.add(hash)
  }
}

/** Compares the rows of the journal one by one with those of the same primary key; the key of a difference is known, its column is not. */
export async function compareWithJournal(
  table: ComparedTable,
  step: ComparedStep,
  work: JournalWork & { readonly hashLink: ((row: Row) => bigint) | undefined },
): Promise<void> {
  await compareRest(table, step, { ...work, matched: new HashTable() })
  if (step.patch !== undefined && work.hashLink !== undefined) await compareLinks(table, step, { ...work, hashLink: work.hashLink })
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
async function compareLinks(
  table: ComparedTable,
  step: ComparedStep,
  work: JournalWork & { readonly hashLink: (row: Row) => bigint },
): Promise<void> {
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
      if (whole !== undefined && foundHashes(step, whole, work.hashLink).patch !== row.hash) work.tally.addChanged(renderPk(row.pk), [])
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
