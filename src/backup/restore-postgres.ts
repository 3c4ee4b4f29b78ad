import type { Readable } from 'node:stream'
import { toPostgresEnvironment } from './copy-postgres.ts'
import type { Backup } from './create-backup.ts'
import { requireBackupTool } from './find-backup-tool.ts'
import type { RestoreBackupOptions } from './restore-backup.ts'
import { runWithInput, startSource } from './run-tool.ts'
import { readServerAddress } from './server-address.ts'

/**
 * Empties the database of what is the app's, then makes again what the dump holds, all in one transaction: pg_restore writes the script,
 * psql runs it. `pg_restore --clean` alone would leave tables that came after the backup, and fail on foreign keys from them.
 */
export async function restorePostgres(options: RestoreBackupOptions, { backup }: { backup: Backup }): Promise<undefined> {
  const restore = await requireBackupTool('postgres', 'restore')
  const script = await requireBackupTool('postgres', 'script')
  const waitMs = Math.trunc(options.lockWaitMs ?? 10_000)
  const env = { ...toPostgresEnvironment(await readServerAddress(options.target)), PGOPTIONS: `-c lock_timeout=${waitMs}` }
  const source = startSource({ ...restore, args: ['--file=-', backup.path] })
  const args = ['--no-psqlrc', '--no-password', '--quiet', '--set=ON_ERROR_STOP=1', '--file=-']
  const run = runWithInput({ ...script, args, env }, joinScript(source.output, source.done))
  try {
    await run
  } catch (error) {
    source.stop()
    await source.done.catch(() => {})
    throw error
  }
  return undefined
}

async function* joinScript(output: Readable, done: Promise<void>): AsyncGenerator<string | Buffer> {
  const failed = done.then(
    () => false,
    () => true,
  )
  // The commit is the script's own last word (psql's --single-transaction commits at the end of its input): input that ends
  // early, because pg_restore failed or this process was killed, commits nothing.
  yield `begin;${DROP_ALL}`
  yield* output as AsyncIterable<Buffer>
  yield (await failed) ? "\n;do $$ begin raise exception 'the dump ended early'; end $$;\n" : '\n;commit;\n'
}

/** Drops every table, view, sequence, type, routine, schema, publication and large object that no extension owns; the schema public stays, empty. */
const DROP_ALL = `
set client_min_messages = warning;
do $ferry$
declare found record;
begin
  perform lo_unlink(oid) from pg_largeobject_metadata;
  for found in select pubname as name from pg_publication loop
    execute format('drop publication %I', found.name);
  end loop;
  for found in
    select n.nspname as schema from pg_namespace n
    where n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'public')
      and not exists (select 1 from pg_depend d where d.objid = n.oid and d.deptype = 'e')
  loop
    execute format('drop schema %I cascade', found.schema);
  end loop;
  for found in
    select n.nspname as schema, c.relname as name,
      case c.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence' when 'f' then 'foreign table' else 'table' end as kind
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'public' and c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')
      and not exists (select 1 from pg_depend d where d.objid = c.oid and d.deptype = 'e')
    order by case c.relkind when 'S' then 1 else 0 end
  loop
    execute format('drop %s if exists %I.%I cascade', found.kind, found.schema, found.name);
  end loop;
  for found in
    select n.nspname as schema, p.proname as name, pg_get_function_identity_arguments(p.oid) as args,
      case p.prokind when 'p' then 'procedure' when 'a' then 'aggregate' else 'function' end as kind
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where n.nspname = 'public' and not exists (select 1 from pg_depend d where d.objid = p.oid and d.deptype = 'e')
  loop
    execute format('drop %s if exists %I.%I(%s) cascade', found.kind, found.schema, found.name, found.args);
  end loop;
  for found in
    select n.nspname as schema, t.typname as name, case t.typtype when 'd' then 'domain' else 'type' end as kind
    from pg_type t join pg_namespace n on n.oid = t.typnamespace left join pg_class c on c.oid = t.typrelid
    where n.nspname = 'public' and (t.typtype in ('d', 'e', 'r') or (t.typtype = 'c' and c.relkind = 'c'))
      and not exists (select 1 from pg_depend d where d.objid = t.oid and d.deptype = 'e')
  loop
    execute format('drop %s if exists %I.%I cascade', found.kind, found.schema, found.name);
  end loop;
end
$ferry$;
`
