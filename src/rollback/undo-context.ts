import type { Row } from '../core/row.ts'
import type { RowQuery } from '../state/find-rows.ts'
import { STATE_TABLES } from '../state/state-tables.ts'
import type { StepState } from '../state/steps.ts'
import type { Codec, ForeignKeyInfo, Session, TableInfo } from '../target/target.ts'
import { openRowHash, type RowHasher } from '../transform/row-hash.ts'
import { KeepSet } from './keep-set.ts'
import { KeySet } from './key-set.ts'

/** A step with all that is needed to judge its rows. */
export interface StepUndo {
  readonly step: StepState
  readonly table: TableInfo
  readonly pkCodecs: readonly Codec[]
  readonly hashRow: RowHasher
  /** Load steps: places in `step.columns` of the columns that the mapping's patch step fills. */
  readonly deferredPlaces: readonly number[]
  /** Reads `step.columns`. */
  readonly query: RowQuery
}

/** What is known of one table that the run wrote. */
export interface TableUndo {
  /** As the run's steps have it. */
  readonly name: string
  readonly table: TableInfo
  readonly pkCodecs: readonly Codec[]
  /** Keys of rows that the run inserted. */
  readonly written: KeySet
  /** Rows that the run inserted and that are still there. */
  present: number
  /** Keys whose patch is still as written; their links go back to NULL. */
  readonly patched: KeySet
  readonly patchedColumns: Set<string>
  /** Keys of upserted rows that are still as written; these columns get their values back. */
  readonly restorable: KeySet
  readonly restoredColumns: Set<string>
  /** Keys that an upsert of the run changed after an earlier entry: the later entry's hash counts. */
  readonly superseded: KeySet
}

/** A foreign key from any table of the database to a table the run wrote. */
export interface Tie {
  readonly from: TableInfo
  /** The referring table's name and that of the table referred to, as the run's steps have them. */
  readonly name: string
  readonly parent: string
  readonly foreignKey: ForeignKeyInfo
  /** Columns of the table referred to, in the order of `foreignKey.columns`. */
  readonly referenced: readonly string[]
}

export interface UndoContext {
  readonly session: Session
  readonly runId: string
  /** In the order they ran. */
  readonly steps: readonly StepUndo[]
  readonly tables: ReadonlyMap<string, TableUndo>
  readonly ties: readonly Tie[]
  readonly keep: KeepSet
  /** Edited rows that go all the same (`force`). */
  readonly forced: KeepSet
  readonly force: boolean
  /** Tables of a NOT NULL cycle, loaded and taken out with foreign key checks off. */
  readonly unchecked: ReadonlySet<string>
}

/** Gathers tables, codecs and foreign keys. Steps whose table is gone are left out. */
export async function openUndo(options: {
  session: Session
  runId: string
  steps: readonly StepState[]
  tables: ReadonlyMap<string, TableInfo>
  force: boolean
  unchecked: readonly string[]
}): Promise<UndoContext> {
  const { session, runId, force } = options
  const hasherFor = await openRowHash()
  const steps = options.steps.flatMap((step) => {
    const table = options.tables.get(step.table)
    return table === undefined ? [] : [toStepUndo(session, { step, table, all: options.steps, hasherFor })]
  })
  const tables = new Map<string, TableUndo>()
  for (const { step, table, pkCodecs } of steps) {
    const own = steps.filter((other) => other.step.table === step.table)
    if (!tables.has(step.table)) tables.set(step.table, await toTableUndo(session, { name: step.table, own, table, pkCodecs, runId }))
  }
  const ties = await findTies(session, options.tables, tables)
  return { session, runId, steps, tables, ties, keep: new KeepSet(), forced: new KeepSet(), force, unchecked: new Set(options.unchecked) }
}

function toStepUndo(
  session: Session,
  parts: {
    step: StepState
    table: TableInfo
    all: readonly StepState[]
    hasherFor: (codecs: readonly Codec[]) => RowHasher
  },
): StepUndo {
  const { step, table, all } = parts
  const codecs = step.columns.map((name, place) => {
    const column = table.columns.find((one) => one.name === name)
    const kind = step.kinds[place]
    // A column that is gone reads as NULL, so its rows count as edited and stay.
    return column && kind ? session.dialect.codec(column, kind) : undefined
  })
  const patch = all.find((other) => other.kind === 'patch' && other.mapping === step.mapping)
  const deferred = step.kind === 'load' && patch ? patch.columns.slice(patch.primaryKey.length) : []
  const pkCodecs = step.primaryKey.flatMap((name) => codecs[step.columns.indexOf(name)] ?? [])
  return {
    step,
    table,
    pkCodecs,
    hashRow: parts.hasherFor(codecs.map((codec) => codec ?? NOTHING)),
    deferredPlaces: deferred.flatMap((name) => (step.columns.includes(name) ? [step.columns.indexOf(name)] : [])),
    query: {
      table: step.table,
      keyColumns: step.primaryKey,
      keyCodecs: pkCodecs,
      select: codecs.map((codec) => codec?.select ?? 'NULL'),
    },
  }
}

const NOTHING: Codec = { kind: 'text', encode: String, canonical: String, select: 'NULL' }

async function toTableUndo(
  session: Session,
  parts: { name: string; own: readonly StepUndo[]; table: TableInfo; pkCodecs: readonly Codec[]; runId: string },
): Promise<TableUndo> {
  const { own } = parts
  const rows = { load: 0, patch: 0, updates: 0 }
  for (const { step } of own) {
    const [sum] = await session.all<{ amount: number | null; changed: number | null }>(
      'SELECT SUM(row_count) AS amount, SUM(update_count) AS changed FROM ferry_journal WHERE run_id = ? AND step_no = ?',
      [parts.runId, step.number],
    )
    rows[step.kind] += Number(sum?.amount ?? 0)
    rows.updates += Number(sum?.changed ?? 0)
  }
  return {
    name: parts.name,
    table: parts.table,
    pkCodecs: parts.pkCodecs,
    written: new KeySet(rows.load),
    present: 0,
    patched: new KeySet(rows.patch),
    patchedColumns: new Set(own.flatMap(({ step }) => (step.kind === 'patch' ? step.columns.slice(step.primaryKey.length) : []))),
    restorable: new KeySet(rows.updates),
    restoredColumns: new Set(own.flatMap(({ step }) => (step.kind === 'load' ? step.columns : []))),
    superseded: new KeySet(rows.updates),
  }
}

/** Every foreign key of the database that points to a table of the run, from tables the run never heard of too. */
async function findTies(
  session: Session,
  known: ReadonlyMap<string, TableInfo>,
  written: ReadonlyMap<string, TableUndo>,
): Promise<readonly Tie[]> {
  const ties: Tie[] = []
  for (const listed of await session.dialect.listTables(session)) {
    if (STATE_TABLES.includes(listed)) continue
    const name = asWritten(session, written, listed)
    const from = known.get(name) ?? (await session.dialect.readTable(session, listed))
    for (const foreignKey of from?.foreignKeys ?? []) {
      const { table, columns } = foreignKey.references
      const parentName = asWritten(session, written, table)
      const parent = written.get(parentName)?.table
      if (!from || !parent) continue
      ties.push({ from, name, foreignKey, parent: parentName, referenced: columns.length > 0 ? columns : parent.primaryKey })
    }
  }
  return ties
}

/** A table's name as the run has it. SQLite takes `REFERENCES Spots` for spots, and tells it as it was written. */
function asWritten(session: Session, written: ReadonlyMap<string, TableUndo>, name: string): string {
  if (written.has(name) || session.dialect.engine !== 'sqlite') return name
  return [...written.keys()].find((one) => one.toLowerCase() === name.toLowerCase()) ?? name
}

/** A row of a load step as its hash saw it: links that the patch filled read as NULL. */
export function withoutLinks(undo: StepUndo, row: Row): Row {
  if (undo.deferredPlaces.length === 0) return row
  return row.map((value, place) => (undo.deferredPlaces.includes(place) ? null : value))
}
