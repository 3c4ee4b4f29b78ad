import { STATE_TABLES } from '../state/state-tables.ts'
import { faultOf } from '../target/engine-error.ts'
import type { EngineName, Session } from '../target/target.ts'

/** What the user of a server may not do: what the load needs, and what rollback would need. */
export interface Refusals {
  readonly load: readonly string[]
  readonly rollback: readonly string[]
}

/** Asks for the rights of a run; nothing is written. `tables`: the mapped ones, and whether rows of theirs are updated. */
export async function findRefusals(
  session: Session,
  work: { readonly tables: ReadonlyMap<string, { readonly updates: boolean }>; readonly hasState: boolean },
): Promise<Refusals> {
  const { engine } = session.dialect
  const closed = await session.all<{ reason: string }>(CLOSED[engine])
  const load = closed.map(({ reason }) => reason)
  const rollback: string[] = []
  // MySQL explains a write in a transaction that may write only, though it writes nothing.
  await session.run(engine === 'mysql' ? 'start transaction read write' : 'begin')
  try {
    const own = work.hasState ? STATE_TABLES.map((name) => [name, { updates: true }] as const) : []
    for (const [table, { updates }] of [...work.tables, ...own]) {
      for (const [right, sql] of Object.entries(await writesOf(session, table))) {
        if (!(await isDenied(session, sql))) continue
        const needed = right === 'INSERT' || (right === 'UPDATE' && updates)
        ;(needed ? load : rollback).push(`${right} on ${table}`)
      }
    }
  } finally {
    await session.run('rollback')
  }
  const [may] = work.hasState ? [] : await session.all<{ may: boolean | number }>(MAY_CREATE[engine])
  if (may !== undefined && Number(may.may) === 0) load.push('CREATE TABLE, for the ferry_* tables')
  return { load, rollback }
}

/** A server that takes no writes from anybody, or from this user. Settings of our own session do not count. */
const CLOSED: Readonly<Record<EngineName, string>> = {
  sqlite: '',
  postgres: `select 'every write: the server is a standby' as reason where pg_is_in_recovery()
    union all select 'every write: default_transaction_read_only is on' from pg_settings
      where name = 'default_transaction_read_only' and reset_val = 'on' and not pg_is_in_recovery()`,
  mysql: `select 'every write: the server is read_only' as reason from dual where @@global.read_only = 1 and not exists (
    select 1 from information_schema.user_privileges where privilege_type in ('SUPER', 'READ ONLY ADMIN', 'READ_ONLY ADMIN', 'CONNECTION_ADMIN')
      and grantee = concat('''', replace(current_user(), '@', '''@'''), ''''))`,
}

/** Where a role may bring the right along, it is taken for granted: the run would say otherwise. */
const MAY_CREATE: Readonly<Record<EngineName, string>> = {
  sqlite: 'select 1 as may',
  postgres: `select has_schema_privilege(current_schema(), 'CREATE') as may`,
  mysql: `select current_role() is not null or exists (
      select 1 from information_schema.user_privileges where privilege_type = 'CREATE'
        and grantee = concat('''', replace(current_user(), '@', '''@'''), '''')
      union all select 1 from information_schema.schema_privileges where privilege_type = 'CREATE' and database() like table_schema
        and grantee = concat('''', replace(current_user(), '@', '''@'''), '''')) as may`,
}

/** Statements that would change no row; the engine asks for the right when it explains them. */
async function writesOf(session: Session, table: string): Promise<Readonly<Record<string, string>>> {
  const info = await session.dialect.readTable(session, table)
  const { quote } = session.dialect
  const name = quote(table)
  const column = info?.columns.find(({ generated }) => !generated)?.name
  if (info === undefined || column === undefined) return {}
  const set = info.columns.find((one) => !one.generated && !one.autoIncrement)?.name
  const nowhere = `from ${name} where 1 = 0`
  return {
    INSERT: `explain insert into ${name} (${quote(column)}) ${session.dialect.engine === 'postgres' ? 'overriding system value ' : ''}select ${quote(column)} ${nowhere}`,
    ...(set === undefined ? {} : { UPDATE: `explain update ${name} set ${quote(set)} = ${quote(set)} where 1 = 0` }),
    DELETE: `explain delete ${nowhere}`,
  }
}

async function isDenied(session: Session, sql: string): Promise<boolean> {
  await session.savepoint('ferry_right')
  try {
    await session.all(sql)
    return false
  } catch (error) {
    // Any other answer is no answer to this question.
    return faultOf(error)?.kind === 'read-only'
  } finally {
    await session.rollbackTo('ferry_right')
  }
}
