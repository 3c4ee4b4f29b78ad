import { createRequire } from 'node:module'
import { findUp } from '../workload/find-up.ts'
import type { ColumnShape, TableShape } from '../workload/workload.ts'
import { report } from './contestant.ts'
import { listRowObjects, type RowObject } from './row-objects.ts'

/** The part of TypeORM that is used here; it is installed in bench/peers alone. */
interface Typeorm {
  readonly EntitySchema: new (options: object) => object
  readonly DataSource: new (
    options: object,
  ) => {
    initialize(): Promise<unknown>
    query(sql: string): Promise<unknown>
    transaction(work: (manager: Manager) => Promise<void>): Promise<void>
    destroy(): Promise<void>
  }
}

interface Manager {
  createQueryBuilder(): { insert(): { into(table: string): { values(rows: readonly RowObject[]): Insert } } }
}

interface Insert {
  updateEntity(on: boolean): { execute(): Promise<unknown> }
}

const CHUNK = 500

/** TypeORM as its documentation says it is fastest: InsertQueryBuilder with many values, 5,000 rows a transaction; indexes stay. */
await report(async (task, workload) => {
  const { DataSource, EntitySchema }: Typeorm = createRequire(findUp('bench/peers/package.json'))('typeorm')
  const entities = workload.tables.map((shape) => new EntitySchema(toEntity(shape)))
  const source = new DataSource({ type: 'better-sqlite3', database: task.database, entities, logging: false })
  await source.initialize()
  const startedAt = performance.now()
  if (workload.ring === true) await source.query('pragma foreign_keys = off')
  const narrow = Math.floor(32_000 / Math.max(...workload.tables.map(({ columns }) => columns.length)))
  const chunk = Math.min(CHUNK, narrow)
  for await (const { table, rows } of listRowObjects(task, workload)) {
    await source.transaction(async (manager) => {
      for (let at = 0; at < rows.length; at += chunk) {
        const values = rows.slice(at, at + chunk)
        await manager.createQueryBuilder().insert().into(table).values(values).updateEntity(false).execute()
      }
    })
  }
  const load = performance.now() - startedAt
  await source.destroy()
  return { load }
})

function toEntity({ name, columns, primaryKey }: TableShape): object {
  const entries = columns.map((column) => [
    column.name,
    { ...toType(column), primary: primaryKey.includes(column.name), nullable: column.nullable === true },
  ])
  return { name, tableName: name, columns: Object.fromEntries(entries) }
}

/** Instants are texts already, as in the table of every contestant. */
function toType({ type, length }: ColumnShape): object {
  if (type === 'string') return { type: 'varchar', length }
  return { type: type === 'time' ? 'text' : type }
}
