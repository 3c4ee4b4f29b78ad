import { readAll } from '../workload/read-source.ts'
import type { Workload } from '../workload/workload.ts'
import { rowsOf, type TableShape, type Value } from '../workload/workload.ts'
import type { Task } from './contestant.ts'

/** A row by the names of its columns, as an ORM or a query builder takes it. */
export type RowObject = Record<string, Value | boolean>

/** Rows gathered before they are handed over. */
const HELD = 5_000

/** What an app's own script makes of the source: lists of rows, a table at a time, parents first. */
export async function* listRowObjects(
  task: Task,
  workload: Workload,
): AsyncGenerator<{ readonly table: string; readonly rows: readonly RowObject[] }> {
  const held = new Map<string, RowObject[]>(workload.tables.map(({ name }) => [name, []]))
  const shapes = new Map(workload.tables.map((shape) => [shape.name, shape]))
  const engine = task.database.startsWith('mysql:') ? 'mysql' : 'other'
  const flush = function* () {
    for (const [table, rows] of held) {
      if (rows.length > 0) yield { table, rows }
      held.set(table, [])
    }
  }
  for await (const { collection, key, value } of readAll(workload, task.source, workload.collections(task.records))) {
    let full = false
    for (const fill of collection.fills) {
      const rows = held.get(fill.table) ?? []
      const shape = shapes.get(fill.table)
      if (shape !== undefined) for (const row of rowsOf(fill, key, value)) rows.push(toObject(shape, row, engine))
      full ||= rows.length >= HELD
    }
    // Parents of what is full go first.
    if (full) yield* flush()
  }
  yield* flush()
}

function toObject({ columns }: TableShape, row: readonly Value[], engine: 'mysql' | 'other'): RowObject {
  const made: RowObject = {}
  for (let at = 0; at < columns.length; at += 1) {
    const column = columns[at]
    const value = row[at] ?? null
    if (column === undefined) continue
    if (column.type === 'boolean' && value !== null) made[column.name] = value === 1
    else made[column.name] = column.type === 'time' && engine === 'mysql' && typeof value === 'string' ? toSqlTime(value) : value
  }
  return made
}

function toSqlTime(text: string): string {
  return `${text.slice(0, 10)} ${text.slice(11, 23)}`
}
