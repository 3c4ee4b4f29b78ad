import { FerryError } from '../core/errors.ts'
import { type Row, ValueProblem } from '../core/row.ts'
import type { ResolvedTransfer } from '../definition/transfer.ts'
import { findRows, pkText } from '../state/find-rows.ts'
import { fromLogicalText, toLogicalText } from '../target/logical-text.ts'
import { countTable, readTable } from '../target/table-rows.ts'
import type { Codec, Session, TableInfo, Target } from '../target/target.ts'
import { columnKind } from '../transform/column-kind.ts'
import { readTables } from './read-tables.ts'

export interface TargetDifference {
  readonly table: string
  /** Primary key in logical form, as JSON where it has several columns. */
  readonly key: string
  /** Absent where the whole row is missing on one side. */
  readonly column?: string
  readonly a: string | null
  readonly b: string | null
}

export interface TargetComparison {
  readonly equal: boolean
  readonly tables: readonly {
    readonly table: string
    /** Rows of `a`, and of both where they are equal. */
    readonly rows: number
    /** Rows that differ, or stand on one side only. */
    readonly different: number
  }[]
  /** The first `limit` of them; values are shown here only. */
  readonly differences: readonly TargetDifference[]
}

/** One table on one side. */
interface Side {
  readonly session: Session
  readonly table: TableInfo
  readonly columns: readonly string[]
  readonly codecs: readonly Codec[]
  readonly pkPlaces: readonly number[]
}

type Texts = readonly (string | null)[]

/**
 * Compares the mapped tables of two databases, of whatever engines, row by row: every mapped column of every row in logical form.
 * Memory holds one page of rows. Rows that stand in `b` only are looked for where the counts tell of them.
 * `limit`: differences listed, default 100.
 * @throws FERRY_DEFINITION_UNKNOWN_TABLE
 */
export async function compareTargets(
  a: Target,
  b: Target,
  options: { readonly transfer: ResolvedTransfer; readonly limit?: number },
): Promise<TargetComparison> {
  const sessions: Session[] = []
  try {
    const sessionA = await a.openSession()
    sessions.push(sessionA)
    const sessionB = await b.openSession()
    sessions.push(sessionB)
    const sidesA = await openSides(sessionA, options.transfer)
    const sidesB = await openSides(sessionB, options.transfer)
    const differences: TargetDifference[] = []
    const tables: TargetComparison['tables'][number][] = []
    for (const [table, left] of sidesA) {
      const right = sidesB.get(table)
      if (right === undefined) continue
      const found = await compareSides(left, right, (difference) => {
        if (differences.length < (options.limit ?? 100)) differences.push(difference)
      })
      tables.push({ table, ...found })
    }
    return { equal: tables.every(({ different }) => different === 0), tables, differences }
  } finally {
    for (const session of sessions) await session.close()
  }
}

async function openSides(session: Session, transfer: ResolvedTransfer): Promise<ReadonlyMap<string, Side>> {
  const tables = await readTables(session, transfer)
  const sides = new Map<string, Side>()
  for (const { table: name } of transfer.mappings) {
    const table = tables.get(name)
    if (table === undefined || sides.has(name)) continue
    const codecs = new Map<string, Codec>()
    for (const mapping of transfer.mappings.filter((one) => one.table === name)) {
      for (const column of Object.keys(mapping.columns)) {
        const info = table.columns.find((one) => one.name === column)
        if (info === undefined || codecs.has(column)) continue
        codecs.set(column, session.dialect.codec(info, columnKind({ transfer, tables, mapping, column })))
      }
    }
    const columns = [...codecs.keys()]
    const pkPlaces = table.primaryKey.map((column) => columns.indexOf(column))
    if (pkPlaces.includes(-1) || pkPlaces.length === 0) throw noKey(name)
    sides.set(name, { session, table, columns, codecs: [...codecs.values()], pkPlaces })
  }
  return sides
}

async function compareSides(
  a: Side,
  b: Side,
  show: (difference: TargetDifference) => void,
): Promise<{ readonly rows: number; readonly different: number }> {
  const table = a.table.name
  let rows = 0
  let different = 0
  for await (const page of readTable(a.session, a.table, { codecs: a.codecs })) {
    rows += page.length
    const texts = page.map((row) => toTexts(a, row))
    const others = await findOthers(a, b, texts)
    for (const [at, left] of texts.entries()) {
      const right = others[at]
      if (right === undefined) show({ table, key: keyOf(a, left), a: 'present', b: null })
      else if (showCells(a, { left, right, show }) === 0) continue
      different += 1
    }
  }
  const inBoth = rows - different
  if ((await countTable(b.session, table)) > inBoth) different += await countOnlyIn(b, a, show)
  return { rows, different }
}

/** Rows of `one` that `other` does not have. */
async function countOnlyIn(one: Side, other: Side, show: (difference: TargetDifference) => void): Promise<number> {
  let count = 0
  for await (const page of readTable(one.session, one.table, { codecs: one.codecs })) {
    const texts = page.map((row) => toTexts(one, row))
    const found = await findOthers(one, other, texts)
    for (const [at, row] of texts.entries()) {
      if (found[at] !== undefined) continue
      count += 1
      show({ table: one.table.name, key: keyOf(one, row), a: null, b: 'present' })
    }
  }
  return count
}

/** The other side's rows of the same primary keys, in the order of ours and in `one`'s column order; undefined where there is none. */
async function findOthers(one: Side, other: Side, rows: readonly Texts[]): Promise<readonly (Texts | undefined)[]> {
  const pkCodecs = pick(other, one)
  const pks = rows.map((texts) =>
    one.pkPlaces.map((place, at) => {
      const codec = pkCodecs[at]
      const encoded = codec?.encode(fromLogicalText(codec.kind, texts[place] ?? ''))
      // A key that the other column cannot hold is a row it does not have.
      return encoded === undefined || encoded instanceof ValueProblem ? null : encoded
    }),
  )
  const codecs = one.columns.map((column) => other.codecs[other.columns.indexOf(column)])
  const found = await findRows(
    other.session,
    {
      table: other.table.name,
      keyColumns: one.table.primaryKey,
      keyCodecs: pkCodecs,
      select: codecs.map((codec) => codec?.select ?? 'null'),
    },
    pks.filter((pk) => !pk.includes(null)),
  )
  return pks.map((pk) => {
    const row = found.get(pkText(pkCodecs, pk))
    return row?.map((value, at) => textOf(other, codecs[at], value))
  })
}

/** Codecs on `side` of the primary key columns of `like`. */
function pick(side: Side, like: Side): readonly Codec[] {
  return like.table.primaryKey.flatMap((column) => side.codecs[side.columns.indexOf(column)] ?? [])
}

function toTexts(side: Side, row: Row): Texts {
  return row.map((value, at) => textOf(side, side.codecs[at], value))
}

function textOf(side: Side, codec: Codec | undefined, value: Row[number]): string | null {
  return codec === undefined || value === null ? null : toLogicalText(side.session.dialect.engine, codec, value)
}

function showCells(side: Side, work: { left: Texts; right: Texts; show: (difference: TargetDifference) => void }): number {
  const { left, right, show } = work
  let cells = 0
  for (const [at, column] of side.columns.entries()) {
    const [a = null, b = null] = [left[at], right[at]]
    if (a === b) continue
    cells += 1
    show({ table: side.table.name, key: keyOf(side, left), column, a, b })
  }
  return cells
}

function keyOf(side: Side, texts: Texts): string {
  const key = side.pkPlaces.map((place) => texts[place] ?? null)
  return key.length === 1 ? String(key[0]) : JSON.stringify(key)
}

function noKey(table: string): FerryError {
  return new FerryError('FERRY_DEFINITION_INVALID', `${table} has no primary key that is mapped, so its rows cannot be told apart`, {
    hint: 'Map every column of the primary key.',
  })
}
