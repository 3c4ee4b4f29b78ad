import { HashTable } from '../core/hash-table.ts'
import type { Row, SqlValue } from '../core/row.ts'
import { RowSum } from '../core/row-sum.ts'
import { recordsAtOnce, scanTable } from '../target/table-rows.ts'
import type { Codec } from '../target/target.ts'
import { blankLinks, JournalSums, loadHash } from '../transform/journal-hashes.ts'
import { compareRest } from './compare-journal.ts'
import { type ComparedStep, type ComparedTable, pkOf, renderPk } from './compared-table.ts'
import type { MappingTally } from './difference-list.ts'
import { type ExpectedOptions, expectedRows } from './expected-rows.ts'
import { lookAtRows } from './find-rows-by-pk.ts'
import { type JournalPks, readJournalPks } from './journal-pks.ts'
import type { SumsAhead } from './sum-ahead.ts'

/** Sums of the rows that the source gives and of those that the table holds; only for a table that this step alone has filled. */
export async function sumsAgree(
  step: ComparedStep,
  expected: ExpectedOptions,
  ahead: SumsAhead<RowSum> | undefined,
): Promise<{ readonly equal: boolean; readonly expected: number; readonly found: number }> {
  const found = await sumTable(step, expected)
  const wanted = (await ahead?.take(step)) ?? (await sumExpected(step, expected))
  return { equal: wanted.equals(found), expected: wanted.count, found: found.count }
}

async function sumExpected(step: ComparedStep, expected: ExpectedOptions): Promise<RowSum> {
  const sum = new RowSum()
  for await (const rows of expectedRows(step, expected)) for (const row of rows) sum.add(step.hashRow(row))
  return sum
}

async function sumTable({ table, codecs, hashRow }: ComparedStep, { options }: ExpectedOptions): Promise<RowSum> {
  const { session, signal } = options
  const sums = new JournalSums()
  const rowsAtOnce = await recordsAtOnce(session, table, codecs)
  // Whole rows, their links with them, as the source gives them.
  const whole = { hashRow, hashLink: undefined, pkPlaces: [], patchedPlaces: [] }
  await scanTable(session, table, { codecs, rowsAtOnce, ...(signal === undefined ? {} : { signal }) }, sums.adding(whole))
  return sums.load
}

/** Compares the rows that the source gives, one by one, with those of the same primary key: what is missing, which cells differ. */
export async function compareWithSource(
  table: ComparedTable,
  step: ComparedStep,
  work: { readonly expected: ExpectedOptions; readonly tally: MappingTally },
): Promise<void> {
  const { session, signal } = work.expected.options
  const { counts } = step.load
  // Items that met rows of others are not among the inserted ones; the journal tells which those are.
  const journal = counts.updated + counts.skipped > 0 ? await readJournalPks(session, step) : undefined
  const matched = new HashTable()
  for await (const rows of expectedRows(step, work.expected)) {
    const ours = rows.filter((row) => isOurs(table, { step, journal, row, matched }))
    const found = await lookAtRows(
      session,
      step,
      ours.map((row) => pkOf(step, row)),
    )
    for (const [at, row] of ours.entries()) {
      const blank = table.linkedByOthers?.has(step.hashPk(pkOf(step, row))) === true
      compareRow(step, { expected: withoutLinks(step, row, blank), found: withoutLinks(step, found[at], blank), tally: work.tally })
    }
  }
  if (journal !== undefined) await compareRest(table, step, { session, signal, tally: work.tally, matched })
}

function isOurs(
  table: ComparedTable,
  asked: { step: ComparedStep; journal: JournalPks | undefined; row: Row; matched: HashTable },
): boolean {
  const { step, journal, row } = asked
  if (journal === undefined && table.others === undefined) return true
  const pk = step.hashPk(pkOf(step, row))
  if (table.others?.has(pk)) return false
  if (journal === undefined) return true
  // Two items may give one primary key; the one that was inserted is told by its row.
  const hash = loadHash(step, row)
  return journal.rows.has(hash) && !journal.updated.has(pk) && asked.matched.add(hash)
}

/** Links that another run filled are not this run's to compare. */
function withoutLinks<R extends Row | undefined>(step: ComparedStep, row: R, blank: boolean): R | Row {
  return row !== undefined && blank ? blankLinks(step.patchedPlaces, row) : row
}

function compareRow(step: ComparedStep, pair: { expected: Row; found: Row | undefined; tally: MappingTally }): void {
  const { expected, found, tally } = pair
  const key = renderPk(pkOf(step, expected))
  if (found === undefined) {
    tally.addMissing(key)
    return
  }
  tally.found += 1
  if (step.hashRow(expected) === step.hashRow(found)) return
  const cells = step.load.columns.flatMap((column, place) => {
    const codec = step.codecs[place]
    const one = expected[place] ?? null
    const two = found[place] ?? null
    if (codec === undefined || canonical(codec, one) === canonical(codec, two)) return []
    return [{ column, expected: renderCell(one), found: renderCell(two) }]
  })
  tally.addChanged(key, cells)
}

function canonical(codec: Codec, value: SqlValue): string | null {
  return value === null ? null : codec.canonical(value)
}

const LONGEST_CELL = 1000

/** A value as text, its kind told where two kinds would look the same. */
function renderCell(value: SqlValue): string | null {
  if (value === null) return null
  if (value instanceof Uint8Array) return `x'${Buffer.from(value.subarray(0, LONGEST_CELL)).toString('hex')}'`
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value)
  return text.length > LONGEST_CELL ? `${text.slice(0, LONGEST_CELL)}…` : text
}
