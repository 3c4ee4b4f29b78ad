import type { Check } from '../core/check.ts'
import { isFerryError } from '../core/errors.ts'
import type { ResolvedTransfer } from '../definition/transfer.ts'
import type { Session, TableInfo } from '../target/target.ts'
import { compilePipeline, type Pipeline } from '../transform/pipeline.ts'
import { failed, listNames, passed, warning } from './checked.ts'
import { pendingMigrations } from './pending-migrations.ts'
import type { PreflightOptions } from './preflight.ts'

/** schema-latest, tables-exist, primary-key-mapped, transactional, triggers, cascades, unwatched-columns, foreign-keys-on. */
export async function checkSchema(options: PreflightOptions): Promise<readonly Check[]> {
  return [
    await checkLatest(options),
    checkTables(options),
    checkPrimaryKeys(options),
    checkTransactional(options),
    checkTriggers(options),
    await checkCascades(options),
    checkUnwatched(options),
    await checkForeignKeysOn(options.session),
  ]
}

async function checkLatest({ target, session }: PreflightOptions): Promise<Check> {
  const pending = await pendingMigrations(target, session)
  if (pending === undefined) return passed('schema-latest', 'the target has no folder of Knex migrations')
  if (pending.length === 0) return passed('schema-latest', 'every Knex migration is applied')
  return warning(
    'schema-latest',
    `${pending.length} Knex migrations are not applied: ${listNames(pending)}`,
    'Apply them first: `npx knex migrate:latest`, or let the run do it: `ferry transfer --migrate`.',
  )
}

function mappedTables({ transfer, tables }: PreflightOptions): readonly TableInfo[] {
  const names = new Set(transfer.mappings.map(({ table }) => table))
  return [...names].flatMap((name) => tables.get(name) ?? [])
}

function checkTables({ transfer, tables }: PreflightOptions): Check {
  const missing = [...new Set(transfer.mappings.map(({ table }) => table))].filter((name) => !tables.has(name))
  if (missing.length === 0) return passed('tables-exist', `${new Set(transfer.mappings.map(({ table }) => table)).size} tables`)
  return failed('tables-exist', `missing: ${listNames(missing)}`, 'Make them: `npx knex migrate:latest`, or correct the mapping’s table.')
}

function checkPrimaryKeys({ transfer, tables }: PreflightOptions): Check {
  const wrong = transfer.mappings.flatMap(({ name, table, columns }) => {
    const info = tables.get(table)
    if (info === undefined) return []
    if (info.primaryKey.length === 0) return [`${table} has no primary key`]
    const open = info.primaryKey.filter((column) => columns[column] === undefined)
    return open.length === 0 ? [] : [`${name} does not fill ${open.map((column) => `${table}.${column}`).join(', ')}`]
  })
  if (wrong.length === 0) return passed('primary-key-mapped', 'every primary key column is mapped')
  return failed(
    'primary-key-mapped',
    listNames(wrong),
    'Rollback and verification find rows by primary key: give the table one, and map each of its columns.',
  )
}

function checkTransactional(options: PreflightOptions): Check {
  const wrong = mappedTables(options).filter(({ transactional }) => !transactional)
  if (wrong.length === 0) return passed('transactional', 'every table takes part in transactions')
  return failed(
    'transactional',
    `without transactions: ${listNames(wrong.map(({ name }) => name))}`,
    'Rows and checkpoint could not commit together: convert the table (MySQL: `ALTER TABLE … ENGINE=InnoDB`).',
  )
}

function checkTriggers(options: PreflightOptions): Check {
  const found = mappedTables(options).flatMap(({ name, triggers }) => triggers.map((trigger) => `${trigger} on ${name}`))
  if (found.length === 0) return passed('triggers', 'no triggers on target tables')
  return warning(
    'triggers',
    `${found.length} triggers fire during the load: ${listNames(found)}`,
    'What they change is not watched by verification and rollback; drop them for the load if they copy or stamp rows.',
  )
}

/** Of every table of the database: those that no mapping writes are the ones a cascade would hurt. */
async function checkCascades(options: PreflightOptions): Promise<Check> {
  const { session, tables } = options
  const mapped = new Set(mappedTables(options).map(({ name }) => name))
  const found: string[] = []
  for (const name of await session.dialect.listTables(session)) {
    const table = tables.get(name) ?? (await session.dialect.readTable(session, name))
    for (const { onDelete, references, columns } of table?.foreignKeys ?? []) {
      if (!mapped.has(references.table) || onDelete === 'no action' || onDelete === 'restrict') continue
      found.push(`${name}.${columns.join(', ')} -> ${references.table} on delete ${onDelete}`)
    }
  }
  if (found.length === 0) return passed('cascades', 'no foreign key changes other rows when a row is deleted')
  return warning(
    'cascades',
    listNames(found),
    'Rollback keeps a row that such a key ties to a row it did not write, so that no cascade fires on it.',
  )
}

/** Columns of the target tables that no mapping writes. */
export function findUnwatched(
  transfer: ResolvedTransfer,
  tables: ReadonlyMap<string, TableInfo>,
): readonly { readonly table: string; readonly columns: readonly string[] }[] {
  return [...new Set(transfer.mappings.map(({ table }) => table))].flatMap((name) => {
    const info = tables.get(name)
    if (info === undefined) return []
    const mapped = new Set(transfer.mappings.filter(({ table }) => table === name).flatMap(({ columns }) => Object.keys(columns)))
    const columns = info.columns.filter((column) => !mapped.has(column.name)).map((column) => column.name)
    return columns.length === 0 && info.triggers.length === 0 ? [] : [{ table: name, columns }]
  })
}

function checkUnwatched({ transfer, tables }: PreflightOptions): Check {
  const columns = findUnwatched(transfer, tables).flatMap((found) => found.columns.map((column) => `${found.table}.${column}`))
  if (columns.length === 0) return passed('unwatched-columns', 'every column of the target tables is mapped')
  return warning(
    'unwatched-columns',
    `no mapping writes ${listNames(columns)}`,
    'They get their defaults; verification and rollback do not watch them.',
  )
}

const ENFORCEMENT: Readonly<Record<string, string>> = {
  sqlite: 'pragma foreign_keys',
  mysql: 'select @@foreign_key_checks as foreign_keys',
}

async function checkForeignKeysOn(session: Session): Promise<Check> {
  const sql = ENFORCEMENT[session.dialect.engine]
  if (sql === undefined) return passed('foreign-keys-on', 'the engine always enforces foreign keys')
  const [answer] = await session.all(sql)
  const on = Number(Object.values(answer ?? {})[0]) === 1
  if (on) return passed('foreign-keys-on', 'foreign keys are enforced on this connection')
  return warning(
    'foreign-keys-on',
    'foreign keys are not enforced on this connection',
    'Turn them on where the app connects (SQLite: `PRAGMA foreign_keys = ON` in pool.afterCreate); verification checks them all the same.',
  )
}

/** columns-fit: compiles every step; the pipelines by step number where all of them compile. */
export function compileSteps(options: PreflightOptions): { readonly check: Check; readonly pipelines: ReadonlyMap<number, Pipeline> } {
  const { transfer, tables, target, order, idBases } = options
  const pipelines = new Map<number, Pipeline>()
  const problems: { text: string; hint: string }[] = []
  for (const step of order.steps) {
    try {
      const idBase = idBases.get(step.mapping) ?? 1n
      pipelines.set(step.number, compilePipeline({ transfer, step, tables, dialect: target.dialect, idBase }))
    } catch (error) {
      if (!isFerryError(error)) throw error
      problems.push({ text: error.message, hint: error.hint })
    }
  }
  const [first] = problems
  if (first === undefined) return { check: passed('columns-fit', `${pipelines.size} steps fit their tables`), pipelines }
  return { check: failed('columns-fit', problems.map(({ text }) => text).join('; '), first.hint), pipelines }
}
